"""What people give to read seals back in from: photographs, scans, texts, files of texts, folders of them. An edge: it reads files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from qr import picture
from qr.errors import PictureError
from qr.read import read_all
from seal import finding, wire

_TEXT_MOST = 4 << 20  # octets of a file of texts


class Given(NamedTuple):
    """One input: its name, and the texts of our codes in it. Without any, `code` says why."""

    name: str
    texts: tuple[str, ...]
    code: str = ""
    detail: str = ""


def of(arguments: Sequence[str], *, hosts: Collection[str], prefix: str) -> Iterator[Given]:
    """Yield what each argument holds: a folder every file in it, a file a picture or texts, anything else is a text."""
    for argument in arguments:
        path = Path(argument)
        if "://" not in argument and _is(path, folder=True):
            yield from _of_folder(path, hosts, prefix)
        elif "://" not in argument and (_is(path, folder=False) or not _codes(argument, hosts, prefix)):
            yield _of_file(path, hosts, prefix)
        else:
            yield _of_text(argument[:40], argument, hosts, prefix)


def _is(path: Path, *, folder: bool) -> bool:
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):  # a text that is no path
        return False


def _of_folder(path: Path, hosts: Collection[str], prefix: str) -> Iterator[Given]:
    found = sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
    if not found:
        yield Given(str(path), (), "adopt_nothing")
    for each in found:
        yield _of_file(each, hosts, prefix)


def _of_file(path: Path, hosts: Collection[str], prefix: str) -> Given:
    name = str(path)[:200]
    try:
        with path.open("rb") as stream:
            data = stream.read(picture.MOST_BYTES + 1)
        if picture.kind_of(data) is None and len(data) <= _TEXT_MOST and (text := _text(data)) is not None:
            return _of_text(name, text, hosts, prefix)
        texts = tuple(each for each in read_all(picture.parse(data), ours=wire.ours) if wire.ours(each))
    except FileNotFoundError:
        return Given(name, (), "path_missing")
    except PictureError as error:
        return Given(name, (), "adopt_unreadable", error.code)
    except (OSError, ValueError) as error:
        return Given(name, (), "adopt_unreadable", getattr(error, "strerror", None) or type(error).__name__)
    return Given(name, texts, "" if texts else "adopt_no_code")


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _of_text(name: str, text: str, hosts: Collection[str], prefix: str) -> Given:
    texts = _codes(text, hosts, prefix)
    return Given(name, texts, "" if texts else "adopt_no_code")


def _codes(text: str, hosts: Collection[str], prefix: str) -> tuple[str, ...]:
    """Return the texts of our codes in whatever people wrote around them, each once."""
    found = (each for message in finding.messages(text.splitlines() or [text]) for each in finding.find(message, hosts, prefix))
    return tuple(dict.fromkeys(each for each in found if wire.ours(each)))
