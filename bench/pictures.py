"""Reading and writing codes beside their peers, in one run: `python -m bench.pictures [--fast]`.

Photographs are simulated (tests/qr/camera.py): 1280x720 frames from seeds, from easy to hopeless. Shares therefore
compare readers with each other; they do not promise a share of real photographs. `python -m bench.pictures --steps`
shows what each step of the cascade adds. Real photographs: `python -m bench.pictures FOLDER` (see bench/photographs.py).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import segno
import zxingcpp
from pyzbar import pyzbar
from segno import consts

from qr.read import DEEP, MODEL_2, QUICK, Gray, read, read_frame
from qr.write import encode
from tests.qr.camera import Shot, any_shot, ours, photograph, seal_text

Reader = Callable[[Gray], Sequence[str]]


def _zxing(image: Gray) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image, formats=MODEL_2)]


def _zbar(image: Gray) -> list[str]:
    return [symbol.data.decode("utf-8", "replace") for symbol in pyzbar.decode(image, [pyzbar.ZBarSymbol.QRCODE])]


def _opencv(image: Gray) -> list[str]:
    return list(cv2.QRCodeDetector().detectAndDecodeMulti(image)[1])


READERS: dict[str, Reader] = {
    "khatm": lambda image: read(image, ours=ours),
    "khatm, live frame": lambda image: read_frame(image, ours=ours),
    "zxing-cpp": _zxing,
    "pyzbar": _zbar,
    "OpenCV QRCodeDetector": _opencv,
}


def _frames(count: int) -> tuple[list[tuple[str, Gray]], list[Gray]]:
    with_code = [(text, photograph(text, any_shot(seed))) for seed in range(count) for text in [seal_text(seed)]]
    without = [photograph(None, Shot(seed=seed, defocus=1, noise=6)) for seed in range(10_000, 10_000 + count // 4)]
    return with_code, without


def _timed(reader: Reader, image: Gray) -> tuple[Sequence[str], float]:
    start = time.perf_counter()
    found = reader(image)
    return found, (time.perf_counter() - start) * 1000


def _spread(times: list[float]) -> dict[str, float]:
    return {"median_ms": round(float(np.median(times)), 2), "p95_ms": round(float(np.percentile(times, 95)), 2)}


def reading(count: int) -> dict[str, object]:
    """Per reader: share of frames whose text it read, and milliseconds with and without a code in the frame."""
    with_code, without = _frames(count)
    results: dict[str, object] = {}
    for name, reader in READERS.items():
        found = [(text, *_timed(reader, image)) for text, image in with_code]
        results[name] = {
            "read_share": round(sum(text in texts for text, texts, _ in found) / count, 3),
            "with_code": _spread([taken for _, _, taken in found]),
            "without_code": _spread([_timed(reader, image)[1] for image in without]),
        }
    return results


def steps(count: int) -> dict[str, object]:
    """Per step of the cascade: frames read by it and by no step before it, and its milliseconds on every frame."""
    with_code, without = _frames(count)
    left = list(range(count))
    results: dict[str, object] = {}
    for step in (*QUICK, *DEEP):
        read_here = {index for index in left if with_code[index][0] in step.texts(with_code[index][1])}
        left = [index for index in left if index not in read_here]
        results[step.name] = {"adds": len(read_here), **_spread([_timed(step.texts, image)[1] for image in without])}
    return results


def _segno(text: str) -> object:
    digits = text.rindex("/") + 1
    segments: Any = [  # not in segno's own annotations
        (text[:5], consts.MODE_BYTE),
        (text[5:digits], consts.MODE_ALPHANUMERIC),
        (text[digits:], consts.MODE_NUMERIC),
    ]
    return segno.make_qr(segments, error="M", boost_error=False)


def _per_second(draw: Callable[[str], object], texts: list[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        draw(text)
    return round(len(texts) / (time.perf_counter() - start), 1)


def writing(count: int) -> dict[str, object]:
    """Codes a second on one core: our encoder and drawings, beside segno on the same three segments."""
    texts = [seal_text(seed) for seed in range(count)]
    ours_alone, theirs = _per_second(encode, texts), _per_second(_segno, texts[: max(10, count // 8)])
    return {
        "matrix_per_second": ours_alone,
        "png_per_second": _per_second(lambda text: encode(text).png(), texts),
        "svg_per_second": _per_second(lambda text: encode(text).svg(), texts),
        "segno_matrix_per_second": theirs,
        "matrix_times_segno": round(ours_alone / theirs, 1),
        "version_at_375_digits": encode(texts[0]).version,
    }


def measure(fast: bool) -> dict[str, object]:
    """Everything; `fast` takes a twelfth of the frames."""
    return {
        "frames": (count := 20 if fast else 240),
        "reading": reading(count),
        "writing": writing(40 if fast else 800),
    }


if __name__ == "__main__":
    cv2.setNumThreads(1)
    fast = "--fast" in sys.argv
    if words := [word for word in sys.argv[1:] if not word.startswith("--")]:
        from bench import photographs  # it takes the readers from here

        sys.exit(photographs.main(words, phone="--no-phone" not in sys.argv))
    print(json.dumps(steps(20 if fast else 240) if "--steps" in sys.argv else measure(fast), indent=2))
