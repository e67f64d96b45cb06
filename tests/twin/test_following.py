"""The phone follows a published log as a server verifier does (published/log.py): the same heads, refusals, proven leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from published import Memory
from published.log import load
from seal.dating import CLOCK_TOLERANCE, Dates
from tests.published.test_log import House, T
from tests.twin.asking import Asker
from tests.vectors import logs
from transparency.tree import leaf_hash

NOW_SECONDS = T + 60
TERMS = {**logs.terms()._asdict(), "keys": list(logs.terms().keys), "witnesses": list(logs.terms().witnesses)}


def files(house: House) -> dict[str, str]:
    folder = house.folder / "log"
    return {str(path.relative_to(folder)): path.read_bytes().hex() for path in folder.rglob("*") if path.is_file()}


class Both:
    """A folder that is met again and again, by a server and by a phone."""

    def __init__(self, house: House) -> None:
        self.house, self.memory, self.turns = house, Memory(), list[dict[str, str]]()
        self.ours: list[object] = []

    def meet(self) -> str:
        self.turns.append(files(self.house))
        _, fault = load(self.house.folder, logs.terms(), self.memory, Dates(NOW_SECONDS))
        seen = self.memory.log.get(logs.ORIGIN)
        self.ours.append([[seen.size, seen.root.hex(), seen.time] if seen else None, fault])
        return fault

    def agree(self, ask: Asker) -> None:
        (answer,) = ask([{"ask": "log_followed", "terms": TERMS, "turns": self.turns, "now": NOW_SECONDS}])
        assert answer.get("said") == self.ours, answer


@pytest.fixture
def both(tmp_path: Path) -> Both:
    (tmp_path / "published").mkdir()
    return Both(House(tmp_path / "published", 300))


def more(house: House, count: int, *, salt: bytes = b"") -> None:
    start = len(house.leaves)
    house.grow(leaf_hash(salt + str(number).encode()) for number in range(start, start + count))


def test_a_log_that_grows(both: Both, ask: Asker) -> None:
    for turn in range(5):
        both.house.sign(T + turn)
        assert both.meet() == ""
        more(both.house, (0, 1, 300, 700)[turn % 4])
    both.agree(ask)


def _not_there_yet(house: House) -> None:
    """Of one size with the one before, and of another: neither is learnt."""
    house.sign(NOW_SECONDS + CLOCK_TOLERANCE + 1)


def _unwitnessed(house: House) -> None:
    more(house, 5)
    house.sign(T + 9, witnesses=1)


def _older(house: House) -> None:
    shutil.rmtree(house.folder / "log")
    House(house.folder, 299).sign(T + 9)


def _forked(house: House) -> None:
    shutil.rmtree(house.folder / "log")
    House(house.folder, 400, salt=b"other").sign(T + 9)


def _forked_at_one_size(house: House) -> None:
    shutil.rmtree(house.folder / "log")
    House(house.folder, 300, salt=b"other").sign(T + 9)


def _tile_gone(house: House) -> None:
    more(house, 400)
    house.sign(T + 9)
    (house.folder / "log/tile/0/001").unlink()


def _tile_wrong(house: House) -> None:
    more(house, 400)
    house.sign(T + 9)
    (house.folder / "log/tile/0/001").write_bytes(bytes(8192))


def _another_key(house: House) -> None:
    house.sign(T + 9, by=(logs.signer(logs.ORIGIN, 1, of="somebody"),))


def _nonsense(house: House) -> None:
    (house.folder / "log/checkpoint").write_bytes(b"nonsense")


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_not_there_yet, "log_head_ahead"),
        (_unwitnessed, "log_head_unwitnessed"),
        (_older, "log_older"),
        (_forked, "log_forked"),
        (_forked_at_one_size, "log_forked"),
        (_tile_gone, "log_tiles_wrong"),
        (_tile_wrong, "log_tiles_wrong"),
        (_another_key, "log_wrong_key"),
        (_nonsense, "log_corrupt"),
    ],
)
def test_what_is_wrong_has_the_same_name(both: Both, ask: Asker, harm: Callable[[House], None], code: str) -> None:
    """And the head of before stays."""
    both.house.sign(T)
    assert both.meet() == ""
    harm(both.house)
    assert both.meet() == code
    both.agree(ask)


@pytest.mark.parametrize("size", [1, 255, 256, 300, 700, 66_000])
def test_a_tile_is_proven_as_a_whole(both: Both, ask: Asker, size: int) -> None:
    more(both.house, size - 300) if size > 300 else None
    house = both.house if size >= 300 else House(both.house.folder / "small", size)
    held, head = files(house), {"size": size, "root": house.builder.root().hex(), "time": T}
    indexes = sorted({0, (size - 1) // 512, (size - 1) // 256})
    answers = ask([{"ask": "log_proven", "files": held, "head": head, "index": index} for index in indexes])
    for index, answer in zip(indexes, answers, strict=True):
        assert answer["leaves"] == b"".join(house.leaves[index * 256 : index * 256 + 256]).hex()


def test_parts_that_are_gone_are_taken_from_the_full_tile_and_wrong_ones_prove_nothing(both: Both, ask: Asker) -> None:
    house = both.house
    head = {"size": 300, "root": house.builder.root().hex(), "time": T}
    more(house, 300)
    grown = files(house)
    gone = {path: data for path, data in grown.items() if ".p/" not in path}
    (answer,) = ask([{"ask": "log_proven", "files": gone, "head": head, "index": 1}])
    assert answer.get("leaves") is None, "the edge of level 1 is gone, and there is no full one"
    kept = {path: data for path, data in grown.items() if not path.startswith("tile/0/001.p")}
    (answer,) = ask([{"ask": "log_proven", "files": kept, "head": head, "index": 1}])
    assert answer["leaves"] == b"".join(house.leaves[256:300]).hex()
    changed = {**kept, "tile/0/000": "00" * 8192}
    (answer,) = ask([{"ask": "log_proven", "files": changed, "head": head, "index": 0}])
    assert answer.get("code") == "proof_invalid"
