"""Lists of inspections as files: CSV and XLSX in which nothing that somebody typed is run as a formula, and GeoJSON (RFC 7946)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from inspections.visits.queries import Line
from inspections.web import words
from inspections.web.context import InspectionsContext
from web import spreadsheets, writing
from web.downloads import download

from . import scope

#: Rows of one file. A file that has more says so in its last row; narrower filters give the rest.
MOST = 50_000
_CUT = "…"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = (
    *("inspection", *spreadsheets.heads("authority"), "officer", "scanned", "arrived", "kind"),
    *(*spreadsheets.heads("result"), "license", *spreadsheets.heads("type"), "name seen"),
    *("latitude", "longitude", "accuracy m", *spreadsheets.heads("verdict"), "reason", "second verdict", "difference"),
    *("gravest finding", "chain", "state"),
)
Cell = str | int | float | None


def csv(context: InspectionsContext, lines: Iterator[Line], name: str) -> Response:
    """Return the lines as CSV."""
    rows, cut = _rows(context, lines)
    return spreadsheets.answer(name, HEADER, [*rows, *cut])


def xlsx(context: InspectionsContext, lines: Iterator[Line], name: str) -> Response:
    """Return the lines as an Excel workbook (ECMA-376), texts as texts and numbers as numbers."""
    rows, cut = _rows(context, lines)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("inspections")
    for row in (HEADER, *rows, *cut):
        sheet.append([_cell(sheet, cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return download(written.getvalue(), _XLSX, f"{name}.xlsx")


def geojson(context: InspectionsContext, lines: Iterator[Line], name: str) -> Response:
    """Return the lines that have a position as points, WGS 84; `complete` says whether none is missing for there being too many."""
    kept = list(islice(lines, MOST + 1))
    features = [_feature(line) for line in kept[:MOST] if line.latitude is not None]
    held = {"type": "FeatureCollection", "complete": len(kept) <= MOST, "features": features}
    data = json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode()
    return download(data, "application/geo+json", f"{name}.geojson")


def _rows(context: InspectionsContext, lines: Iterator[Line]) -> tuple[list[Sequence[Cell]], list[Sequence[Cell]]]:
    """Return the rows, and a last one that says that there would be more, if there would."""
    authorities, types = scope.names(context), scope.types(context)
    rows = [_row(line, authorities, types) for line in islice(lines, MOST + 1)]
    return rows[:MOST], [(_CUT,)] if len(rows) > MOST else []


def _row(line: Line, authorities: object, types: object) -> Sequence[Cell]:
    results = {code: words.TABLE[f"result_{code}"] for code in ("in_order", "violation", "cannot_tell")}
    decisions = {code: words.TABLE[f"decision_is_{code}"] for code in ("valid", "invalid", "undecided")}
    return (
        *(line.cti.hex(), *spreadsheets.both(authorities, line.authority), line.officer),  # type: ignore[arg-type]
        *(writing.stamp(line.scanned_at), writing.stamp(line.arrived_at), line.kind),
        *(*spreadsheets.both(results, line.result), line.number, *spreadsheets.both(types, line.seen_type), line.seen_name),  # type: ignore[arg-type]
        *(line.latitude, line.longitude, line.accuracy_m, *spreadsheets.both(decisions, line.decision), line.reason),
        *(line.second, line.difference, line.severity, line.chain, line.state),
    )


def _cell(sheet: object, value: Cell) -> object:
    """Return a cell. A text is never a formula, whatever it begins with, and holds nothing that the format cannot."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    cell = WriteOnlyCell(sheet, spreadsheets.safe(value))  # type: ignore[arg-type]
    cell.data_type = "s"
    return cell


def _feature(line: Line) -> dict[str, object]:
    told = {
        **{"inspection": line.cti.hex(), "authority": line.authority, "officer": line.officer},
        **{"scanned": writing.stamp(line.scanned_at), "kind": line.kind, "result": line.result, "license": line.number or None},
        **{"type": line.seen_type, "name": line.seen_name, "accuracy_m": line.accuracy_m, "verdict": line.decision or None},
        **{"severity": line.severity or None, "state": line.state},
    }
    point = {"type": "Point", "coordinates": [line.longitude, line.latitude]}
    return {"type": "Feature", "id": line.cti.hex(), "geometry": point, "properties": told}
