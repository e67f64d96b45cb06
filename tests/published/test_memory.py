"""What a verifier remembers, in two files: neither lost by one that is damaged, nor brought down by anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from published.memory import Memory, Seen
from seal.errors import ListError

URI = "https://khatm.example/status/1"
HEAD = Seen(7, bytes(32), 1000, b"note")
DAMAGE = [b"", b"{", b"[]", b"null", b'{"trust_sequence": "x", "status_iat": {}}', b"\xff\xfe", b'{"trust_sequence": 5}']


def remembering(path: Path) -> Memory:
    memory = Memory(path)
    memory.learn(5, {URI: 900})
    memory.learn_log("khatm.example/log", HEAD)
    return memory


def copy_of(path: Path) -> Path:
    return path.with_name("state.json.copy")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("which", ["state.json", "state.json.copy"])
def test_one_that_is_damaged_is_mended_and_told(tmp_path: Path, which: str, damage: bytes) -> None:
    path = tmp_path / "state.json"
    remembering(path)
    (tmp_path / which).write_bytes(damage)
    memory = Memory(path)
    assert (memory.trust_sequence, memory.status_iat, memory.log) == (5, {URI: 900}, {"khatm.example/log": HEAD})
    assert memory.mended
    assert json.loads((tmp_path / which).read_bytes())["trust_sequence"] == 5, "and whole again"
    assert not Memory(path).mended


@pytest.mark.parametrize("damage", DAMAGE)
def test_both_damaged_are_no_reason_to_forget(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "state.json"
    remembering(path)
    path.write_bytes(damage)
    copy_of(path).write_bytes(damage)
    with pytest.raises(ListError, match="memory_corrupt"):
        Memory(path)
    path.unlink()
    with pytest.raises(ListError, match="memory_corrupt"):
        Memory(path)
    copy_of(path).unlink()
    assert Memory(path).trust_sequence == 0, "as docs/how-to/verifier.md says"


def test_who_removes_one_has_removed_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    remembering(path)
    path.unlink()
    memory = Memory(path)
    assert memory.trust_sequence == 5 and not memory.mended


def test_an_older_one_put_back_brings_nothing_down(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    remembering(path)
    old = path.read_bytes()
    memory = Memory(path)
    memory.learn(9, {URI: 950})
    memory.learn_log("khatm.example/log", HEAD._replace(size=8, time=1001))
    path.write_bytes(old)
    again = Memory(path)
    assert (again.trust_sequence, again.status_iat[URI], again.log["khatm.example/log"].size) == (9, 950, 8)


def test_a_worker_that_saw_less_does_not_bring_the_others_down(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    slow = Memory(path)
    Memory(path).learn(9, {URI: 950})
    slow.learn(6, {URI: 900, f"{URI}2": 1})
    assert Memory(path).trust_sequence == 9 and Memory(path).status_iat == {URI: 950, f"{URI}2": 1}


def test_a_state_of_a_release_before_there_was_a_copy_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"trust_sequence": 3, "status_iat": {URI: 7}}))
    memory = Memory(path)
    assert memory.trust_sequence == 3 and not memory.mended
    memory.learn(4, {})
    assert copy_of(path).exists()
