"""Photographs as people send them: sealed cards on walls, sensor noise, 1 to 12 megapixels, 0.2 to 10 MB.

python -m tests.verifier.photographs [COUNT]     # sends 200 through the API and through the page in Chromium, against gunicorn

It tells how many were read and, of each that was not, what was said. The seeds are fixed, so each run sends the same.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from demo.photograph import card
from qr.picture import MOST_BYTES
from qr.write import encode
from seal import claims, wire
from tests import browser, clock
from tests.qr import phone
from tests.verifier.served import environment_of, gunicorn
from tests.world import HOST, World

COUNT = 200
NOT_READ = {"no_code", "busy"}  # what may honestly be said of a hard photograph


def of(world: World, text: str, seeds: Iterable[int]) -> Iterator[bytes]:
    """Yield photographs of the card of a seal; every fifth is as large as a file may be."""
    held = claims.from_bytes(wire.token(text).payload)
    printed = card(encode(text), held, world.load().trust, host=HOST)
    for seed in seeds:
        taken = phone.any_exposure(seed)
        if seed % 5 == 4:
            taken = taken._replace(megapixels=12.0, noise=16.0, quality=98)
        yield phone.photograph(printed, taken, seed=seed, most_octets=MOST_BYTES)


def by_api(port: int, photo: bytes) -> str:
    """Return what the API says of a photograph: the seal's state, or a code."""
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n' + photo + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/verify", body, {"Content-Type": "multipart/form-data; boundary=b"})
    told = json.loads(connection.getresponse().read())
    connection.close()
    return str(told.get("seal") or told["code"])


def by_page(page: Page, port: int, path: Path) -> str:
    """Return what the start page says of a photograph that somebody chooses there."""
    page.goto(f"http://127.0.0.1:{port}/?lang=en")
    page.locator("#image").set_input_files(path)
    page.get_by_role("button", name="Check now").click()
    page.locator("#result .card, #problem").wait_for(timeout=60_000)
    told = re.search(r'data-reason="(\w+)"|id="problem" data-code="(\w+)"', page.content())
    return (told[1] or told[2]) if told else "nothing"


def main(count: int) -> int:
    """Send the photographs; exit code 1 if one was refused for what it is not."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        world = World(folder, now=clock.moment())  # gunicorn reads the real clock
        text = world.seal(world.license())
        chromium = browser.launch(playwright)
        page = chromium.new_page()
        api, shown, sizes = Counter[str](), Counter[str](), []
        with gunicorn("verifier.wsgi", folder / "log", environment=environment_of(world) | {"KHATM_DECODERS": "1"}) as (port, _):
            time.sleep(2)  # every worker looks at the folder again
            for number, photo in enumerate(of(world, text, range(count))):
                (folder / "photo.jpg").write_bytes(photo)
                sizes.append(len(photo))
                api[by_api(port, photo)] += 1
                shown[by_page(page, port, folder / "photo.jpg")] += 1
                if number % 20 == 19:
                    print(f"{number + 1}: {dict(api)} {dict(shown)}", flush=True)
        chromium.close()
    print(f"{count} photographs of {min(sizes) / 1e6:.2f} to {max(sizes) / 1e6:.2f} MB, together {sum(sizes) / 1e6:.0f} MB")
    print(f"API: {dict(api)}; page: {dict(shown)}")
    return 0 if set(api) <= {"genuine", *NOT_READ} and set(shown) <= {"no_fix", *NOT_READ} else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
