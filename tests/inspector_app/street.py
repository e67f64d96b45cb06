"""A street for the phone app: licenses that hang there, the verifier under gunicorn, and what a phone's camera sees of real cards.

with Street(folder) as street:                      # serves the app, at street.base
    film(path, [street.shop])                       # a Motion JPEG file, as Chromium takes it for a camera
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from demo import photograph
from qr.write import encode
from seal import claims, days, status, wire
from seal.site import Site
from tests import browser, clock
from tests.conftest import ROOT, unavailable
from tests.ports import free_port
from tests.qr.camera import Gray
from tests.verifier.served import environment_of, gunicorn
from tests.world import HOST, SHOP_SITE, World

APP = ROOT / "inspector_app/pwa/dist"
HERE = {"latitude": 31.2001, "longitude": 29.9187, "accuracy": 6}
NEAR = HERE | {"latitude": 31.2001 + 38 / 111_000}  # 38 m north: 40 m is the edge, so nobody can tell
THERE = HERE | {"latitude": 31.2001 + 300 / 111_000}
SIZE = (1280, 720)
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
PORTRAIT = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
FOOTPRINT = Site(SHOP_SITE.point, 0, ((-120, -80), (100, -60), (140, 90), (-60, 120)))
PORTAL = "https://portal.example"  # nothing answers there unless a test does


class Street:
    """The verifier with the phone app, and its licenses. `age` is how old all lists are."""

    def __init__(self, folder: Path, *, age: timedelta = timedelta(0)) -> None:
        if not (APP / "index.html").is_file():
            unavailable("the phone app is not built: .ci/app")
        self.folder = folder
        self.world = World(folder, now=clock.moment() - age)  # phones read the real clock
        held = self.world.license
        self.shop = self.world.seal(held())
        today = days.day_of(days.seconds_of(self.world.now))
        term = {"first_day": today - timedelta(days=20), "last_day": today + timedelta(days=300)}
        size = {"width_cm": 400, "height_cm": 250, "faces": 2}
        self.board = self.world.seal(held(type="advertisement", trade_name="إعلان مشروبات النيل", details=size, **term))
        self.ruin = self.world.seal(held(type="demolition", site=FOOTPRINT, details={"floors": 3}, **term))
        self.revoked = self.world.seal(held(trade_name="مقهى البحر"))
        self.world.set_status(self.revoked, status.INVALID)
        self.world.receipts()
        self.receipt = self.world.receipt()
        self.world.notice_keys()
        self.notice = self.world.notice()
        self.forged = self.world.forged(held())
        self.foreign_host = self.shop.replace(HOST.upper(), "KHATM-ALEX.EXAMPLE")
        self.photographs = dict[str, Gray]()  # of what hangs there, each taken once
        self._running = ExitStack()
        self._port = free_port()
        self.base = f"http://127.0.0.1:{self._port}"
        self.settings = environment_of(self.world) | {"KHATM_APP": str(APP), "KHATM_PORTAL": PORTAL}

    def __enter__(self) -> Self:
        service = gunicorn("verifier.wsgi", self.folder / "log", environment=self.settings, workers=1, port=self._port, warm=True)
        self._running.enter_context(service)
        return self

    def stop(self) -> None:
        """End the service: nothing listens there any more."""
        self._running.close()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def app(self) -> str:
        """The app's address."""
        return f"{self.base}/app/"


def photographed(street: Street, text: str) -> Gray:
    """The licensed card on a wall, as `khatm demo` photographs it; a plain code for a text that no card holds. Colours, BGR."""
    if text not in street.photographs:
        street.photographs[text] = _taken(street, text) if wire.ours(text) else _poster(text)
    return street.photographs[text]


def _taken(street: Street, text: str) -> Gray:
    held = claims.from_bytes(wire.token(text).payload)
    card = photograph.card(encode(text), held, street.world.load().trust, host=HOST)
    return np.asarray(cv2.imdecode(np.frombuffer(photograph.take(card), np.uint8), cv2.IMREAD_COLOR))


def _poster(text: str) -> Gray:
    """Somebody else's QR code, on a poster."""
    modules = cv2.QRCodeEncoder.create().encode(text)
    large = cv2.resize(np.pad(modules, 4, constant_values=255), (420, 420), interpolation=cv2.INTER_NEAREST)
    picture = np.full((1200, 1600), 170, np.uint8)
    picture[500:920, 300:720] = large
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.2), cv2.COLOR_GRAY2BGR))


def wall() -> Gray:
    """A photograph of nothing in particular."""
    return np.full((1200, 1600, 3), (118, 148, 172), np.uint8)


def film(path: Path, photos: Sequence[Gray], *, frames: int = 24) -> Path:
    """The photographs side by side, as a hand with a phone sees them: turning, coming closer, every third frame smeared."""
    width = SIZE[0] // len(photos)
    with path.open("wb") as stream:
        for turn in range(frames):
            seen = np.hstack([_held(photo, turn, width) for photo in photos])
            if turn % 3 == 2:
                seen = cv2.filter2D(seen, -1, np.eye(17) / 17)
            stream.write(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return path


def _held(photo: Gray, turn: int, width: int) -> Gray:
    zoom = (1.0 if width > 1000 else 0.8) + 0.06 * np.sin(turn / 6)
    view = cv2.getRotationMatrix2D((510, 700), 5 * np.sin(turn / 5), zoom)
    view[:, 2] += (width / 2 - 510 + 6 * np.cos(turn / 4), SIZE[1] / 2 - 700)
    return np.asarray(cv2.warpAffine(photo, view, (width, SIZE[1]), borderValue=(120, 140, 150)))


def launch(playwright: Playwright, camera: Path | None = None) -> Browser:
    """A Chromium whose camera plays `camera`; without one it has no camera."""
    flags = (*CAMERA, f"--use-file-for-fake-video-capture={camera}") if camera else ()
    return browser.launch(playwright, *flags)


def phone(opened: Browser, *, where: dict[str, float] | None = HERE, camera: bool = True) -> BrowserContext:
    """A phone in portrait, in Arabic; `where` it stands, None if it may not say."""
    allowed = ["geolocation"] * (where is not None) + ["camera"] * camera
    context = opened.new_context(**PORTRAIT, locale="ar-EG", timezone_id="Africa/Cairo", permissions=allowed, geolocation=where)  # type: ignore[arg-type]
    context.set_default_timeout(browser.PATIENCE_MS)
    return context


def opened(context: BrowserContext, street: Street, screen: str = "scan", *, clocked: bool = False) -> Page:
    """The app, ready, with the lists it could get; `clocked`: with a clock that the test puts forward."""
    page = context.new_page()
    if clocked:
        page.clock.install()
    page.goto(f"{street.app}#{screen}")
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def kept_for_offline(page: Page) -> None:
    """Wait until the app works without a network."""
    taken = "new Promise(done => navigator.serviceWorker.addEventListener('controllerchange', () => done(0)))"
    page.evaluate(f"navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ? 0 : {taken})")


def refresh(page: Page) -> str:
    """Refresh the lists by hand, and return what the app says."""
    page.evaluate("location.hash = '#lists'")
    page.locator("#refresh").click()
    told = page.locator("#lists .progress:not(:empty)")
    told.wait_for()
    return told.inner_text()


def newer_app(folder: Path) -> Path:
    """A newer version of the built app, as far as phones can tell."""
    newer = folder / "newer"
    shutil.copytree(APP, newer)
    worker = newer / "sw.js"
    worker.write_text(re.sub(r"khatm-app-[0-9A-F]{8}", "khatm-app-NEWER", worker.read_text()))
    for suffix in (".br", ".gz"):
        worker.with_name(worker.name + suffix).unlink()
    return newer


def shifted_clock(seconds: int) -> str:
    """A script that makes a page's clock wrong, and with it the times of its positions."""
    return f"""
    const [right, watch] = [Date.now.bind(Date), Geolocation.prototype.watchPosition];
    Date.now = () => right() + {seconds * 1000};
    Geolocation.prototype.watchPosition = function (told, ...rest) {{
      return watch.call(this, ({{ coords, timestamp }}) => told({{ coords, timestamp: timestamp + {seconds * 1000} }}), ...rest);
    }};
    """


#: A device with everything a camera can have: the fake one with torch and zoom beside it, and a second camera.
EQUIPPED = """
const set = {};
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 4, step: 0.1 } });
MediaStreamTrack.prototype.getSettings = () => ({ deviceId: "rear", zoom: set.zoom ?? 1 });
MediaStreamTrack.prototype.applyConstraints = async ({ advanced: [wishes] }) => {
  for (const name of Object.keys(set)) delete set[name];
  Object.assign(set, wishes);
};
window.camera = set;
const all = MediaDevices.prototype.enumerateDevices;
MediaDevices.prototype.enumerateDevices = async function () {
  return [...(await all.call(this)), { kind: "videoinput", deviceId: "front" }];
};
"""
FEELING = "window.felt = []; Navigator.prototype.vibrate = (pattern) => window.felt.push(pattern)"


def felt(page: Page) -> list[list[int]]:
    """What the hand felt, on a page with the script FEELING."""
    patterns: list[list[int]] = page.evaluate("window.felt")
    return patterns


def hide(page: Page) -> None:
    """Lock the screen, as far as the page knows."""
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def show(page: Page) -> None:
    """Unlock it, and wait until the app has asked for new lists."""
    page.evaluate("delete document.hidden")
    refreshed(page, "document.dispatchEvent(new Event('visibilitychange'))")


def refreshed(page: Page, script: str) -> None:
    """Run a script that makes the app fetch its lists, and wait until it has judged by them."""
    with page.expect_response("**/status/1"):
        page.evaluate(script)
    page.locator("html[data-refreshing]").wait_for(state="detached")


def logged(page: Page) -> list[dict[str, Any]]:
    """The log of this phone, the newest first."""
    entries: list[dict[str, Any]] = page.evaluate(
        """new Promise((done) => {
          indexedDB.open("khatm").onsuccess = ({ target }) => {
            target.result.transaction("log").objectStore("log").getAll().onsuccess = (got) => {
              target.result.close();
              done(got.target.result);
            };
          };
        })"""
    )
    return sorted(entries, key=lambda entry: -int(entry["at"]))


def scan(page: Page) -> tuple[str | None, str | None]:
    """Begin to scan, and wait for a verdict: its decision and reason."""
    page.locator("#start").click()
    return verdict(page)


def verdict(page: Page) -> tuple[str | None, str | None]:
    """The decision and the reason on the screen."""
    card = page.locator(".card")
    card.wait_for()
    return card.get_attribute("data-decision"), card.get_attribute("data-reason")


def judged(page: Page, decision: str, reason: str) -> None:
    """Wait until the screen says so."""
    page.locator(f'.card[data-decision="{decision}"][data-reason="{reason}"]').wait_for()


def paste(page: Page, text: str) -> None:
    """Check a text without the camera."""
    page.evaluate("location.hash = '#hand'")
    page.locator("#paste").fill(text)
    page.locator("form", has=page.locator("#paste")).get_by_role("button").click()
    page.locator(".card").wait_for()
