"""A folder of photographs, read by Khatm and its peers in one run: `python -m bench.photographs FOLDER [--no-phone]`.

Beside `NAME.jpg` stands `NAME.txt` with the texts of its codes, one a line, or `NAME.json` with a list of texts, for those that have
several lines. An empty one says that the picture shows no code; a picture without either counts as read by whoever returns any text.
A file is read as the upload of a verifier reads it, in whatever format it may have, and, unless `--no-phone`, by the phone app in a real
Chromium (`.ci/app` builds it). Peers get the same grey picture, upright, at its full size.

For each reader: pictures of which it read a code, with 95 % intervals; codes it read of all; pictures for which it gave a text that is
none of theirs; texts where there is no code; processor milliseconds (the phone's: passed ones) at the median and at the 95th percentile.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench.intervals import wilson_text
from bench.pictures import READERS
from qr import picture
from qr.errors import PictureError
from qr.read import read_all

UPLOAD, PHONE = "khatm, upload", "khatm, phone"
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".heic", ".heif", ".avif", ".pdf"})
Reader = Callable[[bytes], Sequence[str]]


@dataclass(frozen=True)
class Photograph:
    """A file, and the texts of the codes in it; None if nobody wrote them down."""

    file: Path
    texts: frozenset[str] | None


@dataclass
class Tally:
    """What one reader did."""

    pictures: int = 0  # of which it read a code
    codes: int = 0
    strange: list[str] = field(default_factory=list)  # names of files for which it gave other texts
    invented: list[str] = field(default_factory=list)  # names of files without a code for which it gave a text
    missed: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def count(self, taken: Photograph, texts: set[str], milliseconds: float) -> None:
        """Count what it read of a photograph."""
        self.milliseconds.append(milliseconds)
        if taken.texts is None:
            hit = bool(texts)
        elif not taken.texts:
            self.invented += [taken.file.name] if texts else []
            return
        else:
            hit = bool(texts & taken.texts)
            self.codes += len(texts & taken.texts)
            self.strange += [taken.file.name] if texts - taken.texts else []
        self.pictures += hit
        self.missed += [] if hit else [taken.file.name]


def photographs(folder: Path) -> list[Photograph]:
    """The photographs of a folder and of those in it."""
    return [Photograph(file, _texts(file)) for file in sorted(folder.rglob("*")) if file.suffix.lower() in ENDINGS]


def _texts(file: Path) -> frozenset[str] | None:
    listed, lines = file.with_suffix(".json"), file.with_suffix(".txt")
    if listed.is_file():
        return frozenset(map(str, json.loads(listed.read_text("utf-8"))))
    return frozenset(lines.read_text("utf-8").splitlines()) - {""} if lines.is_file() else None


def _upload(data: bytes) -> Sequence[str]:
    """As a verifier does whose seals the picture does not show: every step, all texts."""
    return read_all(picture.parse(data), ours=lambda _: False)


def _peer(reader: Callable[[np.ndarray], Sequence[str]]) -> Reader:
    return lambda data: [text for page in picture.parse(data) for text in reader(page)]


@contextmanager
def _phone() -> Iterator[Reader]:
    """The app's own worker in Chromium: a file in, texts out."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where a phone is asked for

    from bench.phone import ASK  # noqa: PLC0415
    from tests.inspector_app.street import Street, film, kept_for_offline, launch, opened, phone, photographed  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name, Street(Path(name)) as street, sync_playwright() as playwright:
        seeing = launch(playwright, film(Path(name) / "camera.mjpeg", [photographed(street, street.shop)]))
        try:
            page = opened(phone(seeing), street)
            kept_for_offline(page)
            yield lambda data: page.evaluate(ASK, [base64.b64encode(data).decode(), [None]])[0].get("texts", [])
        finally:
            seeing.close()


def _counted(reader: Reader, taken: list[Photograph], clock: Callable[[], float]) -> Tally:
    tally = Tally()
    for photograph in taken:
        data, start = photograph.file.read_bytes(), clock()
        try:
            texts = set(reader(data)) - {""}
        except (PictureError, ValueError, cv2.error):  # what it cannot open or falls over, it has not read
            texts = set()
        tally.count(photograph, texts, (clock() - start) * 1000)
    return tally


def measure(folder: Path, *, with_phone: bool) -> dict[str, object]:
    """What each reader reads of the photographs in a folder."""
    taken = photographs(folder)
    readers = {UPLOAD: _upload} | {name: _peer(reader) for name, reader in READERS.items() if not name.startswith("khatm")}
    tallies = {name: _counted(reader, taken, time.process_time) for name, reader in readers.items()}
    if with_phone:
        with _phone() as reader:
            tallies[PHONE] = _counted(reader, taken, time.perf_counter)
    with_code, codes = [one for one in taken if one.texts != frozenset()], sum(len(one.texts or ()) for one in taken)
    return {
        "pictures with a code": len(with_code),
        "pictures without": len(taken) - len(with_code),
        "codes written down": codes,
        **{name: _told(tally, len(with_code), codes) for name, tally in tallies.items()},
        "read by a peer and not by the upload": _lost(tallies),
    }


def _told(tally: Tally, pictures: int, codes: int) -> dict[str, object]:
    return {
        "pictures read": wilson_text(tally.pictures, pictures),
        "codes read": wilson_text(tally.codes, codes),
        "other texts": tally.strange,
        "texts where there is no code": tally.invented,
        "median ms": round(float(np.median(tally.milliseconds or [0])), 1),
        "p95 ms": round(float(np.percentile(tally.milliseconds or [0], 95)), 1),
    }


def _lost(tallies: dict[str, Tally]) -> list[str]:
    by_peers = [set(tally.missed) for name, tally in tallies.items() if name not in {UPLOAD, PHONE}]
    return sorted(set(tallies[UPLOAD].missed) - set.intersection(*by_peers))


def main(words: Sequence[str], *, phone: bool) -> int:
    """Measure a folder and print what was found."""
    cv2.setNumThreads(1)
    if len(words) != 1 or not Path(words[0]).is_dir():
        print("python -m bench.photographs FOLDER [--no-phone]: FOLDER is a folder of photographs", file=sys.stderr)
        return 2
    print(json.dumps(measure(Path(words[0]), with_phone=phone), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if not word.startswith("--")], phone="--no-phone" not in sys.argv))
