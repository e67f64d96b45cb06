"""A log was shown in two forms, and who saw both goes by neither. The house begins another log under another name; nothing else changes.

The keys of the old log are the thief's for good. Readers are those that hang in the street: none of them learnt anything new for this.
"""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import khatm
import published
from acts import bodies
from issuer.log.files import LogFiles
from issuer.log.growth import Growth, hashed
from issuer.register import positions
from issuer.register.tables import log_heads
from keys import log_keys, policy
from published import Memory, listed
from published.log import policy_of
from seal import leaves, status
from seal.cose import Signer
from seal.dating import Dates
from seal.errors import ListError
from seal.status import StatusList
from seal.trust import LogTerms, TrustList
from tests.clock import LATER
from tests.drills import test_forked_log as forked
from tests.drills.test_forked_log import SHOWN, Server, Verifier, submission, text_at
from tests.inspector_app.test_seallog_parts import node, run
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.issuer.test_act_log import ActHouse
from tests.witness.played import made, signers
from transparency import heads, keys, nodes, proofs, signing
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.proof_files import LogProof
from transparency.signing import NoteSigner
from transparency.tree import leaf_hash
from witness import folder as folders
from witness.cosigning import Witness
from witness.errors import SubmissionError
from witness.folder import PinnedLog

__all__ = ["node"]
OLD, NEW = "khatm.example/log", "khatm.example/log-2"


class Anew(NamedTuple):
    """A house with a fork behind it and another log; what the thief keeps; what readers were told before."""

    fork: forked.Fork
    before: Path  # the published folder as it was
    old_terms: LogTerms
    old_trust_list: bytes
    thief: tuple[NoteSigner, ...]
    saw_both: Server

    @property
    def office(self) -> Office:
        return self.fork.office

    @property
    def terms(self) -> LogTerms:
        found = self.office.locations.trust().log
        assert found is not None
        return found


def begin(folder: Path) -> str:
    """`khatm keys log new`; what it says."""
    where = ["--keys", str(folder / "keys"), "--passphrase-file", str(folder / "passphrase"), "--yes"]
    ran = CliRunner().invoke(khatm.main, ["keys", "log", "new", *where])
    assert ran.exit_code == 0, ran.output
    return ran.output


def sign_trust_list(office: Office, now: int) -> None:
    data = policy.sign_trust_list(office.locations.custody(), PASSPHRASE, now=now)
    published.write(office.locations.published, {published.TRUST_LIST: data})


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Anew:
    """The fork of test_forked_log.py; a verifier saw both; then `khatm keys log new`, a trust list, and publishing."""
    fork = forked.forked(tmp_path_factory.mktemp("fork"))
    office = fork.office
    saw_both = Server(office, tmp_path_factory.mktemp("server"))
    for files in (office.locations.published, fork.other, office.locations.published):
        saw_both.put(files)
        saw_both.says(text_at(office, 0))
    terms = office.locations.trust().log
    assert terms is not None
    thief = office.locations.custody().log_signers(PASSPHRASE)
    published_before = tmp_path_factory.mktemp("before") / "published"
    shutil.copytree(office.locations.published, published_before)
    before = (office.locations.published / published.TRUST_LIST).read_bytes()
    assert f"{NEW}: in the place of {OLD}" in begin(office.folder)
    office.run("publish")  # the new one waits for its trust list: the old one goes on
    sign_trust_list(office, SECONDS - 500)
    assert "log/checkpoint" in office.run("publish").output
    return Anew(fork, published_before, terms, before, thief, saw_both)


def test_who_saw_both_goes_on_and_no_code_changes(anew: Anew) -> None:
    """A verifier that said `log_forked` needs nobody's hand: the trust list names another log."""
    server, office = anew.saw_both, anew.office
    assert server.says(text_at(office, 0)) == ("undecided", "log_forked")
    server.put(office.locations.published)
    server.begin()
    for position in range(SHOWN + 1):
        assert server.says(text_at(office, position)) == ("valid", "logged")
    assert server.says(anew.fork.forged) == ("invalid", "not_in_log")
    office.run("issue", office.write("later.csv", rows(1, first=90)), "--no-output")
    office.run("publish")
    server.put(office.locations.published)
    server.begin()
    assert server.says(text_at(office, SHOWN + 1)) == ("valid", "logged")


def test_a_phone_that_saw_both_goes_on(node: Path, anew: Anew) -> None:
    told = run(
        node,
        anew.before,
        f"""
        now = {(SECONDS + 60) * 1000};
        const said = (log) => [log.view(trust).forked, log.fault, log.view(trust).size];
        const log = await started();
        await log.refresh(trust);
        host = {json.dumps(str(anew.fork.other))};
        await log.refresh(trust);
        const forked = said(log);
        trust.log = {json.dumps(_for_phone(anew.terms))};
        host = {json.dumps(str(anew.office.locations.published))};
        const again = await started();
        await again.refresh(trust);
        await log.refresh(trust);
        tell([forked, said(again), said(log)]);
        """,
        _for_phone(anew.old_terms),
    )
    assert told[0] == [True, "log_forked", SHOWN + 1]
    last = LogFiles(anew.office.locations.published / "log").checkpoint()
    assert last and told[1:] == [[False, None, last.checkpoint.size]] * 2


def _for_phone(terms: LogTerms) -> dict[str, object]:
    return {**terms._asdict(), "keys": list(terms.keys), "witnesses": list(terms.witnesses)}


def test_the_old_log_stays_readable_and_proves_what_was_in_it(anew: Anew) -> None:
    """By its last head, by the keys that the trust lists of before name, and by the same tiles."""
    folder = anew.office.locations.published / "log"
    note = (folder / "former" / OLD.replace("/", "~")).read_bytes()
    head = heads.verify(note, policy_of(anew.old_terms))
    with anew.office.locations.engine() as engine, engine.connect() as connection:
        leaf = leaves.leaf_of(next(positions.entries(connection, 1, 2)))
    size, root = head.checkpoint.size, head.checkpoint.root
    path = nodes.inclusion_path(nodes.from_tiles(size, LogFiles(folder).tile), 1, size)
    proofs.verify_inclusion(root, size, 1, leaf, path)


def thief_s(anew: Anew, folder: Path, origin: str) -> None:
    """The thief's log in a copy of the folder: longer than the house's, under one of the names, by the old keys."""
    files, growth = LogFiles(folder / "log"), Growth()
    with anew.office.locations.engine() as engine, engine.connect() as connection:
        entries = [*positions.entries(connection, 0, SHOWN), *(sha256(b"%d" % place).digest() for place in range(40))]
    for full in growth.grow(hashed(entries)):
        files.put({part.path(): data for part, data in full})
    files.put({part.path(): data for part, data in growth.edge()})
    signers = tuple(NoteSigner(keys.note_key(origin, each.key.kind, each.key.public), each.sign) for each in anew.thief)
    files.put_checkpoint(signing.sign_checkpoint(Checkpoint(origin, growth.size, growth.root()), signers, timestamp=SECONDS + 50))


@pytest.mark.parametrize("origin", [OLD, NEW])
def test_the_thief_of_the_old_keys_adds_nothing(anew: Anew, tmp_path: Path, origin: str) -> None:
    """Neither for who saw the new log, nor for who sees it for the first time; nor does the house take it for its own."""
    shown, office = tmp_path / "shown", anew.office
    shutil.copytree(office.locations.published, shown)
    thief_s(anew, shown, origin)
    knows, new = Verifier(office), Verifier(office)
    size = knows.load(office.locations.published).log.size
    after = knows.load(shown)
    assert after.faults["log/checkpoint"] == "log_wrong_key" and after.log is not None
    assert (after.log.size, after.log.forked) == (size, False)
    assert new.load(shown).log is None
    for verifier in (knows, new):
        assert "logged" not in {each.code for each in verifier.verdict(shown, anew.fork.forged).findings}


def test_the_house_does_not_go_back(anew: Anew, tmp_path: Path) -> None:
    """With the trust list of before in its folder the publisher signs nothing: the store knows the new log."""
    office, folder = anew.office, anew.office.locations.published
    now = (folder / published.TRUST_LIST).read_bytes()
    head = (folder / "log/checkpoint").read_bytes()
    try:
        (folder / published.TRUST_LIST).write_bytes(anew.old_trust_list)
        assert "log_store_conflict" in office.run("publish", exit_code=2).output
    finally:
        (folder / published.TRUST_LIST).write_bytes(now)
    assert (folder / "log/checkpoint").read_bytes() == head
    # Killed between the store and the published checkpoint, which is the old log's still: the next turn does it.
    shutil.copy(folder / "log/former" / OLD.replace("/", "~"), folder / "log/checkpoint")
    assert "log/checkpoint" in office.run("publish").output
    assert heads.verify((folder / "log/checkpoint").read_bytes(), policy_of(anew.terms)).checkpoint.origin == NEW


def test_a_witness_that_signed_the_wrong_form_sees_the_new_log_from_its_beginning(anew: Anew, tmp_path: Path) -> None:
    """It refuses the old log for ever, in the form that the house has; the new one it pins by hand, as another one."""
    terms = anew.old_terms
    witness = made(tmp_path / "witness", log=PinnedLog(OLD, tuple(map(keys.parse, terms.keys))))
    assert witness.add(submission(anew.fork.other, 0), now=SECONDS + 10)
    true = submission(anew.office.locations.published, 0)
    with pytest.raises(SubmissionError):
        witness.add(true, now=SECONDS + 20)
    folders.follow(tmp_path / "witness", PinnedLog(NEW, tuple(map(keys.parse, anew.terms.keys))))
    assert Witness(tmp_path / "witness", signers()).add(true, now=SECONDS + 30)


def test_a_thief_s_last_head_in_the_store_stops_the_house_until_somebody_puts_it_away(anew: Anew) -> None:
    """Whoever had the publisher's machine may have left their own head there: the new log never goes on from that by itself."""
    office = anew.office
    folder, store = office.locations.published / "log", office.locations.store
    shutil.copy(anew.fork.other / "log/checkpoint", store / "log")
    with office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(log_heads.delete())
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "checkpoint").unlink()
    assert "register_differs_from_log" in office.run("publish", exit_code=2).output
    (folder / "checkpoint").write_bytes(kept[folder / "checkpoint"])
    (store / "log").rename(store / "log.away")
    assert "log/checkpoint" in office.run("publish").output
    assert {path: path.read_bytes() for path in kept if path.name != "checkpoint" and "pack" not in path.parts} == {
        path: data for path, data in kept.items() if path.name != "checkpoint" and "pack" not in path.parts
    }, "the tiles are the register's, as before"
    assert heads.verify((folder / "checkpoint").read_bytes(), policy_of(anew.terms)).checkpoint.origin == NEW


# The log of acts goes with it: status lists have their proofs there.


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> ActHouse:
    """A house whose lists count only with a proof."""
    office = forked.opened(tmp_path_factory.mktemp("proven"))
    house = ActHouse(office)
    house.issue()
    house.publish(SECONDS)
    return house


def test_status_lists_are_proven_by_the_new_log_of_acts_and_by_no_other(proven: ActHouse) -> None:
    office, folder = proven.office, proven.office.locations.published
    old = office.locations.trust()
    (kid,) = proven.custody.kids("status")
    stolen = kid, proven.custody.signer(kid, PASSPHRASE), proven.custody.log_signers(PASSPHRASE)
    begin(office.folder)
    sign_trust_list(office, SECONDS + 60)
    memory = Memory()
    assert proven.load(memory).faults, "until it is published anew, lists have no proof that counts: cannot tell"
    proven.publish(SECONDS + 120)
    lists = proven.load(memory)
    assert not lists.faults and lists.log is not None and lists.log.size == 2
    data = (folder / "status/1").read_bytes()
    trust = office.locations.trust()
    assert (trust.acts and trust.acts.origin, old.acts and old.acts.origin) == ("khatm.example/acts-2", "khatm.example/acts")
    listed.require(data, folder, trust, Dates(LATER))
    with pytest.raises(ListError, match="status_list_unproven"):
        listed.require(data, folder, old, Dates(LATER))
    thief_s_lists(stolen, data, trust, old.acts.origin if old.acts else "")


def thief_s_lists(stolen: tuple[bytes, Signer, tuple[NoteSigner, ...]], data: bytes, trust: TrustList, before: str) -> None:
    """Whoever has the status key and the keys of the log of before: a list where nothing is revoked, an act of it, a head over that."""
    kid, signer, signers = stolen
    honest = status.verify(data, trust=trust)
    given = status.pack(bytes([status.VALID]) * status.ENTRIES)
    later = StatusList(honest.uri, honest.iat + 60, honest.exp + 60, honest.bits, given, honest.trust_sequence)
    forged = status.sign(later, kid, signer)
    act = bytes(bodies.SALT) + bodies.write(
        bodies.Body(honest.iat + 60, "program:publisher", "published", (bodies.Published("status/1", sha256(forged).digest()),))
    )
    builder = TreeBuilder()
    builder.append([leaf_hash(sha256(act).digest())])
    for origin in (before, trust.acts.origin if trust.acts else ""):
        by = log_keys.named(signers, origin)
        note = signing.sign_checkpoint(Checkpoint(origin, 1, builder.root()), by, timestamp=honest.iat + 60)
        with pytest.raises(ListError, match="status_list_unproven"):
            listed.check(sha256(forged).digest(), LogProof(0, (), note, act).to_bytes(), trust)
