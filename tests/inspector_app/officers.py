"""What an inspector does on a phone of the authority, step by step."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.inspector_app.precinct import OFFICERS, TOTP, Precinct
from tests.inspector_app.street import judged, opened, paste, phone


def enrol(page: Page, precinct: Precinct) -> None:
    """Enrol by a typed code."""
    page.evaluate("location.hash = '#enrol'")
    page.locator("#enrol-code").fill(precinct.office.code())
    page.locator("#enrol-now").click()
    page.locator("#officer-name").wait_for()


def sign_in(page: Page, name: str = "samira") -> None:
    """Sign in, on the screen that asks for it."""
    page.locator("#officer-name").fill(name)
    page.locator("#officer-password").fill(OFFICERS[name][1])
    page.locator("#officer-code").fill(TOTP)
    page.locator("#sign-in").click()
    page.locator("#officer-chip.fresh").wait_for()


def officer(browser: Browser, precinct: Precinct, *, name: str = "samira", **where: Any) -> Page:
    """A phone of the authority with an inspector signed in; close its context."""
    page = opened(phone(browser, **where), precinct)
    page.locator("#lists-chip.fresh").wait_for()
    enrol(page, precinct)
    sign_in(page, name)
    return page


def in_order(page: Page, precinct: Precinct, *, text: str | None = None) -> None:
    """From a verdict to "all in order"."""
    paste(page, text or precinct.shop)
    judged(page, "valid", "site_here")
    page.locator("#all-in-order").click()
    page.locator('[data-recorded="in_order"]').wait_for()


def state(page: Page, wanted: str) -> None:
    """Wait until the inspection that was recorded last is in a state."""
    page.locator(f'.recorded [data-state="{wanted}"]').wait_for()


def confirmed(page: Page) -> None:
    """Wait until the server holds everything of this phone."""
    page.evaluate("location.hash = '#inspections'")
    expect(page.locator("#unsent b")).to_have_text("أكد الخادم كل المحاضر")


def picture(seed: int, size: tuple[int, int] = (2400, 1800)) -> dict[str, Any]:
    """A photograph as a phone makes it: noisy, large, with the place in its EXIF data."""
    noise = np.random.default_rng(seed)
    base = cv2.resize(noise.integers(0, 255, (24, 32, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC)
    grained = np.clip(base + noise.normal(0, 9, base.shape), 0, 255).astype(np.uint8)
    taken, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 12.0, 0.36), 3: "E", 4: (29.0, 55.0, 7.3)})
    Image.fromarray(grained).save(taken, "JPEG", quality=88, exif=exif)
    return {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}


def kept(page: Page) -> list[dict[str, Any]]:
    """What lies in the phone's outbox, in order, without the messages themselves."""
    found: list[dict[str, Any]] = page.evaluate(
        """new Promise((done) => {
          indexedDB.open("khatm").onsuccess = ({ target }) => {
            target.result.transaction("inspections").objectStore("inspections").getAll().onsuccess = (got) => {
              target.result.close();
              done(got.target.result.map(({ message, ...rest }) => rest));
            };
          };
        })"""
    )
    return sorted(found, key=lambda one: int(one["sequence"]))


def away(context: BrowserContext) -> None:
    """Out of the network."""
    context.set_offline(True)


def back(context: BrowserContext) -> None:
    """In it again."""
    context.set_offline(False)
