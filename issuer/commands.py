"""`khatm issue`, `khatm license` and `khatm publish`. An edge: it reads the clock and files, and talks to people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from keys.errors import SENTENCES as KEY_SENTENCES
from keys.errors import CustodyError
from seal import days, sentences
from seal.errors import FormatError, ListError, SealError
from seal.license import YEARS

from . import errands
from .bulk import Summary
from .cards import outputs
from .errors import IssuerError
from .intake import refusals
from .register.database import refusal
from .rooms import Rooms, room_options
from .sentences import say

_NAMES_SHOWN, _NAME_SHOWN = 20, 60


class Refusals(click.Group):
    """Turns what the issuer, the keys and the lists refuse into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        return run_refusing(lambda: super(Refusals, self).invoke(ctx))


class RefusingCommand(click.Command):
    """The same for a single command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        return run_refusing(lambda: super(RefusingCommand, self).invoke(ctx))


def run_refusing(work: Any) -> Any:
    """Run `work`; what is refused ends in a sentence in both languages, never in a traceback."""
    try:
        return work()
    except CustodyError as error:
        ar, en = KEY_SENTENCES[error.code]
        raise _usage(error.code, ar, en, error.detail) from error
    except (IssuerError, ListError, SealError) as error:
        raise _usage(error.code, say(error.code, "ar"), say(error.code, "en"), error.detail) from error
    except DBAPIError as error:
        told = refusal(error)
        raise _usage(told.code, say(told.code, "ar"), say(told.code, "en"), "") from error
    except BrokenPipeError:
        raise  # the reader went away, as `| head` does: click ends quietly
    except OSError as error:
        raise _usage("disk", say("disk", "ar"), say("disk", "en"), error.strerror or "") from error


def _usage(code: str, ar: str, en: str, detail: str) -> click.UsageError:
    return click.UsageError(f"{code}: {en} / {ar}" + (f" ({detail})" if detail else ""))


def moment(_: click.Context, __: click.Parameter, value: str | None) -> int:
    """Return `--now` as seconds since 1970 UTC; without it, the clock's."""
    if value is None:
        return int(datetime.now(UTC).timestamp())  # noqa: TID251 - an edge
    try:
        given = days.parse_moment(value)
    except FormatError as error:
        raise click.BadParameter(sentences.both(error.code)) from error
    if given.year not in YEARS:
        raise click.BadParameter(sentences.both("time_invalid"))
    return days.seconds_of(given)


now_option = click.option("--now", callback=moment, metavar="ISO", help="Act as of this time.")


@click.command(cls=RefusingCommand)
@click.argument("file", type=click.Path(path_type=Path))
@room_options
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/out"), show_default=True, help="Folder for codes and cards.")
@click.option("--output", "wanted", type=click.Choice(outputs.ALL), multiple=True, default=outputs.ALL, show_default=True)
@click.option("--no-output", is_flag=True, help="Seal and register only; make no pictures.")
@now_option
def issue(file: Path, rooms: Rooms, out: Path, wanted: tuple[outputs.Output, ...], no_output: bool, now: int) -> None:
    """Seal every license in FILE (CSV, XLSX or GeoJSON). What is refused goes to FILE.rejects.csv, with the reason.

    Ends with 0 once every row was looked at, also if some were refused; with 2 if the file, the keys or the register did not allow that.
    Run it again as often as you like: nothing is sealed twice.
    """
    clerk = errands.clerk(rooms, now=now)
    made = () if no_output else wanted
    with click.progressbar(length=1000, label=file.name, show_pos=False) as bar:
        summary = errands.issue_file(
            file,
            rooms,
            clerk,
            out=out,
            wanted=made,
            now=now,
            progress=lambda share: bar.update(round(share * 1000) - bar.pos),
        )
    _tell(summary, refusals.path_of(file), out if made else None)


def _tell(summary: Summary, rejects: Path, out: Path | None) -> None:
    counts = summary.counts
    click.echo(f"{summary.total} rows: {counts['issued']} issued, {counts['already']} issued before, {counts['refused']} refused")
    for code, count in sorted(summary.codes.items()):
        click.echo(f"  {count:>5}  {code:<24} {say(code, 'en')} / {say(code, 'ar')}")
    if summary.counts["refused"]:
        click.echo(f"refused rows, with reasons: {rejects}")
    if waiting := sum(summary.codes[code] for code in ("near_twin", "site_coarse", "site_crowded")):
        click.echo(f"{waiting} rows wait for a decision: `khatm license held list`")
    if summary.columns:
        click.echo(f"columns that were not read / أعمدة لم تُقرأ: {_named(summary.columns)}")
    if summary.sheets:
        click.echo(f"sheets that were not read / أوراق لم تُقرأ: {_named(summary.sheets)}")
    if out is not None and (counts["issued"] or counts["already"]):
        click.echo(f"codes and cards: {out}")
    if counts["issued"]:
        click.echo("Run `khatm publish` so that verifiers learn of them.")


def _named(names: tuple[str, ...]) -> str:
    shown = [refusals.neutral(" ".join(name.split())[:_NAME_SHOWN]) for name in names[:_NAMES_SHOWN]]
    return "، ".join(shown) + (f" (+{len(names) - _NAMES_SHOWN})" if len(names) > _NAMES_SHOWN else "")


@click.command(cls=RefusingCommand)
@room_options
@now_option
def publish(rooms: Rooms, now: int) -> None:
    """Sign the status lists and put them among the published files. Hourly; never touches the root."""
    names = errands.publish(rooms, now=now)
    click.echo(f"{len(names)} files in {rooms.published}: {', '.join(names)}")
