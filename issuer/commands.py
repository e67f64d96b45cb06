"""`khatm issue`, `khatm license` and `khatm publish`. An edge: it reads the clock and files, and talks to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.core import ParameterSource
from sqlalchemy import Engine

from published import whole
from seal.errors import ListError
from web import clock, logs
from web.cells import neutral
from web.staying import PASSING, Stay

from . import approving, checking, endings, judging, operations, report
from .bulk import Outcome, Summary
from .cards import outputs
from .clock_guard import CLOCK, ClockGuard, dated
from .errors import IssuerError
from .intake import refusals
from .locations import Locations, location_options
from .refusing import RefusingCommand, run_refusing, said
from .register import requests
from .seen import Seen
from .sentences import say

_NAMES_SHOWN, _NAME_SHOWN = 20, 60


@click.command(cls=RefusingCommand)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@location_options
@click.option("--check", "only_check", is_flag=True, help="Seal nothing: write what would happen to FILE.check.csv and .check.html.")
@click.option("--template", type=click.Path(path_type=Path), help="Write an Arabic workbook to fill in, and end.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/out"), show_default=True, help="Folder for codes and cards.")
@click.option("--output", "wanted", type=click.Choice(outputs.ALL), multiple=True, default=outputs.ALL, show_default=True)
@click.option("--no-output", is_flag=True, help="Seal and register only; make no pictures.")
@click.option(
    "--renewals",
    type=click.Choice(["ask", "apply"]),
    default="ask",
    show_default=True,
    help="What becomes of rows that change a license that is there: wait for a decision, or be sealed.",
)
@click.option("--alone", is_flag=True, help="Without a second person: only while nobody in the register may approve.")
@dated
def issue(
    file: Path | None,
    locations: Locations,
    only_check: bool,
    template: Path | None,
    out: Path,
    wanted: tuple[outputs.Output, ...],
    no_output: bool,
    renewals: str,
    alone: bool,
    now: int,
    guard: ClockGuard,
) -> None:
    """Seal every license in FILE (CSV, XLSX or GeoJSON). What is refused goes to FILE.rejects.csv, with the reason.

    The first run asks for an approval of exactly these rows and ends with 3: somebody else gives it at the desk, or by `khatm office
    requests approve`. Then run it again. A file that changed since is another request, and an approval is used once.

    Ends with 0 once every row was looked at, also if some were refused; with 2 if the file, the keys or the register did not allow that.
    Run it again as often as you like: nothing is sealed twice. A later term of a license that is there is its renewal, and linked to it.
    """
    if template is not None:
        from . import template as templates  # noqa: PLC0415 - it loads openpyxl, which no other use needs

        templates.write(template)
        click.echo(f"{template}")
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    if not file.exists():  # told before anything else is asked or made
        raise IssuerError("file_missing", str(file))
    if only_check:
        _check(file, locations, apply=renewals == "apply", now=now)
        return
    signing = operations.signing_context(locations, now=now)
    _tell_endings(locations, now=now)
    made = () if no_output else wanted
    with judging.judged(file, signing.rules, apply=renewals == "apply") as judged:
        asked = judged.asked
        with locations.engine(create=True) as engine:
            guard.require(locations, engine, now=now)
            if not asked.authorities or (not alone and approving.done(engine, asked.digest)):  # nothing is to be sealed, or not any more
                request, signing = None, operations.only_known(signing)
            else:
                request = approving.approval(engine, asked, locations=locations, alone=alone, now=now)
        with click.progressbar(length=1000, label=file.name, show_pos=False) as bar:
            summary = operations.issue_judged(
                judged,
                file,
                locations,
                signing,
                out=out,
                wanted=made,
                now=now,
                progress=lambda share: bar.update(round(share * 1000) - bar.pos),
                apply=renewals == "apply",
            )
    if request is not None:
        with locations.engine() as engine, engine.begin() as connection:
            requests.finish(connection, request, now=now)
    _tell(summary, refusals.path_of(file), out if made else None)


def _check(file: Path, locations: Locations, *, apply: bool, now: int) -> None:
    table_path, page_path = report.paths_of(file)
    with report.writing(file) as table:
        found = checking.check(file, locations, apply=apply, now=now, rows=table)
    whole.write({page_path: report.page(found, table).encode()}, durable=False)
    click.echo(counted(Summary(found.counts, found.codes)).replace(" issued,", " would be issued,", 1))
    _tell_codes(found.codes + Counter(radius_shared=found.sharing))
    _tell_left_out(found.columns, found.sheets)
    click.echo(f"digest of what would be sealed: {judging.of_file(file, checking.rules(locations, now), apply=apply).digest.hex()}")
    click.echo(f"nothing was sealed; every row: {table_path}, to read: {page_path}")


def _tell_codes(codes: Counter[str]) -> None:
    for code, count in sorted(codes.items()):
        click.echo(f"  {count:>5}  {code:<24} {say(code, 'en')} / {say(code, 'ar')}")


def _tell_left_out(columns: tuple[str, ...], sheets: tuple[str, ...]) -> None:
    if columns:
        click.echo(f"columns that were not read / أعمدة لم تُقرأ: {_named(columns)}")
    if sheets:
        click.echo(f"sheets that were not read / أوراق لم تُقرأ: {_named(sheets)}")


def counted(summary: Summary) -> str:
    """Return in one line what became of the rows."""
    counts = summary.counts
    told = [f"{counts['issued']} issued", f"{counts['already']} issued before", f"{counts['refused']} refused"]
    more: tuple[tuple[Outcome, str], ...]
    more = (("renewed", "renewals"), ("corrected", "changes sealed"), ("changed", "changes that wait"), ("held", "held"))
    told += [f"{counts[kind]} {name}" for kind, name in more if counts[kind]]
    return f"{summary.total} rows: {', '.join(told)}"


def _tell(summary: Summary, rejects: Path, out: Path | None) -> None:
    counts = summary.counts
    click.echo(counted(summary))
    _tell_codes(summary.codes)
    if summary.codes:
        click.echo(f"refused rows, with reasons: {rejects}")
    if waiting := sum(summary.codes[code] for code in ("near_twin", "license_changed", "site_coarse", "site_crowded")):
        click.echo(f"{waiting} rows wait for a decision: `khatm license held list`")
    _tell_left_out(summary.columns, summary.sheets)
    sealed = counts["issued"] + counts["renewed"] + counts["corrected"]
    if out is not None and (sealed or counts["already"]) > summary.awaited:
        click.echo(f"codes and cards: {out}")
    if summary.awaited:
        click.echo(f"{summary.awaited} licenses without codes and cards: {say('log_awaited', 'en')} / {say('log_awaited', 'ar')}")
    if sealed:
        click.echo("Run `khatm publish` so that verifiers learn of them; `khatm publish --follow` does so by itself.")


def _named(names: tuple[str, ...]) -> str:
    shown = [neutral(" ".join(name.split())[:_NAME_SHOWN]) for name in names[:_NAMES_SHOWN]]
    return "، ".join(shown) + (f" (+{len(names) - _NAMES_SHOWN})" if len(names) > _NAMES_SHOWN else "")


@click.command(cls=RefusingCommand)
@location_options
@click.option("--follow", is_flag=True, help="Go on until SIGTERM: publish what changes within seconds, and everything hourly.")
@click.option("--every", type=click.FloatRange(0.1, 60), default=5.0, show_default=True, help="With --follow: seconds between two looks.")
@click.option("--sites", type=click.Path(path_type=Path, file_okay=False), help="Put the licensed sites here too, for inspections only.")
@dated
@click.pass_context
def publish(
    context: click.Context, locations: Locations, follow: bool, every: float, sites: Path | None, now: int, guard: ClockGuard
) -> None:
    """Sign the status lists and put them among the published files: hourly, or all the time with --follow. Never touches the root."""
    if not follow:
        publisher = operations.Publisher(locations, sites, progress=Seen("held").at)
        with locations.engine() as engine:
            guard.require(locations, engine, now=now)
            _tell_published(locations, publisher.round(engine, now=now))
        _tell_endings(locations, now=now)
        return
    if context.get_parameter_source("now") == ParameterSource.COMMANDLINE:
        raise click.UsageError("--follow goes by the clock, not by --now")
    _follow(locations, operations.Publisher(locations, sites), guard, every)


def _follow(locations: Locations, publisher: operations.Publisher, guard: ClockGuard, every: float) -> None:
    """Publish until told to stop. What is wrong from the start ends it, but for what passes, and a clock that is set later."""
    # A witness is another body's: it may be away when this machine starts, and nobody would start this again
    stay = Stay("publisher", every, run_refusing, passing=PASSING | CLOCK | {"lists_unproven"})
    told = clock.seconds() - endings.DAY
    stay.heed()
    begun = False

    def turn() -> None:
        nonlocal told, begun
        if begun and clock.seconds() - told >= endings.DAY:
            told = clock.seconds()
            _tell_endings(locations, now=told)
        _follow_once(locations, publisher, engine, guard)
        begun = True

    with stay.opened(locations.engine) as engine:
        stay.run(turn)


def _follow_once(locations: Locations, publisher: operations.Publisher, engine: Engine, guard: ClockGuard) -> None:
    """Publish what is due. Raises IssuerError for a clock that must not date it: then nothing was published, and that is no success."""
    now = clock.seconds()
    guard.require(locations, engine, now=now)
    _tell_published(locations, publisher.round(engine, now=now))


def _tell_endings(locations: Locations, *, now: int) -> None:
    """Say what ends soon, beside the result: nobody looks for it on the day before."""
    with suppress(ListError):
        for each in endings.endings(locations.trust(), now=now):
            logs.tell("publisher", said(each.code, each.detail), code=each.code, err=True)


def _tell_published(locations: Locations, names: Sequence[str]) -> None:
    if names:
        logs.tell("publisher", f"{len(names)} files in {locations.published}: {', '.join(names)}")
