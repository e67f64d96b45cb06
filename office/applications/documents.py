"""Documents that applicants bring: taken by what is in them, never by their name, and kept under the SHA-256 of their content.

    PDF          as it came, if it begins as one, opens without a password and holds nothing that acts (see portable.py)
    JPEG, PNG    decoded and encoded anew: what hides behind a picture, and where it was taken, is gone (photographs.py keeps the place
                 of those that are of a site, apart)

Files lie in a folder or a bucket (objects/), `ab/cdef…`, each whole before any row names it, and are never changed: the register stays
small, and a copy of the folder is a backup. They are handed out as downloads only, so no browser runs one as a page.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from objects import naming, opening
from objects.errors import ObjectsError

from . import portable
from .errors import DocumentError

Media = Literal["application/pdf", "image/jpeg", "image/png"]

OCTETS_MAX = 10 << 20
KEPT_MAX = 256 << 20  # octets of a file as it is kept: a picture of the most pixels, encoded anew, may be larger than it came
PIXELS_MAX = 40_000_000  # a page at 600 dpi has 35 million; decoded, this is 160 MB at most
SIDE_MAX = 12_000
_KINDS: dict[bytes, Media] = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_FORMATS: dict[Media, str] = {"image/jpeg": "JPEG", "image/png": "PNG"}
_DOCUMENT_CODES = {"object_missing": "document_missing", "object_altered": "document_altered"}
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
    """Where documents are kept: a folder, or a bucket that a file (`.toml`) describes; objects/store.py says what both do."""

    def __init__(self, place: Path) -> None:
        """Open the store; nothing is asked of a bucket yet. Raises SettingsError, OSError for the file that describes one."""
        self._objects = opening.open_(place, naming.DOCUMENTS, most=KEPT_MAX)

    def put(self, document: Document) -> bytes:
        """Keep a document and return its digest; the same again counts as put now. Raises ObjectsError, OSError; then it is not kept."""
        return self._objects.put(document.content)

    def get(self, digest: bytes) -> bytes:
        """Return the content whose digest this is; a file that was changed is none.

        Raises DocumentError `document_missing`, `document_altered`; ObjectsError, OSError where the store fails: it may be there.
        """
        try:
            return self._objects.get(digest)
        except ObjectsError as error:
            code = _DOCUMENT_CODES.get(error.code)
            if code is None:
                raise
            raise DocumentError(code) from error

    def untouched(self, before: int, *, now: int | None = None) -> Iterator[bytes]:
        """Yield the digests of the documents that nobody put here since `before` (seconds since 1970 UTC), of those parts that are due.

        Each is due once a day, in a folder every time, and always without `now`. What an upload left half written by then is deleted on
        the way. Raises ObjectsError, OSError.
        """
        self._objects.clear(before)
        for part in naming.PARTS if now is None else self._objects.due(now):
            yield from (held.digest for held in self._objects.listed(part) if held.touched < before)

    def delete(self, digest: bytes, *, untouched_since: int) -> bool:
        """Delete a document that nothing names, unless somebody put it here again meanwhile; return whether it went.

        Raises ObjectsError, OSError.
        """
        return self._objects.delete(digest, untouched_since=untouched_since)
