"""A day's list on the stand-in: three shops along a street, the first of them the one whose code is at hand."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.inspector_app.precinct import Precinct
from tests.world import SHOP_SITE

DEGREE = 111_320.0
WHY = {"ar": "لم يُزر منذ 400 يومًا", "en": "not visited for 400 days"}
OTHERS = ("ALX-MID-2026-0000901-A", "ALX-MID-2026-0000902-B")


def give(precinct: Precinct, number: str = "ALX-MID-2026-0000900-C", *, officer: str = "samira", basis: str = "risk") -> None:
    """Make a list for an officer, of today."""
    here = SHOP_SITE.point
    named = ((number, "مخبز البحر"), (OTHERS[0], "Café Trianon"), (OTHERS[1], "صيدلية النور"))
    stops: list[dict[str, Any]] = [
        {
            **{"number": each, "type": "shop", "name": name, "chosen": "risk", "why": WHY, "seen_at": None},
            **{"latitude": here.latitude + at * 100 / DEGREE, "longitude": here.longitude},
        }
        for at, (each, name) in enumerate(named)
    ]
    start = {"latitude": here.latitude, "longitude": here.longitude}
    precinct.office.round = {
        **{"id": 7, "officer": officer, "made_at": 0, "basis": basis, "learnt_until": None, "random_share": 1000},
        **{"start": start, "metres": 400, "stops": stops},
    }
    precinct.office.reorders.clear()


def fetch(page: Page) -> None:
    """Meet the server, and look at the list."""
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:enabled").click()
    page.locator("#send-now:enabled").wait_for()
    page.evaluate("location.hash = '#day'")
    page.locator(".day .site").first.wait_for()


def shown(page: Page) -> list[str]:
    """The numbers of the stops in the order of the screen."""
    found: list[str] = page.locator(".day .site").evaluate_all("(lines) => lines.map((line) => line.dataset.number)")
    return found
