"""How the preset dictionary of version 1 was made: `python -m bench.dictionary [--check]`.

It is frozen (docs/format.md §4): this script exists so that anybody can see where it came from, and so that a version 2 can be made for a
real host. It learns from three quarters of the names in tests/data; `bench.sizes` measures on the quarter that it never saw. What differs
from seal to seal (times, places, numbers) is blurred first, so that the dictionary learns words and shapes, not days.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from datetime import date
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from published import whole
from seal import claims, cose, fold
from seal import license as licenses
from seal.license import License
from seal.site import Point, Site, offset

SOURCE = Path(__file__).parent.parent / "tests/data/alexandria_licenses.csv"
LIMIT, LONGEST, BATCH, RARE = 6_000, 40, 12, 3  # octets, octets, strings chosen at once, fewer documents than this are chance
_MATCH_BITS = 22  # what a match costs in DEFLATE's fixed code at these distances


def held_out(trade_name: str) -> bool:
    """Say whether a name belongs to the quarter that the dictionary never sees."""
    return sha256(trade_name.encode()).digest()[1] % 4 == 3


def sample() -> list[tuple[str, claims.Claims]]:
    """Return every license of the sample by trade name, as claims."""
    with SOURCE.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [(row["trade_name"], _claims(row, number)) for number, row in enumerate(rows)]


def _claims(row: dict[str, str], number: int) -> claims.Claims:
    details = {name: int(row[f"{name[:-3]}_m"]) * 100 for name in ("width_cm", "height_cm") if row[f"{name[:-3]}_m"]}
    license_ = License(
        authority=row["authority"],
        type=row["type"],
        activity=row["activity"],
        trade_name=row["trade_name"].strip("\u202d"),
        holder=row["holder"],
        address=row["address"],
        site=_site(row),
        details=details,
        first_day=date.fromisoformat(row["valid_from"]),
        last_day=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
    )
    return claims.of_license(
        license_,
        iat=1_795_000_000 + number * 7,
        cti=licenses.identifier(2026, number + 1),
        idx=number * 40_503 % 65_536,
        uri="https://khatm.example/status/1",
    )


def _site(row: dict[str, str]) -> Site:
    point = Point(float(row["latitude"]), float(row["longitude"]))
    if not row["footprint"]:
        return Site(point, int(row["radius_m"]))
    corners = [corner.split() for corner in row["footprint"][9:-2].split(",")][:-1]
    places = (offset(point, float(latitude), float(longitude)) for longitude, latitude in corners)
    return Site(point, 0, tuple((round(place.east * 10), round(place.north * 10)) for place in places))


def _blurred(held: claims.Claims, chance: random.Random) -> bytes:
    """Return the folded form with everything random that differs from seal to seal."""
    blurred = held._replace(
        nbf=(held.nbf >> 24 << 24) + chance.randrange(1 << 24),
        exp=held.exp and (held.exp >> 24 << 24) + chance.randrange(1 << 24),
        iat=(held.iat >> 24 << 24) + chance.randrange(1 << 24),
        cti=held.cti[:1] + chance.randbytes(3),
        idx=chance.randrange(65_536),
    )
    return fold.fold(cose.protected(chance.randbytes(1)), claims.to_bytes(blurred))


def build() -> bytes:
    """Return the dictionary: the strings that save most, the best last, where distances are short."""
    chance = random.Random(1)
    segments = [_blurred(held, chance) for name, held in sample() if not held_out(name)]
    chosen: list[bytes] = []
    while sum(map(len, chosen)) < LIMIT:
        picked = _best(segments)
        if not picked:
            break
        for string in picked:
            if not any(string in other for other in chosen):
                chosen.append(string)
            segments = [part for segment in segments for part in segment.split(string) if len(part) >= 3]
    return b"".join(reversed(chosen))


def _best(segments: list[bytes]) -> list[bytes]:
    counts: Counter[bytes] = Counter()
    for segment in segments:
        size = len(segment)
        counts.update({segment[i:j] for i in range(size - 2) for j in range(i + 3, min(size, i + LONGEST) + 1)})
    scored = [
        ((len(string) * 8 - _MATCH_BITS) * (count - 1), string)
        for string, count in counts.items()
        if count >= RARE and len(string) * 8 > 24
    ]
    picked: list[bytes] = []
    for score, string in sorted(scored, reverse=True)[:4_000]:
        if score <= 0 or len(picked) == BATCH:
            break
        if not any(overlap(string, other) for other in picked):
            picked.append(string)
    return picked


def overlap(one: bytes, other: bytes) -> bool:
    """Say whether one string holds the other, or begins as the other ends."""
    if one in other or other in one:
        return True
    return any(one[:size] == other[-size:] or one[-size:] == other[:size] for size in range(3, min(len(one), len(other))))


def main() -> int:
    """Write the dictionary, or with --check say whether it is the one in seal/data."""
    target = Path(str(files("seal").joinpath("data/dictionary-1.bin")))
    made = build()
    print(f"{len(made)} octets, SHA-256 {sha256(made).hexdigest()}")
    if "--check" in sys.argv:
        return 0 if made == target.read_bytes() else 1
    whole.write({target: made})
    return 0


if __name__ == "__main__":
    sys.exit(main())
