"""What a verifier pins: a file that was given to it by hand, one key or a root document; and the newest document that follows from that.

roots/<version>         root documents, from the first on (docs/format.md §21)
roots/trust-list        the trust list as the holders of the root signed it; `trust-list` is for readers that pin one key
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seal import cosign, roots, trust
from seal.errors import FormatError, ListError
from seal.roots import RootDocument
from seal.trust import Pinned, Root

from .memory import Memory, Rooted

DOCUMENT, KEY = "root.cose", "root.jwk"  # the names of a pinned file
ROOTS = "roots"
SIGNED = f"{ROOTS}/trust-list"


class Newest(NamedTuple):
    """The root to go by, and what was wrong with the document that would follow: its code by its name."""

    root: Pinned
    faults: dict[str, str]


def beside(folder: Path) -> Path:
    """Return the pinned file of a folder: a root document if there is one, else a key."""
    document = folder / DOCUMENT
    return document if document.exists() else folder / KEY


def read_root(path: Path) -> Pinned:
    """Return what is pinned: a root document, or one key as a JWK (RFC 7517) with the member `floor_sequence`.

    Raises ListError `root_missing`, `root_unreadable`, `root_invalid`, `root_corrupt`, `root_unsigned`; the detail names the file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(roots.OCTETS_MOST + 1)
    except FileNotFoundError as error:
        raise ListError("root_missing", str(path)) from error
    except OSError as error:
        raise ListError("root_unreadable", f"{path}: {error.strerror}") from error
    try:
        return roots.pinned(data) if data.startswith(cosign.TAG) else _key(data)
    except ListError as error:
        raise ListError(error.code, f"{path}: {error.detail}") from error
    except (KeyError, TypeError, ValueError, RecursionError, FormatError) as error:
        raise ListError("root_invalid", f"{path}: {type(error).__name__}") from error


def _key(data: bytes) -> Root:
    jwk = json.loads(data.decode("utf-8"))
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256" or type(jwk["floor_sequence"]) is not int:
        raise ListError("root_invalid", "not a P-256 key with a floor_sequence")
    return Root(bytes.fromhex(jwk["kid"]), trust.public_key(_base64url(jwk["x"]), _base64url(jwk["y"])), jwk["floor_sequence"])


def _base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def trust_list_of(root: Pinned) -> str:
    """Return the name of the trust list that a root's readers go by."""
    return SIGNED if isinstance(root, RootDocument) else "trust-list"


def newest(folder: Path, root: Pinned, memory: Memory | None = None) -> Newest:
    """Return the newest root that the published documents lead to from what is pinned, or that `memory` was led to before.

    `memory` learns where it led. A document that does not hold leads nowhere: the one before stays.
    """
    if not isinstance(root, RootDocument):
        return Newest(root, {})
    pin = roots.to_bytes(root)
    walked = roots.walk(memory.rooted(pin, root) if memory else root, lambda version: document(folder, version))
    if memory and walked.data:
        memory.learn_root(Rooted.of(pin, walked.document, walked.data))
    return Newest(walked.document, {f"{ROOTS}/{walked.document.version + 1}": walked.fault} if walked.fault else {})


def newest_root(folder: Path, path: Path) -> Pinned:
    """Return the newest root that the published documents lead to from the pinned file at `path`. Raises ListError as `read_root` does."""
    return newest(folder, read_root(path)).root


def document(folder: Path, version: int) -> bytes | None:
    """Return what a folder has of a root document, None where it has none."""
    with suppress(OSError), (folder / ROOTS / str(version)).open("rb") as file:
        return file.read(roots.OCTETS_MOST + 1)
    return None
