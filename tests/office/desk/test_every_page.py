"""Every page of portal and centre as each who may open it sees it: on a phone and on a desk, by day and by night, in both languages.

No rule of accessibility is broken, nothing runs over the edge, nothing that a page asks for is missing. A template that nobody sees
here fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import flask
import pytest
from playwright.sync_api import Page, Response

from accounts.web import login
from issuer.register import requests
from office.applicants import keyring
from office.applications import drawers
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.desk import access
from office.messages import links
from tests.browser import violations
from tests.issuer import offices
from tests.office.applicants.invented import POWER, national_id, person
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import advertisement, staff
from tests.office.desk import provider
from tests.office.desk.browsing import DESK, PHONE, Browsers
from tests.office.desk.house import FLOAT, mobile, served, totp
from tests.office.desk.town import ROLES, Full
from tests.office.enforcement.connected import Connected, settings_in
from tests.office.enforcement.over_there import OverThere, listening
from tests.office.wallets import keys

__all__ = ["unlocked"]

#: By language: every pair of language, width and scheme occurs.
VIEWS = {"ar": ((PHONE, "light"), (DESK, "dark")), "en": ((PHONE, "dark"), (DESK, "light"))}
TEMPLATES = (Path(access.__file__).parent / "templates", Path(login.__file__).parent / "templates")
PARTS = {"passkey_parts", "base", "centre_base", "apply_parts", "bill_parts", "license_parts", "parts", "plot_parts", "step_parts"}
PARTS |= {"holding_parts", "quote_parts"}
PARTS |= {"applicant_parts", "team_parts", "team_case_parts", "ground", "map_parts", "street_parts", "surrounding_parts"}
PARTS |= {"change_parts", "license_filters"}
PARTS |= {"drawer_parts", "document_parts", "van_parts", "held_parts", "look_parts", "head"}
#: Shown while somebody enrols, and where a browser itself says that a form is ours: the tests above look at them in one.
IN_A_BROWSER = {"login_code", "login_enrol", "login_recovery", "login_waiting", "resume"}
STATES = ("unpaid", "review", "returned", "visit", "rejected", "approved", "objection", "withdrawn", "own")
LEFT = "net::ERR_ABORTED"  # what a page still loads is cut off when the next one is opened
STEPS = ("details", "site", "documents", "check")


class Seen(NamedTuple):
    """A page: who sees it, where it is, and for a page that only a form leads to, what that form sends."""

    who: str
    path: str
    sent: dict[str, str] | None = None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who} {'POST' if self.sent is not None else 'GET'} {self.path}"


def get(who: str, *paths: str, status: int = 200) -> list[Seen]:
    return [Seen(who, path, None, status) for path in paths]


FORMS_OF = ("{draft}", "{building}", "{board}", "{transfer}")
PAGES = [
    *get("stranger", "/", "/sign-in", "/centre/sign-in", "/centre/welcome/{invitation}", "/k/{token}", "/k/{revoked}"),
    *get("stranger", "/notice"),
    Seen("stranger", "/notice", {"text": "hello"}, 422),
    *(Seen("stranger", "/notice", {"text": f"{{{notice}}}"}) for notice in ("served", "sealed", "stolen", "cancelled", "objected")),
    Seen("stranger", "/notice/objection", {"text": "{served}", "objection": "x", "mobile": "x"}, 422),
    *get("stranger", "/nope", "/k/nonsense", status=404),
    *get("stranger", "/centre/welcome/nonsense", status=422),
    Seen("stranger", "/sign-in", {"mobile": "12345"}, 422),
    Seen("stranger", "/sign-in", {"mobile": mobile(9)}),
    Seen("stranger", "/sign-in/code", {"mobile": mobile(9), "code": "x"}, 422),
    Seen("stranger", "/centre/sign-in", {"name": "reem", "password": "wrong"}, 422),
    Seen("stranger", "/centre/welcome/{invitation}", {"password": "short", "again": "short"}, 422),
    Seen("stranger", "/apply/{draft}/details", {"trade_name": "مخبز"}, 403),
    *get("citizen", "/", "/applications", "/apply", "/apply?type=shop", "/apply?type=building&procedure=first"),
    *get("citizen", *(f"/apply/{form}/{step}" for form in FORMS_OF[:3] for step in STEPS)),
    *get("citizen", "/apply/{transfer}/details", "/apply/{transfer}/documents", "/apply/{transfer}/check", "/apply/{returned}/details"),
    *get("citizen", "/apply/{draft}/site?level=9&lat=31.2752&lon=30.0061", "/apply/{building}/site?level=0&as=corner"),
    *get("citizen", *(f"/applications/{{{state}}}" for state in STATES)),
    Seen("citizen", "/apply", {"type": "shop", "procedure": "first", "authority": "ZZZ"}, 422),
    Seen("citizen", "/apply/{building}/details", {"trade_name": "س" * 200, "holder": "", "floors": "x", "valid_from": "soon"}, 422),
    Seen("citizen", "/apply/{building}/site", {"latitude": "x", "longitude": "", "footprint": "1, 2"}, 422),
    Seen("citizen", "/applications/{rejected}/do/object", {"reason": ""}, 422),
    Seen("citizen", "/apply/{draft}/send", {"version": "0"}, 409),
    Seen("citizen", "/apply/{draft}/details", {"form": "0" * 64, "trade_name": "مخبز"}, 403),
    *get("citizen", "/licenses", "/licenses/{license}", "/licenses/{lapsed}", "/applications/{rejected}/objection"),
    Seen("citizen", "/licenses/{license}/renew", {}, 422),
    Seen("citizen", "/applications/{rejected}/objection", {"reason": "x" * 501}, 422),
    *get("citizen", "/licenses/{foreign_license}", status=404),
    *get("other", "/applications", "/apply", "/licenses"),
    *get("half", "/centre/code"),
    Seen("half", "/centre/code", {"code": "x"}, 422),
    *get("new", "/centre/code"),
    Seen("new", "/centre/enrol", {"code": "x"}, 422),
    *(page for role in ROLES[:4] for page in get(role, "/centre/", "/centre/?q=الأمل", "/centre/applications/{review}")),
    *(page for role in ROLES[:4] for page in get(role, "/centre/licenses/{license}")),
    *get("clerk", "/centre/?q=zzzz", "/centre/licenses", "/centre/licenses?q=مخبز", "/centre/licenses?q=zzzz", "/centre/licenses/{lapsed}"),
    *get("clerk", "/centre/apply", "/centre/apply?type=shop", "/centre/apply?type=shop&procedure=first"),
    *get("clerk", *(f"/centre/apply/{{counter}}/{step}" for step in STEPS), "/centre/applications/{returned}"),
    Seen("clerk", "/centre/apply", {"type": "shop", "procedure": "first", "mobile": "1"}, 422),
    Seen("clerk", "/centre/licenses/{license}/print", {"size": "A0"}, 422),
    *get("clerk", "/centre/reports", "/centre/people", status=403),
    *get("clerk", "/centre/applications/APP-MN1-2026-999999-0", status=404),
    *get("reviewer", *(f"/centre/applications/{{{state}}}" for state in STATES)),
    *get("citizen", "/applications/{papers}", "/applications/{papers}/documents/{paper}/view", "/applications/{own}/documents/1/view"),
    Seen("citizen", "/applications/{papers}/documents/{paper}/replace", {}, 422),
    *get("clerk", "/centre/applications/{papers}"),
    *get("reviewer", "/centre/applications/{judged}", "/centre/applications/{judged}/documents/{judged_paper}/view"),
    *get("reviewer", "/centre/applications/{judged}/documents/{judged_paper}/view?zoom=full", "/centre/applications/{papers}"),
    *get("reviewer", "/centre/applications/{judged}/documents/{judged_paper}/view?page=9"),
    Seen("reviewer", "/centre/applications/{judged}/documents/{judged_paper}/judge", {"verdict": "returned"}, 422),
    Seen("reviewer", "/centre/applications/{review}/do/reject", {"reason": ""}, 422),
    Seen("reviewer", "/centre/applications/{visit}/do/record_inspection", {"reason": "x"}, 422),
    *get("clerk", "/centre/applicants", "/centre/applications/{agent}", "/centre/apply/{colleague}/details"),
    Seen("clerk", "/centre/applicants", {"number": national_id()}),
    Seen("clerk", "/centre/applicants", {"number": "1"}, 422),
    Seen("clerk", "/centre/apply/{colleague}/applicant", {}),
    Seen("clerk", "/centre/apply/{colleague}/details", {"applicant_national_id": "1", "agent_poa_year": "1"}, 422),
    Seen("reviewer", "/centre/applications/{agent}/applicant", {"why": "case"}),
    Seen("reviewer", "/centre/applications/{agent}/applicant", {"why": "print"}),
    Seen("citizen", "/applications/{agent}/applicant", {}),
    Seen("citizen", "/apply/{building}/details", {"applicant_kind": "company", "applicant_tax_number": "1", "agent_name": "x"}, 422),
    *get("manager", "/centre/applicants/looks", "/centre/applicants/looks?application=APP-MN1-2026-000001"),
    *get("administrator", "/centre/applicants/looks"),
    *get("manager", "/centre/applicants/reads", "/centre/applicants/reads?application=APP-MN1-2026-000001"),
    *get("administrator", "/centre/applicants/reads"),
    *get("cashier", "/centre/till", "/centre/till/{unpaid}", "/centre/till/{review}", "/centre/till/receipts/{receipt}"),
    *get("cashier", "/centre/till?number=x", status=404),
    Seen("cashier", "/centre/till/{unpaid}", {"amount": "1", "method": "cash"}, 422),
    Seen("cashier", "/centre/till/{unpaid}", {"amount": "1", "method": "x"}, 422),
    *get("cashier", "/centre/money/{withdrawn}", "/centre/money/{rejected}", "/centre/money/{unpaid}", "/centre/applications/{rejected}"),
    Seen("cashier", "/centre/money/{rejected}", {"amount": "x"}, 422),
    Seen("cashier", "/centre/money/{rejected}", {"payment": "1", "amount": "1"}, 422),
    *get("stranger", "/hall/MN1", "/hall/MN1?still=yes", "/hall/MN1?voice=yes", "/slips"),
    Seen("stranger", "/slips", {"reference": "x", "digits": "1"}, 422),
    Seen("stranger", "/slips", {"reference": "{slip}", "digits": "0007"}),
    *get("clerk", "/centre/van", "/centre/van/list/{laptop}"),
    Seen("clerk", "/centre/van/{parcel}/back", {"reason": ""}, 422),
    Seen("clerk", "/centre/van/all/{laptop}", {}, 409),
    *get("manager", "/centre/van", "/centre/van/laptops", "/centre/van/laptops/{laptop}", "/centre/van/list/{laptop}"),
    Seen("manager", "/centre/van/laptops", {"holder": "nobody", "authority": "MN1"}, 404),
    Seen("manager", "/centre/van/laptops", {"holder": "clerk", "authority": "MN1"}),
    Seen("manager", "/centre/van/laptops/{laptop}/lost", {}, 422),
    *get("stranger", "/hall/ZZZ", status=404),
    *get("citizen", "/appointments", "/appointments?centre=MN1&day=2026-12-02", "/appointments?instead={appointment}&centre=MN1"),
    Seen("citizen", "/appointments", {"centre": "MN1", "day": "2026-12-01", "minute": "630"}, 409),
    *get("clerk", "/centre/queue", "/centre/queue?desk=3&class=A", "/centre/queue/tickets/{ticket}"),
    *get("clerk", "/centre/queue/slips/{returned}", "/centre/queue/slips/{unpaid}"),
    Seen("clerk", "/centre/queue/next", {"desk": "<b>"}, 422),
    Seen("clerk", "/centre/queue/tickets/5001/missed", {}, 409),
    *get("cashier", "/centre/money/due", "/centre/drawers", "/centre/drawers/open", "/centre/drawers/{drawer}"),
    Seen("cashier", "/centre/drawers/open", {"authority": "MN1", "pieces-500": "x"}, 422),
    Seen("cashier", "/centre/drawers/open", {"authority": "MN1"}, 409),
    Seen("cashier", "/centre/drawers/{drawer}/count", {"card": "x"}, 422),
    *get("cashier", "/centre/drawers/{short}", "/centre/drawers/{closed}"),
    *get("manager", "/centre/drawers", "/centre/drawers/{short}", "/centre/reports/revenue", "/centre/reports/revenue?since=2026-01-01"),
    Seen("manager", "/centre/drawers/{short}/close", {"tally": "1"}, 409),
    *get("manager", "/centre/reports/revenue?since=soon", status=422),
    *get("manager", "/centre/money", "/centre/money?day={day}", "/centre/money/{rejected}"),
    *get("manager", "/centre/money?day=soon", status=422),
    *get("manager", "/centre/proposals", "/centre/proposals/{proposal}", "/centre/proposals/{decided}", "/centre/proposals/{own_proposal}"),
    *get("manager", "/centre/proposals/{gone}"),
    Seen("manager", "/centre/proposals/{proposal}", {"decision": "accepted", "reason": ""}, 422),
    Seen("manager", "/centre/proposals/{decided}", {"decision": "accepted", "reason": "x"}, 409),
    *get("reviewer", *(f"/centre/licenses/{{license}}/change/{change}" for change in ("suspend", "revoke", "replace"))),
    Seen("reviewer", "/centre/licenses/{license}/change/suspend", {"reason": "other", "words": ""}, 422),
    Seen("reviewer", "/centre/licenses/{license}/change/suspend", {"reason": "danger", "words": "سلك مكشوف"}),
    Seen("reviewer", "/centre/licenses/{license}/change/replace", {"reason": "typing", "holder": "سامية فؤاد", "radius_m": "40"}),
    Seen("reviewer", "/centre/licenses/{license}/change/replace", {"reason": "", "latitude": "north", "valid_from": "soon"}, 422),
    *get("clerk", "/centre/licenses?type=shop&state=to_come", "/centre/licenses/map"),
    *get("clerk", "/centre/licenses/map?lat=31.2612&lon=30.0061&view=0"),
    *get("clerk", "/centre/imports", "/centre/imports/{import}", "/centre/imports/{done_import}", "/centre/imports/{import}/rows/2"),
    *get("clerk", "/centre/imports/{import}?outcome=issued", "/centre/stickers", "/centre/stickers?q=مخبز", "/centre/stickers?q=zzzz"),
    *get("reviewer", "/centre/held", "/centre/held/{held}", "/centre/held/{held_change}", "/centre/licenses/map?type=shop&street=x"),
    *get("reviewer", "/centre/held/999999", status=404),
    Seen("clerk", "/centre/imports", {"x": "y"}, 422),
    Seen("clerk", "/centre/imports/{import}/rows/2", {"holder": "", "valid_from": "soon"}, 422),
    Seen("clerk", "/centre/stickers", {"grid": "A0"}, 422),
    *get("reviewer", "/centre/requests", "/centre/requests/{request}", "/centre/requests/{file_request}", "/centre/requests/{own_request}"),
    Seen("reviewer", "/centre/requests/{own_request}", {"decision": "approve"}, 403),
    Seen("manager", "/centre/money/notices/{notice}", {"decision": "dismiss"}, 422),
    *get("manager", "/centre/reports", "/centre/reports/cash", "/centre/reports/messages", "/centre/applications/{objection}"),
    *get("manager", "/centre/reports?since=soon", "/centre/reports/cash?day=soon", f"/centre/?q={'س' * 300}", status=422),
    *get("reviewer", "/centre/sites", "/centre/sites?state=awaiting_payment", "/centre/sites?state=approved&late=1"),
    *get("reviewer", "/centre/?who=mine", "/centre/?who=none", "/centre/work/hand-over", "/centre/work/leave"),
    Seen("reviewer", "/centre/applications/{review}/notes", {"note": ""}, 422),
    Seen("reviewer", "/centre/applications/{review}/call", {"why": ""}, 422),
    Seen("reviewer", "/centre/applications/{review}/call", {"why": "site"}),
    Seen("clerk", "/centre/applications/{visit}/mobile", {"mobile": "12", "why": "x"}, 422),
    Seen("manager", "/centre/applications/{review}/give", {"to": "0"}, 422),
    Seen("clerk", "/centre/work/leave", {"first": "soon", "last": ""}, 422),
    Seen("manager", "/centre/work/hand-over", {"to": "0"}, 422),
    Seen("manager", "/centre/work/rules", {"authority": "MN1", "service": "boat"}, 422),
    *get("manager", "/centre/work/board", "/centre/work/rules", "/centre/work/looks", "/centre/work/leave"),
    *get("elsewhere", "/centre/", "/centre/till", "/centre/reports", "/centre/work/board"),
    *get("administrator", "/centre/people", "/centre/people/clerk", "/centre/passkeys"),
    Seen("administrator", "/centre/passkeys", {"name": "x", "nonce": "", "answer": ""}, 422),
    Seen("administrator", "/centre/people", {"name": "x", "display": "x"}, 422),
    Seen("administrator", "/centre/people/clerk/roles", {"role": "SHQ clerk"}, 422),
    Seen("administrator", "/centre/people/spare/invite", {}),
]


class Watched(Full, Connected):
    """The town, with what only looks need: forms of other kinds, links, and which templates were shown."""

    def furnish(self) -> None:
        super().furnish()
        mona = self.actor_of(1)
        outline = "POLYGON((30.0050 31.2750, 30.0056 31.2750, 30.0056 31.2756, 30.0050 31.2756, 30.0050 31.2750))"
        site = {"trade_name": "برج البحر", "latitude": "31.2753", "longitude": "30.0053", "footprint": outline, "floors": "7"}
        self.places["building"] = self.work.draft("building.first", site, actor=mona)
        self.places["board"] = self.work.draft("advertisement.first", advertisement(), actor=mona, papers=False)
        fields = {"license": self.places["license"], "holder": "مالك جديد"}
        agent = {"agent_name": "عادل سعد", "agent_national_id": national_id(2), **POWER}
        who = person(1, applicant_name="منى علي", applicant_mobile=mobile(3)) | agent
        self.places["agent"] = self.work.submit(self.work.draft("shop.first", self.shop(), actor=mona, who=who), actor=mona)
        colleague = staff("77", "clerk")
        self.places["colleague"] = self.work.draft("shop.first", self.shop() | {"authority": "MN1"}, actor=colleague, who=who)
        self.places["transfer"] = self.work.draft("shop.transfer", fields, actor=mona)
        _, self.places["lapsed"] = self.work.issued("shop.first", self.shop(), actor=mona)
        self.work.issued("shop.cancellation", {"license": self.places["lapsed"], "ground": "أغلق المحل"}, actor=mona)
        with self.context.engine.begin() as connection:
            self.places["token"] = links.of(connection, self.places["license"], now=self.now)
            self.places["revoked"] = links.of(connection, self.places["lapsed"], now=self.now)
        self.account("spare", ("MN1", "clerk"))  # whose invitation ends nobody's session
        self.places |= provider.unsettle(self, self.places["unpaid"], self.places["review"])
        self._notices()
        decided = {"state": "accepted", "decided_by": "samir", "decided_at": self.now, "answer": "تكررت المخالفة", "due": self.now}
        self.places["decided"] = self._proposal(self.places["license"], action="revoke", **decided)
        self.places["own_proposal"] = self._proposal(self.places["license"], proposed_by="Manager", violation="VIO-MN1-2026-000001-K")
        self.places["gone"] = self._proposal("ALX-MN1-2026-0999999-X")
        row = [2, "MN1", "shop", "مخبز الأمل", "شارع 12، عقار 7"]
        told = {"authorities": {"MN1": 1}, "types": {"shop": 1}, "refused": 0, "apply": True, "rows": [row]}
        self.places["file_request"] = self.request("issue", **told)
        self.places["held_change"] = self.held_change(self.places["license"])
        self.places["done_import"] = self.imported("done", counts={"refused": 1, "issued": 1})
        with self.context.engine.begin() as connection:
            mine = {"subject": "ALX", "authorities": ["MN1"], "told": {"reason": "x"}, "by": "command:reviewer", "now": self.now}
            self.places["own_request"] = str(requests.prepare(connection, "reinstate", bytes(32), **mine).id)
        self._counted()
        self.shown: set[str] = set()
        flask.template_rendered.connect(self._note, self.app)

    def _counted(self) -> None:
        """A drawer that was counted and differs, and one that is closed."""
        manager, cashiers = self.account("manager"), [self.account(name, ("MN1", "cashier")) for name in ("short", "closed")]
        with self.context.engine.begin() as connection:
            for account in cashiers:
                name = account.name
                actor = Actor("staff", str(account.id), account.display, account.roles)
                unit = UnitOfWork(connection, self.context.office(), actor, self.now)
                drawer = drawers.open_(unit, "MN1", float_=FLOAT, by=name)
                tally = drawers.count(unit, drawer, cash=FLOAT | {100: 2}, card=500, by=name)
                if name == "closed":
                    drawers.explain(unit, drawer, tally=tally.id, reason="وُجدت جنيهان في الدرج", by=name)
                    second = Actor("staff", str(manager.id), manager.display, manager.roles)
                    drawers.close(unit._replace(actor=second), drawer, tally=tally.id, by="manager")
                self.places[name] = str(drawer)

    def _notices(self) -> None:
        """A notice in each state by the text of its code; one that somebody changed."""
        for serial, state in enumerate(("sealed", "served", "objected", "cancelled"), 1):
            number, self.places[state] = self.sealed(serial)
            if state != "sealed":
                self.there.serve(number)
            if state == "objected":
                self.client().post("/notice/objection", 200, text=self.places[state], objection="البضاعة لجاري وليست لي")
            if state == "cancelled":
                happened = [{"state": "served", "at": self.now, "reason": None}, {"state": "cancelled", "at": self.now, "reason": "سُويت"}]
                self.there.notices[number] |= {"state": "cancelled", "history": happened}
        served = self.places["served"]
        self.places["stolen"] = served[:-1] + ("1" if served[-1] != "1" else "2")

    def _note(self, _: object, template: Any, **__: object) -> None:
        self.shown.add(Path(template.name).stem)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("town")
    made, clerk, _ = unlocked
    home, there = offices.furnish(folder / "office", made, str(folder / "r.sqlite")).folder, OverThere()
    with listening(there.app) as inspections:
        keyring.make(folder / "applicants.keys", day="2026-11-24")
        more = {"inspections": settings_in(home, inspections), "applicants": folder / "applicants.keys"}
        more |= {"apple_wallet": keys.apple(folder), "google_wallet": keys.google(folder)}
        built = Watched(home, str(folder / "r.sqlite"), clerk, **more)
        built.there = there
        built.furnish()
        yield built
        built.close()


@pytest.fixture(scope="module")
def address(town: Watched) -> Iterator[str]:
    with served(town) as there:
        yield there


_SEND = """([path, sent]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  for (const [name, value] of Object.entries(sent)) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
#: What sticks out at the sides, but for what has a scroll bar of its own and what is out of sight on purpose.
_BEYOND = """() => {
  const out = [];
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push("the page scrolls sideways");
  const scrolls = (one) => one && one !== document.body && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
  for (const one of document.body.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || scrolls(one.parentElement) || one.closest("svg, .skip, .unseen, datalist, [hidden]")) continue;
    if (box.left < -1 || box.right > innerWidth + 1) out.push(`${one.outerHTML.slice(0, 200)} ${box.left}–${box.right}`);
  }
  return out;
}"""


def missing(answer: Response) -> bool:
    """Whether a part of a page is not there."""
    return answer.status >= 400 and not answer.request.is_navigation_request()


def meant(town: Watched, sent: dict[str, str]) -> dict[str, str]:
    """What a form sends, with what `{served}` and the like stand for."""
    return {name: town.places.get(value[1:-1], value) if value.startswith("{") else value for name, value in sent.items()}


def open_page(page: Page, town: Watched, seen: Seen) -> None:
    path = town.path(seen.path)
    if seen.sent is None:
        answer = page.goto(path)
    else:
        page.goto("/sign-in" if seen.who in ("stranger", "citizen", "other") else "/centre/sign-in")
        sent = {"form": town.visitors[seen.who].csrf, **meant(town, seen.sent)}
        with page.expect_navigation() as leading:
            page.evaluate(_SEND, [path, sent])
        answer = leading.value
    assert answer is not None and answer.status == seen.status, f"{seen}: {answer and answer.status}"


def look(page: Page, seen: Seen) -> list[str]:
    """What is wrong with a page, in each view."""
    wrong, language = [], str(page.locator("html").get_attribute("lang"))
    for size, scheme in VIEWS[language]:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        where = f"{seen} ({language}, {size['width']} px, {scheme})"
        wrong += [f"{where}: {each}" for each in (*violations(page), *page.evaluate(_BEYOND))]
    return wrong


@pytest.mark.parametrize("language", VIEWS)
@pytest.mark.parametrize("who", sorted({seen.who for seen in PAGES}))
def test_every_page_is_for_everybody(town: Watched, address: str, browsers: Browsers, who: str, language: str) -> None:
    page, failed = browsers.page(address, visitor=town.visitors[who]), list[str]()
    page.context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("requestfailed", lambda request: failed.append(request.url) if request.failure != LEFT else None)
    page.on("response", lambda answer: failed.append(answer.url) if missing(answer) else None)
    wrong = []
    for seen in (each for each in PAGES if each.who == who):
        open_page(page, town, seen)
        assert page.locator("html").get_attribute("lang") == language
        wrong += look(page, seen)
    assert not wrong, "\n".join(wrong)
    assert failed == []


def test_the_codes_that_are_shown_once(town: Watched, address: str, browsers: Browsers) -> None:
    page = browsers.page(address, visitor=town.visitors["new"])
    page.goto("/centre/code")
    page.fill("#code", totp(page.inner_text(".key"), town.now))
    page.click("main button.primary")
    page.wait_for_url("**/centre/enrol")
    assert look(page, Seen("new", "/centre/enrol")) == []


def test_every_template_was_looked_at(town: Watched) -> None:
    """What no page of the list shows is a page that nobody looks at."""
    town.shown.clear()
    for seen in (each for each in PAGES if each.who != "new"):  # whose session ends by enrolling
        visitor, path = town.visitors[seen.who], town.path(seen.path)
        answer = visitor.get(path, seen.status) if seen.sent is None else visitor.post(path, None, **meant(town, seen.sent))
        assert answer.status_code == seen.status, seen
    shown = town.shown | IN_A_BROWSER
    assert {path.stem for folder in TEMPLATES for path in folder.glob("*.html")} - PARTS == shown - {"map"} - PARTS
    links_ = [town.path(each.path).split("?")[0] for each in PAGES if each.path != "/nope" and each.sent is None]
    opened = {town.app.url_map.bind("").match(path, method="GET")[0] for path in links_}
    pages = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not rule.endpoint.startswith(("assets.", "health.", "streets."))
    }
    files = {name for name in pages if name.split(".")[1] in FILES or name.endswith(("_csv", "_xlsx"))} - PAGES_TOO
    files |= {"login.leave_for_provider", "login.back_from_provider", "login.waiting"}  # they lead on, but for whom they are there
    assert pages - files == opened


#: Routes with such a name that answer with a page all the same.
PAGES_TOO = {"till.receipt", "work.license_", "queue.slip"}
#: Routes whose answer is no page.
FILES = {"picture", "attached", "document", "drawn", "receipt", "license_", "file", "slip", "pass_", "save", "pack", "standing"}
