"""`khatm audit`: whether the database is what the programs wrote, and who changed a row. An edge: it reads the clock, talks to people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Connection, Engine

from acts import audit, beginning, guarded, replay, subjects, sweep
from acts.errors import SENTENCES
from acts.finding import Finding
from acts.guarded import Guarded
from acts.logged import ActLog
from governorate import identity
from published import whole
from seal import claims, cose, days
from seal.errors import ListError
from storage.database import reading
from transparency.heads import Head
from web import clock
from web.cells import neutral
from web.moments import Day

from . import approving
from .errors import IssuerError
from .guard import releases
from .judging import digest
from .locations import Locations, database_schema, location_options
from .log import compared, counting, proving
from .log.gate import position_of
from .refusing import Refusals
from .register import history, reissuing, requests
from .register.derived import Issued
from .seen import Seen
from .sentences import say

FOUND = 1  # the exit code of what a person must look at


@click.group("audit", cls=Refusals)
def audit_() -> None:
    """Hold the database to the acts of the programs and people that wrote it."""


@audit_.command()
@location_options
def begin(locations: Locations) -> None:
    """Take on the rows of a database from before there were acts, as they are. Once; stop what works on it first, and make a backup."""
    with locations.engine() as engine:
        taken = beginning.begin(engine, tables_of(), now=clock.seconds, progress=Seen("taking on"))
    click.echo(f"{taken} rows taken on as they are; from now on each change leaves an act")


@audit_.command()
@location_options
@click.option("--json", "as_json", is_flag=True, help="One object for each finding, then one of counts, a line each.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Keep here how far it came; stopped anywhere, it goes on.")
@click.pass_context
def verify(context: click.Context, locations: Locations, as_json: bool, state: Path | None) -> None:
    """Name each row that was changed, removed or slipped in past the programs. Exit code 1 if there is one. It changes nothing.

    The published logs' heads must be signed and witnessed as the trust list says, and the register's seals be those in their log.
    """
    findings: list[Finding] = []
    heads, stored = _heads(locations), locations.logged()
    log = ActLog(locations.published / "acts")
    derivation = Issued(identity.default().prefix)
    with locations.engine() as engine, _state(state) as acts_:
        tables = tables_of()
        total = 0 if as_json else sweep.rows_in(engine, tables)
        seen = Seen("held", quiet=as_json, of=total)
        count = sweep.verify(
            engine,
            tables,
            replay=acts_,
            derivation=derivation,
            found=findings.append,
            progress=seen.at,
            logged=log.entry,
            log_size=max(len(log), stored.acts),
        )
        findings += _differing(engine, locations, heads.get("log"))
    if state is not None:
        state.unlink()  # it came to its end: the next audit begins anew
    if count.since and not as_json:
        click.echo(f"{count.since} acts came in since it was begun; the rows that they touch were held again", err=True)
    for each in findings:
        click.echo(json.dumps(_plain(each), ensure_ascii=False) if as_json else _told(each))
    counts = {"rows": count.rows, "acts": count.acts, "erased": count.erased, "not_in_a_log_yet": count.waiting, "findings": len(findings)}
    counts |= {f"in_the_{name}": head.checkpoint.size for name, head in heads.items()}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()))
    if findings:
        context.exit(FOUND)


def _heads(locations: Locations) -> dict[str, Head]:
    """Return the published heads of both logs, by their folders, as far as the trust list says by what they are known.

    Raises IssuerError as `compared.head_of`.
    """
    try:
        trust = locations.trust()
    except ListError as error:
        click.echo(f"nobody looked who signed the logs: {error.code}", err=True)
        return {}
    stored, found = locations.logged(), {}
    for name, terms, size in (("log", trust.log, stored.seals), ("acts", trust.acts, stored.acts)):
        if terms and (head := compared.head_of(locations.published / name, terms, size)):
            found[name] = head
        elif terms is None and size:
            click.echo(f"nobody looked who signed {name}/checkpoint: the trust list does not name that log", err=True)
    return found


def _differing(engine: Engine, locations: Locations, head: Head | None) -> Iterator[Finding]:
    """Hold the register's seals to their log."""
    if head is not None:
        with audit.snapshot(engine) as connection:
            for position in compared.differing(connection, locations.published / "log", head):
                yield Finding("not_as_logged", "log", (position,))


@contextmanager
def _state(path: Path | None) -> Iterator[replay.Replay]:
    """Open what an audit keeps, for as long as it lasts where no path is given."""
    with replay.scratch(sweep.TABLES) if path is None else replay.kept(path, sweep.TABLES) as acts_:
        yield acts_


@audit_.command()
@location_options
@click.argument("table")
@click.argument("key", nargs=-1, required=True)
def show(locations: Locations, table: str, key: tuple[str, ...]) -> None:
    """Say who changed row KEY of TABLE, when, by what, and which columns, the oldest first."""
    found, typed = subjects.named(tables_of(), table, key)
    with locations.engine() as engine:
        for act, columns in audit.history(engine, found, typed):
            at, actor, kind = act.told
            when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            changed = "removed" if columns is None else "all" if set(columns) == set(found.columns) else ", ".join(columns)
            click.echo(f"{when}  act {act.id}  {neutral(actor)}  {neutral(kind)}  {changed}{'' if act.salt else '  (erased)'}")


@audit_.command()
@location_options
@click.argument("number")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("var/out"), show_default=True)
@click.option("--no-receipt", is_flag=True, help="Ask for no passphrase: the COSE receipt, which the log's key signs, is left out.")
def prove(locations: Locations, number: str, out: Path, no_receipt: bool) -> None:
    """Write files by which a stranger checks, with other programs, that the seal of license NUMBER stands in the published log."""
    terms = locations.trust().log
    if terms is None:
        raise IssuerError("log_none")
    with locations.engine() as engine:
        record = history.show(engine, number)
    signers = () if no_receipt else locations.custody().log_signers(locations.passphrase(), terms.keys)
    proven = proving.prove(locations.published, terms, record.message, position_of(record.claims), signers)
    made = {out / f"{record.number}{ending}": data for ending, data in proven.files.items()}
    whole.write(made, mode=0o644, durable=False)
    click.echo(f"{record.number}: position {proven.position} of {proven.size}")
    click.echo("\n".join(map(str, made)))


@audit_.command()
@location_options
@click.option("--day", type=Day(), help="A day of Cairo.  [default: yesterday]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder.  [default: counts in the published folder]")
@click.option("--unsigned", is_flag=True, help="Ask for no passphrase: the signed note is left out.")
@click.pass_context
def counts(context: click.Context, locations: Locations, day: date | None, out: Path | None, unsigned: bool) -> None:
    """Count the seals of a day under each authority's keys by the published log: DAY.csv, DAY.json, and DAY.note, signed by its key.

    Ends with 1 if the log has seals that nobody knows any more.
    """
    trust = locations.trust()
    if trust.log is None:
        raise IssuerError("log_none")
    signers = () if unsigned else locations.custody().log_signers(locations.passphrase(), trust.log.keys)
    day = day or days.day_of(clock.seconds()) - timedelta(days=1)
    with locations.engine() as engine, audit.snapshot(engine) as connection:
        counted = counting.count(connection, locations.published, trust.log, trust, day)
    folder = out or locations.published / "counts"
    files = {".csv": counted.csv().encode(), ".json": counted.json().encode()}
    files |= {".note": counted.note(signers)} if signers else {}
    whole.write({folder / f"{day}{ending}": data for ending, data in files.items()}, mode=0o644)
    for line in counted.lines:
        click.echo(f"{line.authority:<4} {line.kid}  {line.day} on {day}, {line.all} in all")
    click.echo(f"{counted.checkpoint.size} in the log, {counted.void} void, {counted.unknown} unknown: {folder}")
    if counted.unknown:
        click.echo(f"log_unknown: {say('log_unknown', 'en')} / {say('log_unknown', 'ar')} ({', '.join(map(str, counted.where))})", err=True)
        context.exit(FOUND)


@audit_.command()
@location_options
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--license", "numbers", multiple=True, metavar="NUMBER", help="Release the correction of a license that is made by hand.")
@click.option("--request", "asked", type=int, multiple=True, metavar="ID", help="Release what an approved request of the desk would seal.")
@click.option("--reissue", "kid", metavar="KID", help="Release the next edition of all that `khatm reissue --key KID` seals again.")
@click.option("--from", "start", type=click.IntRange(0), default=0, help="With --reissue: from which position of the log on.")
def release(
    locations: Locations, files: tuple[Path, ...], numbers: tuple[str, ...], asked: tuple[int, ...], kid: str | None, start: int
) -> None:
    """Let the licenses of FILES be sealed without applications, once somebody looked at them. Only the publisher's user may."""
    if not files and not numbers and not asked and kid is None:
        raise click.UsageError("Missing argument 'FILES...', --license, --request or --reissue.")
    if kid is not None:
        with locations.engine() as engine:
            due = reissuing.due(engine, _kid(kid), start)
        for each in due:
            releases.release(locations.store, releases.of_seal(each.number, each.next))
        click.echo(f"key {kid}: {len(due)} next editions released")
    for file in files:
        releases.release(locations.store, releases.of_file(digest(file)))
        click.echo(f"{file}: released")
    if not numbers and not asked:
        return
    with locations.engine() as engine, reading(engine) as connection:
        for number in (*numbers, *_of_requests(connection, locations, asked)):
            _release_next(connection, locations, number)


def _of_requests(connection: Connection, locations: Locations, asked: tuple[int, ...]) -> list[str]:
    """Say what requests would seal, release the files among them, and return the licenses whose next editions they are about."""
    numbers = []
    for id_ in asked:
        request = requests.show(connection, id_)
        click.echo("\n".join(map(neutral, approving.told(request))))
        if request.kind == "replace":
            numbers.append(request.subject)
        else:
            releases.release(locations.store, releases.of_file(request.digest))
            click.echo(f"request {id_}: released")
    return numbers


def _release_next(connection: Connection, locations: Locations, number: str) -> None:
    newest = history.current(connection, number)
    logged = position_of(claims.from_bytes(cose.from_bytes(newest.token).payload)) < locations.sealed()
    edition = history.next_edition(connection, newest.edition, newest.position) if logged else newest.edition
    releases.release(locations.store, releases.of_seal(newest.number, edition))
    click.echo(f"{newest.number}: edition {edition} released")


def _kid(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise IssuerError("key_not_stopped", text[:20]) from error


def tables_of() -> tuple[Guarded, ...]:
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
