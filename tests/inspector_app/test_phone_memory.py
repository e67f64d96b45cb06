"""The phone app for a whole day: scan after scan leaves memory as it was; a thousand of them in `make test-long`."""

from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import CDPSession, Page, Playwright

from tests.inspector_app import street as streets
from tests.inspector_app.street import HERE, Street, film, judged, kept_for_offline, opened, phone, photographed

WARM = 100  # what is made once is made by then
BATCH = 50  # scans between two answers of the page: each in time, however slow the machine
HEAP_MORE = 0.5e6  # octets: what a garbage collector leaves lying about
NODES_MORE = 1500  # of the page: some ten screens that a video still held

# One scan: the worker reads a frame, the text is judged, and the verdict's screen is made and left again.
SCANNING = """async (count) => {
  if (!window.reader) {
    const [name] = await caches.keys();
    const kept = await (await caches.open(name)).keys();
    window.reader = new Worker(kept.map(({ url }) => url).find((url) => url.includes("reader.worker")), { type: "module" });
  }
  let held = 0;
  for (let turn = 0; turn < count; turn++) {
    const frame = await createImageBitmap(window.bitmap);
    const answer = await new Promise((done) => {
      window.reader.onmessage = ({ data }) => done(data);
      window.reader.postMessage({ id: turn, frame, turn }, [frame]);
    });
    held = answer.held;
    location.hash = "#hand";
    while (!document.querySelector("#paste")) await new Promise((done) => setTimeout(done));
    document.querySelector("#paste").value = answer.texts[0];
    document.querySelector("#paste").form.requestSubmit();
    while (!document.querySelector(".card")) await new Promise((done) => setTimeout(done));
  }
  return held;
}"""


def measured(session: CDPSession) -> dict[str, Any]:
    """What the page holds once the garbage is gone."""
    for _ in range(3):  # what a video or a worker held is garbage only once they have ended
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    return {"heap": session.send("Runtime.getHeapUsage")["usedSize"], "nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}


def give_picture(page: Page, jpeg: bytes) -> None:
    """Put a picture into the page, to make frames of."""
    page.evaluate("location.hash = '#hand'")
    page.locator("#photo").wait_for()
    page.evaluate("async (octets) => { window.bitmap = await createImageBitmap(new Blob([new Uint8Array(octets)])) }", list(jpeg))


def scanned(page: Page, count: int) -> int:
    """Scan `count` times; what the worker's memory holds then."""
    return [page.evaluate(SCANNING, BATCH) for _ in range(count // BATCH)][-1]


# A hundred scans would leave four thousand nodes of screens, and a megabyte of texts: far over the bounds as well.
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("scans", [200, pytest.param(1000, marks=pytest.mark.long)])
def test_scan_after_scan_leaves_memory_as_it_was(playwright: Playwright, street: Street, scans: int) -> None:
    chromium = streets.launch(playwright)
    page = opened(phone(chromium), street)
    kept_for_offline(page)
    photo = cv2.resize(photographed(street, street.shop), (640, 480), interpolation=cv2.INTER_AREA)
    give_picture(page, cv2.imencode(".jpg", photo)[1].tobytes())
    session = page.context.new_cdp_session(page)
    wasm = scanned(page, WARM)
    before = measured(session)
    assert scanned(page, scans - WARM) == wasm, "the reader's memory does not grow"
    after = measured(session)
    page.context.set_geolocation(HERE)  # type: ignore[arg-type]
    judged(page, "valid", "site_here")
    assert after["heap"] - before["heap"] < HEAP_MORE, (before, after)
    assert after["nodes"] - before["nodes"] < NODES_MORE, (before, after)
    chromium.close()


@pytest.mark.timeout(3600)
def test_opening_the_camera_again_and_again_leaves_memory_as_it_was(playwright: Playwright, street: Street, tmp_path: Path) -> None:
    camera = film(tmp_path / "camera.mjpeg", [photographed(street, street.shop)])
    seeing = streets.launch(playwright, camera)
    page = opened(phone(seeing), street)
    session = page.context.new_cdp_session(page)
    page.locator("#start").click()
    sizes = []
    for turn in range(16):
        judged(page, "valid", "site_here")
        if turn in (7, 15):
            sizes.append(measured(session))
        page.locator("#next").click()
    before, after = sizes
    assert after["heap"] - before["heap"] < HEAP_MORE, sizes
    assert after["nodes"] - before["nodes"] < NODES_MORE, sizes
    seeing.close()
