"""What a witness cosigns and what it never does: growth, forks, rollbacks, clocks, races, and a state that was tampered with."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.transparency import logs
from tests.transparency.logs import ORIGIN, TIME, log_signers, named, signer
from tests.witness.played import LOG, MAIN, NAME, OTHER, PlayedLog, made, signers
from transparency import checkpoints, heads, keys, nodes, notes, signing
from transparency.checkpoints import Checkpoint
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ED25519
from transparency.notes import SignatureLine
from transparency.tiles import Tile
from transparency.tree import EMPTY_ROOT
from transparency.witnessing import Submission
from witness import evidence, status
from witness import folder as folders
from witness.cosigning import Witness
from witness.errors import StateError, SubmissionError, WitnessError
from witness.folder import PinnedLog

OURS = tuple(each.key for each in signers())
NOW = TIME + 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "witness"


@pytest.fixture
def witness(folder: Path) -> Witness:
    return made(folder)


def refused(witness: Witness, submission: Submission, code: str, *, now: int = NOW) -> SubmissionError:
    with pytest.raises(SubmissionError, match=f"^{code}") as caught:
        witness.add(submission, now=now)
    return caught.value


def size(witness: Witness) -> int | None:
    note = witness.latest(folders.hash_of(ORIGIN))
    return checkpoints.parse(note.text).size if note else None


def kinds(folder: Path) -> list[str]:
    return [case.kind for case in evidence.cases(folder, ORIGIN)]


def times(text: str, lines: tuple[SignatureLine, ...]) -> list[int]:
    return [each.timestamp for each in heads.verify_note(notes.Note(text, lines), OURS)]


@pytest.mark.parametrize("steps", [(1,), (0, 0, 3), (1, 2, 3, 4, 5, 6, 7, 8), (5, 5, 64), (0, 64), (33, 64)])
def test_a_log_that_grows_is_cosigned_at_every_step(witness: Witness, steps: tuple[int, ...]) -> None:
    last = 0
    for number, new in enumerate(steps):
        lines = witness.add(MAIN.submission(last, new), now=NOW + number)
        text = MAIN.checkpoint(new).to_text()
        assert times(text, lines) == [NOW + number] * 2, "by both keys, now"
        last = new
    head = heads.verify(witness.latest(folders.hash_of(ORIGIN)).to_bytes(), Policy(ORIGIN, LOG.keys, OURS, 1))  # type: ignore[union-attr]
    assert (head.checkpoint, head.witnesses, head.timestamp) == (MAIN.checkpoint(last), {NAME}, TIME)


def test_nothing_is_known_of_a_log_before_its_first_checkpoint(witness: Witness) -> None:
    assert size(witness) is None
    assert refused(witness, MAIN.submission(3, 5), "old_size_differs").size == 0
    assert size(witness) is None


def test_another_old_size_is_told_the_size(witness: Witness) -> None:
    witness.add(MAIN.submission(0, 10), now=NOW)
    for old, new in ((0, 10), (0, 20), (9, 20), (11, 20), (3, 5), (0, 0)):
        assert refused(witness, MAIN.submission(old, new), "old_size_differs").size == 10
    assert size(witness) == 10 and kinds(witness._folder) == [], "replays and races are nothing"


def test_an_old_size_above_the_checkpoint_s_is_no_conflict(witness: Witness) -> None:
    witness.add(MAIN.submission(0, 10), now=NOW)
    assert refused(witness, Submission(10, (), MAIN.note(9)), "old_size_above").size is None


def test_only_a_proof_that_holds_moves_the_tree_on(witness: Witness) -> None:
    witness.add(MAIN.submission(0, 10), now=NOW)
    right = MAIN.submission(10, 30)
    for path in ((), right.path[:-1], (*right.path, bytes(32)), right.path[::-1], (bytes(32), *right.path[1:])):
        refused(witness, replace(right, path=path), "proof_invalid")
    assert kinds(witness._folder) == ["unproven"]
    assert size(witness) == 10
    witness.add(right, now=NOW)
    assert size(witness) == 30 and kinds(witness._folder) == []


def test_a_proof_where_none_is_needed_accuses_nobody(witness: Witness) -> None:
    witness.add(MAIN.submission(0, 0), now=NOW)
    refused(witness, Submission(0, (bytes(32),), MAIN.note(3)), "proof_invalid")
    witness.add(MAIN.submission(0, 10), now=NOW)
    refused(witness, replace(MAIN.submission(10, 10), path=(bytes(32),)), "proof_invalid")
    assert size(witness) == 10 and kinds(witness._folder) == []


def test_from_the_empty_tree_no_proof_is_taken(witness: Witness) -> None:
    refused(witness, Submission(0, (bytes(32),), MAIN.note(3)), "proof_invalid")
    assert size(witness) is None
    witness.add(MAIN.submission(0, 0), now=NOW)
    refused(witness, Submission(0, (bytes(32),), MAIN.note(3)), "proof_invalid")
    assert size(witness) == 0


# --- whose signature


@pytest.mark.parametrize("own", log_signers(), ids=["Ed25519", "cosignature", "ML-DSA-44"])
def test_one_pinned_key_is_enough(witness: Witness, own: signing.NoteSigner) -> None:
    witness.add(Submission(0, (), MAIN.note(3, signers=(own,))), now=NOW)
    assert size(witness) == 3


def test_strangers_and_bad_signatures_are_refused(witness: Witness, folder: Path) -> None:
    stranger = signer(ORIGIN, ED25519)
    refused(witness, Submission(0, (), MAIN.note(3, signers=(stranger,))), "log_unsigned")
    refused(witness, Submission(0, (), MAIN.note(3, signers=signers())), "log_unsigned")
    note = notes.parse(MAIN.note(3))
    bad = replace(note.lines[0], signature=bytes(64))
    refused(witness, Submission(0, (), replace(note, lines=(bad, *note.lines[1:])).to_bytes()), "log_signature_invalid")
    elsewhere = Checkpoint("other.example/log", 3, MAIN.checkpoint(3).root)
    refused(witness, Submission(0, (), signing.sign_checkpoint(elsewhere, log_signers(), timestamp=TIME)), "origin_unknown")
    for wrong in (b"", b"x\n\nx\n", MAIN.note(3)[:-1], MAIN.note(3).replace(b"\n3\n", b"\n03\n"), b"\xff\n\n" + MAIN.note(3)):
        refused(witness, Submission(0, (), wrong), "submission_malformed")
    assert size(witness) is None and kinds(folder) == []


def test_what_strangers_wrote_under_a_checkpoint_is_neither_kept_nor_served(witness: Witness) -> None:
    note = notes.parse(MAIN.note(3))
    foreign = signing.signature_line(named("stranger.example", COSIGNATURE), note.text, timestamp=TIME)
    forged = SignatureLine(NAME, OURS[0].key_id(), bytes(72))  # under our own name
    witness.add(Submission(0, (), replace(note, lines=(foreign, forged, *note.lines)).to_bytes()), now=NOW)
    kept = witness.latest(folders.hash_of(ORIGIN))
    assert kept and [line.name for line in kept.lines] == [ORIGIN] * 3 + [NAME] * 2
    assert size(witness) == 3


def test_extension_lines_are_cosigned_by_ed25519_alone(witness: Witness) -> None:
    extended = MAIN.checkpoint(3, extensions=("more",))
    note = signing.sign_checkpoint(extended, log_signers()[:2], timestamp=TIME)
    assert [line.key_id for line in witness.add(Submission(0, (), note), now=NOW)] == [OURS[0].key_id()]
    assert size(witness) == 3
    witness.add(MAIN.submission(3, 5), now=NOW)
    under_ml_dsa = notes.parse(MAIN.note(6, signers=log_signers()[2:]))
    lied = replace(under_ml_dsa, text=MAIN.checkpoint(6, extensions=("more",)).to_text())
    refused(witness, Submission(5, MAIN.path(5, 6), lied.to_bytes()), "submission_malformed")


# --- forks and rollbacks


@pytest.mark.parametrize("old", [0, 30])
def test_another_tree_of_the_same_size_is_a_fork_that_anybody_can_check(witness: Witness, folder: Path, old: int) -> None:
    witness.add(MAIN.submission(0, 30), now=NOW)
    code = "roots_differ" if old == 30 else "old_size_differs"
    for _ in range(3):
        refused(witness, Submission(old, (), OTHER.note(30, timestamp=TIME + old)), code)
    assert size(witness) == 30 and status.exit_code(status.read(folder)) == 1
    (case,) = evidence.cases(folder, ORIGIN)
    assert (case.kind, case.size, case.root, case.seen) == ("fork", 30, OTHER.checkpoint(30).root, NOW)
    policy = Policy(ORIGIN, LOG.keys)
    both = [heads.verify((case.place / name).read_bytes(), policy).checkpoint for name in ("cosigned", "presented")]
    assert both == [MAIN.checkpoint(30), OTHER.checkpoint(30)], "the log's own signatures prove it"
    witness.add(MAIN.submission(30, 31), now=NOW)
    assert size(witness) == 31, "the branch that was cosigned goes on"


def test_a_fork_that_grew_is_not_cosigned(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 30), now=NOW)
    refused(witness, Submission(30, OTHER.path(30, 40), OTHER.note(40)), "proof_invalid")
    assert (size(witness), kinds(folder), status.exit_code(status.read(folder))) == (30, ["unproven"], 3)


def test_a_smaller_tree_signed_later_is_a_rollback(witness: Witness, folder: Path) -> None:
    """Yesterday's backup of a log: it goes on from fewer leaves, at a later time."""
    witness.add(MAIN.submission(0, 30, timestamp=TIME), now=NOW)
    refused(witness, OTHER.submission(20, 25, timestamp=TIME - 1), "old_size_differs")
    refused(witness, OTHER.submission(20, 25, timestamp=TIME), "old_size_differs")
    assert kinds(folder) == [], "an old checkpoint, sent once more by anybody"
    refused(witness, OTHER.submission(20, 25, timestamp=TIME + 1), "old_size_differs")
    assert (size(witness), kinds(folder), status.exit_code(status.read(folder))) == (30, ["rollback"], 1)


def test_a_good_checkpoint_with_a_bad_proof_is_explained_later(witness: Witness, folder: Path) -> None:
    """Anybody can send a published checkpoint with a bad proof; that must not accuse the log for ever."""
    witness.add(MAIN.submission(0, 10), now=NOW)
    refused(witness, Submission(10, (), MAIN.note(30)), "proof_invalid")
    assert kinds(folder) == ["unproven"]
    witness.add(MAIN.submission(10, 20), now=NOW)
    assert kinds(folder) == ["unproven"], "not that tree yet"
    witness.add(MAIN.submission(20, 30), now=NOW)
    assert kinds(folder) == [] and status.exit_code(status.read(folder)) == 0


def test_what_was_unproven_becomes_a_fork_when_another_tree_of_that_size_is_cosigned(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 30), now=NOW)
    refused(witness, Submission(30, OTHER.path(30, 40), OTHER.note(40)), "proof_invalid")
    witness.add(MAIN.submission(30, 40), now=NOW)
    assert kinds(folder) == ["fork"]


def test_strangers_do_not_fill_the_disk_with_cases(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 1), now=NOW)
    for new in range(3, 64):
        refused(witness, Submission(1, (), MAIN.note(new)), "proof_invalid")
    assert Counter(kinds(folder)) == {"unproven": evidence.KEPT_MOST}
    refused(witness, Submission(1, (), OTHER.note(40)), "proof_invalid")
    refused(witness, Submission(1, (), invented(1)), "roots_differ")
    assert kinds(folder).count("fork") == 1, "a proof has a place of its own"


def invented(new: int) -> bytes:
    return signing.sign_checkpoint(Checkpoint(ORIGIN, new, bytes(32)), log_signers(), timestamp=TIME)


def test_a_case_half_kept_by_a_run_that_was_killed_is_kept_again(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 30), now=NOW)
    refused(witness, Submission(30, (), OTHER.note(30)), "roots_differ")
    (case,) = evidence.cases(folder, ORIGIN)
    (case.place / "about.json").unlink()
    assert kinds(folder) == []
    refused(witness, Submission(30, (), OTHER.note(30)), "roots_differ")
    assert kinds(folder) == ["fork"]


def test_evidence_that_cannot_be_kept_lets_nothing_pass(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 30), now=NOW)
    (folder / folders.FORKS).write_bytes(b"a file where the folder would be")
    refused(witness, Submission(30, (), OTHER.note(30)), "roots_differ")
    witness.add(MAIN.submission(30, 31), now=NOW)
    assert size(witness) == 31


# --- time


def test_a_clock_that_goes_back_takes_no_time_back(witness: Witness) -> None:
    def given(old: int, new: int, now: int) -> list[int]:
        return times(MAIN.checkpoint(new).to_text(), witness.add(MAIN.submission(old, new), now=now))

    assert [given(0, 3, NOW), given(3, 3, NOW - 50), given(3, 5, NOW - 1), given(5, 5, NOW + 1)] == [
        *([NOW, NOW], [NOW, NOW], [NOW, NOW], [NOW + 1, NOW + 1])
    ]


def test_the_same_checkpoint_again_has_the_newer_time(witness: Witness, folder: Path) -> None:
    first = witness.add(MAIN.submission(0, 3), now=NOW)
    path = folders.place_of(folder, ORIGIN) / folders.COSIGNED
    written = path.stat().st_ino
    assert witness.add(MAIN.submission(3, 3), now=NOW) == first and path.stat().st_ino == written, "not written for it"
    again = witness.add(MAIN.submission(3, 3), now=NOW + 60)
    assert times(MAIN.checkpoint(3).to_text(), again) == [NOW + 60] * 2 and path.stat().st_ino != written


# --- the state


def test_what_is_on_the_disk_is_what_was_answered(witness: Witness, folder: Path) -> None:
    submission = MAIN.submission(0, 3)
    lines = witness.add(submission, now=NOW)
    stored = notes.parse((folders.place_of(folder, ORIGIN) / folders.COSIGNED).read_bytes())
    assert stored == notes.parse(submission.note).signed_also(lines)
    assert Witness(folder, signers()).latest(folders.hash_of(ORIGIN)) == stored, "also for the next process"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda place: (place / "cosigned").unlink(), "state_missing"),
        (lambda place: (place / "log.json").unlink(), "state_missing"),
        (lambda place: (place / "cosigned").write_bytes(b""), "state_unreadable"),
        (lambda place: (place / "cosigned").write_bytes((place / "cosigned").read_bytes()[:-40]), "state_unreadable"),
        (lambda place: (place / "cosigned").write_bytes((place / "cosigned").read_bytes().replace(b"\n3\n", b"\n2\n")), "state_unreadable"),
        (lambda place: (place / "cosigned").write_bytes(MAIN.note(2)), "state_unreadable"),
        (lambda place: (place / "cosigned").write_bytes(bytes(7000)), "state_unreadable"),
        (lambda place: (place / "log.json").write_bytes(b"{"), "state_unreadable"),
        (lambda place: (place / "log.json").write_bytes(b'{"origin": 1}'), "state_unreadable"),
        (lambda place: (place / "log.json").write_text('{"origin": "khatm.example/log", "keys": []}'), "state_unreadable"),
        (lambda place: (place / "log.json").write_text(f'{{"origin": "other", "keys": ["{OURS[0].vkey()}"]}}'), "state_unreadable"),
    ],
)
def test_a_lost_or_broken_state_is_never_a_beginning(witness: Witness, folder: Path, fault: object, code: str) -> None:
    witness.add(MAIN.submission(0, 3), now=NOW)
    fault(folders.place_of(folder, ORIGIN))  # type: ignore[operator]
    with pytest.raises(StateError, match=f"^{code}"):
        witness.check()
    with pytest.raises((StateError, SubmissionError)):
        witness.add(MAIN.submission(0, 3), now=NOW)
    with pytest.raises(StateError, match=f"^{code}"):
        status.read(folder)


@pytest.mark.parametrize(("log", "shown"), [(MAIN, 40), (OTHER, 40), (OTHER, 30), (MAIN, 31)])
def test_a_restored_backup_ends_the_witness_when_its_own_cosignature_is_shown(folder: Path, log: PlayedLog, shown: int) -> None:
    """Whoever holds what it signed in the lost time can tell it so."""
    witness = made(folder)
    witness.add(MAIN.submission(0, 30), now=NOW)
    note = notes.parse(log.note(shown))
    forgotten = note.signed_also(signing.signature_line(each, note.text, timestamp=NOW + 60) for each in signers()).to_bytes()
    with pytest.raises(StateError, match="state_behind"):
        witness.add(Submission(30, (), forgotten), now=NOW + 90)
    for again in (lambda: witness.add(MAIN.submission(30, 31), now=NOW + 91), witness.check, lambda: status.read(folder)):
        with pytest.raises(StateError, match="state_behind"):
            again()
    kept = notes.parse((folders.place_of(folder, ORIGIN) / folders.BEHIND).read_bytes())
    assert len(heads.verify_note(kept, OURS)) == 2 and checkpoints.parse(kept.text) == log.checkpoint(shown)


def test_its_own_cosignatures_of_what_it_knows_are_nothing_new(witness: Witness) -> None:
    shown = []
    for old, new in ((0, 30), (30, 35)):
        submission = MAIN.submission(old, new)
        shown.append(notes.parse(submission.note).signed_also(witness.add(submission, now=NOW)).to_bytes())
    refused(witness, Submission(30, (), shown[0]), "old_size_differs")
    witness.add(Submission(35, (), shown[1]), now=NOW + 1)
    note = notes.parse(MAIN.note(40))
    forged = [replace(line, signature=line.signature[::-1]) for line in notes.parse(shown[1]).lines if line.name == NAME]
    stolen = [line for line in notes.parse(shown[1]).lines if line.name == NAME]  # good under another text
    for lines in (forged, stolen):
        refused(witness, Submission(3, (), note.signed_also(lines).to_bytes()), "old_size_differs")
    assert size(witness) == 35


def test_other_lines_under_the_same_tree_are_no_other_tree(witness: Witness) -> None:
    """A log may change its extension lines; what we cosigned with the earlier ones is nothing that we forgot."""
    plain = MAIN.submission(0, 3)
    shown = notes.parse(plain.note).signed_also(witness.add(plain, now=NOW)).to_bytes()
    extended = signing.sign_checkpoint(MAIN.checkpoint(3, extensions=("more",)), log_signers()[:2], timestamp=TIME)
    witness.add(Submission(3, (), extended), now=NOW + 1)
    witness.add(Submission(3, (), shown), now=NOW + 2)
    assert size(witness) == 3


def test_a_checkpoint_that_another_witness_signed_is_no_state_of_ours(witness: Witness, folder: Path) -> None:
    note = notes.parse(MAIN.note(3))
    theirs = signing.signature_line(named("witness.example/w2", COSIGNATURE), note.text, timestamp=NOW)
    (folders.place_of(folder, ORIGIN) / folders.COSIGNED).write_bytes(note.signed_also([theirs]).to_bytes())
    with pytest.raises(StateError, match="state_unreadable"):
        witness.check()


def test_following_again_begins_nothing_anew(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 3), now=NOW)
    assert not folders.follow(folder, LOG)
    fewer = PinnedLog(ORIGIN, LOG.keys[2:])
    with pytest.raises(WitnessError, match="log_followed"):
        folders.follow(folder, fewer)
    assert folders.follow(folder, fewer, replace=True)
    assert size(witness) == 3
    refused(witness, Submission(3, MAIN.path(3, 4), MAIN.note(4, signers=log_signers()[:2])), "log_unsigned")
    (folders.place_of(folder, ORIGIN) / folders.LOG).unlink()  # a pinning that was lost
    assert folders.follow(folder, LOG)
    assert size(witness) == 3


def test_a_following_that_was_killed_half_way_is_none(witness: Witness, folder: Path) -> None:
    for name in ("a" * 64, "b" * 64):
        (folder / folders.LOGS / name).mkdir()
    (folder / folders.LOGS / ("b" * 64) / folders.COSIGNED).write_bytes(folders.NOTHING_YET)
    witness.check()
    assert [log.origin for log in folders.followed(folder)] == [ORIGIN]


@pytest.mark.parametrize("name", ["", ".", "..", "../" * 3, "A" * 64, "a" * 63, "\0", "../logs/{}", "./{}", "{}/", "{}/../{}"])
def test_no_other_name_leads_to_a_log(witness: Witness, name: str) -> None:
    witness.add(MAIN.submission(0, 3), now=NOW)
    assert witness.latest(name.replace("{}", folders.hash_of(ORIGIN))) is None


def test_a_log_is_no_witness_of_itself(witness: Witness, folder: Path) -> None:
    own = keys.note_key("other.example/log", ED25519, OURS[0].public)
    for log in (PinnedLog("x", OURS), PinnedLog("x", (own,)), PinnedLog(NAME, LOG.keys)):
        with pytest.raises(WitnessError, match="log_is_witness"):
            folders.follow(folder, log)
    for log in (PinnedLog("", LOG.keys), PinnedLog("x" * 256, LOG.keys), PinnedLog("x\ny", LOG.keys), PinnedLog("x", ())):
        with pytest.raises(WitnessError, match="log_keys_wrong"):
            folders.follow(folder, log)


# --- many at once


def test_of_two_branches_that_race_one_is_cosigned(witness: Witness, folder: Path) -> None:
    witness.add(MAIN.submission(0, 20), now=NOW)
    other = Witness(folder, signers())  # as another process has it
    begin = threading.Barrier(8)
    told: list[str] = []

    def submit(which: int) -> None:
        submission = (MAIN, OTHER)[which % 2].submission(20, 30)
        begin.wait()
        try:
            (witness, other)[which // 2 % 2].add(submission, now=NOW)
            told.append("MAIN" if which % 2 == 0 else "OTHER")
        except SubmissionError as error:
            told.append(error.code)

    threads = [threading.Thread(target=submit, args=(which,)) for which in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(told)
    assert counted["MAIN"] + counted["OTHER"] == 1 and counted["old_size_differs"] == 7
    assert kinds(folder) == ["fork"], "and the other one is known for what it is"


# --- other people's logs


def test_a_foreign_log_is_followed_from_its_first_leaf_to_its_last(folder: Path) -> None:
    sample = logs.foreign("tlog_sample")
    key = keys.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
    witness = made(folder, log=PinnedLog(key.name, (key,)))

    def read(tile: Tile) -> bytes:
        return (sample / tile.path()).read_bytes()

    last = 0
    for number in range(16):
        note = (sample / f"checkpoint.{number}").read_bytes()
        new = checkpoints.parse(notes.parse(note).text).size
        path = tuple(nodes.consistency_path(nodes.from_tiles(new, read), last, new)) if 0 < last < new else ()
        assert len(witness.add(Submission(last, path, note), now=NOW + number)) == 2
        last = new
    served = witness.latest(folders.hash_of(key.name))
    assert served and heads.verify(served.to_bytes(), Policy(key.name, (key,), OURS, 1)).checkpoint.size == last > 10
    shutil.rmtree(folder)


def test_the_empty_tree_of_a_log_is_known_by_its_root() -> None:
    assert MAIN.checkpoint(0).root == EMPTY_ROOT
