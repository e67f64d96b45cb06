"""Whoever has the log's keys shows one log to one verifier and another to another. Witnesses sign one of them, what each saw tells more.

The fork is made with the house's own keys, by a thief of them or the house itself: one license is to be seen by some and not by others.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import khatm
import published
from issuer.log.files import LogFiles
from issuer.log.growth import Growth, hashed
from issuer.register import positions
from issuer.register.sealing import Slot, seal
from keys import policy
from published import Memory
from published.log import load
from seal import cose, leaves, wire
from seal import license as licenses
from seal.cose import Sign1
from seal.dating import Dates
from seal.verdict import Verdict
from tests.clock import LATER
from tests.inspector_app.test_seallog_parts import node, run
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, PASSPHRASE, SECONDS, Office, entry, rows
from tests.witness.played import made, signers
from transparency import checkpoints, keys, nodes, notes
from transparency.checkpoints import Checkpoint
from transparency.signing import sign_checkpoint
from transparency.witnessing import Submission
from verifier.app import create_app
from verifier.settings import Settings
from witness import evidence
from witness.errors import SubmissionError
from witness.folder import PinnedLog

__all__ = ["node"]
THIEF_S = entry(trade_name="مقهى اللص").license
SHOWN = 3  # seals that both verifiers saw before


class Fork(NamedTuple):
    """The published folder that everybody sees, another one for somebody, and what stands at `SHOWN` in that one alone."""

    office: Office
    other: Path
    forged: str


def sign(office: Office, checkpoint: Checkpoint, time: int) -> bytes:
    """Sign a head with the house's own keys of the log."""
    return sign_checkpoint(checkpoint, office.locations.custody().log_signers(PASSPHRASE), timestamp=time)


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Fork:
    return forked(tmp_path_factory.mktemp("fork"))


def opened(folder: Path) -> Office:
    """An office in a folder, with keys and without a log."""
    offices.make_keys(folder)
    return Office(folder, str(folder / "register.sqlite"))


def forked(folder: Path) -> Fork:
    """Three seals that both saw; then the house enters a fourth, and in the other log the thief's stands there."""
    office = opened(folder)
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 600)})
    office.run("issue", office.write("three.csv", rows(SHOWN)), "--no-output")
    office.run("publish")
    sealer = office.clerk().sealer
    slot = Slot(*leaves.slot_of(SHOWN))
    forged = cose.from_bytes(seal(sealer, THIEF_S, cti=licenses.identifier(2026, 900), iat=SECONDS - 5, slot=slot).token)
    other = folder / "other"
    shutil.copytree(office.locations.published, other)
    grown(office, other, forged)
    office.run("issue", office.write("one more.csv", rows(1, first=80)), "--no-output")
    office.run("publish")
    return Fork(office, other, wire.write(forged, HOST))


def grown(office: Office, folder: Path, forged: Sign1) -> None:
    """Append the thief's seal to the log in a folder, with tiles, entries and a head that the house's keys signed."""
    with office.locations.engine() as engine, engine.connect() as connection:
        entries = [*positions.entries(connection, 0, SHOWN), leaves.entry_of(forged)]
    growth = Growth()
    files = LogFiles(folder / "log")
    for full in growth.grow(hashed(entries)):
        files.put({part.path(): data for part, data in full})
    files.put({part.path(): data for part, data in growth.edge()})
    origin = office.locations.custody().policy["log"]["origin"]
    files.put_checkpoint(sign(office, Checkpoint(origin, growth.size, growth.root()), SECONDS + 5))


class Verifier:
    """A verifier with a memory: it loads a published folder again and again."""

    def __init__(self, office: Office) -> None:
        self.office, self.memory = office, Memory()

    def load(self, folder: Path) -> published.Loaded:
        return published.load(folder, root=published.read_root(self.office.locations.keys / "root.jwk"), memory=self.memory, now=LATER)

    def verdict(self, folder: Path, text: str) -> Verdict:
        lists = self.load(folder)
        return self.office.verdict(text, now=NOW, log=lists.log, check_site=False)


def test_each_verifier_believes_the_log_that_it_is_shown_first(fork: Fork) -> None:
    """Without a witness nobody can tell which is the true one: that is why there are witnesses."""
    deceived = Verifier(fork.office)
    assert "logged" in {each.code for each in deceived.verdict(fork.other, fork.forged).findings}


def test_a_verifier_that_is_shown_both_says_forked_and_keeps_what_it_saw(fork: Fork) -> None:
    honest = Verifier(fork.office)
    before = honest.load(fork.office.locations.published)
    assert before.log is not None and not before.faults
    after = honest.load(fork.other)
    assert after.faults["log/checkpoint"] == "log_forked"
    assert after.log is not None and after.log.size == before.log.size
    codes = {each.code for each in honest.verdict(fork.other, fork.forged).findings}
    assert "logged" not in codes, "the other log's tiles prove nothing under the old head"
    assert "log_forked" in codes, "nor does the old head's prove anything any more"
    deceived = Verifier(fork.office)
    deceived.load(fork.other)
    assert deceived.load(fork.office.locations.published).faults["log/checkpoint"] == "log_forked", "the deceived one as well"


def submission(folder: Path, old: int) -> Submission:
    """What a publisher sends to a witness that cosigned a tree of `old` leaves: the proof that it grew, and the checkpoint."""
    note = (folder / "log/checkpoint").read_bytes()
    size = checkpoints.parse(notes.parse(note).text).size
    tree = nodes.from_tiles(size, LogFiles(folder / "log").tile)
    return Submission(old, tuple(nodes.consistency_path(tree, old, size)) if old else (), note)


def test_a_witness_signs_one_of_them_and_keeps_the_proof_against_the_house(fork: Fork, tmp_path: Path) -> None:
    """So no verifier that asks for the witness's signature is ever shown the other one; and everybody can check what the witness kept."""
    held = fork.office.locations.custody().policy["log"]
    folder = tmp_path / "witness"
    witness = made(folder, log=PinnedLog(held["origin"], tuple(keys.parse(each["vkey"]) for each in held["keys"])))
    assert witness.add(submission(fork.office.locations.published, 0), now=SECONDS + 10)
    for old in (SHOWN + 1, 0, SHOWN):
        with pytest.raises(SubmissionError):
            witness.add(submission(fork.other, old), now=SECONDS + 20)
    (case,) = evidence.cases(folder, held["origin"])
    assert case.kind == "fork"


def test_a_verifier_that_asks_for_a_witness_takes_no_head_without_it(fork: Fork) -> None:
    """From then on the other log is not believed even by somebody who never saw the first."""
    terms = fork.office.locations.trust().log
    assert terms is not None
    witness = tuple(each.key.vkey() for each in signers())
    asking = terms._replace(witnesses=witness, threshold=1)
    log, fault = load(fork.other, asking, Memory(), Dates(LATER))
    assert (log, fault) == (None, "log_head_unwitnessed")


# What people see of it, until somebody settles which log is true.


class Server:
    """A verifier as the public has it, with a state file, over a folder whose files somebody puts there."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.folder, self.state = office, folder / "published", folder / "state.json"
        self.begin()

    def begin(self) -> None:
        """Start it, anew."""
        root = self.office.locations.keys / "root.jwk"
        self.client = create_app(
            Settings(published=self.folder, root=root, state=self.state, now=lambda: NOW, check_seconds=0)
        ).test_client()

    def put(self, files: Path) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(files, self.folder)

    def says(self, text: str) -> tuple[str, str]:
        """The decision, and what it says of the log."""
        told = self.client.post("/api/v1/verify", json={"text": text, "site": False}).get_json()
        (found,) = (each["code"] for each in told["findings"] if each["check"] == "log")
        return told["decision"], found

    def run(self, *command: str, answer: str = "y\n", exit_code: int = 0) -> str:
        ran = CliRunner().invoke(khatm.main, ["fork", *command, "--state", str(self.state)], input=answer)
        assert ran.exit_code == exit_code, ran.output
        return ran.output


def text_at(office: Office, position: int) -> str:
    """The text of the seal that the house has at a position."""
    with office.locations.engine() as engine, engine.connect() as connection:
        ((_, message),) = positions.sealed(connection, position, position + 1)
    return wire.write(message, HOST)


def test_until_it_is_settled_no_verdict_goes_by_either_log(fork: Fork, tmp_path: Path) -> None:
    """Amber, for the honest shop and for the thief's: which of the two logs is true a verifier cannot know."""
    server, honest = Server(fork.office, tmp_path), text_at(fork.office, 0)
    true = fork.office.locations.published
    server.put(true)
    assert server.says(honest) == ("valid", "logged")
    server.put(fork.other)
    for text in (honest, fork.forged):
        assert server.says(text) == ("undecided", "log_forked")
    for language, words in (("en", "two forms that contradict each other"), ("ar", "صورتين متناقضتين")):
        assert words in server.client.get(f"/{honest.rpartition('/')[2]}?lang={language}").text
    server.put(true)
    assert server.says(honest) == ("undecided", "log_forked"), "the right files alone settle nothing"
    server.begin()
    assert server.says(honest) == ("undecided", "log_forked"), "nor does a restart"

    assert "4 seals" in (shown := server.run("show")) and str(server.state) + ".fork-" in shown
    places = ["--published", str(server.folder), "--root", str(fork.office.locations.keys / "root.jwk")]
    assert "fork_left" in server.run("settle", *places, answer="n\n", exit_code=2)
    assert "Settled" in server.run("settle", *places)
    server.begin()
    assert server.says(honest) == ("valid", "logged")
    assert server.says(fork.forged) == ("invalid", "not_in_log")
    assert "log_not_forked" in server.run("settle", *places, exit_code=2)
    assert "No log forked" in server.run("show") and ".fork-" in server.run("show"), "what proves it stays"


def test_the_command_line_says_the_same(fork: Fork, tmp_path: Path) -> None:
    honest = text_at(fork.office, 0)

    def says(folder: Path) -> tuple[int, str]:
        root = fork.office.locations.keys / "root.jwk"
        where = ["--published", str(folder), "--root", str(root), "--state", str(tmp_path / "state.json"), "--no-site", "--lang", "en"]
        ran = CliRunner().invoke(khatm.main, ["verify", honest, *where, "--now", NOW.isoformat()])
        return ran.exit_code, ran.output

    assert says(fork.office.locations.published)[0] == 0
    code, said = says(fork.other)
    assert code == 3 and "two forms that contradict each other" in said
    assert says(fork.office.locations.published)[0] == 3


def test_a_phone_says_the_same(node: Path, fork: Fork) -> None:
    """The phone's own program, over the files of one folder and then of the other; also after the app was closed."""
    terms = fork.office.locations.trust().log
    assert terms is not None
    told = run(
        node,
        fork.office.locations.published,
        f"""
        now = {(SECONDS + 60) * 1000};
        const said = (log) => [log.view(trust).forked, log.fault, log.view(trust).size];
        const log = await started();
        await log.refresh(trust);
        const before = said(log);
        host = {json.dumps(str(fork.other))};
        await log.refresh(trust);
        tell([before, said(log), said(await started())]);
        """,
        {**terms._asdict(), "keys": list(terms.keys), "witnesses": []},
    )
    assert told == [[False, None, 4], [True, "log_forked", 4], [True, "log_forked", 4]]
