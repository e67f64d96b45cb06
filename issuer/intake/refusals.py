"""The rejects file: each refused row as the office wrote it, with the reason, for a person with a spreadsheet."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from issuer.sentences import say
from published import whole
from seal.catalogue import Language
from web.cells import neutral

from .rows import Refusal
from .understood import COLUMNS, NAMELESS, ArabicNames, cells
from .vocabulary import vocabulary

#: Above the cells of `told`.
TOLD = ("field", "field_ar", "code", "sentence_ar", "sentence_en")


def path_of(source: Path) -> Path:
    """Return where the rejects of `source` go: `<FILE>.rejects.csv`."""
    return source.with_name(source.name + ".rejects.csv")


def told(refusal: Refusal) -> list[str]:
    """Return the cells under `TOLD`: fields, their names, codes and sentences of all that is wrong with a row, each in the same order."""
    faults = refusal.faults
    arabic, english = ([say(fault.code, language, fault.detail) for fault in faults] for language in ("ar", "en"))
    if len(faults) > 1:  # several sentences: each says which column it is about
        arabic = [f"{heading(fault.field, 'ar')}: {sentence}" for fault, sentence in zip(faults, arabic, strict=True)]
        english = [f"{heading(fault.field, 'en')}: {sentence}" for fault, sentence in zip(faults, english, strict=True)]
    named = "؛ ".join(names_of(fault.field) for fault in faults)
    codes = "; ".join(fault.code for fault in faults)
    return ["; ".join(fault.field for fault in faults), named, codes, "؛ ".join(arabic), "; ".join(english)]


def names_of(field: str) -> str:
    """Return the Arabic names of a column, of several with commas between them, or of the row as a whole."""
    return "، ".join(heading(each, "ar") for each in field.split(", "))


def heading(field: str, language: Language) -> str:
    """Return what people call a column; a row as a whole is the row."""
    column = vocabulary().columns.get(field)
    if column is None:
        return "الصف" if language == "ar" else "The row"
    return column.ar if language == "ar" else column.en


class Rejects:
    """The rejects of one file. They are kept in a file without a name, which ends with the run, however it ends."""

    def __init__(self, path: Path, header: Sequence[str], names: ArabicNames) -> None:
        self.count = 0
        self._path = path
        self._header = header
        self._names = names
        self._stream: TextIO | None = None

    def add(self, refusal: Refusal) -> None:
        """Write one refusal. Raises OSError."""
        stream = self._stream or self._begin()
        _write(stream, [str(refusal.line), *map(neutral, (*told(refusal), *cells(refusal.read, self._names), *refusal.cells))])
        self.count += 1

    def _begin(self) -> TextIO:
        # With a byte order mark Excel reads UTF-8; without one it shows other letters.
        folder = self._path.parent
        self._stream = tempfile.TemporaryFile("w+", encoding="utf-8-sig", newline="", dir=folder)  # noqa: SIM115 - see close
        _write(self._stream, ["line", *TOLD, *COLUMNS, *map(neutral, self._header)])
        return self._stream

    def publish(self) -> None:
        """Put the rejects in their place, in one step. Raises OSError."""
        if self._stream is None:
            self._path.unlink(missing_ok=True)
            return
        self._stream.flush()
        # Two may run the same file at once: each has its own.
        whole.clear(self._path.parent, of=self._path.name)
        with os.fdopen(os.dup(self._stream.fileno()), "rb") as source, whole.staged(self._path) as target:
            source.seek(0)
            shutil.copyfileobj(source, target)

    def close(self) -> None:
        """Forget what was collected."""
        if self._stream is not None:
            self._stream.close()


def _write(stream: TextIO, cells: Sequence[str]) -> None:
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerow(cells)


@contextmanager
def writing(path: Path, header: Sequence[str], names: ArabicNames = NAMELESS) -> Iterator[Rejects]:
    """Collect the refusals of a file and put them at `path` in one step at the end, with the Arabic `names` of codes beside them.

    Without any refusal an older file there is removed: it speaks of rows that are no longer refused. If the body raises, `path` stays
    as it was.
    """
    rejects = Rejects(path, header, names)
    try:
        yield rejects
        rejects.publish()
    finally:
        rejects.close()
