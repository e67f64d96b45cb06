"""How the tables of version 2 were made: `python -m bench.tables [--check]`.

They are frozen (docs/format.md §4.6): this script exists so that anybody can see where they came from, and so that a version 3 can be made
with another city's streets. They learn from three quarters of the names in tests/data, from three quarters of the streets, and from the
types and activities in governorate/alexandria; `bench.sizes` measures on what they never saw.

The dictionary are the strings that save most. The code's lengths fit the steps that a writer takes through texts that the dictionary did
not learn: each third of the texts is written with a dictionary made of the other two.
"""

from __future__ import annotations

import heapq
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import groupby, product
from pathlib import Path
from typing import NamedTuple

from bench import addresses, dictionary
from governorate import folder, licensed
from published import whole
from seal import fold, parse

LIMIT, BATCH, RARE = 6_000, 40, 2  # octets; strings chosen at once; fewer texts than this are chance
LITERAL_BITS, MATCH_BITS = 5.4, 15.0  # what a letter and a copy cost, roughly
LONGEST_CODE = 15
ROUNDS = 3  # of fitting codes to steps and steps to codes
FOLDS = 3
#: In sixty-fourths: the ten districts by how many people live there, the governorate, and what stands for every other code.
AUTHORITIES = {
    **{"MN1": 8, "MN2": 7, "SHQ": 8, "WST": 7, "AGM": 5, "GMR": 4, "GRB": 4, "AM1": 4, "AM2": 4, "BRG": 3},
    **{"GOV": 2, "": 8},
}
#: In sixteenths; what stands for every other type is last.
TYPES = {"shop": 8, "advertisement": 3, "occupancy": 1, "building": 1, "demolition": 1, "restoration": 1, "": 1}
#: Metres, in sixteenths; then an outline (-1), and every other radius (0).
RADII = {50: 4, 25: 3, 40: 3, 30: 2, 75: 1, 100: 1, -1: 1, 0: 1}
#: Days of a usual term: one, two, three, five years, four with a leap day, half and quarter years, a month.
PERIODS = (365, 366, 730, 731, 1095, 1096, 1461, 1826, 1827, 30, 31, 90, 91, 92, 181, 184)


class Tables(NamedTuple):
    """The two files of version 2."""

    dictionary: bytes
    rest: bytes


def texts() -> list[bytes]:
    """Return what the tables learn: each license's texts in the fold's alphabet, with its own address and with one of a known street."""
    chance, known = random.Random(2), addresses.places(unseen=False)
    learned = []
    for name, held in dictionary.sample():
        if not dictionary.held_out(name):
            for address in (held.address, addresses.address(chance, known)):
                learned.append(folded("\n".join((held.trade_name, held.holder, address))))
    chance.shuffle(learned)
    return learned


def folded(text: str) -> bytes:
    """Return a text in octets of the fold's alphabet. Raises ValueError for a letter outside it."""
    return bytes(10 if letter == "\n" else fold.ALPHABET.index(letter) for letter in text)


def strings(learned: Iterable[bytes]) -> bytes:
    """Return a dictionary: the strings that save most, the best last, where distances are short."""
    segments, chosen = list(learned), []
    while sum(map(len, chosen)) < LIMIT:
        picked = _best(segments)
        if not picked:
            break
        chosen += [string for string in picked if not any(string in other for other in chosen)]
        for string in picked:
            segments = [part for segment in segments for part in segment.split(string) if len(part) >= 3]
    return b"".join(reversed(chosen))[-LIMIT:]


def _best(segments: list[bytes]) -> list[bytes]:
    counts: Counter[bytes] = Counter()
    for segment in segments:
        size = len(segment)
        counts.update({segment[i:j] for i in range(size - 2) for j in range(i + 3, min(size, i + dictionary.LONGEST) + 1)})
    scored = [((len(each) * LITERAL_BITS - MATCH_BITS) * (count - 1), each) for each, count in counts.items() if count >= RARE]
    picked: list[bytes] = []
    for score, string in sorted(scored, reverse=True)[:4_000]:
        if score <= 0 or len(picked) == BATCH:
            break
        if not any(dictionary.overlap(string, other) for other in picked):
            picked.append(string)
    return picked


def code(learned: Sequence[bytes]) -> parse.Code:
    """Return the bits of each symbol that fit texts which a dictionary never saw."""
    parts = [learned[start::FOLDS] for start in range(FOLDS)]
    made = [strings(text for other in parts if other is not part for text in other) for part in parts]
    fitted = _lengths(Counter({octet: 1 for part in parts for text in part for octet in text}), Counter())
    for _ in range(ROUNDS):
        literals, distances = Counter[int](), Counter[int]()
        for part, preset in zip(parts, made, strict=True):
            _count(parse.Parser(preset, fitted), part, literals, distances)
        fitted = _lengths(literals, distances)
    return fitted


def _count(parser: parse.Parser, part: Iterable[bytes], literals: Counter[int], distances: Counter[int]) -> None:
    for text in part:
        place = 0
        for length, distance in parser.steps(text):
            literals[257 + parse.symbol_of(parse.LENGTHS, length) if distance else text[place]] += 1
            if distance:
                distances[parse.symbol_of(parse.DISTANCES, distance)] += 1
            place += length
        literals[parse.END] += 1


def _lengths(literals: Counter[int], distances: Counter[int]) -> parse.Code:
    """Return code lengths in which everything that may come has a place: all letters, copies to 258, distances to 8192."""
    letters = {octet for octet, letter in enumerate(fold.ALPHABET) if letter != "\ufffe"} | {10, parse.END}
    frequent = {symbol: 64 * literals[symbol] + (6 if symbol > parse.END else 4) for symbol in letters | set(range(257, 286))}
    far = {symbol: 64 * distances[symbol] + 16 for symbol in range(26)}
    return parse.Code(_limited(frequent, 286), _limited(far, 26))


def _limited(weights: dict[int, int], size: int) -> list[int]:
    """Return the lengths of a prefix code that costs least and has none above `LONGEST_CODE` (package-merge)."""
    leaves = sorted((weight, (symbol,)) for symbol, weight in weights.items())
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(LONGEST_CODE):
        merged = list(heapq.merge(leaves, packages))
        packages = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(merged[::2], merged[1::2], strict=False)]
    used = Counter(symbol for _, symbols in packages[: len(leaves) - 1] for symbol in symbols)
    return [used[symbol] for symbol in range(size)]


def header(fitted: parse.Code) -> bytes:
    """Return the head of a dynamic block with this code, which is its stream's last, as whole octets (RFC 1951 §3.2.7).

    It is as long as it comes; distances without a code, and runs written out, are spare until its end falls on an octet's.
    """
    for unused, plain in product(range(5), range(12)):
        bits = _header_bits([*fitted.literals, *fitted.distances, *[0] * unused], len(fitted.literals), plain)
        if len(bits) % 8 == 0:
            return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    raise ValueError("nothing spare ends the head on an octet")


def _header_bits(all_lengths: Sequence[int], literals: int, plain: int) -> str:
    """Return the head's bits in the order they travel; so many runs are written out."""
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
    runs = list(_runs(all_lengths, plain))
    lengths = _small(Counter(symbol for symbol, _, _ in runs))
    needed = max(place for place, symbol in enumerate(order) if lengths[symbol]) + 1
    codes = parse.prefix_code(lengths)
    parts = [(1, 1), (2, 2), (literals - 257, 5), (len(all_lengths) - literals - 1, 5), (needed - 4, 4)]
    parts += [(lengths[symbol], 3) for symbol in order[:needed]]
    for symbol, extra, bits in runs:
        parts += [(codes[symbol], lengths[symbol]), (extra, bits)]
    return "".join(f"{value:0{bits}b}"[::-1] for value, bits in parts if bits)


def _small(counts: Counter[int]) -> list[int]:
    """Return lengths of at most 7 bits."""
    weights = {symbol: max(count, sum(counts.values()) // 100) for symbol, count in counts.items()}
    lengths = _limited(weights, 19)
    if max(lengths) > 7:
        raise ValueError("a length of more than seven bits")
    return lengths


def _runs(lengths: Sequence[int], plain: int) -> Iterable[tuple[int, int, int]]:
    """Yield (symbol, extra, bits of extra): a length, or a run of lengths as 16 (the one before), 17 and 18 (zeros) tell."""
    for value, group in groupby(lengths):
        left = len(list(group))
        if left > 3 and plain > 0:
            plain -= 1
        elif value == 0:
            while left >= 3:
                run = min(left, 138)
                yield (17, run - 3, 3) if run <= 10 else (18, run - 11, 7)
                left -= run
        elif left > 3:
            yield value, 0, 0
            left -= 1
            while left >= 3:
                run = min(left, 6)
                yield 16, run - 3, 2
                left -= run
        yield from [(value, 0, 0)] * left


def activities() -> dict[str, int]:
    """Return the governorate's activities in parts of 256, by how often the learned licenses have them; "" stands for every other."""
    counts = Counter(held.activity for name, held in dictionary.sample() if not dictionary.held_out(name))
    named = sorted(licensed.of(folder.shipped()).activities)
    free = 256 - len(named) - 1
    total = sum(counts[name] for name in named) + counts.total() // 10
    wanted = {name: counts[name] / total * free for name in named} | {"": free / 11}
    share = {name: 1 + int(wanted[name]) for name in wanted}
    for name in sorted(share, key=lambda name: int(wanted[name]) - wanted[name])[: 256 - sum(share.values())]:
        share[name] += 1
    return share


def build() -> Tables:
    """Return both files."""
    learned = texts()
    fitted = code(learned)
    rest = {
        "authorities": list(AUTHORITIES.items()),
        "types": list(TYPES.items()),
        "activities": list(activities().items()),
        "radii": list(RADII.items()),
        "periods": list(PERIODS),
        "header": header(fitted).hex(),
        "literals": list(fitted.literals),
        "distances": list(fitted.distances),
    }
    lines = ",\n".join(f'"{name}": {json.dumps(value, separators=(", ", ": "))}' for name, value in rest.items())
    return Tables(strings(learned), f"{{\n{lines}\n}}\n".encode())


def main() -> int:
    """Write the tables, or with --check say whether they are those in seal/data."""
    data = Path(str(files("seal").joinpath("data")))
    made = build()
    wanted = {data / "dictionary-2.bin": made.dictionary, data / "tables-2.json": made.rest}
    for path, octets in wanted.items():
        print(f"{path.name}: {len(octets)} octets, SHA-256 {sha256(octets).hexdigest()}")
    if "--check" in sys.argv:
        return 0 if all(path.read_bytes() == octets for path, octets in wanted.items()) else 1
    whole.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
