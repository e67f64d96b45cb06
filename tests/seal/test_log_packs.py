"""Packs of the log: written and read, larger than one segment, and nothing that is a little wrong."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from typing import Any

import pytest

from seal import log_packs, trust
from seal.errors import FormatError, ListError
from seal.log_packs import SEGMENT, LogPack, Packed
from tests.seal.test_vectors import FOLDER, trust_list
from tests.vectors import fixed
from tests.vectors.groups.log_packs import KID, leaf, members, signed

MADE: list[dict[str, Any]] = json.loads((FOLDER / "log_packs.json").read_text("utf-8"))["vectors"]
TRUST = trust.verify(fixed.signed_trust("main"), root=fixed.root())


def made(positions: list[int]) -> tuple[bytes, list[bytes]]:
    """A signed index and its segments."""
    parts = [positions[start : start + SEGMENT] for start in range(0, len(positions), SEGMENT)]
    segments = [log_packs.to_bytes((each, leaf(each)) for each in part) for part in parts]
    pack = LogPack("MN1", fixed.NOW, b"note", len(positions), tuple(sha256(data).digest() for data in segments))
    return log_packs.sign(pack, KID, fixed.signer(fixed.SIGNERS[KID])), segments


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in MADE])
def test_a_vector_is_taken_or_refused(vector: dict[str, Any]) -> None:
    code = None
    try:
        pack = log_packs.verify(bytes.fromhex(vector["index"]), trust=trust_list("main"))
        rows = log_packs.rows(pack, map(bytes.fromhex, vector["segments"]), size=vector["size"])
        view = Packed(pack.authority, vector["size"], pack.iat, rows)
        for position, octets, authority, wanted in vector["holds"]:
            assert view.holds(position, bytes.fromhex(octets), authority) is wanted
    except ListError as error:
        code = error.code
    assert code == vector["expected"]


def test_eight_octets_a_seal_and_one_for_where_it_stands() -> None:
    chance = random.Random("pack")
    positions = sorted(chance.sample(range(18 * 9000), 9000))  # one of eighteen authorities
    index, segments = made(positions)
    pack = log_packs.verify(index, trust=TRUST)
    assert pack.widths() == [4096, 4096, 808]
    assert [log_packs.path(number, width) for number, width in enumerate(pack.widths())] == ["0", "1", "2.p/808"]
    view = Packed("MN1", 18 * 9000, fixed.NOW, log_packs.rows(pack, segments, size=18 * 9000))
    held = set(positions)
    assert all(view.holds(position, leaf(position), "MN1") is (position in held) for position in range(18 * 9000))
    assert sum(map(len, segments)) < 9.05 * len(positions)


def test_a_full_segment_never_changes() -> None:
    positions = list(range(0, 3 * SEGMENT, 2))
    _, before = made(positions[: SEGMENT + 5])
    _, after = made(positions)
    assert (before[0], before[1] == after[1]) == (after[0], False)


def test_segments_stand_one_after_another() -> None:
    first, second = log_packs.to_bytes((n, leaf(n)) for n in range(SEGMENT)), log_packs.to_bytes([(SEGMENT - 1, leaf(1))])
    held = members(count=SEGMENT + 1, segments=[sha256(first).digest(), sha256(second).digest()])
    with pytest.raises(ListError, match="log_pack_corrupt"):
        log_packs.rows(log_packs.verify(signed(held), trust=TRUST), [first, second], size=SEGMENT + 9)


def test_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ListError, match="too large"):
        log_packs.verify(bytes(log_packs.INDEX_BYTES_MAX + 1), trust=TRUST)
    with pytest.raises(FormatError):
        log_packs.from_bytes(bytes(log_packs.SEGMENT_BYTES_MAX + 1), 1)
    with pytest.raises(FormatError, match="limit_broken"):
        log_packs.sign(LogPack("MN1", 1, b"", 0, ()), KID, fixed.signer(fixed.SIGNERS[KID]))
