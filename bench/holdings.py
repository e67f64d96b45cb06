"""A citizen's licenses at size, beside limits of 25 and 40 ms: their list and one of them, with a million licenses in the register.

`python -m bench holdings [--fast]`: as long as filling both databases takes (bench/office.py), then a minute. Besides what that fills in,
every application in the state `issued` has led to a license of its own, every fifth license renews the one before it, and an agent has
hundreds. Timed are the functions below the pages from their call to the end of their transaction, and the pages from request to answer.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text

from bench import office
from bench.filling import quiet, unwatched
from issuer.register.tables import license_links, licenses
from office.applications.actors import Actor
from office.applications.holdings import listing
from office.applications.tables import applications
from office.database import open_register
from seal import days
from tests import postgres
from tests.issuer import offices
from tests.office.applications.workplace import furnish
from tests.office.desk.house import House

AGENT = Actor("citizen", "agent", "x")
_AGENT_S = 400  # every so many-th license is the agent's
_FIRST = 30  # the licenses before this one are those of whoever signs in
_RENEWED = 5
TODAY = days.day_of(office.NOW)


def measure(fast: bool = False) -> dict[str, object]:
    """Return medians and 95th percentiles in milliseconds of each step on each database, and the medians' ratio to the limit."""
    result: dict[str, object] = {"name": "my licenses: server time beside a limit", "limits_ms": office.LIMITS_MS}
    worst, rounds = 0.0, office.FAST_ROUNDS if fast else office.ROUNDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clerk, signing = office._keys(folder)
        urls = {"sqlite": str(folder / "office.sqlite")}
        urls["postgresql"] = stack.enter_context(postgres.fresh_database(stack.enter_context(postgres.server()), "bench"))
        engines = {name: open_register(url) for name, url in urls.items()}
        numbers = {}
        for name, engine in engines.items():
            with unwatched(engine) as empty:
                office.fill(
                    empty,
                    office.FAST_LICENSES if fast else office.LICENSES,
                    office.FAST_APPLICATIONS if fast else office.APPLICATIONS,
                )
                numbers[name] = _hand_out(empty)
        quiet()
        for name, engine in engines.items():
            house = House(folder, urls[name], clerk)
            steps = _steps(furnish(engine, clerk, signing, folder / name), house, numbers[name])
            figures = office._timed(steps, rounds, office.LIMITS_MS[name])
            worst = max(worst, *(each["ratio"] for each in figures.values()))
            result[name] = figures
            house.close()
            engine.dispose()
    return {**result, "worst_ratio": worst, "holds": worst <= 1}


def _hand_out(engine: Engine) -> dict[str, str]:
    """Let applications have led to licenses, renew some, and return the license of each owner that is asked for below."""
    holder = offices.entry().license.holder  # of all seals here
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE application SET holder = :holder, issued = (SELECT number FROM license WHERE license.id = application.id), "
                f"owner = CASE WHEN id % {_AGENT_S} = 0 THEN 'agent' WHEN id < {_FIRST} THEN '1' ELSE owner END "
                "WHERE state = 'issued' AND service NOT LIKE '%.cancellation' AND service NOT LIKE '%.paper_copy'"
            ),
            {"holder": holder},
        )
        all_ = connection.execute(select(licenses.c.id, licenses.c.number).order_by(licenses.c.id)).all()
        rows = [
            {"number": later.number, "previous": before.number, "kind": "renewal", "at": office.NOW}
            for before, later in pairwise(all_)
            if later.id % _RENEWED == 0
        ]
    office._bulk(engine, license_links, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    with engine.connect() as connection:
        owned = select(applications.c.owner, applications.c.issued).where(applications.c.issued.is_not(None)).limit(5_000)
        return {row.owner: row.issued for row in connection.execute(owned)}


def _steps(here: Any, house: House, numbers: dict[str, str]) -> dict[str, Callable[[], object]]:
    chance, owners = random.Random(1), sorted(numbers)

    def reading(work: Callable[[Any], object]) -> Callable[[], object]:
        def timed() -> object:
            with here.engine.connect().execution_options(reading=True) as connection:
                return work(connection)

        return timed

    def mine(connection: Any) -> None:
        actor = Actor("citizen", chance.choice(owners), "x", mobile=f"+20{1_000_000_000 + chance.randrange(50_000)}")
        assert listing.mine(connection, here.office, actor=actor, today=TODAY).lines

    def one(connection: Any) -> None:
        owner = chance.choice(owners)
        listing.find(connection, here.office, numbers[owner], actor=Actor("citizen", owner, "x"))

    def agent(connection: Any) -> None:
        assert len(listing.mine(connection, here.office, actor=AGENT, today=TODAY).lines) > 5

    mona = house.citizen()
    assert '"/licenses/ALX' in mona.get("/licenses").text
    return {
        "my_licenses": reading(mine),
        "one_of_my_licenses": reading(one),
        "licenses_of_an_agent": reading(agent),
        "page_of_my_licenses": lambda: mona.get("/licenses"),
        "page_of_one_license": lambda: mona.get(f"/licenses/{numbers['1']}"),
        "page_of_my_applications": lambda: mona.get("/applications"),
    }


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=1))
