"""What sealing again needs besides the register's work: whose rows are not what the programs wrote, and a list to print by."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import Engine, select

from acts import guarded, replay, sweep
from acts.finding import Finding
from published import whole
from seal import claims, cose
from storage.database import reading
from web.cells import neutral

from .cards import outputs
from .register.derived import Issued
from .register.reissuing import Printed
from .register.tables import licenses, seals

COLUMNS = ("number", "edition", "authority", "trade_name", "address", "position", "card")


def suspects(engine: Engine, prefix: str, *, progress: Callable[[int], object]) -> frozenset[int]:
    """Return the ids of licenses that were changed or slipped in past the programs, or whose seals were (khatm audit verify).

    A thief who has a key and the database must not have his own licenses sealed by the next key. Raises ActError `acts_not_begun`.
    """
    found: list[Finding] = []
    tables = [table for table in map(guarded.of, (licenses, seals)) if table is not None]
    with replay.scratch(sweep.TABLES) as acts:
        sweep.verify(engine, tables, replay=acts, derivation=Issued(prefix), found=found.append, progress=progress)
    wrong = {each.key[0] for each in found if each.table == seals.name}
    with reading(engine) as connection:
        theirs = [row.license_id for row in connection.execute(select(seals.c.id, seals.c.license_id)) if row.id in wrong] if wrong else []
    return frozenset(theirs) | {int(str(each.key[0])) for each in found if each.table == licenses.name}


def write_print_list(path: Path, printed: Iterable[Printed]) -> None:
    """Write what is to be printed anew and hung up in the place of the old codes, a line each (CSV). Raises OSError."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    for each in printed:
        held = claims.from_bytes(cose.from_bytes(each.token).payload)
        shown, card = held.license, outputs.paths(Path(), each.number, each.edition, outputs.ALL)["card"]
        cells = (each.number, str(each.edition), shown.authority, shown.trade_name, shown.address, str(each.position), card.name)
        table.writerow([neutral(cell) for cell in cells])
    whole.write({path: text.getvalue().encode("utf-8-sig")}, durable=False)
