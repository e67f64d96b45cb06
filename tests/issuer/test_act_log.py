"""The log of acts, published beside the log of seals: complete, never forked, and every status list in it with its proof."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select

import published
from acts import bodies
from acts.bodies import Body, Published
from acts.tables import acts
from issuer import operations
from issuer.errors import IssuerError
from issuer.log import stored
from keys import log_keys, policy
from published import Loaded, Memory, listed
from published.log import policy_of
from seal import status
from seal.errors import ListError
from seal.status import StatusList
from tests.clock import LATER
from tests.issuer.dying import die_at
from tests.issuer.logs import assert_grown, from_folder, read_whole
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.issuer.test_log import served
from transparency import heads, keys
from transparency.errors import NoteSignatureError
from transparency.heads import Head, Policy

T = SECONDS + 5  # what was issued before is older


class ActHouse:
    """An office that publishes both logs, with keys as `khatm keys` makes them."""

    def __init__(self, office: Office, *, lists_proven: bool = True) -> None:
        self.office, self.custody, self._line = office, office.locations.custody(), 1
        self.custody.add_log_keys(PASSPHRASE)
        self.custody.publish_acts(lists_proven=lists_proven)
        self.sign_trust_list(SECONDS - 600)

    def sign_trust_list(self, now: int) -> None:
        data = policy.sign_trust_list(self.custody, PASSPHRASE, now=now)
        published.write(self.office.locations.published, {published.TRUST_LIST: data})

    def issue(self, count: int = 2) -> None:
        file = self.office.write(f"from-{self._line}.csv", rows(count, first=self._line))
        self._line += count
        self.office.run("issue", file, "--no-output")

    def publish(self, now: int) -> list[str]:
        return operations.publish(self.office.locations, now=now)

    @property
    def folder(self) -> Path:
        return self.office.locations.published / "acts"

    @property
    def policy(self) -> Policy:
        terms = self.office.locations.trust().acts
        assert terms is not None
        return policy_of(terms)

    def head(self) -> Head:
        return heads.verify((self.folder / "checkpoint").read_bytes(), self.policy)

    def held(self) -> list[bytes]:
        """The entries of the acts that have a place, read by hand."""
        with self.office.locations.engine() as engine, engine.connect() as connection:
            found = connection.execute(select(acts).where(acts.c.position.is_not(None)).order_by(acts.c.position)).all()
        assert [row.position for row in found] == list(range(len(found)))
        return [sha256(row.salt + row.body).digest() for row in found]

    def load(self, memory: Memory | None = None) -> Loaded:
        root = published.read_root(self.office.locations.keys / "root.jwk")
        return published.load(self.office.locations.published, root=root, memory=memory or Memory(), now=LATER)

    def write(self, change: Callable[[Connection], object]) -> None:
        with self.office.locations.engine() as engine, engine.begin() as connection:
            change(connection)


@pytest.fixture
def house(each_office: Office) -> ActHouse:
    return ActHouse(each_office)


@pytest.fixture
def small(office: Office) -> ActHouse:
    """The same on SQLite only."""
    return ActHouse(office)


def test_a_static_server_serves_a_complete_log_of_acts(house: ActHouse) -> None:
    seen = []
    with served(house.office.locations.published, "acts") as read:
        for turn in range(3):
            house.issue(3)
            names = [name for name in house.publish(SECONDS + 10 * turn + 5) if not name.startswith("pack of ")]
            assert names == ["log/checkpoint", "acts/checkpoint", "status/1"]
            head, entries = read_whole(read, house.policy)
            assert entries == house.held()
            seen.append(head)
        for old in seen[:-1]:
            assert_grown(read, old, seen[-1])
    assert [head.timestamp for head in seen] == [SECONDS + 10 * turn + 5 for turn in range(3)]
    last = stored.read(house.office.locations.store / "acts")
    assert last and last.note == (house.folder / "checkpoint").read_bytes(), "kept apart, too"
    assert house.load().faults == {}


def test_the_keys_of_one_log_sign_nothing_of_the_other(small: ActHouse) -> None:
    small.issue(1)
    small.publish(T)
    trust = small.office.locations.trust()
    assert trust.log and trust.acts
    assert {keys.parse(key).public for key in trust.log.keys} == {keys.parse(key).public for key in trust.acts.keys}
    note = (small.folder / "checkpoint").read_bytes().replace(b"khatm.example/acts", b"khatm.example/log")
    for terms in (trust.log, trust.acts):
        with pytest.raises(NoteSignatureError, match=r"log_signature_invalid|log_wrong_origin|log_unsigned"):
            heads.verify(note, policy_of(terms))


def test_each_list_has_its_proof_and_is_the_act_of_a_publisher(house: ActHouse) -> None:
    house.issue()
    house.publish(T)
    data = (house.office.locations.published / "status/1").read_bytes()
    proof = (house.office.locations.published / listed.proof_name(sha256(data).digest())).read_bytes()
    listed.check(sha256(data).digest(), proof, house.office.locations.trust())
    with house.office.locations.engine() as engine, engine.connect() as connection:
        row = connection.execute(select(acts).where(acts.c.kind == "published")).one()
    body = Body(T, "program:publisher", "published", (Published("status/1", sha256(data).digest()),))
    assert bodies.read(row.body) == body
    assert (row.at, row.actor) == (T, "program:publisher")
    assert house.load().status.newest == T


def test_proofs_of_lists_that_were_replaced_go_after_an_hour(small: ActHouse) -> None:
    folder = small.office.locations.published / "proofs"
    for turn in range(3):
        small.issue(1)
        small.publish(T + turn)
    assert len(list(folder.iterdir())) == 3, "somebody may have fetched the list just before"
    for path in folder.iterdir():
        os.utime(path, (SECONDS, SECONDS))
    small.issue(1)
    small.publish(T + 4)
    assert len(list(folder.iterdir())) == 1
    assert small.load().faults == {}


def test_a_house_that_asks_for_no_proofs_publishes_them_all_the_same(office: Office) -> None:
    house = ActHouse(office, lists_proven=False)
    house.issue(1)
    house.publish(T)
    assert len(list((office.locations.published / "proofs").iterdir())) == 1
    shutil.rmtree(office.locations.published / "proofs")
    assert (house.load().status.newest, dict(house.load().faults)) == (T, {}), "as before"
    house.custody.publish_acts(lists_proven=True)
    house.sign_trust_list(SECONDS + 60)
    assert dict(house.load().faults) == {"status/1": "status_list_unproven"}
    house.publish(T + 61)
    assert (house.load().status.newest, dict(house.load().faults)) == (T + 61, {})


def test_acts_alone_come_into_the_log_within_a_minute(small: ActHouse) -> None:
    small.issue()
    body = Body(T, "account:omar", "roles", ())
    held = {"at": T, "actor": body.actor, "kind": body.kind, "salt": bytes(16), "body": bodies.write(body)}
    with small.office.locations.engine() as engine:
        publisher = operations.Publisher(small.office.locations)
        publisher.round(engine, now=T)
        before, size = small.load().status.newest, small.head().checkpoint.size
        assert publisher.round(engine, now=T + 70) == [], "no act, no head"
        with engine.begin() as connection:
            connection.execute(acts.insert().values(held))
        assert publisher.round(engine, now=T + 30) == []
        assert publisher.round(engine, now=T + 71) == ["log/checkpoint", "acts/checkpoint"]
        assert publisher.round(engine, now=T + 200) == []
    assert (small.head().checkpoint.size, small.head().timestamp) == (size + 1, T + 71)
    assert (small.load().status.newest, dict(small.load().faults)) == (before, {}), "the list and its proof stay"


MOMENTS = [
    ("issuer.log.ledgers:Acts.settle", 1, "after"),
    ("issuer.log.both:Logs.sign", 1, "after"),
    ("issuer.register.publishing:made", 1, "after"),
    ("issuer.log.stored:LogStore.replace", 1, "after"),  # that of the seals
    ("issuer.log.files:LogFiles.put_checkpoint", 1, "after"),
    ("issuer.log.stored:LogStore.replace", 2, "before"),
    ("issuer.log.stored:LogStore.replace", 2, "after"),
    ("issuer.log.files:LogFiles.put_checkpoint", 2, "before"),
    ("issuer.log.files:LogFiles.put_checkpoint", 2, "after"),
    ("published:write", 1, "before"),
    ("published.whole:sync_folder", 4, "after"),
    ("published:write", 1, "after"),
    ("published.listed:tidy", 1, "before"),
]


def test_killed_anywhere_list_and_proof_are_of_one_turn(house: ActHouse) -> None:
    now, folder = T, house.office.locations.published
    house.issue()
    house.publish(now)
    for function, call, when in MOMENTS:
        house.issue(1)
        before, old = house.head(), (folder / "status/1").read_bytes()
        pid = os.fork()
        if pid == 0:
            try:
                die_at(function, call, when)
                house.publish(now + 3)
            finally:
                os._exit(1)
        _, how = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL, f"it never came to call {call} of {function}"
        loaded = house.load()
        assert dict(loaded.faults) == {}, (function, call, when)
        assert ((folder / "status/1").read_bytes() == old) == (loaded.status.newest == now)
        torn, _ = read_whole(from_folder(house.folder), house.policy)
        house.publish(now + 4)
        after, entries = read_whole(from_folder(house.folder), house.policy)
        assert entries == house.held()
        for one, other in ((before, torn), (torn, after)):
            assert_grown(from_folder(house.folder), one, other)
        assert (house.load().status.newest, dict(house.load().faults)) == (now + 4, {})
        now += 4
    assert list(folder.rglob(".new-*")) == []


def test_what_somebody_slips_in_as_a_list_s_act_is_no_proof(small: ActHouse) -> None:
    """Rights on the database alone do not let a list count: the publisher stands for no act of a list but its own."""
    small.issue()
    small.publish(T)
    body = bodies.write(Body(SECONDS, "program:publisher", "published", (Published("status/1", b"x" * 32),)))
    held = {"at": SECONDS, "actor": "program:publisher", "kind": "published", "salt": bytes(16), "body": body}
    before = (small.folder / "checkpoint").read_bytes()
    for more in ({}, {"position": 10_000}):
        small.write(lambda connection, more=more: connection.execute(acts.insert().values(held | more)))  # type: ignore[misc]
        said = small.office.run("publish", exit_code=2).output
        assert "act_of_no_publisher" in said and "نُشرت" in said
        assert (small.folder / "checkpoint").read_bytes() == before
        small.write(lambda connection: connection.execute(delete(acts).where(acts.c.salt == bytes(16))))


def test_a_backup_of_before_the_last_act_numbers_seals_and_publishes_nothing(house: ActHouse) -> None:
    house.issue()
    house.publish(T)
    size = house.head().checkpoint.size
    files = {path: path.read_bytes() for path in house.office.locations.published.rglob("*") if path.is_file()}
    house.write(lambda connection: connection.execute(delete(acts).where(acts.c.position == size - 1)))
    said = house.office.run("publish", exit_code=2).output
    assert "register_behind_log" in said and f"acts: {size - 1} < {size}" in said
    file = house.office.write("more.csv", rows(1, first=50))
    assert "register_behind_log" in house.office.run("issue", file, "--no-output", exit_code=2).output
    assert {path: path.read_bytes() for path in house.office.locations.published.rglob("*") if path.is_file()} == files


def blamed(connection: Connection) -> dict[str, object]:
    """The act at position 1 as if somebody else had done it, all of it in itself as it should be."""
    row = connection.execute(select(acts).where(acts.c.position == 1)).one()
    body = bodies.read(row.body)._replace(actor="account:omar")
    return {"actor": body.actor, "body": bodies.write(body)}


def test_acts_that_differ_from_the_log_are_told(small: ActHouse) -> None:
    small.issue()
    small.publish(T)
    small.write(lambda connection: connection.execute(acts.update().where(acts.c.position == 1).values(**blamed(connection))))
    with pytest.raises(IssuerError, match="rows_past_programs: act 2 act_changed"):
        small.publish(T + 1)
    (small.office.locations.store / "acts.sqlite").unlink()  # who has lost what the publisher remembers has the log
    with pytest.raises(IssuerError, match="register_differs_from_log: acts: position 1"):
        small.publish(T + 1)


def test_lists_that_too_few_witnesses_have_seen_wait(small: ActHouse) -> None:
    small.issue()
    small.publish(T)
    stranger = keys.note_key("witness.example", keys.COSIGNATURE, b"\x01" * 32)
    log_keys.set_witnesses(small.custody.policy["log"], add=[stranger.vkey()], remove=(), threshold=1)
    small.custody.save()
    old = (small.office.locations.published / "status/1").read_bytes()
    small.sign_trust_list(SECONDS + 10)
    small.issue()
    said = small.office.run("publish", exit_code=2).output
    assert "lists_unproven" in said and "شهود" in said
    assert (small.office.locations.published / "status/1").read_bytes() == old
    assert small.office.run("issue", small.office.write("x.csv", rows(1, first=70)), "--no-output").exit_code == 0, "sealing goes on"


def test_a_list_of_a_thief_of_the_status_key_counts_nowhere(small: ActHouse) -> None:
    small.issue()
    small.publish(T)
    before = small.load()
    (kid,) = small.custody.kids("status")
    (entry,) = before.status.lists.values()
    fields = {name: getattr(entry, name) for name in entry._fields} | {"iat": entry.iat + 60}  # _replace asks for its length
    forged = status.sign(StatusList(**fields), kid, small.custody.signer(kid, PASSPHRASE))
    folder = small.office.locations.published
    (genuine,) = (folder / "proofs").iterdir()
    for proof in (None, genuine.read_bytes(), b"nonsense"):
        files = {"status/1": forged} | ({listed.proof_name(sha256(forged).digest()): proof} if proof else {})
        published.write(folder, files)
        after = small.load()
        assert (dict(after.faults), dict(after.status.lists)) == ({"status/1": "status_list_unproven"}, {})
    with pytest.raises(ListError, match="status_list_unproven"):
        listed.check(sha256(forged).digest(), genuine.read_bytes(), small.office.locations.trust())
