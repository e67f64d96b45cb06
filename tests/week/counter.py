"""What people do at the office, on its pages: apply, pay, decide, take back, count drawers, wait in the hall."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import lxml.html

from seal import days
from tests.office.applicants.invented import person
from tests.office.applications.workplace import advertisement, pdf, shop
from tests.office.desk.house import mobile
from tests.week.agenda import Agenda, Case, NotYetError
from tests.week.city import AUTHORITY
from tests.week.people import Browser, Member, Page, RefusedError

SHOP_PAPERS = ("identity", "tenure", "commercial_register", "tax_card", "floor_plan")
BOARD_PAPERS = ("identity", "artwork", "site_photograph", "owner_consent")
_FLOAT = {"pieces-5000": "4"}
FLOAT_PIASTRES = 20_000
_PLACE, _STEP = (31.2660, 29.9950), 0.0011  # about 120 m between two sites
_TRADES, _LETTERS = ("مخبز", "مكتبة", "صيدلية", "مقهى"), "ابتثجحخدذرزسش"
_NAMES = ("الأمل", "النور", "البحر", "النيل", "الفنار")
_SITE = ("latitude", "longitude", "radius_m", "footprint")


def state(page: Page) -> str:
    """An application's, as its page says it."""
    found = lxml.html.fromstring(page.data).xpath("//div[contains(@class,'head')]//span[contains(@class,'pill')]/@class")
    return str(found[0]).split()[-1] if found else ""


def total(page: Page) -> int:
    """What a bill says, in piastres."""
    found = "".join(lxml.html.fromstring(page.data).xpath("//tfoot//td//text()"))
    return round(float(re.sub(r"[^0-9.]", "", found)) * 100)


class Counter:
    """The office's people, by what they do. Each method that begins with a verb of the day is a case for the agenda."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda, self.city, self.books, self.clock = agenda, agenda.city, agenda.books, agenda.city.clock
        self.serial = 0
        self.cash = 0  # what the cashier knows to be in the drawer, in piastres
        self.citizens: dict[int, Browser] = {}

    def member(self, name: str) -> Member:
        return self.city.members[name]

    # -- applying --------------------------------------------------------------------------------------------------------------------

    def fields(self, service: str, serial: int) -> dict[str, str]:
        """What is typed of a site where nobody else's is."""
        today = self.clock.day()
        place = {
            "latitude": f"{_PLACE[0] + _STEP * (serial % 13):.6f}",
            "longitude": f"{_PLACE[1] + _STEP * (serial // 13):.6f}",
            "trade_name": f"{self.agenda.chance.choice(_TRADES)} {_LETTERS[serial % 13]}{_NAMES[serial % 5]} {serial}",
            "holder": f"سامي فؤاد {['حسن', 'علي', 'منير', 'رشدي', 'عادل'][serial % 5]}",
            "address": f"شارع {serial + 1}، عقار {serial + 7}",
            "valid_from": today.isoformat(),
        }
        if service.startswith("advertisement"):
            until = today.replace(year=today.year + 1)
            return advertisement(**place | {"valid_until": (until.fromordinal(until.toordinal() - 1)).isoformat()}) | person(serial + 1)
        return shop(**place) | person(serial + 1)

    def _begin(self, who: Browser, base: str, service: str, mobile_: str) -> str:
        type_, procedure = service.split(".")
        page = who.get(f"{base}?type={type_}&procedure={procedure}")
        given = {"authority": AUTHORITY} | ({"mobile": mobile_} if base != "/apply" else {})
        return re.sub(r"/details$", "", who.submit(page, base, **given).location)

    def _fill(self, who: Browser, draft: str, step: str, fields: dict[str, str]) -> None:
        page = who.get(f"{draft}/{step}")
        answer = who.submit(page, f"/{step}", (303, 422), **fields)
        if answer.status == 422:
            raise RefusedError(f"{step}: {sorted(answer.codes)}")

    def _attach(self, who: Browser, draft: str, papers: tuple[str, ...]) -> None:
        page = who.get(f"{draft}/documents")
        csrf = page.find(r'name="form" value="([0-9a-f]+)"')
        for code in papers:
            if f"/picture/{code}" not in page.text:
                who.post(f"{draft}/attach", {"form": csrf, "code": code, "file": (f"{code}.pdf", pdf(), "application/pdf")})

    def _send(self, who: Browser, draft: str, listed: str) -> str:
        page = who.get(f"{draft}/check", (200, 303, 404))
        if page.status == 200 and page.offers("/send"):
            answer = who.submit(page, "/send", (303, 409, 422))
            found = re.search(r"APP-[\w-]+", answer.location)
            if found:
                return found[0]
            raise RefusedError(f"send: {answer.status} {sorted(answer.codes)} {answer.location}")
        found = re.search(r"APP-[\w-]+", page.location + page.text) or re.search(r"APP-[\w-]+", who.get(listed).text)
        if found is None:
            raise RefusedError(f"{draft} is gone: {page.status} {sorted(page.codes)}")
        return found[0]

    def applying(
        self, who: Browser, base: str, service: str, serial: int, papers: tuple[str, ...], *, typed: dict[str, str] | None = None
    ) -> Any:
        """The steps of an application, with what is `typed`; the generator returns its number."""
        fields = typed or self.fields(service, serial)
        draft = yield partial(self._begin, who, base, service, mobile(serial + 1))
        yield partial(self._fill, who, draft, "details", {name: value for name, value in fields.items() if name not in _SITE})
        if site := {name: value for name, value in fields.items() if name in _SITE}:
            yield partial(self._fill, who, draft, "site", site)
        yield partial(self._attach, who, draft, papers)
        sought = fields["trade_name"].split()[-1] if "trade_name" in fields else fields["license"]
        number = yield partial(self._send, who, draft, "/applications" if base == "/apply" else f"/centre/?q={sought}")
        return number

    # -- money -----------------------------------------------------------------------------------------------------------------------

    def _drawer(self, who: Member, page: Page, number: str) -> Page:
        if "drawer_other_day" in page.codes or "drawer_counted" in page.codes:
            self.close_drawer(who)
            page = who.get(f"/centre/till/{number}")
        if "drawer_missing" in page.codes:
            form = who.get(f"/centre/drawers/open?for={number}&authority={AUTHORITY}")
            who.submit(form, "/drawers/open", **_FLOAT)
            self.cash = FLOAT_PIASTRES
            page = who.get(f"/centre/till/{number}")
        return page

    def pay(self, number: str, method: str) -> None:
        """Take what the bill says, at the till."""
        who = self.member("tarek")
        page = self._drawer(who, who.get(f"/centre/till/{number}"), number)
        if "no_bill" in page.codes:  # the answer was lost last time: the money was taken
            return self._found(number, who)
        piastres = total(page)
        answer = who.submit(page, f"/till/{number}", (303, 409, 422), amount=f"{piastres / 100:.2f}", method=method, payer="سامي فؤاد")
        if answer.status != 303:
            raise RefusedError(f"till: {answer.status} {sorted(answer.codes)}")
        self.books.receipts[number] = (answer.location.rsplit("/", 1)[1], piastres, method)
        self.cash += piastres if method == "cash" else 0
        return None

    def _found(self, number: str, who: Member) -> None:
        """What was taken although nobody saw the answer: it stands on the application's page."""
        page = who.get(f"/centre/applications/{number}")
        receipt = page.find(r"(MN1-\d{4}-\d{6})")
        shown = who.get(f"/centre/till/receipts/{receipt}")
        paid = re.findall(r"([0-9][0-9,]*\.[0-9]{2})", re.sub(r"<[^>]+>", " ", shown.text))
        method = "card" if re.search(r"بطاقة", shown.text) else "cash"
        piastres = round(float(paid[0].replace(",", "")) * 100)
        self.books.receipts[number] = (receipt, piastres, method)
        self.cash += piastres if method == "cash" else 0

    def close_drawer(self, who: Member, *, second: str = "hoda") -> None:
        """Count, say why if it differs, and let somebody else sign."""
        listed = who.get("/centre/drawers")
        for place in dict.fromkeys(re.findall(r"/centre/drawers/(\d+)", listed.text)):
            page = who.get(f"/centre/drawers/{place}")
            if page.offers("/count") and "/close" not in page.text:
                who.submit(page, "/count", **self._pieces(page))
                page = who.get(f"/centre/drawers/{place}")
            if page.offers("/explain"):
                who.submit(page, "/explain", reason="رُحّل إلى الخزينة الرئيسية")
            other = self.member(second)
            sign = other.get(f"/centre/drawers/{place}")
            if sign.offers("/close"):
                other.submit(sign, "/close", code=other.code())

    def _pieces(self, page: Page) -> dict[str, str]:
        """What is in the drawer, in notes and coins of the page's kinds."""
        kinds, left, found = sorted({int(each) for each in re.findall(r'name="pieces-(\d+)"', page.text)}, reverse=True), self.cash, {}
        for kind in kinds:
            found[f"pieces-{kind}"], left = str(left // kind), left % kind
        return found

    # -- deciding --------------------------------------------------------------------------------------------------------------------

    def do(self, name: str, number: str, action: str, to: tuple[str, ...], **fields: str) -> None:
        """One step of the review, unless it was taken already."""
        who = self.member(name)
        page = who.get(f"/centre/applications/{number}")
        if state(page) in to:
            return
        if not page.offers(f"/do/{action}") and state(page) in ("awaiting_payment", "submitted"):
            raise NotYetError(f"{number} is {state(page)}")
        who.submit(page, f"/do/{action}", **fields)

    def issued(self, number: str) -> str:
        """The license that came of an application. Raises NotYetError."""
        page = self.member("mona").get(f"/centre/applications/{number}")
        if state(page) != "issued":
            raise NotYetError(f"{number} is {state(page)}")
        license_ = page.find(r"(ALX-MN1-\d{4}-\d{7}-\w)")
        self.books.licenses[number] = license_
        self.books.statuses.setdefault(license_, "valid")
        return license_

    # -- cases -----------------------------------------------------------------------------------------------------------------------

    def at_the_counter(self, service: str, papers: tuple[str, ...], *, ending: str, method: str = "cash") -> Case:
        """Somebody comes in, pays, and it is decided; `ending`: issued, rejected, upheld, returned, inspected, withdrawn."""
        self.serial += 1
        serial, mona = self.serial, self.member("mona")
        number = yield from self.applying(mona, "/centre/apply", service, serial, papers)
        yield partial(self.pay, number, method)
        yield self.clock.seconds() + self.agenda.chance.randrange(1, 4) * 1800
        yield from self.decided(number, ending, serial)

    def decided(self, number: str, ending: str, serial: int) -> Any:
        reviewer = self.agenda.chance.choice(("reem", "adel"))
        other = "adel" if reviewer == "reem" else "reem"
        if ending == "inspected":
            yield partial(self.do, reviewer, number, "request_inspection", ("inspection_requested",), reason="تُراجع الواجهة")
            yield partial(
                self.do, other, number, "record_inspection", ("under_review", "approved", "issued"), outcome="fits", reason="كما في الرسم"
            )
        if ending in ("rejected", "upheld"):
            yield partial(self.do, reviewer, number, "reject", ("rejected", "objection"), reason="الموقع مشغول")
        if ending == "upheld":
            yield partial(self.do, "mona", number, "object", ("objection", "under_review"), reason="الموقع خالٍ منذ شهر")
            yield partial(self.do, "hoda", number, "uphold", ("under_review", "approved", "issued"), reason="المعاينة تثبت ذلك")
        if ending == "rejected":
            self.books.refused.add(number)
            yield self.clock.seconds() + 1800
            yield partial(self.give_back, number)
            return
        yield partial(self.do, reviewer, number, "approve", ("approved", "issued"))
        self.books.approved[number] = ("mona", reviewer)
        license_ = yield partial(self.issued, number)
        self.books.expected.append((mobile(serial + 1), "/k/", f"license {license_} is issued"))
        yield partial(self.opens_link, serial, license_)

    def opens_link(self, serial: int, license_: str) -> None:
        """The holder opens what came by message: the newest first, for a license before this one has a link of its own."""
        links = [found for text in self.city.codes(mobile(serial + 1)) for found in re.findall(r"/k/[\w-]+", text)]
        for link in reversed(links):
            page = self.city.citizen(serial).get(link, (200, 404))
            if page.status != 200:
                raise RefusedError(f"the link of {license_} shows {page.status} {sorted(page.codes)}")
            if license_ in page.text:
                return
        raise NotYetError(f"no message for {license_} among {len(links)} links")

    def give_back(self, number: str) -> None:
        """What may be given back, at the till or by the provider."""
        who = self.member("tarek")
        page = who.get(f"/centre/money/{number}")
        if "drawer_missing" in page.codes or "drawer_other_day" in page.codes:
            self._drawer(who, page, number)
            page = who.get(f"/centre/money/{number}")
        if not page.offers(f"/money/{number}"):
            return
        amount = re.sub(r"[^0-9.]", "", "".join(lxml.html.fromstring(page.data).xpath("//form//p[contains(@class,'due')]//b//text()")))
        answer = who.submit(page, f"/money/{number}", (303, 409, 422), amount=amount, reason="رُفض الطلب")
        if answer.status != 303 and "drawer_short" not in answer.codes:
            raise RefusedError(f"money back: {answer.status} {sorted(answer.codes)}")
        if answer.status == 303:
            self.books.back[number] = self.books.back.get(number, 0) + round(float(amount) * 100)
            if self.books.receipts.get(number, ("", 0, ""))[2] == "cash":
                self.cash -= round(float(amount) * 100)

    # -- registers, hall -------------------------------------------------------------------------------------------------------------

    def change(self, license_: str, change: str, **fields: str) -> Case:
        """Suspend, reinstate, revoke or replace a license; where it takes two, another reviewer approves."""
        if self.books.statuses.get(license_) in (None, "revoked"):
            return
        after = {"suspend": "suspended", "reinstate": "valid", "revoke": "revoked", "replace": "valid"}[change]
        yield partial(self._ask, license_, change, fields)
        yield partial(self._approve, license_)
        yield partial(self._has_become, license_, change, after)
        self.books.statuses[license_] = after

    def _ask(self, license_: str, change: str, fields: dict[str, str]) -> None:
        who = self.member("reem")
        page = who.get(f"/centre/licenses/{license_}/change/{change}", (200, 403, 409))
        if page.status != 200 or not page.offers(f"/change/{change}"):
            return  # it was done already, and the answer lost
        sure = who.submit(page, f"/change/{change}", (200, 409, 422), reason="other", words="سبب للأسبوع", **fields)
        if sure.status == 200:
            who.submit(sure, f"/change/{change}", (303, 409), go="sure")

    def _approve(self, license_: str) -> None:
        who = self.member("adel")
        for id_ in dict.fromkeys(re.findall(r"/centre/requests/(\d+)", who.get("/centre/requests").text)):
            page = who.get(f"/centre/requests/{id_}")
            if license_ in page.text and page.offers(f"/requests/{id_}"):
                who.submit(page, f"/requests/{id_}", decision="approve")

    def changeable(self) -> list[str]:
        """Licenses that nobody else needs as they are: those that hold, but for boards whose term is part of their case."""
        spared = {self.books.licenses[each] for each in self.books.spared if each in self.books.licenses}
        return [number for number, status in sorted(self.books.statuses.items()) if status == "valid" and number not in spared]

    def _has_become(self, license_: str, change: str, after: str) -> None:
        page = self.member("reem").get(f"/centre/licenses/{license_}")
        offered = set(re.findall(r"/change/(\w+)\"", page.text))
        if change == "replace":
            return
        shown = "suspended" if "reinstate" in offered else "valid" if "suspend" in offered else "revoked"
        if shown != after:
            raise NotYetError(f"{license_} is {shown}")

    def approve_requests(self, name: str) -> None:
        """Approve whatever waits for a second person."""
        who = self.member(name)
        for id_ in dict.fromkeys(re.findall(r"/centre/requests/(\d+)", who.get("/centre/requests").text)):
            page = who.get(f"/centre/requests/{id_}")
            if page.offers(f"/requests/{id_}"):
                who.submit(page, f"/requests/{id_}", decision="approve")

    def hall(self) -> Case:
        """Numbers are taken and called."""
        for letter in "ABA":
            yield partial(self._take, letter)
        for _ in range(3):
            yield partial(self._call)

    def _take(self, letter: str) -> None:
        who = self.member("mona")
        who.submit(who.get("/centre/queue"), "/queue/take", **{"class": letter})

    def _call(self) -> None:
        who = self.member("mona")
        page = who.get("/centre/queue")
        action, held = page.form("/queue/next")
        who.post(action, held | {"desk": "3", "class": "A"}, (303, 409, 422))

    def end_of_day(self) -> Case:
        """The drawer is counted and signed."""
        yield lambda: self.close_drawer(self.member("tarek"))

    def today(self) -> int:
        return days.start_of(self.clock.day())
