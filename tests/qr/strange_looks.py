"""What is the matter with the photographs of `strangers.py`: how each kind is drawn, held and lit, from easy to hopeless."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Random = np.random.Generator


@dataclass
class Look:
    """How a code is drawn and what becomes of it. Lengths in modules unless said otherwise."""

    version: int | None = None
    level: str = "M"
    module: float = 5.0  # pixels of the finished picture
    shape: str = "square"  # square, dot, round, gap
    logo: float = 0.0  # of the side, in the middle
    dark: float = 20.0
    light: float = 235.0
    quiet: int = 4
    turn: float = 0.0  # degrees
    tilt: float = 0.0  # degrees
    bend: float = 0.0  # degrees of a cylinder that the code spans
    crumple: float = 0.0  # modules
    barrel: float = 0.0
    defocus: float = 0.0  # radius of a disc
    motion: float = 0.0
    electrons: float = 3000.0  # of a white pixel: shot noise
    glare: float = 0.0
    shadow: float = 0.0
    spots: int = 0
    scribbles: int = 0
    covered: float = 0.0  # side of a patch, as a part of the code's
    cover_at: str = "any"  # any, corner
    moire: bool = False
    quality: int = 75
    cut: float = 0.0  # of the side is out of the picture
    size: tuple[int, int] = (1280, 960)
    smaller: float = 1.0  # the finished picture's size, times this, then back
    extra: dict[str, Any] = field(default_factory=dict)


def any_look(random: Random) -> Look:
    """A look without great trouble: any version to 10, any level, turned, a little tilted."""
    return Look(
        version=None,
        level=str(random.choice(list("LMQH"))),
        module=float(random.uniform(3, 9)),
        turn=float(random.uniform(-180, 180)),
        tilt=float(random.uniform(0, 25)),
        defocus=float(random.uniform(0, 0.25)),
        quality=int(random.integers(40, 95)),
        electrons=float(random.uniform(400, 4000)),
        quiet=int(random.integers(2, 5)),
    )


Change = Callable[[Look, Random], dict[str, Any]]
KINDS: dict[str, Change] = {
    "nominal": lambda look, r: {},
    "blurred": lambda look, r: {"defocus": r.uniform(0.55, 1.25)},
    "moved": lambda look, r: {"motion": r.uniform(1.0, 2.6)},
    "tilted": lambda look, r: {"tilt": r.uniform(55, 78), "module": r.uniform(6, 13)},
    "can": lambda look, r: {"bend": r.uniform(80, 150), "tilt": r.uniform(0, 35), "module": r.uniform(4, 9)},
    "crumpled": lambda look, r: {"crumple": r.uniform(0.6, 2.0), "module": r.uniform(4, 9)},
    "covered": lambda look, r: {"covered": r.uniform(0.1, 0.3), "level": str(r.choice(list("MQH")))},
    "torn corner": lambda look, r: {"covered": r.uniform(0.12, 0.32), "cover_at": "corner", "level": str(r.choice(list("QH")))},
    "scribbled": lambda look, r: {"scribbles": int(r.integers(1, 5))},
    "glare": lambda look, r: {"glare": r.uniform(0.6, 2.0)},
    "spots": lambda look, r: {"spots": int(r.integers(1, 5)), "level": str(r.choice(list("MQH")))},
    "shadow": lambda look, r: {"shadow": r.uniform(0.7, 0.96)},
    "night": lambda look, r: {"electrons": r.uniform(6, 60), "dark": r.uniform(10, 60), "light": r.uniform(110, 200)},
    "faint": lambda look, r: {"dark": (d := r.uniform(90, 160)), "light": d + r.uniform(8, 40), "electrons": r.uniform(1500, 6000)},
    "monitor": lambda look, r: {"moire": True, "module": r.uniform(3.5, 12)},
    "small in large": lambda look, r: {"size": (4000, 3000), "module": r.uniform(2.2, 5.5), "defocus": r.uniform(0.1, 0.5)},
    "tiny": lambda look, r: {"module": r.uniform(1.2, 2.2), "defocus": 0.1, "size": (1280, 960)},
    "inverted": lambda look, r: {"dark": r.uniform(170, 240), "light": r.uniform(5, 70), "defocus": r.uniform(0.1, 0.7)},
    "round": lambda look, r: {
        "shape": str(r.choice(["dot", "round", "gap"])),
        "defocus": r.uniform(0, 0.5),
        "logo": r.choice([0, 0.2]),
        "level": "H",
    },
    "logo": lambda look, r: {"logo": r.uniform(0.2, 0.36), "level": "H", "shape": str(r.choice(["square", "round"]))},
    "cut off": lambda look, r: {"cut": r.uniform(0.02, 0.14), "level": str(r.choice(list("QH"))), "quiet": 1, "tilt": r.uniform(0, 10)},
    "close": lambda look, r: {
        "module": r.uniform(18, 40),
        "defocus": r.uniform(0.1, 0.6),
        "tilt": r.uniform(0, 40),
        "electrons": r.uniform(60, 900),
    },
    "large version": lambda look, r: {"version": int(r.integers(14, 41)), "module": r.uniform(3.0, 6.0), "defocus": r.uniform(0.1, 0.45)},
    "no quiet zone": lambda look, r: {"quiet": 0, "defocus": r.uniform(0.1, 0.6)},
    "lens": lambda look, r: {"barrel": r.uniform(-0.6, 0.9), "module": r.uniform(9, 16)},
    "poor JPEG": lambda look, r: {"quality": int(r.integers(6, 22)), "smaller": r.uniform(0.4, 0.9)},
    "many": lambda look, r: {"extra": {"count": int(r.integers(2, 21))}},
    "two troubles": lambda look, r: _two(r),
}


def _two(random: Random) -> dict[str, Any]:
    mild: list[dict[str, Any]] = [
        {"tilt": random.uniform(40, 60), "module": random.uniform(6, 10)},
        {"bend": random.uniform(50, 90)},
        {"defocus": random.uniform(0.4, 0.7)},
        {"motion": random.uniform(0.8, 1.5)},
        {"shadow": random.uniform(0.5, 0.85)},
        {"glare": random.uniform(0.4, 1.0)},
        {"scribbles": 2},
        {"electrons": random.uniform(30, 150)},
        {"quiet": 0},
        {"spots": 2},
    ]
    one, other = random.choice(len(mild), 2, replace=False).tolist()
    return mild[one] | mild[other]
