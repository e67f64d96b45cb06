"""`khatm audit`: whether the database is what the programs wrote, and who changed a row. An edge: it reads the clock, talks to people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from acts import audit, beginning, guarded
from acts.audit import Finding
from acts.errors import SENTENCES, ActError
from acts.guarded import Guarded
from acts.logged import ActLog
from governorate import identity
from web import clock
from web.cells import neutral

from .commands import Refusals
from .locations import Locations, database_schema, location_options
from .register.derived import Issued

FOUND = 1  # the exit code of what a person must look at


@click.group("audit", cls=Refusals)
def audit_() -> None:
    """Hold the database to the acts of the programs and people that wrote it."""


@audit_.command()
@location_options
def begin(locations: Locations) -> None:
    """Take on the rows of a database from before there were acts, as they are. Once; stop what works on it first, and make a backup."""
    with locations.engine() as engine, _counted("taking on") as seen:
        taken = beginning.begin(engine, _tables(), now=clock.seconds, progress=seen)
    click.echo(f"{taken} rows taken on as they are; from now on each change leaves an act")


@audit_.command()
@location_options
@click.option("--json", "as_json", is_flag=True, help="One object for each finding, then one of counts, a line each.")
@click.pass_context
def verify(context: click.Context, locations: Locations, as_json: bool) -> None:
    """Name each row that was changed, removed or slipped in past the programs. Exit code 1 if there is one. It changes nothing."""
    findings: list[Finding] = []
    log = ActLog(locations.published / "acts")
    derivation = Issued(identity.default().prefix)
    with locations.engine() as engine, _counted("looking at", quiet=as_json) as seen:
        count = audit.verify(
            engine, _tables(), derivation=derivation, found=findings.append, progress=seen, logged=log.entry, log_size=len(log)
        )
    for each in findings:
        click.echo(json.dumps(_plain(each), ensure_ascii=False) if as_json else _told(each))
    counts = {"rows": count.rows, "acts": count.acts, "not_in_a_log_yet": count.waiting, "findings": len(findings)}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()))
    if findings:
        context.exit(FOUND)


@audit_.command()
@location_options
@click.argument("table")
@click.argument("key", nargs=-1, required=True)
def show(locations: Locations, table: str, key: tuple[str, ...]) -> None:
    """Say who changed row KEY of TABLE, when, by what, and which columns, the oldest first."""
    found = next((each for each in _tables() if each.table.name == table), None)
    if found is None or len(key) != len(found.key):
        raise ActError("act_row_unknown", table)
    typed = tuple(_part(column.type.python_type, text) for column, text in zip(found.key, key, strict=True))
    with locations.engine() as engine:
        for act, columns in audit.history(engine, found, typed):
            at, actor, kind = act.told
            when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            changed = "removed" if columns is None else "all" if set(columns) == set(found.columns) else ", ".join(columns)
            click.echo(f"{when}  act {act.id}  {neutral(actor)}  {neutral(kind)}  {changed}")


def _part(kind: type, text: str) -> int | str:
    try:
        return int(text) if kind is int else text
    except ValueError as error:
        raise ActError("act_row_unknown", text[:40]) from error


def _tables() -> tuple[Guarded, ...]:
    return tuple(table for chain in database_schema().chains for table in guarded.all_of(chain.metadata))


def _plain(finding: Finding) -> dict[str, object]:
    key = [part.hex() if isinstance(part, bytes) else part for part in finding.key]
    return {"finding": finding.kind, "table": finding.table, "key": key, "columns": list(finding.columns)}


def _told(finding: Finding) -> str:
    plain = _plain(finding)
    key = " ".join(map(str, plain["key"]))  # type: ignore[call-overload]
    columns = f" [{', '.join(finding.columns)}]" if finding.columns else ""
    said = SENTENCES[f"audit_{finding.kind}"]
    return f"{finding.table} {neutral(key)}{columns}  {finding.kind}: {said['en']} / {said['ar']}"


class _Seen:
    """Says on the standard error how many rows were looked at, each hundred thousand."""

    def __init__(self, label: str, *, quiet: bool) -> None:
        self._label, self._quiet, self._rows, self._said = label, quiet, 0, 0

    def __call__(self, rows: int) -> None:
        self._rows += rows
        if not self._quiet and self._rows // 100_000 > self._said:
            self._said = self._rows // 100_000
            click.echo(f"{self._label} {self._rows} rows …", err=True)


@contextmanager
def _counted(label: str, *, quiet: bool = False) -> Iterator[_Seen]:
    yield _Seen(label, quiet=quiet)
