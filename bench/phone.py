"""The phone app in a real Chromium on this machine, beside zxing-wasm alone and its own limits: `python -m bench phone [--fast]`.

Limits: the first load takes at most 700 kB compressed, the app opens within a second without a network, the first verdict comes within
a second of a readable frame. Frames are simulated photographs (tests/qr/camera.py, 1280x720, from easy to hopeless), so shares compare
readers with each other. "zxing-wasm alone" is the plain look at a frame; a live frame gets one more look, in turn, so four frames have
had all of them.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.inspector_app.street import HERE, Street, film, kept_for_offline, launch, opened, phone, photographed
from tests.qr.camera import Gray, Shot, any_shot, photograph, seal_text

FIRST_LOAD_MAX, OPEN_MAX_MS, VERDICT_MAX_MS = 700_000, 1000, 1000
ASK = """async ([jpeg, turns]) => {
  const [name] = (await caches.keys()).filter((name) => name.startsWith("khatm-app-"));
  const files = (await (await caches.open(name)).keys()).map(({ url }) => url);
  window.reader ??= new Worker(files.find((url) => url.includes("reader.worker")), { type: "module" });
  const blob = new Blob([Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0))]);
  const ask = (question, transfer) => new Promise((done) => {
    window.reader.onmessage = ({ data }) => done(data);
    window.reader.postMessage({ id: 0, ...question }, transfer);
  });
  const answers = [];
  for (const turn of turns) {
    const frame = turn === null ? null : await createImageBitmap(blob);
    answers.push(await (frame ? ask({ frame, turn }, [frame]) : ask({ photo: blob }, [])));
  }
  return answers;
}"""
KEPT = "caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.keys()).then((all) => all.map(({ url }) => url))"
KINDS = {".js": "script", ".wasm": "reader (wasm)", ".woff2": "font", ".css": "style", ".png": "icon", ".svg": "icon"}
WATCH = """() => {
  const look = () => {
    if (document.querySelector('[data-state="scanning"]') && !performance.getEntriesByName("seen").length) performance.mark("seen");
    if (document.querySelector(".card") && !performance.getEntriesByName("told").length) performance.mark("told");
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}"""


def measure(fast: bool = False) -> dict[str, object]:
    """Everything; `fast` takes a twelfth of the frames."""
    count, turns = (20, 3) if fast else (240, 12)
    with tempfile.TemporaryDirectory() as name, Street(Path(name)) as street, sync_playwright() as playwright:
        seeing = launch(playwright, film(Path(name) / "camera.mjpeg", [photographed(street, street.shop)]))
        try:
            return {
                "first load": _first_load(seeing, street),
                "opening without a network": _opening(seeing, street, turns),
                "first verdict after the camera's picture": _first_verdict(seeing, street, turns),
                "reading": _reading(seeing, street, count),
            }
        finally:
            seeing.close()


def _limit(value: float, most: float, unit: str) -> dict[str, object]:
    return {unit: round(value), f"{unit} at most": most, "holds": value <= most}


def _first_load(seeing: Browser, street: Street) -> dict[str, object]:
    """Return octets over the wire until the app works offline, by kind of file."""
    context = phone(seeing)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    session.on("Network.requestWillBeSent", lambda told: names.update({told["requestId"]: told["request"]["url"]}))
    session.on("Network.loadingFinished", lambda told: _count(sizes, names[told["requestId"]], told["encodedDataLength"]))
    page.goto(street.app)
    page.locator("html[data-ready]").wait_for(state="attached")
    kept_for_offline(page)
    # The worker's own requests are not told here: what it alone fetches is counted by its packed size.
    for file in page.evaluate(KEPT):
        if file not in names.values():
            _count(sizes, file, int(context.request.get(file, headers={"Accept-Encoding": "br"}).headers["content-length"]))
    context.close()
    return {**{f"{kind} octets": size for kind, size in sorted(sizes.items())}, **_limit(sum(sizes.values()), FIRST_LOAD_MAX, "octets")}


def _count(sizes: dict[str, int], url: str, octets: float) -> None:
    kind = KINDS.get(Path(url).suffix, "page and lists")
    sizes[kind] = sizes.get(kind, 0) + int(octets)


def _opening(seeing: Browser, street: Street, turns: int) -> dict[str, object]:
    context = phone(seeing)
    kept_for_offline(opened(context, street))
    context.set_offline(True)
    times = []
    for _ in range(turns):
        page = context.new_page()
        page.goto(street.app)
        page.locator("html[data-ready]").wait_for(state="attached")
        times.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime"))
        page.close()
    context.close()
    return _limit(float(np.median(times)), OPEN_MAX_MS, "ms")


def _first_verdict(seeing: Browser, street: Street, turns: int) -> dict[str, object]:
    times = []
    for _ in range(turns):
        context = phone(seeing, where=HERE)
        page = opened(context, street)
        page.evaluate(WATCH)
        page.locator("#start").click()
        page.locator(".card").wait_for()
        times.append(page.evaluate("performance.getEntriesByName('told')[0].startTime - performance.getEntriesByName('seen')[0].startTime"))
        context.close()
    return _limit(float(np.median(times)), VERDICT_MAX_MS, "ms")


def _reading(seeing: Browser, street: Street, count: int) -> dict[str, object]:
    context = phone(seeing)
    page = opened(context, street)
    kept_for_offline(page)
    with_code = [(text, photograph(text, any_shot(seed))) for seed in range(count) for text in [seal_text(seed)]]
    empty = [photograph(None, Shot(seed=seed, defocus=1, noise=6)) for seed in range(10_000, 10_000 + max(6, count // 8))]
    large = [cv2.resize(picture, (1920, 1080), interpolation=cv2.INTER_CUBIC) for picture in empty]
    answers = [(text, _asked(page, picture, [0, 1, 2, 3, None])) for text, picture in with_code]
    plain = sum(any(text in found["texts"] and found["step"] == "plain" for found in of[:4]) for text, of in answers) / count
    live = sum(any(text in found["texts"] for found in of[:4]) for text, of in answers) / count
    still = sum(text in of[4]["texts"] for text, of in answers) / count
    costs = {
        "1280x720 with a code": (found["took"] for _, of in answers for found in of[:4] if found["texts"]),
        "1280x720 without": (found["took"] for picture in empty for found in _asked(page, picture, [0, 1, 2, 3])),
        "1920x1080 without": (found["took"] for picture in large for found in _asked(page, picture, [0, 1, 2, 3])),
        "a photo without": (found["took"] for picture in empty for found in _asked(page, picture, [None])),
    }
    result: dict[str, object] = {
        "frames": count,
        "share read by zxing-wasm alone": round(plain, 3),
        "share read in four live frames": round(live, 3),
        "share read as a photo": round(still, 3),
        "live, times zxing-wasm alone": round(live / plain, 2),
        "photo, times zxing-wasm alone": round(still / plain, 2),
        "ms a frame": {name: _spread(times) for name, times in costs.items()},
    }
    context.close()
    return result


def _asked(page: Page, picture: Gray, turns: list[int | None]) -> list[dict[str, Any]]:
    jpeg = base64.b64encode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()).decode()
    answers: list[dict[str, Any]] = page.evaluate(ASK, [jpeg, turns])
    return answers


def _spread(times: Iterable[float]) -> dict[str, float]:
    taken = list(times)
    return {"median": round(float(np.median(taken)), 1), "p95": round(float(np.percentile(taken, 95)), 1)}


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=2))
