"""Writes seal/data/cairo.json, the summers of Cairo for the JavaScript twin, from the pinned tzdata: `python -m tests.twin.cairo`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from seal import claims, days

PATH = Path(days.__file__).parent / "data/cairo.json"
MEAN, STANDARD, SUMMER = 7509, 7200, 10_800  # seconds ahead of UTC; the first until Egypt had a standard time


def offset(seconds: int) -> int:
    ahead = datetime.fromtimestamp(seconds, UTC).astimezone(days.cairo()).utcoffset()
    assert ahead is not None
    return ahead // timedelta(seconds=1)


def changes() -> list[int]:
    """Every instant, within the times that a seal may carry, at which the clocks of Cairo change."""
    found, step = [], 7 * 86_400
    for start in range(claims.NBF_MIN, claims.TIME_MAX, step):
        low, high = start, start + step
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        found.append(high)
    return found


def text() -> str:
    """What belongs in the file."""
    since, *instants = changes()
    assert (offset(since - 1), offset(since)) == (MEAN, STANDARD)
    assert {offset(instants[i]) for i in range(0, len(instants), 2)} == {SUMMER}
    assert {offset(instants[i]) for i in range(1, len(instants), 2)} == {STANDARD}
    pairs = ",\n".join(f"  [{begin}, {end}]" for begin, end in zip(instants[::2], instants[1::2], strict=True))
    return f'{{\n "mean": {MEAN},\n "since": {since},\n "standard": {STANDARD},\n "summer": {SUMMER},\n "summers": [\n{pairs}\n ]\n}}\n'


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
