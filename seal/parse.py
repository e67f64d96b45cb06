"""Writing one DEFLATE block under codes that are given (RFC 1951): the cheapest way through a text, not the nearest at hand.

zlib would make codes of its own for each stream and send them along; version 2 has its codes frozen, so that they never travel
(docs/format.md §4.6). With the codes known, the price of every step is known too, and the cheapest sequence is a shortest path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

END = 256  # the symbol that ends a block
LONGEST = 258
_SHORTEST = 3


def _extras(first: int, sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (first value, extra bits) of each symbol, from runs of (how many symbols, extra bits)."""
    table = []
    for count, bits in sizes:
        for _ in range(count):
            table.append((first, bits))
            first += 1 << bits
    return table


#: RFC 1951 §3.2.5: lengths of the symbols from 257 on, and distances. Length 258 has a symbol without extra bits.
LENGTHS = [*_extras(3, [(8, 0), (4, 1), (4, 2), (4, 3), (4, 4), (4, 5)]), (258, 0)]
DISTANCES = _extras(1, [(4, 0), *((2, bits) for bits in range(1, 14))])


class Code(NamedTuple):
    """How many bits each symbol has, 0 for one that is not used: literals, end and lengths; distances."""

    literals: Sequence[int]
    distances: Sequence[int]


class Step(NamedTuple):
    """A literal octet (`distance` 0, `length` 1), or a copy of what stands `distance` before."""

    length: int
    distance: int


def prefix_code(lengths: Sequence[int]) -> list[int]:
    """Return the code of each symbol (RFC 1951 §3.2.2), its first bit lowest, as the stream has it."""
    codes, code = [0] * len(lengths), 0
    for size in range(1, 16):
        for symbol, length in enumerate(lengths):
            if length == size:
                codes[symbol] = int(f"{code:0{size}b}"[::-1], 2)
                code += 1
        code <<= 1
    return codes


def symbol_of(table: Sequence[tuple[int, int]], value: int) -> int:
    """Return the place in `LENGTHS` or `DISTANCES` that holds `value`."""
    return max(place for place, (first, _) in enumerate(table) if first <= value)


class Parser:
    """The cheapest steps through texts that follow a dictionary."""

    def __init__(self, dictionary: bytes, code: Code) -> None:
        """Take a dictionary and the bits of each symbol."""
        self._dictionary = dictionary
        self._code = code
        self._codes = prefix_code(code.literals), prefix_code(code.distances)
        self._places: dict[bytes, list[int]] = defaultdict(list)  # of each three octets, the nearest to the end first
        for place in reversed(range(len(dictionary) - 2)):
            self._places[dictionary[place : place + _SHORTEST]].append(place)
        self._length_symbols = [0] * _SHORTEST + [symbol_of(LENGTHS, length) for length in range(_SHORTEST, LONGEST + 1)]
        self._length_bits = [self._bits(257 + symbol, code.literals, LENGTHS[symbol][1]) for symbol in self._length_symbols]
        self._distance_bits = [self._bits(symbol, code.distances, extra) for symbol, (_, extra) in enumerate(DISTANCES)]

    @staticmethod
    def _bits(symbol: int, lengths: Sequence[int], extra: int) -> int:
        return lengths[symbol] + extra if symbol < len(lengths) and lengths[symbol] else 1 << 20  # a symbol without a code is no way

    def steps(self, text: bytes) -> list[Step]:
        """Return the steps that need the fewest bits."""
        window, start = self._dictionary + text, len(self._dictionary)
        cost = [0] + [1 << 30] * len(text)
        taken = [Step(1, 0)] * (len(text) + 1)
        for place in range(len(text)):
            here = cost[place]
            if here + self._code.literals[text[place]] < cost[place + 1]:
                cost[place + 1], taken[place + 1] = here + self._code.literals[text[place]], Step(1, 0)
            for length, distance in self._copies(window, start + place):
                price = here + self._length_bits[length] + self._distance_bits[_distance_symbol(distance)]
                if price < cost[place + length]:
                    cost[place + length], taken[place + length] = price, Step(length, distance)
        steps, place = [], len(text)
        while place:
            steps.append(taken[place])
            place -= taken[place].length
        return steps[::-1]

    def _copies(self, window: bytes, place: int) -> Iterator[Step]:
        """Yield the nearest copy of each length."""
        known = _SHORTEST - 1  # nearer copies are as long as this
        for other in self._before(window, place, window[place : place + _SHORTEST]):
            length = known + 1
            if window[other : other + length] != window[place : place + length]:
                continue
            while place + length < len(window) and length < LONGEST and window[other + length] == window[place + length]:
                length += 1
            yield from (Step(longer, place - other) for longer in range(known + 1, length + 1))
            known = length
            if place + known == len(window) or known == LONGEST:
                return

    def _before(self, window: bytes, place: int, start: bytes) -> Iterator[int]:
        """Yield where the three octets `start` stand before `place`, the nearest first."""
        if len(start) < _SHORTEST:
            return
        other = window.rfind(start, len(self._dictionary) - 2, place + 2)
        while other >= 0:
            yield other
            other = window.rfind(start, len(self._dictionary) - 2, other + 2)
        yield from self._places.get(start, ())

    def stream(self, text: bytes) -> tuple[int, int]:
        """Return the block behind its header, its first bit lowest, as a number, and how many bits it has."""
        literals, distances = self._codes
        number = size = place = 0
        for length, distance in self.steps(text):
            if distance:
                symbol = self._length_symbols[length]
                parts = [(literals[257 + symbol], self._code.literals[257 + symbol]), (length - LENGTHS[symbol][0], LENGTHS[symbol][1])]
                far = _distance_symbol(distance)
                parts += [(distances[far], self._code.distances[far]), (distance - DISTANCES[far][0], DISTANCES[far][1])]
            else:
                parts = [(literals[text[place]], self._code.literals[text[place]])]
            for bits, count in parts:
                number |= bits << size
                size += count
            place += length
        return number | literals[END] << size, size + self._code.literals[END]


def _distance_symbol(distance: int) -> int:
    """Return the symbol of a distance: two symbols for each power of two."""
    if distance <= 4:
        return distance - 1
    bits = (distance - 1).bit_length() - 2
    return 2 * bits + 2 + (distance - 1 >> bits & 1)
