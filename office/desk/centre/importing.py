"""Paper licenses that come in at the centre: a file, what its rows would become, the rows mended in the page, and sent for approval."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer import checking
from issuer.errors import IssuerError
from issuer.intake import refusals
from issuer.intake.rows import Fault
from issuer.intake.vocabulary import vocabulary
from issuer.report import OUTCOMES
from issuer.sentences import say
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import language, staff
from office.licenses.changing import ASK
from office.licenses.imports import drafts, reading, records
from office.licenses.imports.judging import Judge
from office.licenses.imports.records import Import, Line
from seal.errors import ListError
from storage.database import reading as reading_from
from storage.errors import KhatmError
from web import spreadsheets

_ID = f"<int(max={2**53}):id>"
_LINE = f"<int(max={2**31 - 1}):line>"
#: What a page lists: rows that somebody has to look at come first.
SHOWN = ("refused", "changed", "held", "issued", "renewed", "corrected", "already", "duplicate", "dismissed")
_COUNTED = {"duplicate": "refused", "dismissed": "refused"}
READING_AT_ONCE = 1  # of a server's process: a file takes seconds, and others wait for pages


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    room, busy = Blueprint("importing", __name__, url_prefix="/centre/imports"), BoundedSemaphore(READING_AT_ONCE)

    @room.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @room.post("")
    def upload() -> ResponseReturnValue:
        file = request.files.get("file")
        if file is None or not file.filename:
            return _list(context, Fault("file", "file_missing_here"))
        if not busy.acquire(blocking=False):
            return _list(context, Fault("file", "import_busy"))
        try:
            read = reading.read(file.stream)
            made = drafts.create(context.engine, file.filename, read, _judge(context), by=staff(), now=context.now())
        except KhatmError as error:
            return _list(context, Fault("file", error.code, error.detail))
        finally:
            busy.release()
        return redirect(f"/centre/imports/{made}", 303)

    @room.get(f"/{_ID}")
    def show(id: int) -> ResponseReturnValue:
        return _page(context, id)

    @room.get(f"/{_ID}/rows.csv")
    def rows_csv(id: int) -> Response:
        return _csv(context, id)

    @room.get(f"/{_ID}/rows/{_LINE}")
    def row(id: int, line: int) -> ResponseReturnValue:
        held, found = _row(context, id, line)
        return _row_page(held, found)

    @room.post(f"/{_ID}/rows/{_LINE}")
    def save(id: int, line: int) -> ResponseReturnValue:
        return _save(context, id, line)

    @room.post(f"/{_ID}/ask")
    def ask(id: int) -> ResponseReturnValue:
        if not busy.acquire(blocking=False):
            return _page(context, id, "import_busy")
        apply = request.form.get("apply") == "yes"
        try:
            made = drafts.ask(context.engine, id, _judge(context, apply=apply), apply=apply, by=staff(), now=context.now())
        except IssuerError as error:
            return _page(context, id, error.code)
        finally:
            busy.release()
        return redirect(f"/centre/imports/{id}?asked={made.id}", 303)

    @room.post(f"/{_ID}/discard")
    def discard(id: int) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            drafts.discard(connection, id, by=staff())
        return redirect("/centre/imports", 303)

    return room


def _judge(context: DeskContext, *, apply: bool = False) -> Judge:
    """Return what judges rows for the visitor, by the published lists of now. Raises IssuerError `no_published_key`."""
    try:
        rules, sealer = checking.judging(context.trust(), context.now())
    except ListError as error:
        raise ProblemError("lists_missing") from error
    return Judge(rules, sealer, staff(), apply=apply, now=context.now())


def _list(context: DeskContext, fault: Fault | None = None) -> ResponseReturnValue:
    with reading_from(context.engine) as connection:
        found = records.listed(connection, staff())
    may = any(staff().where(role) for role in ASK)
    bounds = {"rows_most": reading.ROWS_MOST, "megabytes_most": reading.OCTETS_MOST >> 20}
    page = render_template("centre_imports.html", imports=found, fault=fault, may=may, **bounds)
    return page, (413 if fault and fault.code == "file_too_large" else 422) if fault else 200


def _page(context: DeskContext, id: int, code: str = "") -> ResponseReturnValue:
    """Return the report of an import. `code` is why it was not sent."""
    outcome = request.args.get("outcome", "")
    after = request.args.get("after", "")
    with reading_from(context.engine) as connection:
        held = records.find(connection, id, staff())
        asked = records.request_of(connection, held)
        wanted = outcome if outcome in SHOWN else _first(held)
        behind = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
        lines = records.lines(connection, id, outcome=wanted, after=behind, most=records.PAGE + 1)
    open_ = drafts.is_open(held, asked) and drafts.may_prepare(staff(), held)
    page = render_template(
        "centre_import.html",
        held=held,
        asked=asked,
        open=open_,
        outcome=wanted,
        outcomes=[each for each in SHOWN if held.counts.get(each)],
        lines=lines[: records.PAGE],
        after=lines[records.PAGE - 1].line if len(lines) > records.PAGE else 0,
        code=code,
        new=sum(held.counts.get(each, 0) for each in drafts.NEW),
        waits=held.counts.get("changed", 0) + held.counts.get("held", 0),
        **_spoken(),
    )
    return page, status_of(code) if code else 200


def _first(held: Import) -> str:
    return next((each for each in SHOWN if held.counts.get(each)), "issued")


def _spoken() -> dict[str, Any]:
    """Return what the pages call columns, outcomes and faults in the reader's language."""
    place = 0 if language() == "ar" else 1

    def named(outcome: str) -> str:
        return OUTCOMES[_COUNTED.get(outcome, outcome)][place]

    return {
        "heading": lambda field: "، ".join(refusals.heading(each, language()) for each in field.split(", ")),
        "fault_said": lambda fault: say(fault.code, language(), fault.detail),
        "outcome_named": named,
    }


def _row(context: DeskContext, id: int, line: int) -> tuple[Import, Line]:
    with reading_from(context.engine) as connection:
        held = records.find(connection, id, staff())
        if not drafts.may_prepare(staff(), held) or not drafts.is_open(held, records.request_of(connection, held)):
            raise ProblemError("import_sent")
        return held, records.line(connection, id, line)


def _row_page(held: Import, found: Line, typed: dict[str, str] | None = None, code: str = "") -> ResponseReturnValue:
    """Return the form of a row, with what is wrong beside each field."""
    fields = {column: found.row.text(column) for column in vocabulary().columns} | (typed or {})
    fields_wrong = {each for fault in found.faults for each in fault.field.split(", ")}
    page = render_template(
        "centre_import_row.html",
        held=held,
        line=found,
        fields=fields,
        wrong=fields_wrong,
        code=code,
        columns=vocabulary().columns,
        **_spoken(),
    )
    return page, 422 if code or (typed is not None and found.faults) else 200


def _save(context: DeskContext, id: int, line: int) -> ResponseReturnValue:
    """Keep a row as typed, or leave it out, and go on to the next that somebody has to look at."""
    held, found = _row(context, id, line)
    if request.form.get("go") in ("drop", "take"):
        with context.engine.begin() as connection:
            drafts.drop(connection, id, line, by=staff(), dropped=request.form["go"] == "drop", now=context.now())
        return _next(context, id, line)
    typed = {column: request.form[column] for column in vocabulary().columns if column in request.form}
    try:
        kept = drafts.edit(context.engine, id, line, typed, _judge(context), by=staff(), now=context.now())
    except IssuerError as error:
        return _row_page(held, found, typed, error.code)
    if kept.faults:
        return _row_page(held, kept, typed)
    return _next(context, id, line)


def _next(context: DeskContext, id: int, line: int) -> ResponseReturnValue:
    with reading_from(context.engine) as connection:
        left = records.lines(connection, id, outcome="refused", after=line, most=1, dropped=False)
        left = left or records.lines(connection, id, outcome="refused", most=1, dropped=False)
    return redirect(f"/centre/imports/{id}/rows/{left[0].line}" if left else f"/centre/imports/{id}", 303)


def _csv(context: DeskContext, id: int) -> Response:
    """Return rows for a spreadsheet: what is wrong with each, then its cells under headings by which it can be read in again."""
    outcome = request.args.get("outcome", "")
    with reading_from(context.engine) as connection:
        held = records.find(connection, id, staff())
        lines = records.lines(connection, id, outcome=outcome if outcome in SHOWN else "", most=None)
    read = {column for _, column in held.headings}
    columns = [column for column in vocabulary().columns if column in read or any(line.row.text(column) for line in lines)]
    header = ("line", "outcome", "license", "sentence_ar", "sentence_en", *(refusals.heading(column, "ar") for column in columns))
    rows = [
        (
            *(line.line, line.result or line.outcome, line.number),
            *("؛ ".join(_said(fault, "ar") for fault in line.faults), "; ".join(_said(fault, "en") for fault in line.faults)),
            *(line.row.text(column) for column in columns),
        )
        for line in lines
    ]
    return spreadsheets.answer(f"import-{id}", header, rows)


def _said(fault: Fault, in_: Any) -> str:
    named = refusals.heading(fault.field, in_)
    return f"{named}: {say(fault.code, in_, fault.detail)}"
