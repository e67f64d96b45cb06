"""Two districts with their people and some weeks of inspections, for the pages that show them. Read it; what changes it, makes its own."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any, Self

from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts import sessions
from accounts.roles import Account
from governorate import checklists
from inspections.alerts import store as alerts
from inspections.rounds import making
from inspections.visits.tables import inspections
from seal import days, sites, status
from seal.inspection import Finding, Lists, Location, Told
from seal.license import License, number
from seal.site import Point, Site
from seal.sites import LicensedSite, SitePack
from tests.inspections.phone import Phone
from tests.inspections.street import Street, sender
from tests.world import SHOP_SITE, STATUS_KID

VALID = Told("valid", "genuine", "here", "site_here", 21, 105)
PEOPLE: dict[str, tuple[tuple[str, str], ...]] = {
    "amal": (("MID", "inspector"),),
    "badr": (("AGM", "inspector"),),
    "supervisor": (("MID", "supervisor"),),
    "elsewhere": (("AGM", "supervisor"),),
    "chief": (("*", "supervisor"),),
    "police": (("MID", "police"),),
    "admin": (("*", "administrator"),),
}
AGAMI = Site(Point(31.12, 29.78), 40)


class Visitor:
    """A browser without a screen: it keeps cookies and sends the form token of the last page along."""

    def __init__(self, street: Street, account: Account | None = None, *, token: str = "") -> None:
        """`token`: of a session that the visitor has already."""
        self.http = street.client()
        self.csrf, self.token = "", token
        if account is not None:
            with street.engine.begin() as connection:
                self.token = sessions.begin(connection, "staff", account.id, now=street.now)
        if self.token:
            self.http.set_cookie("khatm_inspections", self.token)
            self.csrf = sessions.csrf_of(self.token)

    def get(self, path: str, status_: int | None = 200, **more: Any) -> TestResponse:
        """Open a page beneath /inspections, and expect its status."""
        answer = self.http.get(f"/inspections{path}", **more)
        assert status_ is None or answer.status_code == status_, f"{path}: {answer.status_code}\n{plain(answer.text)[:2000]}"
        return answer

    def post(self, path: str, status_: int | None = 303, **fields: Any) -> TestResponse:
        """Send a form."""
        answer = self.http.post(f"/inspections{path}", data={"form": self.csrf} | fields)
        assert status_ is None or answer.status_code == status_, f"{path}: {answer.status_code}\n{plain(answer.text)[:2000]}"
        return answer


class Town(Street):
    """MID has Amal and a bakery, a board and shops; AGM has Badr and a secret of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url)
        self.people = {name: self.account(name, *granted) for name, granted in PEOPLE.items()}
        self.phones = {name: self.signed_in(self.phone(self.people[name], code), name) for name, code in (("amal", "MID"), ("badr", "AGM"))}
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self._licenses()
        self._inspect()
        self._alert()
        self.list = self._round()
        self.visitors = {name: Visitor(self, account) for name, account in self.people.items()} | {"stranger": Visitor(self)}

    def copied(self, folder: Path, database_url: str) -> Self:
        made = super().copied(folder, database_url)
        made.people, made.texts, made.numbers, made.packs = dict(self.people), dict(self.texts), dict(self.numbers), dict(self.packs)
        made.phones = {name: phone.copied(sender(made.client())) for name, phone in self.phones.items()}
        made.visitors = {name: Visitor(made, token=visitor.token) for name, visitor in self.visitors.items()}
        return made

    def _licenses(self) -> None:
        made = {
            "bakery": self.world.license(),
            "clothes": self.world.license(trade_name="=ملابس الحرية", activity="clothes", site=Site(Point(31.2011, 29.9197), 30)),
            "unseen": self.world.license(trade_name="مكتبة لم يرها أحد", site=Site(Point(31.2031, 29.9157), 30)),
            "agami": self.world.license(authority="AGM", trade_name="سر العجمي", site=AGAMI),
        }
        self.texts = {name: self.world.seal(each) for name, each in made.items()}
        packs: dict[str, list[LicensedSite]] = {"MID": [], "AGM": []}
        for serial, (name, each) in enumerate(made.items(), 1):
            cti = bytes((26,)) + serial.to_bytes(3, "big") + b"\0"
            self.numbers[name] = number("ALX", each.authority, cti)
            packs[each.authority].append(_licensed(cti, each, self.now))
        self.packs = packs
        self.publish_sites(packs)

    def publish_sites(self, packs: dict[str, list[LicensedSite]]) -> None:
        """Publish the licensed sites as the issuer does, signed by the status key."""
        folder = self.settings.sites
        assert folder is not None
        folder.mkdir(exist_ok=True)
        for code, held in packs.items():
            (folder / code).write_bytes(sites.sign(SitePack(code, self.now, tuple(held)), STATUS_KID, self.world.signer(STATUS_KID)))

    def _inspect(self) -> None:
        amal, badr = self.phones["amal"], self.phones["badr"]
        for minute in range(3):
            self.scan(amal, "bakery", minute)
        listed = next(iter(checklists.default().values()))
        first, second = list(listed.items)[:2]
        found = (Finding(first, "bad", "critical", "الباب مغلق بقفل"), Finding(second, "ok"))
        self.item, self.items = listed.items[first], (first, second)
        told: dict[str, Any] = {"findings": found, "checklist": (listed.code, listed.version)}
        self.scan(amal, "clothes", 4, result="violation", **told, note="يعاد بعد أسبوع", measured=(("width", 420),), photographs=2)
        self.pass_time(amal)
        amal.record(result="violation", seen_name="كشك بلا ترخيص", location=self.location(SHOP_SITE.point, 700), no_fix=None, photographs=1)
        self.scan(badr, "agami", 2, site=AGAMI, officer="badr")
        self.world.set_status(self.texts["bakery"], status.INVALID)
        self.world.publish_status()
        revoked = [each._replace(status=status.INVALID) if each.cti[3] == 1 else each for each in self.packs["MID"]]
        self.publish_sites({**self.packs, "MID": revoked})
        self.context.loaded()
        self.pass_time(amal)
        self.scan(amal, "bakery", 9)  # Amal's phone does not know yet
        for phone in (amal, badr):
            phone.now = self.now
            phone.sync()
            phone.contact()

    def pass_time(self, phone: Phone, seconds: int = 600) -> None:
        self.now += seconds
        phone.now = self.now

    def location(self, point: Point, north_m: float = 3.0) -> Location:
        return Location(point.latitude + north_m / 111_000, point.longitude + 0.00002, 6.5, self.now - 20, 2, altitude=12.0)

    def scan(self, phone: Phone, name: str, minute: int, *, site: Site = SHOP_SITE, **changes: Any) -> None:
        self.pass_time(phone, 60 * (minute + 1))
        usual: dict[str, Any] = {"kind": "license", "result": "in_order", "code": self.texts[name], "verdict": VALID}
        seen = {"location": self.location(site.point), "no_fix": None, "seen_name": "مخبز النور" if name == "bakery" else name}
        phone.record(lists=Lists(7, self.now - 90_000), **usual | seen | changes)

    def _alert(self) -> None:
        speaking, foreign = [self.id_of("bakery"), self.id_of("clothes")], [self.id_of("agami")]
        told = {
            "code": "two_places",
            "gaps": {"license": self.numbers["bakery"], "metres": 840, "threshold": 131},
            "evidence": [],
            "places": [[31.2001, 29.9187], [31.2071, 29.9187]],
        }
        with self.engine.begin() as connection:
            self.alert = alerts.keep(
                connection, rule="two_places", subject=self.numbers["bakery"], authority="MID", number=self.numbers["bakery"],
                inspections=speaking, evidence=told, now=self.now,
            )  # fmt: skip
            self.foreign_alert = alerts.keep(
                connection, rule="too_fast", subject="badr", authority="AGM", inspections=foreign, evidence={}, now=self.now
            )

    def _round(self) -> int:
        """Amal's list of the day, which she went otherwise."""
        ranked = making.rank(self.engine, self.context.licensed(), None, "MID", days.day_of(self.now), now=self.now)
        made = making.make(self.engine, ranked, self.people["amal"], by="supervisor", now=self.now)
        amal = self.phones["amal"]
        amal.now = self.now
        before = [each["number"] for each in amal.ask("GET", "/day")[1]["list"]["stops"]]
        told = {"list": made, "officer": "amal", "at": self.now, "before": before, "after": before[::-1], "reason": "الشارع مغلق للصيانة"}
        assert amal.ask("PUT", f"/day/reorders/{'5a' * 16}", told)[0] == 201
        return made

    def id_of(self, name: str) -> int:
        """The newest inspection of a license."""
        query = select(inspections.c.id).where(inspections.c.number == self.numbers[name]).order_by(inspections.c.id.desc()).limit(1)
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def path(self, text: str) -> str:
        """An address with what is in braces filled in."""
        named: dict[str, object] = {f"visit_{name}": self.id_of(name) for name in ("bakery", "clothes", "agami")}
        named |= {f"number_{name}": each for name, each in self.numbers.items()}
        kids = {f"kid_{name}": phone.kid.hex() for name, phone in self.phones.items()}
        named |= {"item": self.items[0], "item_in_order": self.items[1]}
        return text.format(**named, **kids, list=self.list, alert=self.alert, foreign_alert=self.foreign_alert)


def _licensed(cti: bytes, held: License, now: int) -> LicensedSite:
    point = held.site.point
    began = now - 200 * 86_400
    place = point.latitude, point.longitude, held.site.radius_m
    return LicensedSite(cti, held.type, *place, began, None, status.VALID, began, held.trade_name)


def plain(html: str) -> str:
    """A page as a person reads it."""
    return " ".join(unescape(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", html)).split())
