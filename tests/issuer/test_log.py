"""The publisher's turns at the log: complete for every static server, never forked, whoever is killed, races or comes from a backup."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sqlite3
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select, text

from issuer import operations
from issuer.errors import IssuerError
from issuer.log import stored
from issuer.log.files import LogFiles
from issuer.log.stored import LogStore
from issuer.log.turn import LogTurn, Prove
from issuer.register import history, positions
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from issuer.register.tables import publications, seals
from seal import leaves
from seal.status import ENTRIES
from storage.database import opening
from tests.issuer import from_before
from tests.issuer.dying import die_at
from tests.issuer.logs import LogHouse, assert_grown, from_folder, read_whole, signers
from tests.issuer.offices import SECONDS, Office, entry
from tests.issuer.test_following import listed
from transparency import nodes, proofs


@pytest.fixture
def house(each_office: Office) -> LogHouse:
    with each_office.locations.engine(create=True):
        return LogHouse(each_office, signers())


@pytest.fixture
def small(office: Office) -> LogHouse:
    """The same on SQLite only."""
    with office.locations.engine(create=True):
        return LogHouse(office, signers())


def seal(house: LogHouse, first: int, count: int, *, now: int = SECONDS) -> list[str]:
    """Issue licenses that are nobody's twin; return their numbers."""
    entries = [entry(line, trade_name=f"محل رقم {line}", source_id=f"s{line}") for line in range(first, first + count)]
    with house.office.locations.engine() as engine:
        pool = InProcess(house.office.clerk().sealer)
        return [result.number for result in issue(engine, entries, pool=pool, source=Source(bytes([first % 256]) * 32), now=now)]


def held(house: LogHouse) -> list[bytes]:
    """The entries that the register has."""
    with house.office.locations.engine() as engine, engine.connect() as connection:
        return list(positions.entries(connection, 0, positions.following(connection)))


@contextmanager
def served(folder: Path, log: str = "log") -> Iterator[Callable[[str], bytes]]:
    """Serve a folder as `python -m http.server` does, and read from its log by HTTP."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/{log}/"

        def read(path: str) -> bytes:
            with urllib.request.urlopen(base + path) as answer:
                data: bytes = answer.read()
                return data

        yield read
        server.shutdown()


def test_a_static_server_serves_a_complete_log(house: LogHouse) -> None:
    heads_ = []
    with served(house.office.locations.published) as read:
        for turn, (first, count) in enumerate([(1, 1), (2, 299), (301, 0), (301, 213), (514, 3)]):
            numbers = seal(house, first, count, now=SECONDS + 10 * turn) if count else []
            assert house.publish(SECONDS + 10 * turn + 5)[:2] == ["log/checkpoint", "status/1"]
            head, entries = read_whole(read, house.policy)
            assert entries == held(house)
            heads_.append(head)
            for number in numbers[:1]:
                assert listed(house.office, number) is not None
        for old, new in [*pairwise(heads_), (heads_[0], heads_[-1])]:
            assert_grown(read, old, new)
    assert [head.checkpoint.size for head in heads_] == [1, 300, 300, 513, 516]
    assert [head.timestamp for head in heads_] == [SECONDS + 10 * turn + 5 for turn in range(5)]
    assert house.store.read() == stored.read(house.folder / "checkpoint")


def test_every_seal_in_the_log_is_older_than_its_head_and_no_other_is(house: LogHouse) -> None:
    seal(house, 1, 3, now=SECONDS + 20)
    house.publish(SECONDS)  # this clock is a little behind
    head = house.head()
    seal(house, 4, 2, now=SECONDS)
    with house.office.locations.engine() as engine, engine.connect() as connection:
        times = connection.scalars(select(seals.c.iat).order_by(seals.c.idx)).all()
        assert head.timestamp in connection.scalars(select(publications.c.iat)).all()
    size = head.checkpoint.size
    assert size == 3
    assert max(times[:size]) < head.timestamp <= min(times[size:])


def test_an_unchanged_log_is_signed_hourly_and_otherwise_left_alone(small: LogHouse) -> None:
    seal(small, 1, 2)
    with small.office.locations.engine() as engine:
        publisher = small.publisher()
        publisher.round(engine, now=SECONDS + 1)
        before = small.head()
        assert publisher.round(engine, now=SECONDS + 30) == []
        assert small.head() == before
        assert publisher.round(engine, now=SECONDS + 1 + operations.HOURLY_SECONDS) == ["log/checkpoint", "status/1"]
    after = small.head()
    assert after.checkpoint == before.checkpoint
    assert after.timestamp == SECONDS + 1 + operations.HOURLY_SECONDS


def test_an_empty_register_has_a_log_that_is_signed(small: LogHouse) -> None:
    small.publish(SECONDS)
    assert small.head().checkpoint.size == 0
    seal(small, 1, 1, now=SECONDS + 1)
    small.publish(SECONDS + 2)
    head, entries = read_whole(from_folder(small.folder), small.policy)
    assert entries == held(small)
    assert head.checkpoint.size == 1


def test_a_register_of_before_has_all_of_its_places_in_the_log(each_office: Office) -> None:
    from_before.lay(each_office, 30)
    each_office.run("database", "upgrade", now=None, keys=False)
    house = LogHouse(each_office, signers())
    house.publish(SECONDS)
    seal(house, 1_000, 2, now=SECONDS + 1)
    old = house.head()
    house.publish(SECONDS + 2)
    new = house.head()
    entries = held(house)
    assert (old.checkpoint.size, new.checkpoint.size) == (ENTRIES, ENTRIES + 2)
    assert entries.count(leaves.VOID) == ENTRIES - 30
    assert_grown(from_folder(house.folder), old, new)
    with each_office.locations.engine() as engine, engine.connect() as connection:
        some = [position for position, _ in positions.sealed(connection, 0, ENTRIES + 2)]
    read = nodes.from_tiles(new.checkpoint.size, LogFiles(house.folder).tile)
    for position in [*some, 0, 65_279, 65_280, 65_535]:
        leaf = proofs.leaf_at(read, position, new.checkpoint.size, new.checkpoint.root)
        assert leaf == leaves.leaf_of(entries[position]), position


# What is killed, and where: each file that is put, the store, the published checkpoint, the commit, the lists.
MOMENTS = [
    ("issuer.log.growth:Growth.grow", 1, "before"),
    ("issuer.log.files:LogFiles.put", 1, "before"),
    ("published.whole:_settle", 1, "after"),
    ("issuer.log.files:LogFiles.put", 1, "after"),
    ("issuer.register.publishing:publishing_time", 1, "after"),
    ("issuer.log.turn:LogTurn.sign", 1, "before"),
    ("issuer.log.turn:LogTurn.sign", 1, "after"),
    ("issuer.register.publishing:made", 1, "after"),
    ("issuer.log.files:LogFiles.put", 2, "before"),
    ("issuer.log.files:LogFiles.put", 2, "after"),
    ("issuer.log.stored:LogStore.replace", 1, "before"),
    ("issuer.log.stored:LogStore._follows", 1, "after"),
    ("issuer.log.stored:LogStore.replace", 1, "after"),
    ("issuer.log.files:LogFiles.put_checkpoint", 1, "before"),
    ("issuer.log.files:LogFiles.put_checkpoint", 1, "after"),
    ("issuer.log.files:LogFiles.tidy", 1, "before"),
    ("published:write", 1, "before"),
    ("published:write", 1, "after"),
]


def killed_at(house: LogHouse, function: str, call: int, when: str, *, now: int) -> None:
    """Publish in a process that kills itself at a moment."""
    pid = os.fork()
    if pid == 0:
        try:
            die_at(function, call, when)
            house.publish(now)
        finally:
            os._exit(1)
    _, how = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL, f"it never came to call {call} of {function}"


def test_killed_anywhere_the_next_turn_goes_on(house: LogHouse) -> None:
    """After each kill, what is published is a whole log that begins with the one before, and the next publisher brings what lacks."""
    now, number = SECONDS, 1
    seal(house, number, 250, now=now)
    number += 250
    house.publish(now + 1)
    for function, call, when in MOMENTS:
        seal(house, number, 7 if number % 2 else 150, now=now + 2)
        number += 7 if number % 2 else 150
        before = house.head()
        killed_at(house, function, call, when, now=now + 3)
        torn, entries = read_whole(from_folder(house.folder), house.policy)
        assert entries == held(house)[: len(entries)], (function, call, when)
        house.publish(now + 4)
        after, entries = read_whole(from_folder(house.folder), house.policy)
        assert entries == held(house), (function, call, when)
        assert before.checkpoint.size <= torn.checkpoint.size <= after.checkpoint.size == len(entries)
        assert before.timestamp <= torn.timestamp < after.timestamp
        for old, new in ((before, torn), (torn, after)):
            assert_grown(from_folder(house.folder), old, new)
        now += 10
    assert list(house.office.locations.published.rglob(".new-*")) == [], "nothing half-written stays"


def test_publishers_that_race_never_fork_the_log(house: LogHouse) -> None:
    """Two with the same store and folders of their own, as on two machines; seals come in between."""
    seal(house, 1, 5)
    other = LogHouse(house.office, house.signers)
    second = LogTurn(LogFiles(house.office.folder / "second/log"), house.store, house.signers)
    seen = []
    with house.office.locations.engine() as engine:
        for turn in range(6):
            first = other.turn()
            for each in (first, second):
                each.catch_up(engine)
                with engine.begin() as connection:
                    each.sign(connection, SECONDS + 100 + turn)
                seal(house, 10 + 10 * turn + (each is second), 1, now=SECONDS)
            winner, loser = (first, second) if turn % 2 else (second, first)
            winner.finish()
            with pytest.raises(IssuerError, match="log_store_conflict"):
                loser.finish()
            last = house.store.read()
            assert last is not None
            seen.append(last.checkpoint)
    sizes = [each.size for each in seen]
    assert sizes == sorted(sizes)
    house.publish(SECONDS + 200)
    read = from_folder(house.folder)
    head, entries = read_whole(read, house.policy)
    assert entries == held(house)
    for each in seen:
        assert_grown(read, head.__class__(each, 0, (), frozenset()), head)


def test_what_became_full_has_no_parts_for_ever(small: LogHouse) -> None:
    for turn in range(26):
        seal(small, 1 + 50 * turn, 50, now=SECONDS + turn)
        small.publish(SECONDS + turn)
    parts = sorted(str(path.relative_to(small.folder)) for path in small.folder.rglob("*.p"))
    assert parts == ["tile/0/004.p", "tile/0/005.p", "tile/1/000.p", "tile/entries/004.p", "tile/entries/005.p"]
    _, entries = read_whole(from_folder(small.folder), small.policy)
    assert len(entries) == 1_300


def backed_up(house: LogHouse) -> Callable[[], None]:
    """Back the register up as the documents say, and return what brings it back."""
    locations = house.office.locations
    if locations.register.startswith("sqlite"):
        path = Path(locations.register.removeprefix("sqlite:///"))
        backup = path.with_suffix(".backup")
        with sqlite3.connect(path) as there, sqlite3.connect(backup) as copy:
            there.backup(copy)

        def bring_back() -> None:
            gc.collect()  # a file is replaced under nobody: what an error's traceback or a cycle still holds open is closed first
            for end in ("-wal", "-shm"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            shutil.copy(backup, path)

        return bring_back
    kept = {}
    with locations.engine() as engine, engine.connect() as connection:
        for table in ("license", "seal", "serial", "status_list", "publication", "log_head"):
            kept[table] = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()

    def bring_back() -> None:
        with opening(locations.register, create=False) as engine:
            with engine.begin() as connection:
                connection.execute(text("TRUNCATE license, seal, serial, status_list, publication, log_head CASCADE"))
                for table, rows in kept.items():
                    for row in rows:
                        names = ", ".join(row)
                        values = ", ".join(f":{name}" for name in row)
                        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), dict(row))
            engine.dispose()

    return bring_back


def test_yesterday_s_backup_numbers_seals_and_publishes_nothing(house: LogHouse) -> None:
    office = house.office
    first = seal(house, 1, 3)
    house.publish(SECONDS + 1)
    bring_back = backed_up(house)
    hanging = seal(house, 4, 5, now=SECONDS + 2)
    house.publish(SECONDS + 3)
    published = {path: path.read_bytes() for path in office.locations.published.rglob("*") if path.is_file()}
    bring_back()
    assert len(held(house)) == 3
    file = office.write("new.csv", [{"type": "shop"}])
    for words in (("publish",), ("license", "replace", first[0], "--reason", "x", "--holder", "سامي", "--out", office.folder / "out")):
        said = office.run(*words, exit_code=2).output
        assert "register_behind_log" in said and "نسخة احتياطية" in said and "3 < 8" in said
    office.run("issue", file)  # nothing to seal in it
    with pytest.raises(IssuerError, match="register_behind_log"):
        seal(house, 50, 1, now=SECONDS + 5)
    with pytest.raises(IssuerError, match="register_behind_log"):
        house.publish(SECONDS + 6)
    shutil.rmtree(office.locations.store)  # the published head says the same
    with pytest.raises(IssuerError, match="register_behind_log"):
        seal(house, 50, 1, now=SECONDS + 5)
    assert len(held(house)) == 3
    assert {path: path.read_bytes() for path in office.locations.published.rglob("*") if path.is_file()} == published
    assert not (office.folder / "out").exists()
    with office.locations.engine() as engine:
        assert history.show(engine, first[0]).status == "valid", "who looks may look"
        with pytest.raises(IssuerError, match="number_unknown"):
            history.show(engine, hanging[0])


def test_a_backup_of_before_what_nobody_published_goes_on(house: LogHouse) -> None:
    """What was sealed after the last checkpoint never left the house: its places are free."""
    seal(house, 1, 3)
    house.publish(SECONDS + 1)
    bring_back = backed_up(house)
    seal(house, 4, 5, now=SECONDS + 2)
    bring_back()
    seal(house, 20, 2, now=SECONDS + 3)
    house.publish(SECONDS + 4)
    assert read_whole(from_folder(house.folder), house.policy)[1] == held(house)


def test_a_register_with_another_seal_is_told_from_the_log_s(house: LogHouse) -> None:
    seal(house, 1, 300)
    house.publish(SECONDS + 1)
    bring_back = backed_up(house)
    with house.office.locations.engine() as engine, engine.begin() as connection:
        token = connection.scalar(select(seals.c.token).where(seals.c.idx == 299))
        connection.execute(seals.update().where(seals.c.idx == 270).values(token=token))
    with pytest.raises(IssuerError) as refused:
        house.publish(SECONDS + 2)
    assert (refused.value.code, refused.value.detail) == ("register_differs_from_log", "position 270")
    bring_back()
    house.publish(SECONDS + 3)
    with house.office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(seals.update().where(seals.c.idx == 7).values(token=token))
        connection.execute(text("DELETE FROM log_head"))  # a register that did not sign the head is compared as a whole
    with pytest.raises(IssuerError, match="register_differs_from_log: position 7"):
        house.publish(SECONDS + 4)


def test_an_emptied_folder_is_filled_again_from_the_register(house: LogHouse) -> None:
    seal(house, 1, 600)
    house.publish(SECONDS + 1)
    before = house.head()
    shutil.rmtree(house.folder)
    house.publish(SECONDS + 2)
    after, entries = read_whole(from_folder(house.folder), house.policy)
    assert entries == held(house)
    assert after.checkpoint == before.checkpoint


def test_a_head_goes_out_when_witnesses_signed_it_and_stays_stored_when_they_did_not(small: LogHouse) -> None:
    seal(small, 1, 3)
    small.publish(SECONDS + 1)
    asked: list[tuple[bytes, int]] = []

    def refusing(note: bytes, prove: Prove) -> None:
        checkpoint = stored.parse(note, "").checkpoint
        old = small.head().checkpoint
        proofs.verify_consistency(old.size, checkpoint.size, old.root, checkpoint.root, prove(old.size))
        asked.append((note, checkpoint.size))

    seal(small, 10, 2, now=SECONDS + 2)
    with small.office.locations.engine() as engine:
        assert small.publisher(refusing).round(engine, now=SECONDS + 3) == ["status/1"]
    assert small.head().checkpoint.size == 3, "the last witnessed head stays"
    last = small.store.read()
    assert last is not None and asked == [(last.note, 5)]
    with small.office.locations.engine() as engine:
        assert small.publisher(lambda note, _: note).round(engine, now=SECONDS + 4)[0] == "log/checkpoint"
    assert small.head().checkpoint.size == 5


def test_a_store_takes_no_shorter_log_no_other_root_and_no_other_log(small: LogHouse, tmp_path: Path) -> None:
    for count in (2, 3):
        seal(small, count * 10, count)
        small.publish(SECONDS + count)
    longer = small.store.read()
    stranger = LogStore(tmp_path / "elsewhere")
    assert longer is not None and stranger.read() is None
    stranger.replace(None, longer.note)
    with pytest.raises(IssuerError, match="another publisher"):
        stranger.replace(None, longer.note)
    shorter = longer.note.replace(b"\n5\n", b"\n4\n", 1)
    other_root = longer.note.replace(longer.note.split(b"\n")[2][:8], b"AAAAAAAA", 1)
    other_log = longer.note.replace(b"khatm.example/log\n", b"khatm.example/other\n", 1)
    for note in (shorter, other_root, other_log):
        with pytest.raises(IssuerError, match="log_store_conflict"):
            stranger.replace(longer, note)
    assert stranger.read() == longer
    (tmp_path / "elsewhere/log").write_bytes(longer.note[:100])
    with pytest.raises(IssuerError, match="log_checkpoint_damaged"):
        stranger.read()


def test_another_log_s_keys_do_not_go_on_with_this_one(small: LogHouse) -> None:
    seal(small, 1, 1)
    small.publish(SECONDS + 1)
    with pytest.raises(IssuerError, match="log_store_conflict"):
        LogHouse(small.office, signers("elsewhere.example/log")).publish(SECONDS + 2)


def test_a_new_seal_touches_new_tiles_and_one_checkpoint(small: LogHouse) -> None:
    seal(small, 1, 700)
    with small.office.locations.engine() as engine:
        publisher = small.publisher()
        publisher.round(engine, now=SECONDS + 1)
        marks = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in small.folder.rglob("*") if path.is_file()}
        seal(small, 2_000, 1, now=SECONDS + 2)
        publisher.round(engine, now=SECONDS + 3)
    after = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in small.folder.rglob("*") if path.is_file()}
    touched = sorted(str(path.relative_to(small.folder)) for path, mark in after.items() if marks.get(path) != mark)
    assert touched == ["checkpoint", "tile/0/002.p/189", "tile/entries/002.p/189"]
    assert marks.keys() <= after.keys()
