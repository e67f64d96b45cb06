"""Logs, keys and foreign vectors that tests share. Keys are made at run time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tests.transparency.naive import leaf
from transparency import keys, nodes
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44
from transparency.signing import NoteSigner
from transparency.tiles import Tile

FOLDER = Path(__file__).parents[1] / "vectors/transparency"
#: A folder of other vectors under the same names, to be tried instead.
OTHER = os.environ.get("KHATM_VECTORS")  # noqa: TID251
ORIGIN = "khatm.example/log"
TIME = 1_790_000_000


def foreign(name: str) -> Path:
    """A file or folder of vectors that other programs made (tests/vectors/README.md)."""
    other = Path(OTHER or FOLDER, name)
    return other if other.exists() else FOLDER / name


def vectors(name: str) -> Any:
    return json.loads(foreign(name).read_text("utf-8"))


class Stored:
    """A log whose tiles lie in a dictionary, as they would in a folder."""

    def __init__(self, size: int) -> None:
        self.builder = TreeBuilder()
        self.files: dict[str, bytes] = {}
        self.grow(leaf(number) for number in range(size))

    def grow(self, leaves: Iterable[bytes]) -> None:
        full = self.builder.append(leaves)
        self.files.update((tile.path(), data) for tile, data in (*full, *self.builder.partial_tiles()))

    def read(self, tile: Tile) -> bytes:
        return self.files[tile.path()]

    def nodes(self) -> nodes.Nodes:
        return nodes.from_tiles(self.builder.size, self.read)

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(ORIGIN, self.builder.size, self.builder.root())


@cache
def stored(size: int) -> Stored:
    """A log that no test changes."""
    return Stored(size)


def signer(name: str, kind: int) -> NoteSigner:
    """A new key under a name."""
    private = MLDSA44PrivateKey.generate() if kind == ML_DSA_44 else Ed25519PrivateKey.generate()
    sign: Callable[[bytes], bytes] = private.sign
    return NoteSigner(keys.note_key(name, kind, private.public_key().public_bytes_raw()), sign)


@cache
def named(name: str, kind: int) -> NoteSigner:
    """The key of a name and kind, the same for the whole run."""
    return signer(name, kind)


def log_signers() -> tuple[NoteSigner, ...]:
    """The three signatures that a log gives itself."""
    return tuple(named(ORIGIN, kind) for kind in (ED25519, COSIGNATURE, ML_DSA_44))
