"""Every screen of an inspector's phone worth a look: a test walks through them, and pictures in docs/phone/ are made of them.

python -m tests.inspector_app.officer_states        # makes docs/phone/inspector-*.webp anew
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.inspector_app import street
from tests.inspector_app.officers import enrol, sign_in, state
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.rounds import OTHERS, fetch, give
from tests.inspector_app.states import PICTURES, WIDTH
from tests.inspector_app.street import judged, launch, opened, paste, phone, photographed

Show = Callable[[Page, Precinct], None]


def _enrolling(page: Page, precinct: Precinct) -> None:
    page.evaluate("location.hash = '#enrol'")
    page.locator("#enrol-code").fill(precinct.office.code("used"))
    page.locator("#enrol-now").click()
    page.locator(".problem").wait_for()


def _signing_in(page: Page, precinct: Precinct) -> None:
    page.locator("#lists-chip.fresh").wait_for()
    enrol(page, precinct)


def _start(page: Page, precinct: Precinct) -> None:
    _signing_in(page, precinct)
    sign_in(page)


def _verdict(page: Page, precinct: Precinct) -> None:
    _start(page, precinct)
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.locator("#all-in-order").wait_for()


def _recording(page: Page, precinct: Precinct) -> None:
    _verdict(page, precinct)
    page.locator("#record").click()
    page.locator("#item-fixed-bad").check()
    page.locator("#severity-fixed-serious").check()
    page.locator("#size-width_cm").fill("4.25")
    taken = cv2.imencode(".jpg", photographed(precinct, precinct.board))[1].tobytes()
    page.locator("#picture").set_input_files({"name": "board.jpg", "mimeType": "image/jpeg", "buffer": taken})
    page.locator(".strip img").wait_for()
    page.locator("#record-note").fill("اللوحة مائلة على الرصيف")
    page.evaluate("document.querySelector('.item').scrollIntoView()")


def _unlicensed(page: Page, precinct: Precinct) -> None:
    _start(page, precinct)
    page.evaluate("location.hash = '#inspections'")
    page.locator("#record-without").click()
    page.locator("#seen-type").select_option("shop")
    page.locator("#save").click()
    page.locator(".problem").wait_for()


def _recorded(page: Page, precinct: Precinct) -> None:
    _recording(page, precinct)
    page.context.set_offline(True)
    page.locator("#save").click()
    state(page, "waiting")


def _listed(page: Page, precinct: Precinct) -> None:
    _verdict(page, precinct)
    page.locator("#all-in-order").click()
    state(page, "confirmed")
    precinct.office.refusing = lambda path: "full_moon" if "/inspections/" in path else None
    paste(page, precinct.board)
    page.locator("#all-in-order").click()
    state(page, "attention")
    precinct.office.refusing = lambda _: None
    page.context.set_offline(True)
    paste(page, precinct.shop)
    page.locator("#all-in-order").click()
    state(page, "waiting")
    page.evaluate("location.hash = '#inspections'")
    page.locator(".entry").nth(2).wait_for()
    page.evaluate("document.querySelector('.entry').scrollIntoView({ block: 'center' })")


def _read(page: Page, precinct: Precinct) -> None:
    _recording(page, precinct)
    page.locator("#save").click()
    state(page, "confirmed")
    page.locator("#read-again").click()
    page.locator(".one .strip img").wait_for()


def _day(page: Page, precinct: Precinct) -> None:
    _start(page, precinct)
    give(precinct)
    fetch(page)


def _reordering(page: Page, precinct: Precinct) -> None:
    _day(page, precinct)
    page.locator("#reorder").click()
    page.locator(f"#up-{OTHERS[1]}").click()
    page.locator("#reorder-reason").fill("السوق مزدحم صباحًا")


def _behind(page: Page, precinct: Precinct) -> None:
    _verdict(page, precinct)
    precinct.office.key = type(precinct.office)().key
    page.locator("#all-in-order").click()
    state(page, "waiting")
    page.evaluate("location.hash = '#inspections'")
    page.locator(".problem").wait_for()


#: name: how to get there
STATES: Mapping[str, Show] = {
    "enrolling": _enrolling,
    "signing-in": _signing_in,
    "start": _start,
    "verdict": _verdict,
    "recording": _recording,
    "unlicensed": _unlicensed,
    "recorded": _recorded,
    "list": _listed,
    "read": _read,
    "day": _day,
    "reordering": _reordering,
    "concern": _behind,
}


def main() -> None:
    """Make the pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        seeing = launch(playwright)
        for name, show in STATES.items():
            for language in ("ar", "en"):
                with Precinct(Path(folder) / f"{name}-{language}") as precinct:
                    page = opened(phone(seeing, where=street.HERE), precinct)
                    if language == "en":
                        page.locator("#language").click()
                    show(page, precinct)
                    page.evaluate("document.fonts.ready.then(() => 0)")
                    taken = Image.open(io.BytesIO(page.screenshot()))
                    page.context.close()
                smaller = taken.resize((WIDTH, WIDTH * taken.height // taken.width), Image.Resampling.LANCZOS)
                smaller.save(PICTURES / f"inspector-{name}-{language}.webp", quality=80)
        seeing.close()


if __name__ == "__main__":
    main()
