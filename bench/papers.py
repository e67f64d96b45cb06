"""Papers from a metre away, and a thousand of them: how often a phone reads the code of an A4 or A5 paper, and what setting papers costs.

`python -m bench papers [--fast]`: about ten minutes.

The camera is a phone's live picture: 1920 pixels across an angle of 69 degrees, so 1.4 pixels a millimetre at one metre, with blur, noise,
tilt, a shaking hand and uneven light drawn at random for each picture (tests/qr/camera.py). "One picture" is read as an upload is, "a third
of a second" is ten frames read as live video is. Codes have as many digits as seals that are made for it: of usual names, of names as
long as they may be, and of what the format allows at most, with an outline of many corners. Beside the papers stand the code of a card
(64 mm) at half the distance, and level Q at the same size. Memory is that of the press's process, looked at after every paper.
"""

from __future__ import annotations

import math
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from office.papers import sheet
from office.papers.press import Press
from office.papers.sheet import Sheet
from qr.read import read, read_frame
from qr.write import Level, encode
from seal import wire
from tests.office.papers.names import LONGEST
from tests.qr.camera import Shot, ours, photograph, seal_text
from tests.world import HOST, World

ACROSS_PX, ANGLE_DEGREES = 1920, 69
CODE_MM = {"A4": 140, "A5": 133, "card": 64}
PAPERS = 1_000


def measure(fast: bool) -> dict[str, Any]:
    """Return shares of pictures read, and milliseconds and megabytes of setting papers."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        return {"read": _distances(_digits(world), 10 if fast else 60), "set": _papers(world, 60 if fast else PAPERS)}


def _digits(world: World) -> dict[str, int]:
    """How many digits the codes of seals have."""
    usual, longest = (len(wire.parse(world.seal(world.license(**changes))).digits) for changes in ({}, LONGEST))
    return {"usual seal": usual, "longest names": longest, "most digits": wire.DIGITS_MAX}


def _distances(digits: dict[str, int], tries: int) -> dict[str, Any]:
    usual, longest = digits["usual seal"], digits["longest names"]
    told: dict[str, Any] = {"digits": digits}
    for paper in ("A4", "A5"):
        side = CODE_MM[paper]
        row = {f"{name}, one picture": _share(count, side, 1.0, "M", tries) for name, count in digits.items()}
        row["usual seal, a third of a second"] = _share(usual, side, 1.0, "M", tries // 3, frames=10)
        row["longest names, a third of a second"] = _share(longest, side, 1.0, "M", tries // 3, frames=10)
        told[f"{paper}, {side} mm, 1 m"] = row
        told[f"{paper}, {side} mm, 1.5 m"] = {"usual seal, one picture": _share(usual, side, 1.5, "M", tries)}
        told[f"{paper} at level Q, 1 m"] = {"longest names, one picture": _share(longest, side, 1.0, "Q", tries)}
        print(f"{paper} read", file=sys.stderr, flush=True)
    card = CODE_MM["card"]
    told[f"card, {card} mm, 0.5 m"] = {"usual seal, one picture": _share(usual, card, 0.5, "M", tries)}
    return told


def _share(digits: int, side_mm: int, metres: float, level: Level, tries: int, *, frames: int = 1) -> str:
    px_mm = ACROSS_PX / (2 * 1000 * metres * math.tan(math.radians(ANGLE_DEGREES / 2)))
    module = side_mm / encode(seal_text(0, digits=digits), level=level).side * px_mm
    count = sum(_is_read(digits, module, level, number, frames) for number in range(tries))
    return f"{count / tries:.0%} ({module:.1f} px a module)"


def _is_read(digits: int, module: float, level: Level, number: int, frames: int) -> bool:
    text = seal_text(number, digits=digits)
    for frame in range(frames):
        picture = photograph(text, _shot(number * 100 + frame, module, level))
        found = read(picture, ours=ours) if frames == 1 else read_frame(picture, ours=ours, deep=frame % 10 == 9)
        if text in found:
            return True
    return False


def _shot(seed: int, module: float, level: Level) -> Shot:
    random = np.random.default_rng(seed + 4_000)
    return Shot(
        seed=seed,
        width=ACROSS_PX,
        height=1080,
        module=module,
        turn=random.uniform(-25, 25),
        tilt=random.uniform(0, 0.15),
        defocus=random.uniform(0.3, 0.9),
        motion=random.uniform(0, 1.5),
        noise=random.uniform(2, 9),
        gain=random.uniform(0.4, 1),
        shade=random.uniform(0, 0.4),
        quality=int(random.integers(60, 95)),
        level=level,
    )


def _papers(world: World, count: int) -> dict[str, Any]:
    with Press() as press:
        set_ = _sheet(world)
        times, memory = [], []
        for number in range(count):
            started = time.perf_counter()
            press.render(set_._replace(serial=number + 1, size="A5" if number % 2 else "A4"))
            times.append(time.perf_counter() - started)
            memory.append(_megabytes(press))
            if (number + 1) % 250 == 0:
                print(f"{number + 1} papers set", file=sys.stderr, flush=True)
    tenth = max(1, count // 10)
    first, last = max(memory[: 2 * tenth]), max(memory[-2 * tenth :])
    return {
        f"{count} papers": {
            "ms each, median": round(statistics.median(times) * 1000),
            "MB of the press, largest in the first fifth": round(first),
            "MB of the press, largest in the last fifth": round(last),
            "last to first": round(last / first, 2),
        }
    }


def _sheet(world: World) -> Sheet:
    token = wire.token(world.seal(world.license())).to_bytes()
    return sheet.of(token, size="A4", host=HOST, trust=world.trust, serial=1, at=1_795_521_600)


def _megabytes(press: Press) -> float:
    """Return what the press's processes hold now."""
    assert press._pool is not None
    total = 0
    for pid in list(press._pool._processes or {}):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except FileNotFoundError:  # it has just made room for the next one
            continue
        total += int((re.search(r"VmRSS:\s+(\d+)", status) or [0, 0])[1])
    return total / 1024
