"""A log that tests play, with as many branches as they want, and a witness's folder with cheap keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.transparency.logs import ORIGIN, TIME, Stored, log_signers, named
from tests.transparency.naive import leaf
from transparency import nodes, signing
from transparency.checkpoints import Checkpoint
from transparency.keys import COSIGNATURE, ML_DSA_44
from transparency.nodes import consistency_path
from transparency.signing import NoteSigner
from transparency.witnessing import Submission
from witness import folder as folders
from witness.cosigning import Witness
from witness.folder import PinnedLog

PASSPHRASE = b"correct horse battery"
NAME = "witness.example/w1"
LOG = PinnedLog(ORIGIN, tuple(each.key for each in log_signers()))


@dataclass
class PlayedLog:
    """A log of 64 leaves, any beginning of which may be shown; it leaves the other branches after `common` leaves."""

    branch: int = 0
    common: int = 64
    origin: str = ORIGIN

    def __post_init__(self) -> None:
        self.stored = Stored(0)
        self.stored.grow(leaf(number + (1000 * self.branch if number >= self.common else 0)) for number in range(64))

    def checkpoint(self, size: int, *, extensions: tuple[str, ...] = ()) -> Checkpoint:
        return Checkpoint(self.origin, size, nodes.range_root(self.stored.nodes(), 0, size), extensions)

    def note(self, size: int, *, timestamp: int = TIME, signers: tuple[NoteSigner, ...] = log_signers()) -> bytes:
        return signing.sign_checkpoint(self.checkpoint(size), signers, timestamp=timestamp)

    def path(self, old: int, new: int) -> tuple[bytes, ...]:
        return tuple(consistency_path(self.stored.nodes(), old, new)) if old else ()

    def submission(self, old: int, new: int, *, timestamp: int = TIME) -> Submission:
        """An honest submission: the tree of `new` leaves, to a witness of the one of `old`."""
        return Submission(old, self.path(old, new), self.note(new, timestamp=timestamp))


MAIN = PlayedLog()
#: The same up to 20 leaves.
OTHER = PlayedLog(branch=1, common=20)


def signers(name: str = NAME) -> tuple[NoteSigner, ...]:
    return named(name, COSIGNATURE), named(name, ML_DSA_44)


def made(folder: Path, *, log: PinnedLog = LOG) -> Witness:
    """A witness that follows the log; its private keys are these tests' and not in the folder."""
    vkeys = [each.key.vkey() for each in signers()]
    folders._write(folder / folders.WITNESS, {"name": NAME, "keys": vkeys})
    folders.follow(folder, log)
    return Witness(folder, signers())
