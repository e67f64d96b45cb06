"""The one thing that a witness does: it cosigns a checkpoint that continues what it cosigned last, and nothing else (tlog-witness)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from transparency import checkpoints, heads, notes
from transparency.checkpoints import Checkpoint
from transparency.errors import NoteError, NoteSignatureError, ProofError
from transparency.heads import Signed
from transparency.keys import COSIGNATURE, NoteKey
from transparency.notes import Note, SignatureLine
from transparency.proofs import verify_consistency
from transparency.signing import NoteSigner, signature_line
from transparency.tree import EMPTY_ROOT
from transparency.witnessing import Submission

from . import evidence, record
from . import folder as folders
from .errors import StateError, SubmissionError
from .folder import Identity, PinnedLog
from .record import Cosigned

_LOG = logging.getLogger(__name__)


class Witness:
    """A witness's folder and what it signs with. Several threads and processes may use one folder, on one machine."""

    def __init__(self, folder: Path, signers: Sequence[NoteSigner]) -> None:
        self._folder, self._signers = folder, tuple(signers)
        self._who = Identity(signers[0].key.name, tuple(each.key for each in signers))

    def check(self) -> None:
        """Return if the state of every log can be read and is ours. Raises StateError, OSError."""
        for log in folders.followed(self._folder):
            record.read(self._folder, self._who, log)

    def latest(self, name: str) -> Note | None:
        """Return the checkpoint cosigned last of the log with this hash, None without one. Raises StateError, OSError."""
        log = folders.pinned_as(self._folder, name)
        found = record.read(self._folder, self._who, log) if log else None
        return found.note if found else None

    def add(self, submission: Submission, *, now: int) -> tuple[SignatureLine, ...]:
        """Return our cosignatures of a checkpoint, once it is on the disk with them. `now`: POSIX seconds.

        No time is given that lies before one given already, whatever the clock says. Raises SubmissionError, StateError, OSError.
        """
        note, checkpoint = _parsed(submission)
        log = folders.pinned(self._folder, checkpoint.origin)
        if log is None:
            raise SubmissionError("origin_unknown")
        signed = _signed(note, log)
        if submission.old > checkpoint.size:
            raise SubmissionError("old_size_above")
        known = {(each.key.name, each.key.key_id()) for each in signed}
        whole = Note(note.text, tuple(line for line in note.lines if (line.name, line.key_id) in known))
        with folders.alone(self._folder, log.origin):
            latest = record.read(self._folder, self._who, log)
            self._remember(log, latest, note, checkpoint)
            if latest:
                self._watch(latest, checkpoint, whole, record.log_timestamp(signed), now)
            return self._continue(log, latest, submission, checkpoint, whole, now)

    def _continue(
        self, log: PinnedLog, latest: Cosigned | None, submission: Submission, checkpoint: Checkpoint, whole: Note, now: int
    ) -> tuple[SignatureLine, ...]:
        last = latest.checkpoint if latest else Checkpoint(log.origin, 0, EMPTY_ROOT)
        if submission.old != last.size:
            raise SubmissionError("old_size_differs", size=last.size)
        try:
            _check_growth(last, checkpoint, submission.path)
        except SubmissionError as error:
            if latest and error.code == "proof_invalid" and 0 < last.size < checkpoint.size:
                self._keep(evidence.UNPROVEN, latest.note, whole, now, submission.path)
            raise
        timestamp = max(now, latest.timestamp if latest else 0)
        if latest and latest.note.text == whole.text and latest.timestamp == timestamp:
            return latest.lines  # asked twice in a second: the disk is not written for it
        lines = self._lines(checkpoint, whole.text, timestamp)
        cosigned = whole.signed_also(lines)
        record.write(self._folder, log, cosigned)
        self._settle(cosigned, now)
        return lines

    def _lines(self, checkpoint: Checkpoint, text: str, timestamp: int) -> tuple[SignatureLine, ...]:
        """Sign; ML-DSA-44 would not sign extension lines, so a checkpoint with such has the other cosignature alone."""
        signers = [each for each in self._signers if not checkpoint.extensions or each.key.kind == COSIGNATURE]
        return tuple(signature_line(each, text, timestamp=timestamp) for each in signers)

    def _remember(self, log: PinnedLog, latest: Cosigned | None, note: Note, checkpoint: Checkpoint) -> None:
        """Return unless somebody shows us our own cosignature of a tree that our state does not know. Raises StateError, OSError."""
        known = latest.checkpoint if latest else None
        if known and (checkpoint.size < known.size or (checkpoint.size, checkpoint.root) == (known.size, known.root)):
            return
        ours = tuple(line for line in note.lines if _is_by(line, note.text, self._who.keys))
        if ours:
            raise record.end(self._folder, log, Note(note.text, ours))

    def _watch(self, latest: Cosigned, checkpoint: Checkpoint, whole: Note, timestamp: int, now: int) -> None:
        """Keep what the log's own signatures prove against it, whatever else is wrong with the submission."""
        last = latest.checkpoint
        if checkpoint.size == last.size and checkpoint.root != last.root:
            self._keep(evidence.FORK, latest.note, whole, now)
        elif checkpoint.size < last.size and timestamp > latest.log_timestamp > 0:
            self._keep(evidence.ROLLBACK, latest.note, whole, now)

    def _keep(self, kind: str, cosigned: Note, presented: Note, now: int, path: Sequence[bytes] = ()) -> None:
        try:
            evidence.keep(self._folder, kind, cosigned, presented, path=path, now=now)
        except OSError as error:  # the submission is refused all the same
            _LOG.error("evidence of a %s could not be kept: %s", kind, error.strerror)

    def _settle(self, cosigned: Note, now: int) -> None:
        try:
            evidence.settle(self._folder, cosigned, now=now)
        except (OSError, StateError) as error:  # what was cosigned is
            _LOG.error("evidence could not be brought to its end: %s", type(error).__name__)


def _is_by(line: SignatureLine, text: str, known: Sequence[NoteKey]) -> bool:
    """Say whether one of these keys made a signature line, and it holds: anybody can write our name."""
    try:
        return bool(heads.verify_note(Note(text, (line,)), known))
    except (NoteSignatureError, NoteError):
        return False


def _parsed(submission: Submission) -> tuple[Note, Checkpoint]:
    try:
        note = notes.parse(submission.note)
        return note, checkpoints.parse(note.text)
    except NoteError as error:
        raise SubmissionError("submission_malformed", error.code) from error


def _signed(note: Note, log: PinnedLog) -> tuple[Signed, ...]:
    """Return the log's signatures: at least one by a pinned key, and none of those that does not hold."""
    try:
        signed = heads.verify_note(note, log.keys)
    except NoteSignatureError as error:
        raise SubmissionError("log_signature_invalid") from error
    except NoteError as error:  # extension lines under ML-DSA-44
        raise SubmissionError("submission_malformed", error.code) from error
    if not signed:
        raise SubmissionError("log_unsigned")
    return signed


def _check_growth(last: Checkpoint, checkpoint: Checkpoint, path: Sequence[bytes]) -> None:
    """Return if a tree begins with the one before. Everything begins with the empty tree, of which nothing can be proven."""
    if last.size == checkpoint.size and last.root != checkpoint.root:
        raise SubmissionError("roots_differ")
    if last.size == 0:
        if path:
            raise SubmissionError("proof_invalid")
        return
    try:
        verify_consistency(last.size, checkpoint.size, last.root, checkpoint.root, path)
    except ProofError as error:
        raise SubmissionError("proof_invalid") from error
