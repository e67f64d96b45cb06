"""Documents that applicants bring: taken by what is in them, never by their name, and kept under the SHA-256 of their content.

    PDF          as it came, if it begins as one, opens without a password and holds nothing that acts (see portable.py)
    JPEG, PNG    decoded and encoded anew: what hides behind a picture, and where it was taken, is gone (photographs.py keeps the place
                 of those that are of a site, apart)

Files lie in a folder, `ab/cdef…`, each written in one step before any row names it, and are never changed: the register stays small, and
a copy of the folder is a backup. They are handed out as downloads only, so no browser runs one as a page.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from published import whole

from . import portable
from .errors import DocumentError

Media = Literal["application/pdf", "image/jpeg", "image/png"]

OCTETS_MAX = 10 << 20
PIXELS_MAX = 40_000_000  # a page at 600 dpi has 35 million; decoded, this is 160 MB at most
SIDE_MAX = 12_000
_KINDS: dict[bytes, Media] = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_NAME = re.compile(r"[0-9a-f]{64}")
_FORMATS: dict[Media, str] = {"image/jpeg": "JPEG", "image/png": "PNG"}
_SUFFIXES: dict[str, str] = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class Document(NamedTuple):
    """A file that may be kept."""

    media: Media
    content: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content, its name in the store."""
        return sha256(self.content).digest()


def parse(content: bytes) -> Document:
    """Return what an uploaded file holds, fit to be kept. Raises DocumentError."""
    if not content:
        raise DocumentError("document_empty")
    if len(content) > OCTETS_MAX:
        raise DocumentError("document_too_large", f"{OCTETS_MAX >> 20} MB")
    media = next((media for start, media in _KINDS.items() if content.startswith(start)), None)
    if media is None:
        raise DocumentError("document_type")
    if media == "application/pdf":
        portable.check(content)
        return Document(media, content)
    return Document(media, _anew(content, _FORMATS[media]))


def suffix(media: str) -> str:
    """Return the ending of a download's name."""
    return _SUFFIXES[media]


def _anew(content: bytes, format_: str) -> bytes:
    """Decode a picture, bounded before it is decoded, and encode it without anything but its pixels."""
    # A switch of the whole process, which WeasyPrint turns on as it is imported: half a document would pass for a whole one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        # The formats are named, so no other decoder ever sees the bytes.
        with Image.open(io.BytesIO(content), formats=[format_]) as picture:
            if picture.width * picture.height > PIXELS_MAX or max(picture.size) > SIDE_MAX or getattr(picture, "n_frames", 1) != 1:
                raise DocumentError("document_too_large", f"{PIXELS_MAX // 1_000_000} megapixels")
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DocumentError("document_broken") from error  # the warning is raised only where warnings are errors
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:  # what Pillow's decoders raise for damaged files
        raise DocumentError("document_broken", type(error).__name__) from error
    plain = upright.convert("RGB" if format_ == "JPEG" or upright.mode not in ("L", "RGBA", "LA") else upright.mode)
    plain.info.clear()  # text chunks, profiles, EXIF
    written = io.BytesIO()
    plain.save(written, format_, **({"quality": 88} if format_ == "JPEG" else {}))
    return written.getvalue()


class Store:
    """The folder of documents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, document: Document) -> bytes:
        """Keep a document and return its digest; one that is there already stays, and is touched. Raises OSError."""
        digest = document.digest
        path = self._path(digest)
        try:
            os.utime(path)  # so that nobody deletes it before a row names it
            return digest
        except FileNotFoundError:
            pass
        self._make(path.parent)
        whole.clear(self._folder)
        whole.write({path: document.content}, mode=0o600, beside=self._folder)
        return digest

    def _make(self, place: Path) -> None:
        """Make a folder for documents if there is none. In one that a group shares (setgid) it is shared too.

        Who deletes what nothing names any more may be another user's program than who took it in; the documents stay their owner's.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
            if self._folder.stat().st_mode & stat.S_ISGID:
                place.chmod(0o2770)

    def get(self, digest: bytes) -> bytes:
        """Return the content whose digest this is; a file that was changed is none. Raises DocumentError `document_missing`."""
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise DocumentError("document_missing") from error
        if sha256(content).digest() != digest:
            raise DocumentError("document_missing", "changed")
        return content

    def untouched(self, before: int) -> Iterator[bytes]:
        """Yield the digests of the documents that nobody put here since `before` (seconds since 1970 UTC).

        What an upload left half written by then is deleted on the way. Raises OSError.
        """
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if not _older(path, before):
                continue
            name = path.parent.name + path.name
            if path.name.startswith(".new-"):
                path.unlink(missing_ok=True)
            elif _NAME.fullmatch(name):
                yield bytes.fromhex(name)

    def delete(self, digest: bytes, *, untouched_since: int) -> bool:
        """Delete a document that nothing names, unless somebody put it here again meanwhile; return whether it went. Raises OSError."""
        path = self._path(digest)
        if not _older(path, untouched_since):
            return False
        path.unlink(missing_ok=True)
        return True

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name[2:]


def _older(path: Path, before: int) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
