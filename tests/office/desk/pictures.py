"""The main screens of the office, for the docs: a citizen's on a phone, the centre's on a desk.

python -m tests.office.desk.pictures        # makes docs/office/*.webp anew
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from weasyprint import HTML

from acts import acting
from office.applications import attaching, records
from office.applications.actors import Actor
from office.applications.attaching import Upload
from office.applications.context import UnitOfWork
from office.applications.paperwork import papers
from seal import days
from tests import browser
from tests.conftest import ROOT
from tests.issuer import offices
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import DAY, NOW, advertisement, shop
from tests.office.desk.house import House, Visitor, served

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
        fields["trade_name_en"] = "Al Amal Bakery" if place == 4 else ""
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
        Screen("two-scripts", mona, f"/applications/{sent[4]}", PHONE, "h1"),
        Screen("document", reem, f"{case}{sent[0]}/documents/{judged}/view", DESK),
        Screen("papers", mona, f"/applications/{sent[5]}", PHONE, "#documents"),
        Screen("returned-paper", mona, f"/applications/{sent[5]}/documents/{back}/view", PHONE),
        Screen("till", reem, f"/centre/till/{board}", DESK),
        Screen("reports", reem, "/centre/reports", DESK),
        *counter_screens(house),
        Screen("register", reem, licensed, DESK),
        Screen("licenses", reem, "/centre/licenses?type=shop", DESK),
        Screen("import", reem, import_, DESK),
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
    kept = {name: cookie.value for name in ("khatm_staff", "khatm_citizen") if (cookie := visitor.http.get_cookie(name))}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in {**kept, "khatm_language": language}.items()])
    return context


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


def main() -> None:
    """Make every picture, in Arabic and English."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, register = Path(name), str(Path(name) / "register.sqlite")
        (folder / "keys").mkdir()
        keys, clerk, _ = unlock(folder / "keys")
        house = House(offices.furnish(folder / "office", keys, register).folder, register, clerk)
        chromium = browser.launch(playwright)
        with served(house) as address:
            for screen in screens(house):
                for language in ("ar", "en"):
                    page = opened(chromium, address, screen, language, screen.size)
                    (PICTURES / f"{screen.name}-{language}.webp").write_bytes(picture(page, screen.at))
                    page.context.close()
        chromium.close()
        house.close()


if __name__ == "__main__":
    with acting.process("program:pictures", "pictures"):
        main()
