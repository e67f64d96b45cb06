"""A log for tests: keys made at run time, and the published log read back as a stranger does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from issuer.log.both import Logs
from issuer.log.files import LogFiles
from issuer.log.stored import LogStore
from issuer.log.turn import Cosign, LogTurn
from issuer.operations import Publisher
from seal import leaves
from tests.issuer.offices import HOST, Office
from transparency import bundles, heads, keys, nodes, proofs
from transparency.heads import Head, Policy
from transparency.signing import NoteSigner
from transparency.tiles import Bundle

ORIGIN = f"{HOST}/log"


def signers(origin: str = ORIGIN) -> tuple[NoteSigner, ...]:
    """The three keys of a log."""
    return tuple(_signer(origin, kind) for kind in (keys.ED25519, keys.COSIGNATURE, keys.ML_DSA_44))


def _signer(origin: str, kind: int) -> NoteSigner:
    private = MLDSA44PrivateKey.generate() if kind == keys.ML_DSA_44 else ed25519.Ed25519PrivateKey.generate()
    return NoteSigner(keys.note_key(origin, kind, private.public_key().public_bytes_raw()), private.sign)


class LogHouse(NamedTuple):
    """An office that publishes a log, and keys that nobody else has."""

    office: Office
    signers: tuple[NoteSigner, ...]

    @property
    def folder(self) -> Path:
        """Where the log is published."""
        return self.office.locations.published / "log"

    @property
    def store(self) -> LogStore:
        """Where its last checkpoint is kept."""
        return LogStore(self.office.locations.store)

    @property
    def policy(self) -> Policy:
        """By what a stranger knows its heads."""
        return Policy(ORIGIN, tuple(signer.key for signer in self.signers))

    def turn(self, cosign: Cosign | None = None) -> LogTurn:
        """A publisher's turns at the log."""
        return LogTurn(LogFiles(self.folder), self.store, self.signers, cosign)

    def publisher(self, cosign: Cosign | None = None) -> Publisher:
        """A publisher that begins."""
        return Publisher(self.office.locations, logs=Logs(self.turn(cosign)), guarded=False)

    def publish(self, now: int) -> list[str]:
        """Publish once, as a process that begins does."""
        with self.office.locations.engine() as engine:
            return self.publisher().round(engine, now=now)

    def head(self) -> Head:
        """The published head, verified."""
        return heads.verify((self.folder / "checkpoint").read_bytes(), self.policy)


def from_folder(folder: Path) -> Callable[[str], bytes]:
    """Reads the files of a log."""
    return lambda path: (folder / path).read_bytes()


def read_whole(read: Callable[[str], bytes], policy: Policy) -> tuple[Head, list[bytes]]:
    """Return a log's head and entries: each entry is proven to stand at its place, and nothing else is believed."""
    head = heads.verify(read("checkpoint"), policy)
    size, root = head.checkpoint.size, head.checkpoint.root
    tree = nodes.from_tiles(size, lambda tile: read(tile.path()))
    entries: list[bytes] = []
    for start in range(0, size, 256):
        width = min(256, size - start)
        entries += bundles.parse(read(Bundle(start // 256, width).path()), width)
    for place, entry in enumerate(entries):
        assert proofs.leaf_at(tree, place, size, root) == leaves.leaf_of(entry), place
    assert len(entries) == size
    return head, entries


def assert_grown(read: Callable[[str], bytes], old: Head, new: Head) -> None:
    """The newer tree begins with the older one."""
    before, after = old.checkpoint, new.checkpoint
    tree = nodes.from_tiles(after.size, lambda tile: read(tile.path()))
    path = nodes.consistency_path(tree, before.size, after.size)
    proofs.verify_consistency(before.size, after.size, before.root, after.root, path)
