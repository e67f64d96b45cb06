"""The published log, read: who signed the head, what was seen before, and leaves that are proven or not given at all."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

import published
from published import Memory, Watch, evidence
from published.log import Log, load, policy_of
from seal import days, leaves, trust, wire
from seal.dating import Dates
from seal.trust import LogTerms
from seal.verify import verify
from tests.clock import LATER
from tests.vectors import logs
from tests.world import NOW, ROOT_KID, World
from transparency import heads
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.proofs import verify_consistency
from transparency.signing import NoteSigner, sign_checkpoint
from transparency.tree import leaf_hash, top

T = days.seconds_of(NOW) - 60


class House:
    """A publisher's folder with a log in it, written as C2SP tlog-tiles has it."""

    def __init__(self, folder: Path, size: int = 0, *, salt: bytes = b"") -> None:
        self.folder, self.builder, self.salt = folder, TreeBuilder(), salt
        self.leaves: list[bytes] = []
        self.grow(leaf_hash(salt + str(number).encode()) for number in range(size))

    def grow(self, more: Iterable[bytes]) -> None:
        added = list(more)
        self.leaves += added
        full = self.builder.append(added)
        for tile, data in (*full, *self.builder.partial_tiles()):
            path = self.folder / "log" / tile.path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def sign(self, time: int = T, *, witnesses: int = 2, by: tuple[NoteSigner, ...] | None = None) -> None:
        """Sign the head, and have some of the witnesses sign it too."""
        head = Checkpoint(logs.ORIGIN, self.builder.size, self.builder.root())
        own = logs.log_signers() if by is None else by
        data = sign_checkpoint(head, (*own, *logs.witness_signers()[:witnesses]), timestamp=time)
        (self.folder / "log").mkdir(exist_ok=True)
        (self.folder / "log/checkpoint").write_bytes(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "published").mkdir()
    return tmp_path / "published"


def seen(house: House, memory: Memory, terms: LogTerms | None = None) -> tuple[Log | None, str]:
    return load(house.folder, terms or logs.terms(), memory, Dates(LATER))


def view(house: House, memory: Memory) -> Log:
    log, fault = seen(house, memory)
    assert log and not fault
    return log


@pytest.mark.parametrize("size", [1, 7, 256, 257, 700, 66_000])
def test_every_leaf_is_given_as_it_stands(folder: Path, size: int) -> None:
    house = House(folder, size)
    house.sign()
    log = view(house, Memory())
    assert (log.size, log.time, log.unwitnessed_newer) == (size, T, False)
    places = range(size) if size < 1000 else [*range(0, size, 997), 65_535, 65_536, size - 1]
    for _ in range(2):  # proven, and once more from what was kept
        assert all(log.leaf(place) == house.leaves[place] for place in places)
    assert (log.leaf(size), log.leaf(-1)) == (None, None)


def test_nothing_published_is_no_fault(folder: Path) -> None:
    assert load(folder, logs.terms(), Memory(), Dates(LATER)) == (None, "")


def test_too_few_witnesses_and_the_one_before_is_kept(folder: Path) -> None:
    house, memory = House(folder, 300), Memory()
    house.sign(witnesses=1)
    assert seen(house, memory) == (None, "log_head_unwitnessed")
    house.sign(T, witnesses=2)
    assert view(house, memory).size == 300
    house.grow([leaf_hash(b"new")])
    house.sign(T + 60, witnesses=1)
    log, fault = seen(house, memory)
    assert log and (log.size, log.time, log.unwitnessed_newer, fault) == (300, T, True, "log_head_unwitnessed")
    assert log.leaf(299) == house.leaves[299], "though its partial tile was followed by a wider one"
    house.sign(T + 60)
    log = view(house, memory)
    assert (log.size, log.unwitnessed_newer, log.leaf(300)) == (301, False, house.leaves[300])


@pytest.mark.parametrize("spoilt", ["note", "signature", "stranger", "origin"])
def test_heads_that_do_not_hold(folder: Path, spoilt: str) -> None:
    house = House(folder, 5)
    house.sign()
    path = folder / "log/checkpoint"
    good = path.read_bytes()
    stranger = tuple(logs.signer(logs.ORIGIN, each.key.kind, of="thief") for each in logs.log_signers())
    if spoilt == "note":
        path.write_bytes(good[:-40])
    elif spoilt == "signature":
        path.write_bytes(good.replace(b"\n5\n", b"\n4\n", 1))
    elif spoilt == "stranger":
        house.sign(by=stranger)
    terms = logs.terms()._replace(origin="khatm.example/log2") if spoilt == "origin" else logs.terms()
    log, fault = seen(house, Memory(), terms)
    assert (log, fault) == (None, "log_corrupt" if spoilt == "note" else "log_wrong_key")


def test_a_forked_log_is_caught_and_the_old_head_stays(folder: Path, tmp_path: Path) -> None:
    """The same size with another root; and a larger one that does not begin with what was seen. Also by the next process."""
    state = tmp_path / "state.json"
    house = House(folder, 300)
    house.sign()
    memory = Memory(state)
    view(house, memory)
    for size in (300, 400, 512):
        fork = House(folder, size, salt=b"fork")
        fork.sign(T + 3600)
        for remembering in (memory, Memory(state)):
            log, fault = seen(fork, remembering)
            assert fault == "log_forked", size
            assert log and (log.size, log.time) == (300, T)
            assert log.leaf(0) in (None, house.leaves[0]), "never the fork's"
    assert len(evidence.found(state)) == 3


@pytest.mark.parametrize("size", [300, 400])
def test_of_a_fork_the_evidence_is_kept_that_anybody_can_check(folder: Path, tmp_path: Path, size: int) -> None:
    """By the two signed heads and the path alone, with neither tiles nor state."""
    state = tmp_path / "state.json"
    house = House(folder, 300)
    house.sign()
    view(house, Memory(state))
    for time in (T, T + 60):  # signed again, it is the same fork
        fork = House(folder, size, salt=b"fork")
        fork.sign(time)
        assert seen(fork, Memory(state))[1] == "log_forked"
    [path] = evidence.found(state)
    assert path.stat().st_mode & 0o777 == 0o600
    told = json.loads(path.read_bytes())
    held, shown = (heads.verify(told[name].encode(), policy_of(logs.terms())).checkpoint for name in ("held", "shown"))
    assert (held.size, held.root, shown.size) == (300, house.builder.root(), size)
    root, proof = bytes.fromhex(told["root"]), [bytes.fromhex(each) for each in told["path"]]
    verify_consistency(300, size, root, shown.root, proof)
    assert root != held.root


def test_evidence_is_bounded_and_needs_no_disk(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state.json"
    house = House(folder, 300)
    house.sign()
    view(house, Memory(state))
    for size in range(300, 300 + evidence.MOST + 2):
        fork = House(folder, size, salt=b"fork")
        fork.sign()
        assert seen(fork, Memory(state))[1] == "log_forked"
    assert len(evidence.found(state)) == evidence.MOST

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    for path in evidence.found(state):
        path.unlink()
    monkeypatch.setattr("published.evidence.whole.write", refuse)
    assert seen(fork, Memory(state))[1] == "log_forked"
    assert evidence.found(state) == []


def test_a_state_from_before_heads_were_kept_is_read(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    house = House(folder, 300)
    house.sign()
    view(house, Memory(state))
    told = json.loads(state.read_bytes())
    del told["log_notes"]
    state.write_text(json.dumps(told))
    fork = House(folder, 300, salt=b"fork")
    fork.sign()
    assert seen(fork, Memory(state))[1] == "log_forked"
    assert evidence.found(state) == [], "one head alone shows nothing"


def test_an_older_log_does_not_take_the_place_of_a_newer(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    house = House(folder, 300)
    house.sign()
    before = (folder / "log/checkpoint").read_bytes()
    house.grow([leaf_hash(b"new")])
    house.sign(T + 60)
    view(house, Memory(state))
    (folder / "log/checkpoint").write_bytes(before)
    log, fault = seen(house, Memory(state))
    assert log and (log.size, fault) == (301, "log_older")


def test_wrong_tiles_are_no_fork_and_prove_nothing(folder: Path) -> None:
    house, memory = House(folder, 600), Memory()
    house.sign()
    log = view(house, memory)
    assert log.leaf(3) == house.leaves[3]
    tile = folder / "log/tile/0/000"
    good = tile.read_bytes()
    tile.write_bytes(bytes(64) + good[64:])
    assert (log.leaf(3), log.leaf(0)) == (house.leaves[3], house.leaves[0]), "what was proven stays"
    assert view(house, Memory()).leaf(100) is None, "a tile that leads to no root proves nothing"
    tile.write_bytes(top(good))
    assert view(house, Memory()).leaf(0) is None, "nor does the hash over the tile in its place"
    tile.unlink()
    fresh = view(house, Memory())
    assert (fresh.leaf(3), fresh.leaf(300), log.leaf(3)) == (None, house.leaves[300], house.leaves[3])
    house.grow([leaf_hash(b"new")])
    house.sign(T + 60)
    (folder / "log/tile/1/000.p/2").write_bytes(bytes(64))
    kept, fault = seen(house, memory)
    assert kept and (kept.size, fault) == (600, "log_tiles_wrong")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A log with a full tile above its leaves, and more full tiles than are kept without a file."""
    house = House(tmp_path_factory.mktemp("large"), 66_000)
    house.sign()
    return house


def leaf_file(state: Path) -> Path:
    [found] = state.parent.glob("state.json.log-*")
    return found


def without_leaves(house: House, folder: Path) -> House:
    """The same log, its tiles of leaves gone but for the one at the edge."""
    left = House(folder)
    left.leaves = house.leaves
    shutil.copytree(house.folder, folder, dirs_exist_ok=True)
    for path in folder.glob("log/tile/0/[0-9]*"):
        if path.is_file():
            path.unlink()
    return left


def test_processes_share_what_was_proven_and_each_proves_it_itself(large: House, tmp_path: Path) -> None:
    state, places = tmp_path / "state.json", [*range(0, 65_536, 211), 65_535]
    log = view(large, Memory(state))
    assert [log.leaf(place) for place in places] == [large.leaves[place] for place in places]
    path = leaf_file(state)
    assert path.stat().st_mode & 0o777 == 0o600
    bare = without_leaves(large, tmp_path / "bare")
    other = view(bare, Memory(state))
    assert [other.leaf(place) for place in places] == [large.leaves[place] for place in places], "from the file alone"
    data = bytearray(path.read_bytes())
    data[32 * 700] ^= 1  # in the tile of 512 to 767
    path.write_bytes(data)
    assert (view(bare, Memory(state)).leaf(600), view(bare, Memory(state)).leaf(100)) == (None, large.leaves[100])
    healed = view(large, Memory(state))
    assert [healed.leaf(600), healed.leaf(700)] == [large.leaves[600], large.leaves[700]], "and from the published tile again"
    assert path.read_bytes() == data, "nobody writes over what others may go by"


def test_a_wrong_tile_above_the_leaves_proves_nothing(large: House, tmp_path: Path) -> None:
    """Also where the tile of leaves below it was made to agree with it."""
    folder = tmp_path / "wrong"
    shutil.copytree(large.folder, folder)
    below, above = (folder / "log/tile" / name / "000" for name in "01")
    forged = bytes(32) + below.read_bytes()[32:]
    below.write_bytes(forged)
    above.write_bytes(top(forged) + above.read_bytes()[32:])
    wrong = House(folder)
    assert [view(wrong, Memory()).leaf(place) for place in (0, 1, 300)] == [None, None, None]
    assert view(wrong, Memory()).leaf(65_999) == large.leaves[65_999], "what does not hang on it still holds"


def test_a_file_that_others_may_write_is_not_used(large: House, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert view(large, Memory(state)).leaf(5) == large.leaves[5]
    path = leaf_file(state)
    path.chmod(0o666)
    assert view(without_leaves(large, tmp_path / "bare"), Memory(state)).leaf(5) is None
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert view(large, Memory(state)).leaf(5) == large.leaves[5]
    assert not (tmp_path / "elsewhere").exists()


def test_a_log_begun_anew_has_a_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    for salt in (b"", b"anew"):
        house = House(folder, 300, salt=salt)
        house.sign()
        assert view(house, Memory(state)).leaf(7) == house.leaves[7]
        state.unlink()
        state.with_name("state.json.copy").unlink()
    assert len(list(tmp_path.glob("state.json.log-*"))) == 2


@pytest.mark.parametrize("disk", ["none", "full", "no locks"])
def test_without_a_file_some_tiles_are_kept(large: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    state = None if disk == "none" else tmp_path / "state.json"
    if disk == "full":
        monkeypatch.setattr("published.proven.os.pwrite", refuse)
    elif disk == "no locks":
        monkeypatch.setattr("published.proven.fcntl.lockf", refuse)
    memory = Memory(state)
    log = view(large, memory)
    for _ in range(2):
        assert all(log.leaf(place) == large.leaves[place] for place in range(0, 65_792, 128))
    tiles = memory.tiles(logs.ORIGIN)
    kept = [place for place in range(0, 65_792, 256) if tiles.leaf(place)]
    assert len(kept) == 256, "and never more"
    assert log.leaf(65_999) == large.leaves[65_999]


def test_an_unchanged_log_is_signed_again(folder: Path) -> None:
    house, memory = House(folder, 9), Memory()
    house.sign(T)
    view(house, memory)
    house.sign(T + 3600)
    assert view(house, memory).time == T + 3600
    house.sign(T)  # a copy from before
    assert view(house, memory).time == T + 3600


def test_keys_of_a_later_kind_do_nothing(folder: Path) -> None:
    house = House(folder, 9)
    house.sign()
    terms = logs.terms()
    later = terms._replace(keys=("khatm.example/log+0badcafe+CQAA", *terms.keys[1:]))
    assert seen(house, Memory(), later)[1] == ""
    assert seen(house, Memory(), terms._replace(keys=later.keys[:1]))[1] == "log_wrong_key"


def test_a_watch_takes_new_heads_up_and_a_verdict_goes_by_them(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.trust = world.trust._replace(log=logs.terms())
    published.write(world.folder, {published.TRUST_LIST: trust.sign(world.trust, ROOT_KID, world.signer(ROOT_KID))})
    texts = [world.seal(world.license(), iat=T - 3600) for _ in range(2)]
    house = House(world.folder)
    messages = [wire.token(text) for text in texts]
    watch = Watch(world.folder, root=world.root_file, now=lambda: LATER, check_seconds=0)

    def codes() -> list[str]:
        loaded = watch.current().loaded
        assert loaded
        same = {"trust": loaded.trust, "status": loaded.status, "hosts": loaded.trust.hosts, "now": NOW, "log": loaded.log}
        return [verify(text, **same).finding("log").code for text in texts]  # type: ignore[arg-type]

    assert codes() == ["log_not_at_hand"] * 2
    house.grow([leaves.leaf_of(leaves.VOID), leaves.leaf_of(leaves.entry_of(messages[0]))])
    house.sign(T - 3600)
    assert codes() == ["logged", "log_not_yet"]
    house.grow([leaves.leaf_of(leaves.entry_of(messages[1]))])
    house.sign(T)
    assert codes() == ["logged", "logged"]
    (world.folder / "log/checkpoint").write_bytes(b"nonsense")
    assert codes() == ["logged", "logged"], "a bad file never replaces a good one"
    assert watch.current().faults == {"log/checkpoint": "log_corrupt"}
