"""The screens with streets, for the docs: a street found by name, a batch of sites on one map, photographs with their place.

python -m tests.office.desk.map_pictures        # makes docs/office/{street-search,sites,license-map,photographs}-*.webp anew
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from acts import acting
from governorate import authorities
from maps import Underlay, gazetteer, town
from office.desk.app import create_app
from seal.area import Area
from seal.site import Point
from tests import browser
from tests.issuer import offices
from tests.office.applications.conftest import unlock
from tests.office.applications.test_photographs import at, jpeg
from tests.office.applications.workplace import NOW, advertisement, shop
from tests.office.desk.house import House, served
from tests.office.desk.pictures import DESK, PHONE, PICTURES, Screen, opened, picture

NAMES = ("مكتبة المنارة", "بقالة النيل", "صيدلية الشفاء", "مقهى الميناء", "مخبز الأمل", "عطارة الشرق", "حلواني البحر", "كشري السوق")

FOUND = "street=%D8%A7%D9%84%D9%81%D9%86%D8%A7%D8%B1&lat=31.2752&lon=30.0061"


def screens(house: House, folder: Path) -> list[Screen]:
    """Give the house streets and a batch to walk through; return what there is to see."""
    file = folder / "map.pmtiles"
    file.write_bytes(town.build([Area([Point(*corner) for corner in authorities.default()["MN1"].outline])]))
    gazetteer.make(file)
    house.context.map = Underlay(file)
    house.app = create_app(house.settings, house.context)
    mona, reem = house.citizen(), house.staff("reem", ("MN1", "reviewer"), ("MN1", "clerk"))
    for place, name in enumerate(NAMES):
        fields = shop(trade_name=name, latitude=f"{31.2702 + place % 3 / 400:.4f}", longitude=f"{30.0001 + place / 900:.4f}")
        house.work.pay(house.work.submitted("shop.first", fields, now=NOW - (9 - place) * 40_000), now=NOW - (9 - place) * 40_000)
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    board = house.work.draft("advertisement.first", {**advertisement(latitude="31.2741"), "authority": "MN1"}, actor=house.actor_of())
    for name, gps in (("واجهة.jpg", at(31.27422, 30.0061)), ("شارع.jpg", at(31.2891, 30.0061)), ("قديمة.jpg", None)):
        mona.post(f"/apply/{board}/attach", 303, file=(jpeg(gps), name), code="site_photograph")
    case = house.work.submit(board, actor=house.actor_of())
    for place, name in enumerate(("مخبز النور", "صيدلية الميناء")):
        house.work.issued("shop.first", shop(trade_name=name, latitude=f"{31.2751 + place / 800:.4f}", valid_from="2026-11-24"))
    return [
        Screen("street-search", mona, f"/apply/{draft}/site?{FOUND}&level=4", PHONE, "#map"),
        Screen("sites", reem, "/centre/sites?at=3", DESK),
        Screen("license-map", reem, f"/centre/licenses/map?view=1&{FOUND}", DESK, "#map"),
        Screen("photographs", reem, f"/centre/applications/{case}?view=1", DESK, "#surrounding"),
    ]


def main() -> None:
    """Make every picture, in Arabic and English."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, register = Path(name), str(Path(name) / "register.sqlite")
        (folder / "keys").mkdir()
        keys, clerk, _ = unlock(folder / "keys")
        house = House(offices.furnish(folder / "office", keys, register).folder, register, clerk)
        shown = screens(house, folder)
        chromium = browser.launch(playwright)
        with served(house) as address:
            for screen in shown:
                for language in ("ar", "en"):
                    page = opened(chromium, address, screen, language, screen.size)
                    (PICTURES / f"{screen.name}-{language}.webp").write_bytes(picture(page, screen.at))
                    page.context.close()
        chromium.close()
        house.close()


if __name__ == "__main__":
    with acting.process("program:pictures", "pictures"):
        main()
