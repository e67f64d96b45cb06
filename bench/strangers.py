"""Codes that others made, in photographs unlike our own sheets, read by Khatm and its peers: `python -m bench strangers [--fast]`.

28 kinds of trouble (tests/qr/strange_looks.py): any version and level, round modules, pictures in the middle, screens, bottles, torn
stickers, twenty at once. "Read" means one of the picture's codes; "any peer" is what all the public readers read together. What each step
adds is counted on the pictures that no step before it reads, and its processor milliseconds on every picture that it looks at.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import cv2
import numpy as np
import zxingcpp

from bench.intervals import wilson_text
from bench.pictures import READERS
from qr.read import MODEL_2, Gray, plan
from tests.qr.strange_looks import KINDS
from tests.qr.strangers import Stranger, stranger

KHATM, ANY = "khatm", "any peer"


def _global(image: Gray) -> list[str]:
    found = zxingcpp.read_barcodes(image, formats=MODEL_2, binarizer=zxingcpp.Binarizer.GlobalHistogram)
    return [barcode.text for barcode in found]


def _aruco(image: Gray) -> list[str]:
    return list(cv2.QRCodeDetectorAruco().detectAndDecodeMulti(image)[1])


PEERS: dict[str, Callable[[Gray], Sequence[str]]] = {
    **{name: reader for name, reader in READERS.items() if not name.startswith("khatm")},
    "zxing-cpp, one threshold": _global,
    "OpenCV QRCodeDetectorAruco": _aruco,
}


@dataclass
class Steps:
    """What the steps of the cascade did, by their names and sizes."""

    adds: dict[str, int] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)

    def look(self, image: Gray, wanted: set[str]) -> set[str]:
        """All texts of all steps; what each adds is counted."""
        found: set[str] = set()
        for step, seen in plan(image):
            start = time.process_time()
            texts = set(step.texts(seen)) - {""}
            self.times.setdefault(step.name, []).append((time.process_time() - start) * 1000)
            if texts & wanted and not found & wanted:
                self.adds[step.name] = self.adds.get(step.name, 0) + 1
            found |= texts
        return found

    def told(self) -> dict[str, object]:
        """Pictures and milliseconds (the mean) for each step."""
        return {name: f"{self.adds.get(name, 0)} pictures, {np.mean(taken):.1f} ms" for name, taken in self.times.items()}


def _by_peers(seen: Stranger) -> dict[str, set[str]]:
    read: dict[str, set[str]] = {}
    for name, reader in PEERS.items():
        read[name] = set()
        with suppress(ValueError, cv2.error):  # pyzbar and OpenCV fall over some pictures
            read[name] = set(reader(seen.picture)) - {""}
    read[ANY] = set.union(*read.values()) & set(seen.texts)
    return read


def measure(fast: bool = False) -> dict[str, object]:
    """Everything; `fast` takes a picture of each kind."""
    count, steps = 1 if fast else 6, Steps()
    kinds: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    codes: dict[str, int] = {}
    wrong, lost, total = [], [], 0
    for kind in KINDS:
        for seed in range(count):
            seen = stranger(kind, seed)
            wanted = set(seen.texts)
            read = {KHATM: steps.look(seen.picture, wanted), **_by_peers(seen)}
            total += len(wanted)
            for name, texts in read.items():
                kinds[kind][name] = kinds[kind].get(name, 0) + bool(texts & wanted)
                codes[name] = codes.get(name, 0) + len(texts & wanted)
            wrong += [f"{kind} {seed}" for _ in read[KHATM] - wanted]
            lost += [f"{kind} {seed}" for _ in read[ANY] - read[KHATM]]
    pictures = count * len(KINDS)
    return {
        "pictures": pictures,
        "codes": total,
        "pictures read": {name: wilson_text(sum(of[name] for of in kinds.values()), pictures) for name in codes},
        "codes read": {name: f"{hits} of {total}" for name, hits in codes.items()},
        "codes read by a peer and not by khatm": ", ".join(lost) or 0,
        "wrong texts by khatm": ", ".join(wrong) or 0,
        "by kind: khatm, any peer": {kind: f"{of[KHATM]}, {of[ANY]} of {count}" for kind, of in kinds.items()},
        "steps": steps.told(),
    }


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print(json.dumps(measure("--fast" in sys.argv), indent=2, ensure_ascii=False))
