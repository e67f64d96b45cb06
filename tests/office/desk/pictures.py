"""The main screens of the office, for the docs: a citizen's on a phone, the centre's on a desk.

python -m tests.office.desk.pictures            # makes docs/office/*.webp anew
python -m tests.office.desk.pictures renewal    # or those of these names
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from weasyprint import HTML

from acts import acting
from issuer import approving
from issuer.register import history
from office.applications import attaching, records
from office.applications.actors import Actor
from office.applications.attaching import Upload
from office.applications.context import UnitOfWork
from office.applications.paperwork import papers
from office.privacy import asking, gathering, person, planning
from office.privacy.person import Named
from seal import days
from tests import browser
from tests.conftest import ROOT
from tests.issuer import offices
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import DAY, NOW, advertisement, shop
from tests.office.desk.house import House, Visitor, mobile, served
from tests.office.wallets import keys

PICTURES = ROOT / "docs/office"
PHONE, DESK = (360, 740), (1280, 800)
WIDEST = 960  # pixels of a picture
ROLES = ("clerk", "reviewer", "cashier", "manager")
REVIEWER = Actor("staff", "9", "ريم فوزي", {"MN1": frozenset({"reviewer"})})


class Screen(NamedTuple):
    """A picture: its name, who looks, at what, and what is moved into view."""

    name: str
    visitor: Visitor
    path: str
    size: tuple[int, int]
    at: str = "body"


def screens(house: House) -> list[Screen]:
    """Fill the house, and return what there is to see."""
    mona, reem = house.citizen(), house.staff("reem", *(("MN1", role) for role in ROLES))
    me, work = house.actor_of(), house.work
    names = ("مكتبة المنارة", "بقالة النيل", "صيدلية الشفاء", "مقهى الميناء", "مخبز الأمل", "عطارة الشرق")
    sent = []
    for place, name in enumerate(names):
        when = NOW - (7 - place) * DAY
        fields = shop(trade_name=name, latitude=f"{31.2702 + place / 2000:.4f}", valid_from=days.day_of(when).isoformat())
        sent.append(work.submitted("shop.first", fields, actor=me, now=when))
        if place != 3:
            work.pay(sent[-1], now=when)
    work.do("return_", sent[1], actor=REVIEWER, reason="صورة السجل التجاري غير واضحة", now=NOW - 5 * DAY)
    work.do("request_inspection", sent[2], actor=REVIEWER, reason="يُراجع عرض الواجهة", now=NOW - 4 * DAY)
    work.do("approve", sent[4], actor=REVIEWER, reason="", now=NOW - 2 * DAY)
    work.issue(sent[4], now=NOW - 2 * DAY + 60)
    board = work.submitted("advertisement.first", advertisement(latitude="31.2741"), actor=me)
    draft = work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=me)
    case = "/centre/applications/"
    both = shop(trade_name="مقهى الفنار", trade_name_en="Fanar Café", activity="cafe", latitude="31.2755", valid_from="2026-11-24")
    signed, _ = work.issued("shop.first", both, actor=me)
    judged, back = (_judged(house, number, me) for number in (sent[0], sent[5]))
    work.do("return_", sent[5], actor=REVIEWER, scope="documents")
    licensed, import_ = register(house, reem, sent[4])
    return [
        Screen("home", mona, "/", PHONE),
        Screen("site", mona, f"/apply/{draft}/site", PHONE, "#map"),
        Screen("bill", mona, f"/applications/{sent[3]}", PHONE, "#bill"),
        Screen("license", mona, f"/applications/{sent[4]}", PHONE, "#license"),
        Screen("work-list", reem, "/centre/", DESK),
        Screen("review", reem, f"{case}{sent[0]}", DESK),
        Screen("two-scripts", mona, f"/applications/{signed}", PHONE, "h1"),
        Screen("document", reem, f"{case}{sent[0]}/documents/{judged}/view", DESK),
        Screen("papers", mona, f"/applications/{sent[5]}", PHONE, "#documents"),
        Screen("returned-paper", mona, f"/applications/{sent[5]}/documents/{back}/view", PHONE),
        Screen("till", reem, f"/centre/till/{board}", DESK),
        Screen("reports", reem, "/centre/reports", DESK),
        *counter_screens(house),
        Screen("register", reem, licensed, DESK),
        Screen("licenses", reem, "/centre/licenses?type=shop", DESK),
        Screen("import", reem, import_, DESK),
        Screen("search", reem, "/centre/?q=شارع&who=all", DESK),
        *privacy_screens(house, sent[0]),
    ]


def privacy_screens(house: House, number: str) -> list[Screen]:
    """Who read what, and two people's decision on one person's copy and on their erasure. Nobody is named."""
    hoda, karim = house.staff("hoda", ("MN1", "manager")), house.staff("karima", ("*", "administrator"))
    reem = house.staff("reem", *(("MN1", role) for role in ROLES))
    reem.get(f"/centre/applications/{number}")
    hoda.get("/centre/work.csv")
    who = Named(mobile=f"+2{mobile()}")
    with house.context.engine.begin() as connection:
        rows = person.find(connection, None, who)
        plan = planning.plan(connection, who, rows, now=NOW)
        found = gathering.gather(connection, None, None, who, rows)
        asked = (asking.of_copy(rows, found, "بطاقة رقم قومي، اطلع عليها موظف الاستقبال"), asking.of_erasure(plan, "خطاب وارد رقم 7"))
        copy, erasure = (approving.prepare(connection, each, by="command:samia", now=NOW).id for each in asked)
    return [
        Screen("reads", hoda, "/centre/applicants/reads", DESK),
        Screen("request-copy", karim, f"/centre/requests/{copy}", DESK),
        Screen("request-erasure", karim, f"/centre/requests/{erasure}", DESK),
    ]


def held(house: House) -> list[Screen]:
    """Give a citizen licenses in every state, a renewal and a rejection; return what there is to see of them."""
    house.citizen()
    me, work = house.actor_of(), house.work
    names = {"مخبز الأمل": 5, "بقالة النيل": 24, "صيدلية الشفاء": 52, "مقهى الميناء": 250, "عطارة الشرق": 90, "مكتبة المنارة": 1}
    numbers = []
    for place, (name, after) in enumerate(names.items()):
        term = {"valid_from": days.day_of(NOW).isoformat(), "valid_until": days.day_of(NOW + after * DAY).isoformat()}
        numbers.append(work.issued("shop.first", shop(trade_name=name, latitude=f"{31.2602 + place / 500:.4f}", **term), actor=me)[1])
    history.change(house.context.engine, numbers[4], "suspended", reason="x", now=NOW + 60)
    house.now += 3 * DAY
    mona = house.citizen()
    work.submit(re.sub(r".*/(\w+)/check", r"\1", mona.post(f"/licenses/{numbers[2]}/renew", 303).location), actor=me, now=house.now)
    renewal = mona.post(f"/licenses/{numbers[0]}/renew", 303).location
    refused = work.submitted("shop.first", shop(latitude="31.2811"), actor=me, now=house.now)
    work.pay(refused, now=house.now)
    work.do("reject", refused, actor=REVIEWER, reason="الموقع مشغول بترخيص آخر", now=house.now)
    return [
        Screen("my-licenses", mona, "/licenses", PHONE),
        Screen("my-license", mona, f"/licenses/{numbers[1]}", PHONE),
        Screen("wallet", mona, f"/licenses/{numbers[1]}", PHONE, "#code"),
        Screen("renewal", mona, renewal, PHONE, "#quote"),
        Screen("objection", mona, f"/applications/{refused}/objection", PHONE),
    ]


def counter_screens(house: House) -> list[Screen]:
    """What cashiers, reception, desks and the hall see."""
    karim = house.staff("karim", ("MN1", "cashier"))
    for place, name in enumerate(("منى علي حسن", "عمر سعيد")):
        number = house.work.submitted("shop.first", shop(latitude=f"31.28{place}2", holder=name))
        due = f"{house.work.show(number).bills[0].piastres / 100:.2f}"
        receipt = karim.post(f"/centre/till/{number}", 303, method="cash", amount=due, payer=name).location
    drawer = house.drawer(house.account("karim"))
    karim.post(f"/centre/drawers/{drawer}/count", 303, **{"pieces-20000": "25", "pieces-5000": "3", "pieces-1000": "14"})
    for letter in "ABACA":
        karim.post("/centre/queue/take", 303, **{"class": letter})
    for desk, letter in (("1", "A"), ("2", "B"), ("3", "A")):
        karim.post("/centre/queue/next", 303, desk=desk, **{"class": letter})
    omar = house.citizen(7)
    omar.post("/appointments", 303, centre="MN1", day="2026-11-25", minute="600")
    hoda = house.staff("hoda", ("MN1", "manager"))
    return [
        Screen("receipt", karim, receipt, DESK),
        Screen("drawer-open", hoda, "/centre/drawers/open", DESK),
        Screen("drawer", hoda, f"/centre/drawers/{drawer}", DESK),
        Screen("revenue", hoda, "/centre/reports/revenue", DESK),
        Screen("queue", karim, "/centre/queue?desk=3", DESK),
        Screen("hall", house.client(), "/hall/MN1", DESK),
        Screen("appointments", omar, "/appointments?centre=MN1&day=2026-11-26", PHONE),
    ]


def _judged(house: House, number: str, applicant: Actor) -> int:
    """Accept the documents of an application but its title, which is returned and has something on it; return which that is."""
    with house.context.engine.begin() as connection:
        unit = UnitOfWork(connection, house.context.office(), REVIEWER, NOW)
        for each in papers.of(connection, unit.office, number, actor=REVIEWER).all:
            held = each.attachment
            if held.code == "tenure":
                theirs = unit._replace(actor=applicant)
                shown = attaching.put_in_place(theirs, records.locked(theirs, number), held.id, Upload(deed(), "عقد الإيجار.pdf")).id
                papers.judge(unit, number, shown, "returned", ground="incomplete", words="صفحة التوقيعات")
            else:
                papers.judge(unit, number, held.id, "accepted")
    return shown


def deed() -> bytes:
    """Two pages of a lease that is none."""
    text = "<p>اتفق الطرفان على إيجار المحل الكائن بشارع 12، عقار 7، لمدة خمس سنوات، بغرض مزاولة النشاط المرخص به.</p>" * 9
    pages = "".join(f"<section><h1>عقد إيجار (نموذج)</h1>{text}<p>صفحة {number}</p></section>" for number in (1, 2))
    styled = "<style>section { break-after: page; font: 14pt/1.9 'Noto Naskh Arabic', Cairo }</style>"
    return bytes(HTML(string=f"<html lang=ar dir=rtl>{styled}{pages}").write_pdf())


def register(house: House, reem: Visitor, application: str) -> tuple[str, str]:
    """Suspend a license, ask for that to be lifted, and bring a file in; the pages of both."""
    number = house.work.show(application).issued
    change = f"/centre/licenses/{number}/change"
    reem.post(f"{change}/suspend", 303, go="sure", reason="danger", words="سلك كهرباء مكشوف عند المدخل")
    reem.post(f"{change}/reinstate", 303, go="sure", reason="mended", words="")
    rows = [dict(row) for row in offices.rows(12)]
    rows[1] |= {"holder": "", "valid_from": "soon"}
    rows[4]["latitude"] = "north"
    import_ = reem.post("/centre/imports", 303, file=(offices.csv_of(rows).encode(), "كشف تراخيص المنتزه.csv")).location
    return f"/centre/licenses/{number}", import_


def opened(chromium: Browser, address: str, screen: Screen, language: str, size: tuple[int, int]) -> Page:
    """Return a page of a browser of its own with the screen on it."""
    return shown(browser_of(chromium, address, screen.visitor, language).new_page(), screen, size)


def browser_of(chromium: Browser, address: str, visitor: Visitor, language: str, **more: Any) -> BrowserContext:
    """Return a visitor's browser in a language; several screens may be shown in it."""
    context = chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", **more)
    become(context, address, visitor, language)
    return context


def become(context: BrowserContext, address: str, visitor: Visitor, language: str) -> None:
    """Give a browser to a visitor, in a language."""
    context.clear_cookies()
    kept = {name: cookie.value for name in ("khatm_staff", "khatm_citizen") if (cookie := visitor.http.get_cookie(name))}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in {**kept, "khatm_language": language}.items()])


def shown(page: Page, screen: Screen, size: tuple[int, int]) -> Page:
    """Return the page with the screen on it, in that size from the start."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(screen.path, wait_until="networkidle")
    return page


def picture(page: Page, at: str) -> bytes:
    """Return what a page shows from an element on, as WebP."""
    page.locator(at).evaluate("element => element.scrollIntoView()")
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.thumbnail((WIDEST, WIDEST))
    written = io.BytesIO()
    shot.convert("RGB").save(written, "WEBP", quality=65, method=6)
    return written.getvalue()


def main(names: Sequence[str]) -> None:
    """Make every picture, or those of these names, in Arabic and English."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        for furnished in (screens, held):
            _make(chromium, furnished, names)
        chromium.close()


def _make(chromium: Browser, furnished: Callable[[House], list[Screen]], names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, register = Path(name), str(Path(name) / "register.sqlite")
        (folder / "keys").mkdir()
        made, clerk, _ = unlock(folder / "keys")
        passes = {"apple_wallet": keys.apple(folder), "google_wallet": keys.google(folder)}
        house = House(offices.furnish(folder / "office", made, register).folder, register, clerk, **passes)
        with served(house) as address:
            for screen in furnished(house):
                for language in ("ar", "en") if not names or screen.name in names else ():
                    page = opened(chromium, address, screen, language, screen.size)
                    (PICTURES / f"{screen.name}-{language}.webp").write_bytes(picture(page, screen.at))
                    page.context.close()
        house.close()


if __name__ == "__main__":
    with acting.process("program:pictures", "pictures"):
        main(sys.argv[1:])
