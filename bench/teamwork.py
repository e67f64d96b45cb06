"""Shared work at size, beside limits of 25 and 40 ms: whose cases, counted and listed, and the board, with a million applications.

`python -m bench teamwork [--fast]`: about four minutes on a calm machine. Both databases get a million applications in one statement,
a fifth of them waiting; of what waits for the office nine tenths are somebody's, of 300 people, and the longest-waiting are: an index that
does not know whose a case is would walk past all of them to the first that nobody has. One in forty is late. Then the desk's pages are
timed from request to answer, by clients in the same process. The limit holds for the median of all but the board, a report.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine, text

from bench.filling import quiet, unwatched
from bench.office import LIMITS_MS, NOW, _timed
from bench.pages import Steps
from office.applications import counts
from office.applications.tables import applications
from office.database import open_register
from office.services import catalogue
from tests import postgres
from tests.office.applications.conftest import unlock
from tests.office.desk.house import House

APPLICATIONS, FAST_APPLICATIONS = 1_000_000, 20_000
ROUNDS, FAST_ROUNDS = 40, 10
PEOPLE = 300  # accounts that have cases; those of the two visitors are among them

_FILL = """
INSERT INTO application (id, key, number, version, state, service, channel, authority, owner, entered_by, mobile, fields, name, holder,
  upheld, created_at, submitted_at, since, due_at, escalated, assigned)
SELECT n, 'k' || n, 'APP-' || n, 3,
  CASE WHEN n % 20 < 16 THEN 'issued' WHEN n % 20 = 16 THEN 'awaiting_payment' WHEN n % 20 = 17 THEN 'returned'
    WHEN n % 20 = 18 THEN 'under_review' ELSE 'inspection_requested' END,
  'shop.first', 'portal', substr(:authorities, 1 + 4 * CAST((n / 20) % :many AS INTEGER), 3), '7', 'citizen:7', '+20', '{}', 'محل ' || n,
  'مالك ' || n, :no, :now - 9000000 + n, :now - 9000000 + n, :now - 8000000 + n * 5,
  CASE WHEN n % 20 < 16 THEN NULL ELSE :now + 86400 * 30 - n % 40 * 100000 END, CASE WHEN n % 800 >= 780 THEN :yes ELSE :no END,
  CASE WHEN n % 20 >= 18 AND n < :total * 9 / 10 THEN 1 + (n / 20) % :people ELSE 0 END
FROM numbers
"""
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :total)",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(1, CAST(:total AS BIGINT)) AS n)",
}


def measure(fast: bool = False) -> dict[str, object]:
    """Return medians and 95th percentiles in milliseconds of each page on each database, and the medians' ratio to the limit."""
    result: dict[str, object] = {"name": "shared work: server time of one page beside a limit", "limits_ms": LIMITS_MS}
    worst, total = 0.0, FAST_APPLICATIONS if fast else APPLICATIONS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clerk = unlock(folder)[1]
        urls = {"sqlite": str(folder / "office.sqlite")}
        urls["postgresql"] = stack.enter_context(postgres.fresh_database(stack.enter_context(postgres.server()), "bench"))
        engines = {name: open_register(url) for name, url in urls.items()}
        houses = {name: House(folder, url, clerk) for name, url in urls.items()}
        visitors = {name: steps(house) for name, house in houses.items()}
        for name, engine in engines.items():
            begun = time.perf_counter()
            with unwatched(engine) as empty:
                fill(empty, total)
            print(f"{name} filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        quiet()
        for name, engine in engines.items():
            served = _timed(visitors[name], FAST_ROUNDS if fast else ROUNDS, LIMITS_MS[name])
            worst = max(worst, *(step["ratio"] for step in served.values() if "ratio" in step))
            result[name] = served
            houses[name].close()
            engine.dispose()
    return {**result, "applications": total, "worst_ratio": worst, "holds": worst <= 1}


def fill(engine: Engine, total: int) -> None:
    """Fill an empty table of applications; its indices are made when all is there."""
    codes = sorted(code for wave in catalogue.default().waves for code in wave.authorities if len(code) == 3)
    indexes = sorted(applications.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(engine)
    told = {"authorities": "".join(f"{code} " for code in codes), "many": len(codes), "now": NOW, "total": total, "people": PEOPLE}
    with engine.begin() as connection:
        connection.execute(text(_filling(engine.dialect.name)), told | {"yes": True, "no": False})
    for index in indexes:
        index.create(engine)
    while counts.fold(engine):  # as the worker does each minute
        pass
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM"))


def _filling(dialect: str) -> str:
    """Return the one statement: PostgreSQL has the numbers before the insertion, SQLite before the selection too."""
    return f"{_NUMBERS[dialect]}\n{_FILL}"


def steps(house: House) -> Steps:
    """Return what to time, by a reviewer of one authority and by a manager of the governorate."""
    reviewer, governor = house.staff("reviewer", ("MN1", "reviewer")), house.staff("governor", ("*", "manager"))
    manager = house.staff("manager", ("MN1", "manager"))
    found: Steps = {}
    for name, visitor in (("an_authority", reviewer), ("the_governorate", governor)):
        for who in ("mine", "none", "all"):
            found[f"{who}_of_{name}"] = lambda visitor=visitor, who=who: visitor.get(f"/centre/?who={who}")  # type: ignore[misc]
        found[f"somebody_s_late_of_{name}"] = lambda visitor=visitor: visitor.get("/centre/?who=42&state=under_review&late=1")  # type: ignore[misc]
    found["board_of_an_authority"] = lambda: manager.get("/centre/work/board")
    found["board_of_the_governorate"] = lambda: governor.get("/centre/work/board")
    return found
