"""What a verifier pins, and where the published root documents lead it: forward only, one by one, and not back."""

from __future__ import annotations

from pathlib import Path

import pytest

import published
from published import Memory, Watch, pinning
from seal.errors import ListError
from seal.roots import RootDocument
from seal.trust import Pinned
from tests import clock
from tests import roots as made
from tests.world import URI, World

NEW = ("b", "c", "d")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def first() -> bytes:
    return made.signed(made.document(1, ("a", "b", "c")), "ac")


def second(by: str = "abcd") -> bytes:
    return made.signed(made.document(2, NEW), by)


def third() -> bytes:
    return made.signed(made.document(3, NEW), "bd")


def pinned(world: World, data: bytes | None = None) -> Path:
    path = world.root_file.with_name("root.cose")
    path.write_bytes(data or first())
    return path


def loaded(world: World, root: Pinned, memory: Memory) -> published.Loaded:
    return published.load(world.folder, root=root, memory=memory, now=clock.LATER)


def version(root: object) -> int:
    assert isinstance(root, RootDocument)
    return root.version


def test_a_document_and_a_key_may_be_pinned(world: World) -> None:
    made.publish(world.folder, world.trust._replace(sequence=9), "ab", first())
    by_key = published.trust_list(world.folder, root=published.read_root(world.root_file))
    by_document = published.trust_list(world.folder, root=published.read_root(pinned(world)))
    assert (by_key.sequence, by_document.sequence) == (7, 9), "each reader has its own file"


def test_of_both_beside_each_other_the_document_counts(world: World) -> None:
    assert published.beside(world.root_file.parent) == world.root_file
    path = pinned(world)
    assert published.beside(world.root_file.parent) == path


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (first()[:-1], "root_corrupt"),
        (made.signed(made.document(1, ("a", "b", "c")), "c"), "root_unsigned"),
        (b"\xd8\x62" + bytes(70_000), "root_corrupt"),
        (b"[" * 60_000, "root_invalid"),
        (b"\xff\xfe", "root_invalid"),
    ],
)
def test_a_pinned_file_that_is_none_is_told(world: World, data: bytes, code: str) -> None:
    with pytest.raises(ListError, match=code) as raised:
        published.read_root(pinned(world, data))
    assert "root.cose" in raised.value.detail


def test_documents_lead_on_and_the_newest_decides(world: World) -> None:
    root = published.read_root(pinned(world))
    made.publish(world.folder, world.trust, "cd", first(), second(), third())
    assert version(pinning.newest(world.folder, root).root) == 3
    assert published.trust_list(world.folder, root=root).sequence == 7
    made.publish(world.folder, world.trust, "ac")  # whom nobody asks any more
    with pytest.raises(ListError, match="trust_list_wrong_root"):
        published.trust_list(world.folder, root=root)


def test_none_is_skipped(world: World) -> None:
    made.publish(world.folder, world.trust, "ab", first(), second(), third())
    (world.folder / "roots/2").unlink()
    assert version(pinning.newest(world.folder, published.read_root(pinned(world))).root) == 1


def test_one_that_does_not_hold_is_told_and_leads_nowhere(world: World) -> None:
    made.publish(world.folder, world.trust, "ab", first(), second("bd"), third())
    memory = Memory()
    found = loaded(world, published.read_root(pinned(world)), memory)
    assert found.faults == {"roots/2": "root_not_handed_over"}
    assert URI in found.status.lists
    assert memory.root is None


def test_nobody_leads_back(world: World, tmp_path: Path) -> None:
    """The host takes the new documents away and shows what the old holders signed."""
    root, state = published.read_root(pinned(world)), tmp_path / "state.json"
    made.publish(world.folder, world.trust, "cd", first(), second(), third())
    assert loaded(world, root, Memory(state)).trust.sequence == 7
    for name in ("2", "3"):
        (world.folder / "roots" / name).unlink()
    made.publish(world.folder, world.trust._replace(sequence=8), "ac")
    with pytest.raises(ListError, match="trust_list_wrong_root"):
        loaded(world, root, Memory(state))
    assert loaded(world, root, Memory()).trust.sequence == 8, "who remembers nothing is led back"


def test_the_memory_of_the_root_outlives_one_damaged_file(world: World, tmp_path: Path) -> None:
    root, state = published.read_root(pinned(world)), tmp_path / "state.json"
    made.publish(world.folder, world.trust, "cd", first(), second())
    loaded(world, root, Memory(state))
    state.write_bytes(b"{")
    held = Memory(state).root
    assert held is not None
    assert (held.version, held.data) == (2, second_of(world))


def second_of(world: World) -> bytes:
    return (world.folder / "roots/2").read_bytes()


def test_who_pins_another_one_by_hand_means_it(world: World, tmp_path: Path) -> None:
    """Stolen keys led a verifier astray; the holders hand out a document of their own, and the verifier goes by it."""
    state = tmp_path / "state.json"
    astray = made.signed(made.document(2, ("x", "y", "z")), "abxy")
    made.publish(world.folder, world.trust, "xy", first(), astray)
    loaded(world, published.read_root(pinned(world)), Memory(state))
    mended = made.signed(made.document(2, NEW), "bc")
    made.publish(world.folder, world.trust._replace(sequence=9), "bd", first(), mended)
    assert loaded(world, published.read_root(pinned(world, mended)), Memory(state)).trust.sequence == 9


def test_a_new_document_is_seen_while_it_runs(world: World) -> None:
    made.publish(world.folder, world.trust, "ab", first())
    watch = Watch(world.folder, root=pinned(world), now=lambda: clock.LATER, check_seconds=0)
    before = watch.current().loaded
    made.publish(world.folder, world.trust._replace(sequence=8), "cd", first(), second())
    after = watch.current().loaded
    assert before and after
    assert (before.trust.sequence, after.trust.sequence) == (7, 8)


def test_a_document_without_a_new_list_costs_no_verdict(world: World) -> None:
    """Files are put in their places one after another: who looks in between keeps what was."""
    made.publish(world.folder, world.trust, "ac", first())
    watch = Watch(world.folder, root=pinned(world), now=lambda: clock.LATER, check_seconds=0)
    watch.current()
    published.write(world.folder, {"roots/2": second()})
    state = watch.current()
    assert (state.loaded is not None, state.faults) == (True, {"trust-list": "trust_list_wrong_root"})


def test_the_list_ends_with_its_root(world: World) -> None:
    end = made.document().issued_at + 100
    data = made.signed(made.document(1, ("a", "b", "c"), expires=end), "ab")
    made.publish(world.folder, world.trust, "ab", data)
    assert published.trust_list(world.folder, root=published.read_root(pinned(world, data))).next_update == end


def test_a_root_without_its_list_says_so(world: World) -> None:
    with pytest.raises(ListError, match="trust_list_missing"):
        published.trust_list(world.folder, root=published.read_root(pinned(world)))


def test_phones_are_told_which_documents_there_are(world: World) -> None:
    made.publish(world.folder, world.trust, "ab", first(), second())
    assert published.folder.names(world.folder) == {"status": ["1"], "roots": ["1", "2"]}
