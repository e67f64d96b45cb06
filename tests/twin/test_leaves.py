"""Positions, entries and leaves are the twin's too, for seals of either form and for signatures at the edges."""

from __future__ import annotations

from seal import leaves
from seal.cose import Sign1
from tests.seal.test_leaves import SEAL, other_form
from tests.twin.asking import Answer, Asker, Request
from tests.vectors.fixed import P256_ORDER


def seals() -> list[Sign1]:
    half, r = P256_ORDER // 2, SEAL.signature[:32]
    edges = [0, 1, half, half + 1, P256_ORDER - 1, P256_ORDER, P256_ORDER + 1, 2**256 - 1]
    return [SEAL, other_form(SEAL), SEAL._replace(payload=b""), *(SEAL._replace(signature=r + s.to_bytes(32, "big")) for s in edges)]


def test_leaves_are_the_same(ask: Asker) -> None:
    asked: list[Request] = [{"ask": "leaf", "parts": [part.hex() for part in message]} for message in seals()]
    ours: list[Answer] = [{"entry": entry.hex(), "leaf": leaves.leaf_of(entry).hex()} for entry in map(leaves.entry_of, seals())]
    assert ask(asked) == ours


def test_positions_are_the_same(ask: Asker) -> None:
    slots = [(1, 0), (1, 65_535), (2, 0), (7, 401), (9_999, 65_535), (9_999, 1_048_575)]
    positions = [leaves.position_of(*slot) for slot in slots]
    assert ask([{"ask": "positions", "slots": slots}]) == [
        {"positions": positions, "slots": [list(leaves.slot_of(position)) for position in positions], "void": leaves.VOID.hex()}
    ]
