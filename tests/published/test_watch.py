"""Watching the published folder."""

from pathlib import Path

import pytest

from published.watch import Watch
from seal import status, trust
from tests.clock import LATER
from tests.world import ROOT_KID, STATUS_KID, URI, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def watch_of(world: World, state: Path | None = None) -> Watch:
    return Watch(world.folder, root=world.root_file, now=lambda: LATER, state=state, check_seconds=0)


def test_nothing_changed_is_nothing_read_again(world: World) -> None:
    watch = watch_of(world)
    assert watch.current() is watch.current()


def test_a_changed_file_is_picked_up(world: World) -> None:
    text, watch = world.seal(world.license()), watch_of(world)
    before = watch.current().loaded
    world.set_status(text, status.INVALID)
    after = watch.current().loaded
    assert before and after
    assert [loaded.status.lists[URI].at(1) for loaded in (before, after)] == [status.VALID, status.INVALID]


def test_between_two_looks_the_folder_is_left_alone(world: World) -> None:
    watch = Watch(world.folder, root=world.root_file, now=lambda: LATER, check_seconds=3600)
    before = watch.current()
    (world.folder / "trust-list").write_bytes(b"broken")
    assert watch.current() is before


@pytest.mark.parametrize(("name", "code"), [("trust-list", "trust_list_corrupt"), ("status/1", "status_list_corrupt")])
def test_a_bad_file_never_replaces_a_good_one(world: World, name: str, code: str) -> None:
    watch = watch_of(world)
    assert watch.current().loaded
    (world.folder / name).write_bytes(b"broken")
    state = watch.current()
    assert state.faults == {name: code}
    assert state.loaded
    assert URI in state.loaded.status.lists


def test_a_file_that_went_missing_leaves_what_was_read(world: World) -> None:
    watch = watch_of(world)
    watch.current()
    (world.folder / "trust-list").unlink()
    state = watch.current()
    assert (state.loaded is not None, state.faults) == (True, {"trust-list": "trust_list_missing"})


def test_lists_served_again_in_an_older_state_are_refused(world: World, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert watch_of(world, state).current().loaded
    older = world.folder / "status" / "1"
    world.publish_status(iat=world.load().status.lists[URI].iat - 3600)
    assert watch_of(world, state).current().faults == {"status/1": "status_list_older"}
    assert older.exists()


def test_a_folder_that_comes_later_is_found(world: World, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    world.folder.rename(aside)
    watch = watch_of(world)
    assert (watch.current().loaded, watch.current().faults) == (None, {"trust-list": "trust_list_missing"})
    aside.rename(world.folder)
    assert watch.current().loaded


def test_what_was_kept_goes_when_its_keys_are_no_longer_trusted(world: World) -> None:
    watch = watch_of(world)
    watch.current()
    (world.folder / "status" / "1").unlink()
    keys = {kid: key for kid, key in world.trust.keys.items() if kid != STATUS_KID}
    other = World(world.root_file.parent / "other")
    replaced = world.trust.keys[STATUS_KID]._replace(public_key=other.private[STATUS_KID].public_key())
    world.trust = world.trust._replace(sequence=8, keys={**keys, STATUS_KID: replaced})
    (world.folder / "trust-list").write_bytes(trust.sign(world.trust, ROOT_KID, world.signer(ROOT_KID)))
    state = watch.current()
    assert state.loaded
    assert state.loaded.trust.sequence == 8
    assert not state.loaded.status.lists
