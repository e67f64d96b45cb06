"""A number that values are popped from, lowest first, each at the price of how seldom it is (docs/format.md §4.5).

With weights that sum to 2^k, a value of weight w costs k - log2(w) bits: less than one where it is usual. Popping undoes pushing exactly,
in whole numbers, so every language gets the same (asymmetric numeral systems, Duda 2009, on one big number instead of a word).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import Any, Generic, NamedTuple, TypeVar

from .errors import FormatError

T = TypeVar("T")


class Table(Generic[T]):
    """Values with their weights, which sum to a power of two."""

    __slots__ = ("bits", "mask", "rows", "shares")

    def __init__(self, weights: Iterable[tuple[T, int]]) -> None:
        """Take values and weights, in the order in which they share the residues. Raises ValueError for another sum."""
        self.rows: list[tuple[T, int, int]] = []  # of each residue: value, weight, what is added
        self.shares: dict[T, tuple[int, int]] = {}  # of each value: weight, first residue
        for value, weight in weights:
            self.shares[value] = weight, len(self.rows)
            self.rows += [(value, weight, place) for place in range(weight)]
        self.mask = len(self.rows) - 1
        self.bits = self.mask.bit_length()
        if len(self.rows) != 1 << self.bits:
            raise ValueError("weights do not sum to a power of two")

    def field(self, value: T) -> Choice:
        """Return the field that a value is. Raises KeyError."""
        return Choice(*self.shares[value], self.bits)


def joined(*tables: Table[Any]) -> Table[Any]:
    """Return the table of all combinations, the last changing fastest, each with the product of its weights: one step pops them all."""
    shares = product(*(table.shares.items() for table in tables))
    return Table((tuple(value for value, _ in each), prod(weight for _, (weight, _) in each)) for each in shares)


def pop(number: int, table: Table[T]) -> tuple[T, int]:
    """Return the value at the low end of `number`, and what is left of the number."""
    value, weight, place = table.rows[number & table.mask]
    return value, weight * (number >> table.bits) + place


def stream(number: int) -> bytes:
    """Return the octets of a stream: the bits below the highest 1, the first bit lowest. Raises FormatError `damaged`."""
    size = number.bit_length() - 1
    if size < 0:
        raise FormatError("damaged", "no stream")
    return (number ^ 1 << size).to_bytes((size + 7) // 8, "little")


class Bits(NamedTuple):
    """A value in so many bits."""

    value: int
    size: int


class Choice(NamedTuple):
    """A value of a table: its weight, its first residue, and the bits that all weights sum to."""

    weight: int
    first: int
    total: int


Field = Bits | Choice


def pushed(fields: Sequence[Field], top: int) -> int:
    """Return the number from which `fields` are popped in this order, and then `top` is left."""
    number = top
    for field in reversed(fields):
        if isinstance(field, Bits):
            number = number << field.size | field.value
        else:
            number = (number // field.weight << field.total) + field.first + number % field.weight
    return number
