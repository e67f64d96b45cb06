"""What the command line is given: texts, pictures, lines of standard input. An edge: it reads files and standard input."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qr import picture
from qr.errors import PictureError
from qr.read import read_all
from seal import finding, slips, wire
from seal.trust import UNNAMED

from . import words

STANDARD_INPUT = "-"
_LINE_MOST = 4 * finding.LOOKED_AT  # octets
#: Endings that people give to pictures, also of kinds that we cannot open: who writes one means a file.
_ENDINGS = frozenset(["avif", "bmp", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "pdf", "png", "svg", "tif", "tiff", "webp"])


class Given(NamedTuple):
    """One input: its name, and the texts in it. Without any, `code` says why; `refused` unless it was looked at and holds nothing."""

    name: str
    texts: tuple[str, ...]
    code: str = ""
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether it could not be looked at."""
        return bool(self.code) and self.code != "no_code"


def of(arguments: Sequence[str], *, hosts: Collection[str], prefix: str) -> Iterator[Given]:
    """Yield what each argument holds, each message of standard input by itself. One that cannot be read does not hold up the others."""
    for argument in arguments:
        if argument == STANDARD_INPUT:
            yield from _messages(hosts, prefix)
        else:
            yield of_argument(argument, hosts=hosts, prefix=prefix)


def of_argument(argument: str, *, hosts: Collection[str] = (), prefix: str = UNNAMED.prefix) -> Given:
    """Return what an argument holds: a file that is there is a picture; without one, so is what looks like a path; the rest is text."""
    path = Path(argument)
    if "://" not in argument and (_there(path) or (_like_a_path(argument) and not finding.recognised(argument, hosts, prefix))):
        return _of_picture(path)
    texts = finding.find(argument, hosts, prefix)
    return Given(argument[:40], texts, "" if texts else "nothing_given")


def _like_a_path(argument: str) -> bool:
    """Say whether somebody who wrote this means a file, whose name has one line."""
    if len(argument.splitlines()) != 1:
        return False
    return "/" in argument or "\\" in argument or Path(argument).suffix[1:].lower() in _ENDINGS


def _there(path: Path) -> bool:
    try:
        return path != Path() and path.exists()  # an empty argument is no folder
    except OSError:  # a name that is too long for one
        return False


def _of_picture(path: Path) -> Given:
    try:
        with path.open("rb") as stream:
            found = read_all(picture.parse(stream.read(picture.MOST_BYTES + 1)), ours=_ours)
    except FileNotFoundError:
        return Given(str(path), (), "file_missing")
    except (OSError, ValueError) as error:
        return Given(str(path), (), "file_unreadable", getattr(error, "strerror", None) or "")
    except PictureError as error:
        return Given(str(path), (), error.code)
    texts = tuple(filter(_ours, found)) or found
    return Given(str(path), texts, "" if texts else "no_code")


def _ours(text: str) -> bool:
    return wire.ours(text) or slips.letter_of(text) is not None


def _messages(hosts: Collection[str], prefix: str) -> Iterator[Given]:
    """Yield the messages of standard input, a code each or wrapped over lines; of an empty one, that it is empty."""
    empty = True
    for message in finding.messages(line[:_LINE_MOST].decode("utf-8", "replace") for line in sys.stdin.buffer):
        if texts := finding.find(message, hosts, prefix):
            empty = False
            yield Given(STANDARD_INPUT, texts)
    if empty:
        yield Given(STANDARD_INPUT, (), "nothing_given")


def problem(given: Given) -> dict[str, Any]:
    """Return what programs are told of an input that got no verdict."""
    return {"decision": "undecided", "input": given.name, "error": {"code": given.code, **words.TABLE[given.code]}}
