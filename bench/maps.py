"""Maps: what streets cost the server, the page, a phone, a search and a paper, on an invented town.

`python -m bench maps [--fast]`: three minutes. Frames are drawn by an archive that was just opened ("cold") and once more. The search runs
over 60,000 invented names of two words of four hundred and a number, so that many share some. The first map on a phone is the placing page
in Chromium, its processor four times slower and its line 1.6 Mbit/s with 150 ms (CDP), cache empty: from the address typed to the server's
picture, and to streets on the canvas. The script is what the page loads besides with streets, gzip 9.
"""

from __future__ import annotations

import gzip
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from governorate import authorities
from maps import Archive, Underlay, draw, gazetteer, town
from maps.gazetteer import Gazetteer, build
from maps.gazetteer.pieces import Named
from office.desk.app import create_app
from office.papers import pdf, sheet
from published import whole
from seal import wire
from seal.area import Area
from seal.site import Point
from tests import browser
from tests.issuer import offices
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor, served
from tests.office.desk.pictures import PHONE
from tests.world import HOST, World
from web.plan import Frame

ROOT = Path(__file__).resolve().parents[1]
HERE, SITE = Point(31.2752, 30.0061), Point(31.2001, 29.9187)
SPANS = (300, 1_000, 3_000, 10_000)
FRAME_MAX_MS, FIRST_MAX_MS, SCRIPT_MAX = 50, 1_500, 15_000
SCRIPTS = (
    "maps/static/live.js",
    "maps/static/streets.js",
    "maps/static/vector.js",
    "maps/data/style.json",
    "office/desk/static/livemap.js",
)
_PARTS = (
    "نور",
    "سلام",
    "أمل",
    "بحر",
    "نخل",
    "زهر",
    "مين",
    "فجر",
    "ورد",
    "قمر",
    "شمس",
    "نيل",
    "ريم",
    "سعد",
    "فرح",
    "هدى",
    "جبل",
    "نهر",
    "مرج",
    "كرم",
)
WORDS = [first + second for first in _PARTS for second in _PARTS]
#: The canvas shows streets: white ones, on which nothing else is.
DRAWN = """() => {
  const canvas = document.querySelector(".live-map canvas");
  if (!canvas?.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Uint32Array(data.buffer).some((pixel) => pixel === 0xffffffff);
}"""
#: Watched from the page's first moment: when the server's picture was there, and when the canvas had streets.
WATCH = f"""
window.seen = {{}};
const look = () => {{
  const picture = document.querySelector("input.map");
  const here = picture && performance.getEntriesByType("resource").some((each) => each.name.includes("map.svg") && each.responseEnd);
  if (here) seen.picture ??= performance.now();
  if (({DRAWN})()) seen.canvas ??= performance.now();
  if (seen.canvas === undefined) setTimeout(look, 20);
}};
look();
"""


def measure(fast: bool) -> dict[str, Any]:
    """Return milliseconds, octets and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "town.pmtiles"
        whole.write(
            {file: town.build([Area([Point(*corner) for corner in authorities.default()[code].outline]) for code in ("MN1", "WST")])}
        )
        gazetteer.make(file)
        told = {"frames": _frames(file), "search": _search(file, folder / "names", 6_000 if fast else 60_000)}
        octets = {name: len(gzip.compress((ROOT / name).read_bytes(), 9)) for name in SCRIPTS}
        told["script, octets gz"] = {**octets, "together": sum(octets.values()), "holds": sum(octets.values()) <= SCRIPT_MAX}
        told["paper"] = _papers(Underlay(file), folder, 3 if fast else 15)
        return {**told, "first map on a phone": _first(file, folder, 1 if fast else 5)}


def _frames(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for span in SPANS:
        cold, warm = list[float](), list[float]()
        for _ in range(5):
            archive = Archive(file)
            cold.append(_ms(lambda: draw(archive, Frame(HERE, span), "ar")))  # noqa: B023 - at once
            warm.append(_ms(lambda: draw(archive, Frame(HERE, span), "ar")))  # noqa: B023
        told[f"{span} m, cold"], told[f"{span} m, once more"] = round(median(cold), 1), round(median(warm), 1)
    return {**told, "holds": all(told[f"{span} m, cold"] <= FRAME_MAX_MS for span in SPANS)}


def _search(file: Path, path: Path, many: int) -> dict[str, Any]:
    chance, archive = random.Random(14), Archive(file)
    spots = [Point(31.14 + chance.random() * 0.15, 29.9 + chance.random() * 0.13) for _ in range(many)]
    named = (
        Named(f"شارع {' '.join(chance.sample(WORDS, 2))} {at % 900}", f"Street {at}", "roads", spot, 200) for at, spot in enumerate(spots)
    )
    took = _ms(lambda: build(named, archive.version, path))
    areas = {code: Area([Point(*corner) for corner in each.outline]) for code, each in authorities.default().items()}
    names, told = Gazetteer(archive, path), list[float]()
    for _ in range(300):
        words = [*chance.sample(WORDS, chance.choice((1, 1, 2))), *([str(chance.randrange(900))] if chance.random() < 0.4 else [])]
        text = " ".join(words)[: chance.randrange(2, 30)]
        began = time.process_time()
        names.search(text, areas, HERE)
        told.append((time.process_time() - began) * 1_000)
    told.sort()
    return {
        "names": many,
        "MB": round(path.stat().st_size / 1e6, 1),
        "made in, s": round(took / 1_000, 1),
        "median, processor ms": round(told[150], 2),
        "of a hundred the slowest, processor ms": round(told[297], 2),
    }


def _papers(ground: Underlay, folder: Path, many: int) -> dict[str, Any]:
    (folder / "world").mkdir()
    world = World(folder / "world")
    token = wire.token(world.seal(world.license())).to_bytes()
    told: dict[str, list[float]] = {"without": [], "with": []}
    for turn in range(many + 1):
        for name, under in (("without", None), ("with", ground)):
            began = time.process_time()
            made = pdf.render(sheet.of(token, size="A4", host=HOST, trust=world.trust, serial=1, at=1_795_521_600, ground=under))
            if turn:
                told[name].append((time.process_time() - began) * 1_000)
            told[f"{name}, octets"] = [len(made)]
    without, with_ = median(told["without"]), median(told["with"])
    octets = {f"{name}, kB": round(told[f"{name}, octets"][0] / 1_000) for name in ("without", "with")}
    return {
        "without a plan, processor ms": round(without),
        "with one, processor ms": round(with_),
        "ratio": round(with_ / without, 2),
        **octets,
    }


def _first(file: Path, folder: Path, many: int) -> dict[str, Any]:
    (folder / "keys").mkdir()
    keys, clerk, _ = unlock(folder / "keys")
    register = str(folder / "register.sqlite")
    house = House(offices.furnish(folder / "office", keys, register).folder, register, clerk)
    house.context.map = Underlay(file)
    house.app = create_app(house.settings, house.context)
    mona = house.citizen()
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    with served(house) as address, sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        seen = [_opened(chromium.new_context, address, mona, f"/apply/{draft}/site") for _ in range(many)]
        chromium.close()
    house.close()
    picture, canvas = (round(median(each[name] for each in seen)) for name in ("picture", "canvas"))
    return {"server's picture, ms": picture, "streets on the canvas, ms": canvas, "holds": picture <= FIRST_MAX_MS}


def _opened(context_of: Callable[..., Any], address: str, visitor: Visitor, path: str) -> dict[str, float]:
    cookie = visitor.http.get_cookie("khatm_citizen")
    assert cookie
    context = context_of(base_url=address, viewport={"width": PHONE[0], "height": PHONE[1]}, locale="ar-EG", device_scale_factor=2)
    context.add_cookies([{"name": "khatm_citizen", "value": cookie.value, "url": address}])
    context.add_init_script(WATCH)
    page: Page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    bits = 1_600_000 / 8
    session.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": 150, "downloadThroughput": bits, "uploadThroughput": bits}
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(path)
    for _ in range(600):
        if page.evaluate("window.seen.canvas !== undefined"):
            break
        page.wait_for_timeout(50)
    seen: dict[str, float] = page.evaluate("window.seen")
    context.close()
    return seen


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000
