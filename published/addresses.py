"""What a published file is called on the web, and how it is served: one table for the verifier, for static hosts, and for whoever follows.

Every file is signed, or held by one that is, so all are for everybody's pages (CORS) and may lie on any host. What never changes may be
kept for ever; what is replaced is asked for again after seconds, so that a revocation is seen everywhere within minutes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from seal import log_packs, roots, status, trust
from transparency.errors import TileError
from transparency.tiles import parse_path

from . import folder, listed, pinning

WELL_KNOWN: Final = "/.well-known/khatm/"
INDEX: Final = "index"  # unsigned: what a reader may ask for; made of the folder's names
STATUS_SECONDS, TRUST_SECONDS = 300, 3600
CHECKPOINT_SECONDS = 5  # a new license is in the log within seconds
PROOF_SECONDS = 7 * 86_400  # its name is its list's digest
FOREVER_SECONDS = 365 * 86_400
_OCTETS, _TEXT = "application/octet-stream", "text/plain; charset=utf-8"
_NUMBER = "[1-9][0-9]{0,3}"
_LOGS = "(?:log|acts)"
_TILE = rf"{_LOGS}/tile/(?:entries|[0-9]{{1,2}})/(?:x[0-9]{{3}}/){{0,4}}[0-9]{{3}}(?:\.p/[1-9][0-9]{{0,2}})?"
_PACK = r"log/pack/[A-Z][A-Z0-9]{1,3}/"


class Kind(NamedTuple):
    """Files of one kind: the shape of their names in the folder (a regular expression that Python and PCRE read alike), what stands before
    the name in the address, the media type, and for how many seconds a copy may be used without asking; `fixed`: they never change.
    """

    shape: str
    before: str
    media_type: str
    seconds: int
    fixed: bool = False

    @property
    def cache(self) -> str:
        """Return Cache-Control (RFC 9111, RFC 8246)."""
        if not self.seconds:
            return "no-cache"
        return f"public, max-age={self.seconds}, {'immutable' if self.fixed else 'must-revalidate'}"


KINDS: Final = (
    Kind(INDEX, WELL_KNOWN, "application/json", 0),
    Kind(f"(?:{pinning.ROOTS}/)?{folder.TRUST_LIST}", WELL_KNOWN, trust.TYP, TRUST_SECONDS),
    Kind(f"{pinning.ROOTS}/{_NUMBER}", WELL_KNOWN, roots.TYP, STATUS_SECONDS),
    Kind(f"{listed.PROOFS}/[0-9a-f]{{64}}", WELL_KNOWN, _TEXT, PROOF_SECONDS, fixed=True),
    Kind(f"{folder.STATUS}/{_NUMBER}", "/", status.TYP, STATUS_SECONDS),
    Kind(f"{_LOGS}/checkpoint", "/", _TEXT, CHECKPOINT_SECONDS),
    Kind(f"{_PACK}index", "/", log_packs.TYP, STATUS_SECONDS),
    Kind(rf"{_PACK}(?:0|{_NUMBER})(?:\.p/{_NUMBER})?", "/", _OCTETS, FOREVER_SECONDS, fixed=True),
    Kind(_TILE, "/", _OCTETS, FOREVER_SECONDS, fixed=True),
)
_COMPILED: Final = tuple((re.compile(kind.shape, re.ASCII), kind) for kind in KINDS)


def kind_of(name: str) -> Kind | None:
    """Return the kind of a file by its name in the folder; None for what is published nowhere."""
    kind = next((kind for shape, kind in _COMPILED if shape.fullmatch(name)), None)
    if kind is None or kind.shape != _TILE:
        return kind
    try:  # the one way to write it, and no level or width that no tree has
        parse_path(name.partition("/")[2])
    except TileError:
        return None
    return kind


def path_of(name: str) -> str:
    """Return the path of a file's address. Raises KeyError for what has none."""
    kind = kind_of(name)
    if kind is None:
        raise KeyError(name)
    return kind.before + name


def files(published: Path) -> Iterator[tuple[str, Kind]]:
    """Yield name and kind of every file in the folder that has an address, the names that others lead to last: lists, heads."""
    walked = os.walk(published, followlinks=True)  # a follower's tiles lie behind a link
    names = ((Path(path) / each).relative_to(published).as_posix() for path, _, files_ in walked for each in files_)
    found = [(name, kind) for name in names if (kind := kind_of(name))]
    yield from sorted(found, key=lambda each: (not each[1].fixed, each[0]))
