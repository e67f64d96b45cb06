"""Submissions that are a little wrong: they are refused by a code, or cosigned because they are right; nothing else ever happens."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.wire import mutated
from tests.transparency.logs import ORIGIN, TIME, log_signers
from tests.witness.played import MAIN, OTHER, made
from transparency import checkpoints, notes, witnessing
from transparency.errors import NoteError
from transparency.witnessing import Submission
from witness import folder as folders
from witness.errors import SubmissionError

REFUSED = {"submission_malformed", "origin_unknown", "log_unsigned", "log_signature_invalid", "old_size_above", "old_size_differs"}
REFUSED |= {"proof_invalid", "roots_differ"}


SHORT = log_signers()[:1]  # a note of a few lines: changes fall everywhere, and not into long signatures alone


def inputs() -> list[bytes]:
    """Submissions to a witness of 30 leaves: right ones, and of each kind of wrong ones."""
    right = [Submission(30, MAIN.path(30, new), MAIN.note(new, signers=SHORT)) for new in (30, 31, 64)]
    forked = [Submission(30, OTHER.path(30, new), OTHER.note(new, signers=SHORT)) for new in (30, 31)]
    other = [Submission(12, MAIN.path(12, 29), MAIN.note(29, signers=SHORT)), Submission(40, (), MAIN.note(30)), MAIN.submission(30, 31)]
    return [each.to_bytes() for each in (*right, *right, *forked, *other)]


def changed(chance: random.Random, data: bytes) -> bytes:
    """A submission with a change anywhere, in what stands before the note, or with none."""
    head, gap, note = data.partition(b"\n\n")
    return chance.choice((mutated(chance, data), mutated(chance, head) + gap + note, data))


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_submission_makes_a_witness_fail_or_leave_the_log(tmp_path: Path, count: int) -> None:
    chance, told, base = random.Random(47), Counter[str](), inputs()
    witness = made(tmp_path / "w")
    witness.add(MAIN.submission(0, 30), now=TIME)
    for number in range(count):
        try:
            witness.add(witnessing.parse(changed(chance, chance.choice(base))), now=TIME + number)
            told["cosigned"] += 1
        except SubmissionError as error:
            told[error.code] += 1
        except NoteError as error:
            assert error.code in {"witness_request_malformed", "note_too_long"}
            told["witness_request_malformed"] += 1
        _is_of_the_log(tmp_path / "w")
        if number % 100 == 0:
            _again(tmp_path / "w")
    assert set(told) == REFUSED | {"cosigned", "witness_request_malformed"}, told


def _again(folder: Path) -> None:
    """Let the next inputs meet a witness of 30 leaves again."""
    shutil.rmtree(folder)
    made(folder).add(MAIN.submission(0, 30), now=TIME)


def _is_of_the_log(folder: Path) -> None:
    data = (folders.place_of(folder, ORIGIN) / folders.COSIGNED).read_bytes()
    found = checkpoints.parse(notes.parse(data).text)
    assert found.size >= 30 and found == MAIN.checkpoint(found.size)
