"""What an office asks the root to sign, as a file to carry: the whole list as it is to be, and what it builds on (docs/how-to/ceremony.md).

    request = {"khatm": "request 1", "asked": trust list's payload, "on": {* published name => octets}, "proofs": {* key => proof}}
    answer  = {"khatm": "answer 1", "files": {* published name => octets}}

Deterministic CBOR. Published names are those of a trust list and of root documents, and no others: they become names of files. A
request is not signed: the root believes none of it but what its own signature and the keys' proofs say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from published import TRUST_LIST
from published.folder import FILE_MAX
from published.pinning import ROOTS, SIGNED
from seal import cbor
from seal.errors import FormatError

from .errors import CustodyError

_REQUEST, _ANSWER = "request 1", "answer 1"
_PUBLISHED = re.compile(rf"{TRUST_LIST}|{SIGNED}|{ROOTS}/[1-9][0-9]{{0,9}}")


class Request(NamedTuple):
    """The payload that shall be signed; the files of the signed list that it follows, none for a first one; a proof for each new key.

    Proofs are by kid in hex, or by vkey for keys of the log.
    """

    asked: bytes
    on: Mapping[str, bytes]
    proofs: Mapping[str, bytes]

    def to_bytes(self) -> bytes:
        """Return the request as a file."""
        return cbor.encode({"khatm": _REQUEST, "asked": self.asked, "on": dict(self.on), "proofs": dict(self.proofs)})


def parse(data: bytes) -> Request:
    """Read a request. Raises CustodyError `request_invalid`."""
    held = _map(data, _REQUEST, "request_invalid")
    asked, on, proofs = (held.get(name) for name in ("asked", "on", "proofs"))
    if type(asked) is not bytes or not isinstance(on, dict) or not isinstance(proofs, dict) or len(held) != 4:
        raise CustodyError("request_invalid")
    if not all(_is_octets_by_name(each) for each in (on, proofs)) or not _are_published(on):
        raise CustodyError("request_invalid")
    return Request(asked, on, proofs)


def answer_to_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return what the root gives back, as a file."""
    return cbor.encode({"khatm": _ANSWER, "files": dict(files)})


def parse_answer(data: bytes) -> dict[str, bytes]:
    """Read what came back from the root; nothing of it is verified. Raises CustodyError `answer_invalid`."""
    held = _map(data, _ANSWER, "answer_invalid")
    files = held.get("files")
    if not isinstance(files, dict) or not files or len(held) != 2 or not (_is_octets_by_name(files) and _are_published(files)):
        raise CustodyError("answer_invalid")
    return files


def read(path: Path) -> bytes:
    """Return the octets of a file that somebody brought. Raises CustodyError `file_too_large`; OSError."""
    with path.open("rb") as stream:
        data = stream.read(3 * FILE_MAX + 1)
    if len(data) > 3 * FILE_MAX:
        raise CustodyError("file_too_large", str(path))
    return data


def _map(data: bytes, what: str, code: str) -> dict[Any, Any]:
    try:
        held = cbor.parse(data)
    except FormatError as error:
        raise CustodyError(code) from error
    if not isinstance(held, dict) or held.get("khatm") != what:
        raise CustodyError(code)
    return held


def _is_octets_by_name(value: dict[Any, Any]) -> bool:
    return all(type(name) is str and type(data) is bytes for name, data in value.items())


def _are_published(files: dict[str, bytes]) -> bool:
    return all(map(is_published, files))


def is_published(name: str) -> bool:
    """Say whether a name is one of those that a trust list and root documents are published by."""
    return _PUBLISHED.fullmatch(name) is not None
