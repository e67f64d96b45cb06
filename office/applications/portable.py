"""Whether a PDF holds nothing but pages: looked at in a process of its own, which may use only so much memory and time.

A PDF can carry programs (ISO 32000-2 §12.6.4: JavaScript, Launch, ImportData, SubmitForm and others), files (§7.11.4), films, 3D worlds,
and forms that are programs (XFA, §12.7.8). It can also unpack a thousandfold. Reviewers open what strangers send; none of it reaches them.
"""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SECONDS_MAX = 20
MEMORY_MAX = 1 << 30  # address space of the process that looks; qpdf itself takes about 200 MB of it
OBJECTS_MAX = 100_000
PAGES_MAX = 300
_ROOT = Path(__file__).resolve().parents[2]

#: Types of action that do more than turn a page or name an address (ISO 32000-2, table 201).
_ACTIONS = frozenset(
    {
        *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound"),
        *("/RichMediaExecute", "/GoTo3DView"),
    }
)
#: Keys that only something that acts, or a file within the file, has.
_KEYS = ("/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/RichMediaSettings", "/AA")
_KINDS = frozenset({"/EmbeddedFile", "/Filespec", "/RichMedia", "/3D"})
_ANNOTATIONS = frozenset({"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
_VERDICTS = ("document_active", "document_broken", "document_locked", "document_too_large")


def check(content: bytes) -> None:
    """Return if `content` is a PDF that only shows pages. Raises DocumentError."""
    from .errors import DocumentError  # noqa: PLC0415 - the process that looks has no use for it, and began with it each time

    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS_MAX, check=False, cwd=_ROOT)
    except subprocess.TimeoutExpired as error:
        raise DocumentError("document_broken", "time") from error
    verdict = done.stdout.decode("ascii", "replace").strip()
    if done.returncode == 0 and verdict == "pages":
        return
    # A process that ended in another way than by a verdict ran into its bounds.
    raise DocumentError(verdict if verdict in _VERDICTS else "document_broken")


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judge(content: bytes) -> str:
    """Return `pages`, or the code of what is wrong, reading the file in this process."""
    import pikepdf  # noqa: PLC0415 - only the process that looks loads the parser

    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return "document_locked"
            if len(pdf.objects) > OBJECTS_MAX or not 0 < len(pdf.pages) <= PAGES_MAX:
                return "document_too_large" if len(pdf.pages) else "document_broken"
            values: Iterator[pikepdf.Object] = iter([pdf.trailer, *pdf.objects])
            return "document_active" if any(_acts(value, 0) for value in values) else "pages"
    except pikepdf.PasswordError:
        return "document_locked"
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, MemoryError, RecursionError, AttributeError, KeyError):
        return "document_broken"


def _acts(value: object, depth: int) -> bool:
    """Say whether a PDF object, or one written inside it, is something that acts. Objects it only refers to are looked at by themselves."""
    import pikepdf  # noqa: PLC0415 - see judge

    if depth > 40:  # nested deeper than any writer nests: not worth trusting
        return True
    if isinstance(value, pikepdf.Array):
        return any(_acts(each, depth + 1) for each in value if not _elsewhere(each))
    if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return False
    keys = list(value.keys())
    if any(key in keys for key in _KEYS) or _name(value, "/S") in _ACTIONS or _name(value, "/Type") in _KINDS:
        return True
    if _name(value, "/Subtype") in _ANNOTATIONS:
        return True
    return any(_acts(value[key], depth + 1) for key in keys if not _elsewhere(value[key]))


def _name(value: object, key: str) -> str:
    found = value.get(key)  # type: ignore[attr-defined]
    with contextlib.suppress(ValueError, TypeError, RuntimeError):
        return str(found)
    return ""


def _elsewhere(value: object) -> bool:
    """Say whether this is an indirect object: it stands in the list of all objects."""
    return bool(getattr(value, "is_indirect", False))


if __name__ == "__main__":
    _bounded()  # by itself: a server with threads must not run code between fork and exec
    sys.stdout.write(judge(sys.stdin.buffer.read()))
