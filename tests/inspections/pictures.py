"""The main screens of inspections, for the docs, in both languages: supervisors' and police on a desk.

python -m tests.inspections.pictures        # makes docs/inspections/*.webp anew
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from threading import Thread

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from inspections.web.app import create_app
from maps import Underlay
from maps import town as streets
from seal.area import Area
from seal.site import Point
from tests import browser
from tests.conftest import ROOT
from tests.inspections.enforcing import Precinct

PICTURES = ROOT / "docs/inspections"
DESK = {"width": 1280, "height": 860}
WIDEST = 960  # pixels of a picture
GROUND = [Point(31.16, 29.88), Point(31.24, 29.88), Point(31.24, 29.96), Point(31.16, 29.96)]
#: A picture's name, who looks, and at what.
SCREENS = (
    ("visits", "supervisor", "/visits"),
    ("visit", "supervisor", "/visits/{visit_clothes}"),
    ("map", "supervisor", "/map?level=4&lat=31.2001&lon=29.9187"),
    ("story", "supervisor", "/licenses/{number_clothes}"),
    ("alert", "supervisor", "/alerts/{alert}"),
    ("day", "supervisor", "/day/{list}"),
    ("violation", "supervisor", "/violations/{objected}"),
    ("lookup", "police", "/lookup"),
)


def furnished(folder: Path) -> Precinct:
    """Return a precinct with notices, on streets."""
    made = Precinct(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    made.give_notices()
    (folder / "map.pmtiles").write_bytes(streets.build([Area(GROUND)]))
    made.context.map = Underlay(folder / "map.pmtiles")
    made.app = create_app(made.settings, made.context)
    return made


def shown(chromium: Browser, address: str, precinct: Precinct, who: str, path: str, language: str) -> Page:
    """Return a page with a screen on it."""
    context = chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", viewport=DESK)  # type: ignore[arg-type]
    cookies = {"khatm_language": language, "khatm_inspections": str(precinct.visitors[who].token)}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(precinct.path(f"/inspections{path}"))
    if path == "/lookup":
        page.fill("#q", precinct.numbers["clothes"])
        page.click("button.primary")
        page.wait_for_selector("#notices table")
    page.wait_for_load_state("networkidle")
    return page


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        precinct = furnished(Path(folder))
        server = make_server("127.0.0.1", 0, precinct.app, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        chromium = browser.launch(playwright)
        for name, who, path in SCREENS:
            for language in ("ar", "en"):
                page = shown(chromium, f"http://127.0.0.1:{server.server_port}", precinct, who, path, language)
                picture = Image.open(io.BytesIO(page.screenshot()))
                picture.thumbnail((WIDEST, WIDEST))
                picture.save(PICTURES / f"{name}-{language}.webp", quality=70, method=6)
                page.context.close()
        chromium.close()
        server.shutdown()
        precinct.close()


if __name__ == "__main__":
    main()
