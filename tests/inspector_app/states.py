"""Every screen of the phone app in every state worth a look: tests walk through them, and the pictures in docs/phone/ are made of them.

python -m tests.inspector_app.states        # makes docs/phone/*.webp anew
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from seal import status
from tests.conftest import ROOT
from tests.inspector_app.street import HERE, NEAR, THERE, Street, film, judged, launch, opened, paste, phone, photographed, refreshed

PICTURES = ROOT / "docs/phone"
WIDTH = 360  # pixels of a picture


def _start(page: Page, _: Street) -> None:
    page.locator("#start").wait_for()
    page.locator("#lists-chip.fresh").wait_for()


def _scanning(page: Page, street: Street) -> None:
    _start(page, street)
    page.evaluate("void (Worker.prototype.postMessage = () => {})")  # the reader sleeps, so that the screen stays
    page.locator("#start").click()
    page.locator('[data-state="scanning"]').wait_for()
    page.locator("#place-chip").wait_for()


def _pasted(name: str, decision: str, reason: str) -> Callable[[Page, Street], None]:
    def show(page: Page, street: Street) -> None:
        paste(page, getattr(street, name))
        judged(page, decision, reason)

    return show


def _not_a_license(page: Page, _: Street) -> None:
    paste(page, "https://menu.example/1?table=7")
    judged(page, "undecided", "not_a_seal")


def _notice(page: Page, street: Street) -> None:
    paste(page, street.notice)
    page.locator('.card[data-notice="notice"]').wait_for()


def _receipt(page: Page, street: Street) -> None:
    paste(page, street.receipt)
    page.locator('.card[data-receipt="received"]').wait_for()


def _several(page: Page, street: Street) -> None:
    page.evaluate("location.hash = '#hand'")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "two.jpg"
        cv2.imwrite(str(path), np.hstack([photographed(street, text) for text in (street.shop, street.revoked)]))
        page.locator("#photo").set_input_files(path)
        judged(page, "invalid", "revoked")


def _hand(page: Page, street: Street) -> None:
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    page.evaluate("location.hash = '#hand'")
    page.locator("#number").fill("ALX-MID-2026-0000999")
    page.locator("form", has=page.locator("#number")).get_by_role("button").click()
    page.locator(".problem").wait_for()


def _log(page: Page, street: Street) -> None:
    for text in (street.receipt, "https://menu.example/1?table=7", street.forged, street.revoked, street.shop):
        paste(page, text)
        page.locator("#compare-again, [data-receipt], [data-decision=invalid], [data-reason=not_a_seal]").first.wait_for()
    page.evaluate("location.hash = '#log'")
    page.locator(".log li").nth(4).wait_for()
    page.locator(".log summary").first.click()


def _changed(page: Page, street: Street) -> None:
    paste(page, street.board)
    judged(page, "valid", "site_here")
    street.world.set_status(street.board, status.SUSPENDED)
    refreshed(page, "dispatchEvent(new Event('online'))")
    street.world.set_status(street.board, status.VALID)
    judged(page, "invalid", "suspended")


def _again(page: Page, street: Street) -> None:
    paste(page, street.shop)
    judged(page, "invalid", "site_elsewhere")
    page.context.set_geolocation(HERE)  # type: ignore[arg-type]
    page.locator("#compare-again").click()
    judged(page, "valid", "site_here")
    expect(page.locator("h1")).to_be_in_viewport()


def _ageing(page: Page, street: Street) -> None:
    page.locator("html[data-refreshing]").wait_for(state="detached")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    page.context.set_offline(True)
    page.evaluate("(now => { Date.now = () => now() + 3 * 86_400_000 })(Date.now.bind(Date))")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator(".card .age .progress:not(:empty)").wait_for()


def _resting(page: Page, street: Street) -> None:
    page.clock.install()
    _scanning(page, street)
    page.clock.fast_forward("02:01")
    page.locator(".faulted").wait_for()


def _lists(page: Page, _: Street) -> None:
    page.locator("#lists-chip.fresh").wait_for()
    page.evaluate("location.hash = '#lists'")
    page.locator("#root .reference bdi:not(:empty)").wait_for()


def _refused(page: Page, street: Street) -> None:
    _start(page, street)
    page.evaluate("void (MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')))")
    page.locator("#start").click()
    page.locator(".faulted").wait_for()


Show = Callable[[Page, Street], None]
#: name: where the phone stands (None: it may not say), and how to get there
STATES: Mapping[str, tuple[dict[str, float] | None, Show]] = {
    "start": (HERE, _start),
    "scanning": (HERE, _scanning),
    "camera-refused": (HERE, _refused),
    "valid": (HERE, _pasted("shop", "valid", "site_here")),
    "elsewhere": (THERE, _pasted("shop", "invalid", "site_elsewhere")),
    "cannot-tell": (NEAR, _pasted("board", "undecided", "site_too_close")),
    "footprint": (HERE, _pasted("ruin", "valid", "site_here")),
    "no-position": (None, _pasted("shop", "undecided", "no_fix")),
    "revoked": (HERE, _pasted("revoked", "invalid", "revoked")),
    "forged": (HERE, _pasted("forged", "invalid", "signature_invalid")),
    "foreign-host": (HERE, _pasted("foreign_host", "invalid", "foreign_host")),
    "not-a-license": (HERE, _not_a_license),
    "receipt": (HERE, _receipt),
    "notice": (HERE, _notice),
    "several": (HERE, _several),
    "by-hand": (HERE, _hand),
    "status-changed": (HERE, _changed),
    "compared-again": (THERE, _again),
    "old-lists": (HERE, _ageing),
    "camera-resting": (HERE, _resting),
    "log": (HERE, _log),
    "lists": (HERE, _lists),
}


def shown(seeing: Browser, street: Street, name: str, language: str) -> Page:
    """A phone in this state and language; close its context."""
    where, show = STATES[name]
    page = opened(phone(seeing, where=where), street)
    if language == "en":
        page.locator("#language").click()
    show(page, street)
    page.evaluate("document.fonts.ready.then(() => 0)")
    return page


def main() -> None:
    """Make the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Street(Path(folder)) as street, sync_playwright() as playwright:
        seeing = launch(playwright, film(Path(folder) / "camera.mjpeg", [photographed(street, street.shop)]))
        for name in STATES:
            for language in ("ar", "en"):
                page = shown(seeing, street, name, language)
                picture = Image.open(io.BytesIO(page.screenshot()))
                page.context.close()
                smaller = picture.resize((WIDTH, WIDTH * picture.height // picture.width), Image.Resampling.LANCZOS)
                smaller.save(PICTURES / f"{name}-{language}.webp", quality=80)
        seeing.close()


if __name__ == "__main__":
    main()
