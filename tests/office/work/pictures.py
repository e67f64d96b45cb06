"""The screens of shared work, for the docs: a reviewer's own cases on a desk, a case, the board, leave.

python -m tests.office.work.pictures        # makes docs/office/team-*.webp anew
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import update

from accounts.tables import accounts
from acts import acting
from office.applications.context import UnitOfWork
from office.applications.tables import applications
from office.work import absences, assigning, contact, dealing, mobiles, notes, people, rules
from seal import days
from tests import browser
from tests.issuer import offices
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import DAY, NOW, shop
from tests.office.desk.house import House, mobile, served
from tests.office.desk.pictures import DESK, PHONE, PICTURES, Screen, opened, picture

TEAM = {
    "reem": ("ريم فوزي", "reviewer"),
    "adel": ("عادل منصور", "reviewer"),
    "mona": ("منى عبد الله", "clerk"),
    "hoda": ("هدى سالم", "manager"),
}
SHOPS = ("مكتبة المنارة", "بقالة النيل", "صيدلية الشفاء", "مقهى الميناء", "عطارة الشرق", "أثاث المعمورة", "ورشة الأمانة")


def furnish(house: House) -> dict[str, str]:
    """Fill a house: cases with people, one on leave, one corrected mobile, what is late. Return what there is by name."""
    for name, (display, role) in TEAM.items():
        house.staff(name, ("MN1", role))
        _call(house, name, display)
    house.citizen()
    engine, office, me = house.context.engine, house.context.office(), house.actor_of()
    numbers = []
    for place, name in enumerate(SHOPS):
        when = NOW - (8 - place) * DAY
        fields = shop(trade_name=name, latitude=f"{31.2702 + place / 900:.4f}", valid_from=days.day_of(when).isoformat())
        numbers.append(house.work.submitted("shop.first", fields, actor=me, now=when))
        house.work.pay(numbers[-1], now=when)
    with engine.begin() as connection:  # what has been waiting for longer than the house stands
        for place, number in enumerate(numbers[:4]):
            passed = {"due_at": NOW - (12 - 3 * place) * DAY, "escalated": True}
            connection.execute(update(applications).where(applications.c.number == number).values(passed))
    ids = {name: house.account(name).id for name in TEAM}

    def do(name: str, step: object, *given: object, **more: object) -> None:
        account = house.account(name)
        with engine.begin() as connection:
            step(UnitOfWork(connection, office, people.actor_of(account), NOW), *given, **more)  # type: ignore[operator]

    do("reem", assigning.take, numbers[0])
    do("reem", assigning.take, numbers[4])
    do("adel", assigning.take, numbers[1])
    do("hoda", assigning.give, numbers[5], ids["reem"], note="الموقع على ناصية، راجعي الحدود")
    do("adel", assigning.take, numbers[4])
    do("adel", absences.leave, ids["adel"], date(2026, 11, 24), date(2026, 12, 3), ids["reem"])
    do("hoda", rules.add, authority="MN1", service="", state="under_review", people_=())
    dealing.run(engine, office, NOW, limit=1)
    do("mona", notes.add, numbers[5], "اتصل صاحب الطلب: العقد الأصلي سيصل غدًا")
    do("mona", mobiles.correct, numbers[5], mobile(77), reason="رقم واحد كُتب خطأً عند التقديم")
    do("reem", contact.look, numbers[5], "documents")
    return {"case": numbers[5], "taken": numbers[4]}


def _call(house: House, name: str, display: str) -> None:
    with house.context.engine.begin() as connection:
        connection.execute(update(accounts).where(accounts.c.name == name).values(display=display))


def screens(house: House) -> list[Screen]:
    """Fill the house, and return what there is to see."""
    there = furnish(house)
    reem, hoda = house.staff("reem"), house.staff("hoda")
    case = f"/centre/applications/{there['case']}"
    return [
        Screen("team-mine", reem, "/centre/", DESK, ".whose"),
        Screen("team-case", hoda, case, DESK, "#holder"),
        Screen("team-reach", hoda, case, PHONE, "#reach"),
        Screen("team-board", hoda, "/centre/work/board", DESK),
        Screen("team-leave", reem, "/centre/work/leave", PHONE),
        Screen("team-rules", hoda, "/centre/work/rules", DESK),
    ]


def main() -> None:
    """Make every picture, in Arabic and English."""
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
