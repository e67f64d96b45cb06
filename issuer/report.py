"""What a check found, for a spreadsheet (CSV, every row) and for a reader (one page of HTML without foreign addresses)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined

from published import whole
from web.cells import neutral

from .checking import Checked, Report
from .intake.refusals import TOLD, heading, told
from .intake.understood import COLUMNS, NAMELESS, ArabicNames, cells
from .register.sharing import Sharer
from .sentences import say

SHOWN_MAX = 1_000  # rows on the page; the table has all
SHARERS_MAX = 5  # named for a row
_COLUMNS = ("line", "outcome", "outcome_ar", "outcome_en", "license", "radius_shared_with")
OUTCOMES = {
    "issued": ("تُصدر", "would be issued"),
    "renewed": ("تُجدَّد", "would be renewed"),
    "corrected": ("يُختم تغييرها", "change would be sealed"),
    "changed": ("تغيير ينتظر قرارًا", "change, would wait for a decision"),
    "held": ("تنتظر قرارًا", "would wait for a decision"),
    "already": ("صدرت من قبل", "issued before"),
    "refused": ("مرفوضة", "refused"),
}


def paths_of(file: Path) -> tuple[Path, Path]:
    """Return where the table and the page of a check go: `<FILE>.check.csv`, `<FILE>.check.html`."""
    return file.with_name(f"{file.name}.check.csv"), file.with_name(f"{file.name}.check.html")


class Table:
    """The table of a check, written row by row; it keeps the first rows that somebody has to look at for the page."""

    def __init__(self, stream: TextIO) -> None:
        self.shown: list[Checked] = []
        self.sharing: list[Checked] = []
        self._writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        self._names = NAMELESS

    def begin(self, header: Sequence[str], names: ArabicNames) -> None:
        """Write the headings, the file's own behind those of the check. Raises OSError."""
        self._names = names
        self._writer.writerow([*_COLUMNS, *TOLD, *COLUMNS, *map(neutral, header)])

    def add(self, row: Checked) -> None:
        """Write one row. Raises OSError."""
        reasons = told(row.refusal) if row.refusal else [""] * len(TOLD)
        made = row.outcome, *OUTCOMES[row.outcome], row.number, " ".join(map(_named, row.sharing[:SHARERS_MAX]))
        self._writer.writerow([str(row.line), *map(neutral, (*made, *reasons, *cells(row.read, self._names), *row.cells))])
        if row.refusal and len(self.shown) < SHOWN_MAX:
            self.shown.append(row)
        if row.sharing and len(self.sharing) < SHOWN_MAX:
            self.sharing.append(row)


def _named(other: Sharer) -> str:
    """Return what another license is called: its number, or its line in the file."""
    return f"line {other.line}" if other.line else other.number


def page(report: Report, table: Table) -> str:
    """Return the page."""
    shown = table.shown
    environment = Environment(loader=PackageLoader("issuer", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    rows = [(row, OUTCOMES[row.outcome], list(_reasons(row))) for row in shown]
    faulty = sum(report.counts[kind] for kind in ("changed", "held", "refused"))
    return environment.get_template("check.html").render(
        report=report,
        outcomes=[(report.counts[kind], *names) for kind, names in OUTCOMES.items() if report.counts[kind]],  # type: ignore[index]
        rows=rows,
        left_out=faulty - len(rows),
        sharing=[(row.line, [(other, _named(other)) for other in row.sharing[:SHARERS_MAX]], len(row.sharing)) for row in table.sharing],
        sharing_words=(say("radius_shared", "ar"), say("radius_shared", "en")),
        sharing_left_out=report.sharing - len(table.sharing),
        hidden=report.codes["row_hidden"],
        read=[(cell, heading(column, "ar"), column) for cell, column in report.read],
        notations=[(heading(column, "ar"), column, *_notation(found)) for column, found in report.notations.items()],
    )


def _reasons(row: Checked) -> Iterator[tuple[str, str, str]]:
    """Yield field, Arabic and English sentence of each fault."""
    for fault in row.refusal.faults if row.refusal else ():
        yield fault.field, say(fault.code, "ar", fault.detail), say(fault.code, "en", fault.detail)


def _notation(found: object) -> tuple[str, str]:
    month, day = getattr(found, "month_first", 0), getattr(found, "day_first", 0)
    if month and day:
        return f"متعارض: الشهر أولًا في السطر {month} واليوم أولًا في السطر {day}", f"mixed: month first in line {month}, day first in {day}"
    if month:
        return f"الشهر أولًا، كما يثبت السطر {month}", f"month first, as line {month} proves"
    if day:
        return f"اليوم أولًا، كما يثبت السطر {day}", f"day first, as line {day} proves"
    return "لا يثبت ترتيبًا؛ يُقرأ اليوم أولًا", "proves no order; read day first"


@contextmanager
def writing(file: Path) -> Iterator[Table]:
    """Collect the rows of a check of `file`, and put its table in its place at the end, unless the body raises. Raises OSError."""
    path, _ = paths_of(file)
    whole.clear(path.parent, of=path.name)
    with whole.staged(path, durable=False) as target:
        text = io.TextIOWrapper(target, "utf-8-sig", newline="")  # with the mark Excel reads UTF-8
        try:
            yield Table(text)
        finally:
            text.detach()
