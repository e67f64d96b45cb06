"""`khatm audit erase`: the acts about a license, an application or a person lose their salts. An edge."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import Connection

from acts import erasing, subjects
from acts.bodies import Key
from acts.errors import ActError
from acts.replay import Replay
from governorate import identity
from storage.database import reading
from web.moments import now_option

from . import approving
from .audit_commands import audit_, tables_of
from .locations import Locations, location_options
from .register import requests
from .register.derived import Issued
from .register.tables import sealing_requests

_SHOWN = 8  # rows that a request names


@audit_.command()
@click.argument("what", nargs=-1)
@location_options
@click.option("--gone", is_flag=True, help="Instead: all acts about rows that are not there any more, such as drafts that were deleted.")
@click.option("--reason", required=True, help="Why; kept for ever. Name nobody in it.")
@click.option("--alone", is_flag=True, help="Without a second person: only while nobody in the register may approve.")
@now_option
def erase(what: tuple[str, ...], locations: Locations, gone: bool, reason: str, alone: bool, now: int) -> None:
    """Erase the salts of the acts about WHAT: a license's or application's number, a mobile number (+20…), or a TABLE and a KEY.

    What these acts, and the public log, say of values that are not there any more can then be confirmed by nobody. Rows that are there
    stay, and are held by the act of erasing. The first run asks for an approval and ends with 3; once somebody else gave it, run it again.
    """
    if bool(what) == gone:
        raise click.UsageError("Name what is to be erased, or --gone.")
    with locations.engine() as engine:
        with reading(engine) as connection:
            rows = [] if gone else _rows(connection, what)
        asked = approving.of_erasing(_subject(what, rows), rows, reason)
        request = approving.approval(engine, asked, locations=locations, alone=alone, now=now)
        with engine.begin() as connection:

            def choice(replay: Replay) -> Sequence[tuple[str, Key]]:
                own = sealing_requests.name, (request.id,)  # the asking stays as it was
                return replay.gone() if gone else sorted(subjects.about(connection, tables_of(), rows) - {own}, key=str)

            derivation = Issued(identity.default().prefix)
            done = erasing.erase(connection, tables_of(), choice, derivation=derivation, now=now)
            if not done.acts:
                raise ActError("erase_nothing")
            requests.use(connection, request, now=now)  # behind: its own row is held, too, as it was before
        erasing.scrub(engine)
    click.echo(f"{done.acts} acts erased; {done.rows} rows that they spoke of are held by the act of erasing")


def _rows(connection: Connection, what: tuple[str, ...]) -> list[tuple[str, Key]]:
    """Return the rows that are named. Raises ActError `act_row_unknown`."""
    if len(what) > 1:
        table, key = subjects.named(tables_of(), what[0], what[1:])
        return [(table.table.name, key)]
    bearing = subjects.bearing(connection, tables_of(), what[0])
    found = sorted(each for each in bearing if each[0] != sealing_requests.name)  # to which the asking itself adds
    if not found:
        raise ActError("act_row_unknown", "no row bears this number")
    return found


def _subject(what: tuple[str, ...], rows: list[tuple[str, Key]]) -> str:
    """Return what a request says, which is kept for ever: a mobile number it does not name."""
    if not what:
        return "rows that are gone"
    if len(what) == 1 and "-" in what[0]:
        return what[0]
    return ", ".join(" ".join(map(str, (table, *key))) for table, key in rows[:_SHOWN])
