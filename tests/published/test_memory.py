"""What a verifier remembers, in two files: neither lost by one that is damaged, nor brought down by anything."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from published import evidence
from published.evidence import Fork
from published.memory import Memory, Seen
from seal import status, trust
from seal.errors import ListError
from seal.status import StatusList
from tests.vectors import fixed

URI = "https://khatm.example/status/1"
TRUST = trust.verify(fixed.signed_trust("main"), root=fixed.root())
HEAD = Seen(7, bytes(32), 1000, b"note")
DAMAGE = [b"", b"{", b"[]", b"null", b'{"trust_sequence": "x", "status_iat": {}}', b"\xff\xfe", b'{"trust_sequence": 5}']


def learn(memory: Memory, trust_sequence: int, iats: dict[str, int]) -> None:
    """Let a memory meet a trust list, and status lists without a number."""
    memory.learn_trust(trust_sequence, bytes([trust_sequence]), b"")
    lists = {uri: (StatusList(uri, iat, iat, status.BITS, b"", 0, 0, b"\x63"), b"") for uri, iat in iats.items()}
    meet(memory, lists)


def meet(memory: Memory, lists: dict[str, tuple[StatusList, bytes]]) -> dict[str, str]:
    """Let a memory meet lists and learn what it may; return why it may not learn the others."""
    met = memory.meet(TRUST, lists)
    memory.learn_lists(met)
    return {name: each.code for name, each in met.items() if each.code}


def numbered(number: int, says: bytes = b"a", kid: bytes = b"\x63") -> dict[str, tuple[StatusList, bytes]]:
    return {"status/1": (StatusList(URI, 900, 900, status.BITS, b"", 0, number, kid, says), b"file of " + says)}


def remembering(path: Path) -> Memory:
    memory = Memory(path)
    learn(memory, 5, {URI: 900})
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
    learn(memory, 9, {URI: 950})
    memory.learn_log("khatm.example/log", HEAD._replace(size=8, time=1001))
    path.write_bytes(old)
    again = Memory(path)
    assert (again.trust_sequence, again.status_iat[URI], again.log["khatm.example/log"].size) == (9, 950, 8)


def test_a_worker_that_saw_less_does_not_bring_the_others_down(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    slow = Memory(path)
    learn(Memory(path), 9, {URI: 950})
    learn(slow, 6, {URI: 900, f"{URI}2": 1})
    assert Memory(path).trust_sequence == 9 and Memory(path).status_iat == {URI: 950, f"{URI}2": 1}


def test_a_state_of_a_release_before_there_was_a_copy_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"trust_sequence": 3, "status_iat": {URI: 7}}))
    memory = Memory(path)
    assert memory.trust_sequence == 3 and not memory.mended
    learn(memory, 4, {})
    assert copy_of(path).exists()


def test_numbers_are_remembered_and_never_go_down(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    slow = Memory(path)
    assert meet(Memory(path), numbered(5)) == {}
    old = path.read_bytes()
    assert meet(Memory(path), numbered(7)) == {}
    assert meet(slow, numbered(6)) == {}, "another worker, which has not seen 7"
    path.write_bytes(old)
    assert meet(Memory(path), numbered(6)) == {"status/1": "status_list_older"}
    assert meet(Memory(path), numbered(0)) == {"status/1": "status_list_older"}


def test_two_workers_that_saw_two_lists_of_one_number_go_by_neither(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    one, other = Memory(path), Memory(path)
    assert meet(one, numbered(5)) == meet(other, numbered(5, b"b")) == {}
    assert meet(Memory(path), numbered(5)) == {"status/1": "status_list_forked"}
    assert meet(Memory(path), numbered(6)) == {}


def test_two_lists_of_one_number_are_kept_as_they_came(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    memory = Memory(path)
    meet(memory, numbered(5))
    for _ in range(2):
        assert meet(memory, numbered(5, b"b")) == {"status/1": "status_list_forked"}
    (kept,) = evidence.found(path)
    told = json.loads(kept.read_bytes())
    assert (told["fault"], told["list"], told["number"], told["held_says"]) == ("status_list_forked", URI, 5, b"a".hex())
    assert [b64decode(told[name]) for name in ("held", "shown")] == [b"file of a", b"file of b"]


def test_what_another_process_saw_is_kept_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    Memory(path).learn_trust(5, b"a", b"list a")
    with pytest.raises(ListError, match="trust_list_forked"):
        Memory(path).check_trust(5, b"b", b"list b")
    (kept,) = evidence.found(path)
    told = json.loads(kept.read_bytes())
    assert (told["fault"], told["held"], told["held_says"], b64decode(told["shown"])) == ("trust_list_forked", None, b"a".hex(), b"list b")
    assert Memory(path).trust_digest == b"a", "the first one stays"


def test_a_fork_of_the_log_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    slow, memory = Memory(path), remembering(path)
    memory.keep_fork("khatm.example/log", Fork(b"", b"", bytes(32)))
    learn(slow, 9, {})
    assert Memory(path).log_forked == {"khatm.example/log"}
