"""Printed sheets in the street, read by Khatm and its peers in one run: `python -m bench.sheets [--fast]`.

Sheets are simulated (tests/qr/sheets.py): each kind of trouble alone, at fixed severities, from seeds. Shares compare readers with each
other, with 95 % intervals (Wilson); they do not promise a share of real photographs: `python -m bench.photographs FOLDER` reads those.
`python -m bench.sheets --without 10000` reads as many pictures without a QR code (textures, text pages, barcodes of other kinds), from
the seed that a second number names: pieces add up.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import zxingcpp

from bench.pictures import READERS, Reader
from qr.read import Gray, read
from tests.qr.camera import ours, seal_text
from tests.qr.sheets import Sheet, code, photograph

TROUBLES: dict[str, Sequence[Sheet]] = {
    "plain": [Sheet()],
    "tilt": [Sheet(tilt=degrees, share=0.75) for degrees in (55, 65, 70, 75)],
    "can": [Sheet(cylinder=degrees) for degrees in (60, 90, 120, 150)],
    "fold": [Sheet(fold=degrees) for degrees in (20, 40, 60)],
    "dirt": [Sheet(dirt=share) for share in (0.03, 0.05, 0.08, 0.15)],
    "scratches": [Sheet(scratches=count) for count in (2, 4, 8)],
    "fading": [Sheet(fading=share) for share in (0.7, 0.9, 0.95)],
    "glare": [Sheet(glare=light) for light in (0.6, 1.2, 2.0)],
    "reflection": [Sheet(reflection=share) for share in (0.4, 0.6, 0.75)],
    "shadow": [Sheet(shadow=share) for share in (0.6, 0.8, 0.9)],
    "motion": [Sheet(motion=length) for length in (6, 10, 14)],
    "defocus": [Sheet(defocus=sigma) for sigma in (2.5, 3.5, 4.5)],
    "noise": [Sheet(noise=sigma) for sigma in (30, 50, 70)],
    "far": [Sheet(share=share) for share in (0.2, 0.14, 0.1)],
}
_VARIED = {"tilt": "tilt", "can": "cylinder", "fold": "fold", "far": "share"}
ANY = zxingcpp.BarcodeFormat


def sheets(name: str, count: int) -> Iterator[tuple[str, str, Gray]]:
    """Yield severity, text and picture of `count` sheets at each severity of a trouble."""
    field = _VARIED.get(name, name)
    for sheet in TROUBLES[name]:
        severity = "" if name == "plain" else f" {getattr(sheet, field):g}"
        for seed in range(count):
            random = np.random.default_rng(seed)
            ways = {"tilt_way": random.uniform(0, 360), "fold_way": random.uniform(0, 360), "cylinder_way": random.uniform(-30, 30)}
            held = replace(sheet, seed=seed, turn=random.uniform(-30, 30), **ways)
            if name in {"can", "fold", "dirt", "scratches", "glare"}:
                held = replace(held, tilt=random.uniform(0, 25))
            yield name + severity, seal_text(seed), photograph(code(seal_text(seed)), held)


def interval(hits: int, count: int) -> str:
    """Share with its 95 % interval after Wilson."""
    z, share = 1.96, hits / count
    middle, reach = share + z * z / (2 * count), z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    low, high = (middle - reach) / (1 + z * z / count), (middle + reach) / (1 + z * z / count)
    return f"{hits}/{count} ({max(low, 0):.2f}–{min(high, 1):.2f})"


def reading(count: int) -> dict[str, object]:
    """Per trouble and severity: what each reader read of `count` sheets, how many wrong texts, and milliseconds."""
    results: dict[str, object] = {}
    hits = dict.fromkeys(READERS, 0)
    times: dict[str, list[float]] = {name: [] for name in READERS}
    wrong, total = 0, 0
    for trouble in TROUBLES:
        rows: dict[str, dict[str, int]] = {}
        for severity, text, seen in sheets(trouble, count):
            total += 1
            row = rows.setdefault(severity, dict.fromkeys(READERS, 0))
            for name, reader in READERS.items():
                texts, taken = _timed(reader, seen)
                row[name] += text in texts
                hits[name] += text in texts
                times[name].append(taken)
                wrong += name == "khatm" and any(found != text for found in texts)
        results |= {severity: {name: interval(row[name], count) for name in READERS} for severity, row in rows.items()}
    results["all"] = {name: interval(hits[name], total) for name in READERS}
    results["wrong texts by khatm"] = wrong
    ratios = [ours_ / theirs for ours_, theirs in zip(times["khatm"], times["zxing-cpp"], strict=True)]
    results["khatm's time on a picture, times zxing-cpp's on it (median)"] = round(float(np.median(ratios)), 2)
    results["median ms"] = {name: round(float(np.median(taken)), 1) for name, taken in times.items()}
    return results


def _timed(reader: Reader, seen: Gray) -> tuple[Sequence[str], float]:
    start = time.process_time()  # the machine is shared: what it costs, not how long others kept it
    texts = reader(seen)
    return texts, (time.process_time() - start) * 1000


def codeless(seed: int) -> Gray:
    """A picture without a QR code: a texture, a page of text, or a barcode of another kind on a wall. (960, 1280)"""
    random = np.random.default_rng(seed)
    kind = seed % 4
    if kind == 0:
        blocks = random.integers(0, 256, (int(random.integers(40, 300)), int(random.integers(60, 400))), dtype=np.uint8)
        made = cv2.resize(blocks, (1280, 960), interpolation=cv2.INTER_NEAREST if seed % 8 else cv2.INTER_CUBIC)
    elif kind == 1:
        made = np.full((960, 1280), 235, np.uint8)
        letters = list("abcdefghijklmno pqrstu vwxyz ALMNO 0123456789 ,.")
        for y in range(20, 960, int(random.integers(16, 40))):
            ink, size = int(random.integers(0, 90)), float(random.uniform(0.4, 1.0))
            cv2.putText(
                made, "".join(random.choice(letters, 90)), (10, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1 + int(random.integers(0, 2))
            )
    else:
        made = photograph(np.zeros((21, 21), bool), Sheet(seed=seed, share=0.1))
        kinds = [ANY.DataMatrix, ANY.Aztec, ANY.Code128, ANY.PDF417]
        barcode = zxingcpp.create_barcode("".join(random.choice(list("0123456789"), 20)), kinds[seed // 4 % 4])
        drawn = np.asarray(barcode.to_image(scale=int(random.integers(2, 7))))[:900, :1200]
        y, x = (int(random.integers(0, most - part + 1)) for most, part in zip((960, 1280), drawn.shape, strict=True))
        made[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    noisy = cv2.GaussianBlur(made, (0, 0), float(random.uniform(0.4, 2))) + random.normal(0, float(random.uniform(0, 12)), made.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def without(count: int, first: int = 0) -> dict[str, object]:
    """How many of `count` pictures without a code, from the seed `first` on, gave a text, and how long they took."""
    found: list[str] = []
    times = []
    for seed in range(first, first + count):
        texts, taken = _timed(lambda seen: read(seen, ours=ours), codeless(seed))
        found += texts
        times.append(taken)
        if (seed - first) % 500 == 499:
            print(f"{seed - first + 1} pictures, {len(found)} texts", file=sys.stderr, flush=True)
    return {
        "pictures": count,
        "texts": len(found),
        "median_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
    }


def measure(fast: bool) -> dict[str, object]:
    """Everything; `fast` takes a tenth of the sheets."""
    return {"sheets a severity": (count := 3 if fast else 30), **reading(count), "without a code": without(40 if fast else 400)}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    found = without(*map(int, words)) if "--without" in sys.argv else measure("--fast" in sys.argv)
    print(json.dumps(found, indent=2, ensure_ascii=False))
