"""The database by existing engines: what a pooler, a replica and a successor cost and give.

`python -m bench scale [--fast]`: about two minutes; real PostgreSQL servers and a real PgBouncer on this machine, with the settings of
docs/how-to/scale-the-database.md, tables in memory (no disk is measured, so what a commit waits for is the other server alone). Ratios
are of runs in turns. A failover begins with the primary's SIGQUIT, and the standby is promoted at once: what a person or a tool needs to
decide is not in it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from flask import has_request_context
from sqlalchemy import Engine, event, text

from office.database import open_register
from office.desk.replicas import PAGES
from storage import locks, postgresql
from storage.database import ASKED, url_of
from storage.faults import DATABASE_ERRORS
from storage.replicas import Replica, place
from tests import clusters
from tests.clusters import Cluster, Pooler
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlock
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor

NAME = "khatm"
CLIENTS = 200
PAGES_SHOWN = ("/centre/?who=all", "/centre/work/board", "/centre/licenses?q=نور", "/centre/reports", "/centre/reports/revenue")


def measure(fast: bool = False) -> dict[str, Any]:
    """Return what each part found."""
    turns = 40 if fast else 400
    with tempfile.TemporaryDirectory() as name, clusters.primary() as one, clusters.standby(one) as two:
        keys = unlock(Path(name) / "keys")
        one.say(f"CREATE DATABASE {NAME}")
        open_register(one.url(NAME)).dispose()
        one.say("CREATE TABLE said (number bigint, at timestamptz DEFAULT clock_timestamp())", NAME)
        with clusters.pooler(one) as pooler:
            told = {"pooler": _pooler(one, pooler, turns), "replica": _replica(Path(name), keys, one, two, turns)}
        told["commit that waits for a standby"] = _waiting(one, turns)
    return {**told, "failover": _failovers(3 if fast else 10)}


def _ms(work: Callable[[], object], turns: int) -> float:
    """Return how long something takes, in milliseconds: the tenth percentile, for the machine is shared, and a pooler is one more process
    that waits for its turn at a processor."""
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[len(times) // 10]


def _in_turns(one: Callable[[], object], other: Callable[[], object], turns: int) -> tuple[float, float]:
    """Return what two take, in milliseconds, made in turns of ten."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(1, turns // 10)):
        found[0].append(_ms(one, 10))
        found[1].append(_ms(other, 10))
    return statistics.median(found[0]), statistics.median(found[1])


def _pooler(server: Cluster, pooler: Pooler, turns: int) -> dict[str, Any]:
    direct, lent = (postgresql.engine(url_of(each.url(NAME)), ASKED) for each in (server, pooler))
    told: dict[str, Any] = {}
    for what, work in {"read": _read, "write": _write}.items():
        own, other = _in_turns(lambda work=work: work(direct), lambda work=work: work(lent), turns)  # type: ignore[misc]
        told[f"{what}, direct, ms"], told[f"{what}, ratio through PgBouncer"] = round(own, 3), round(other / own, 2)
    own, other = _in_turns(lambda: locks.prove(direct), lambda: locks.prove(lent), turns // 4)
    told |= {"proof of locks, direct, ms": round(own, 1), "proof of locks, through PgBouncer, ms": round(other, 1)}
    with _connected(pooler.url(NAME), CLIENTS) as many:
        for each in many:
            each.execute("SELECT 1")
        told["connections of clients"] = len(many)
        told["connections of the server"] = int(server.say(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{NAME}'")) - 1
    direct.dispose(), lent.dispose()
    return told


@contextmanager
def _connected(url: str, many: int) -> Iterator[list[Any]]:
    import psycopg  # noqa: PLC0415

    held = [psycopg.connect(url, autocommit=True, prepare_threshold=None) for _ in range(many)]
    try:
        yield held
    finally:
        for each in held:
            each.close()


def _read(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM account WHERE name = :name"), {"name": "x"}).scalar()


def _write(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": 1})


def _replica(folder: Path, keys: Keys, one: Cluster, two: Cluster, turns: int) -> dict[str, Any]:
    two.caught_up(one)
    made, clerk, _ = keys
    home = offices.furnish(folder / "office", made, one.url(NAME)).folder
    house = House(home, one.url(NAME), clerk, register_read=two.url(NAME))
    for serial in range(max(10, turns // 10)):
        house.work.submitted("shop.first", shop(trade_name=f"محل {serial}"))
    two.caught_up(one)
    replica = house.context.replica
    assert replica is not None
    told = _pages(house, replica, turns) | _lag(house.context.engine, replica, turns)
    replica.close()
    house.close()
    return told


def _pages(house: House, replica: Replica, turns: int) -> dict[str, Any]:
    visitor = house.staff("hoda", ("*", "manager"))
    replica.look()
    here, there = [0], [0]
    for engine, counted in ((house.context.engine, here), (replica._engine, there)):
        event.listen(engine, "before_cursor_execute", partial(_count, counted))
    told: dict[str, Any] = {"pages of the desk and the portal that may be": len(PAGES)}
    without, with_ = [0, 0.0], [0, 0.0]
    for path in PAGES_SHOWN:
        for found, wrote in ((with_, "0"), (without, "7fffffffffffffff")):
            _shown(visitor, path, wrote)
            replica.look()
            here[0] = there[0] = 0
            _shown(visitor, path, wrote)
            found[0] += here[0]
            assert (there[0] > 1) == (wrote == "0"), path  # one question says that it is not there yet
            found[1] += _ms(lambda path=path, wrote=wrote: _shown(visitor, path, wrote), max(5, turns // 20))  # type: ignore[misc]
            replica.look()
    told["statements at the register for five pages, without and with a replica"] = f"{without[0]}, {with_[0]}"
    told["five pages, ms, made of the register"] = round(without[1], 1)
    told["ratio, made of the replica"] = round(with_[1] / without[1], 2)
    return told


def _count(counted: list[int], *_: object) -> None:
    """Count what a page asks; the looks each second are nobody's page."""
    counted[0] += has_request_context()


def _shown(visitor: Visitor, path: str, wrote: str) -> None:
    visitor.http.set_cookie("khatm_wrote", wrote)
    assert visitor.http.get(path).status_code == 200


def _lag(engine: Engine, replica: Replica, turns: int) -> dict[str, Any]:
    """How long after a commit the replica has it, and how often a page right after a write would still be the register's."""
    waits, early = [], 0
    for _ in range(turns):
        _write(engine)
        at, began = place(engine), time.perf_counter()
        with replica._engine.connect() as connection:
            early += not replica._has(connection, at)
            while not replica._has(connection, at):
                pass
        waits.append((time.perf_counter() - began) * 1000)
    waits.sort()
    return {
        "commit until the replica has it, ms, median": round(statistics.median(waits), 2),
        "commit until the replica has it, ms, p99": round(waits[int(len(waits) * 0.99) - 1], 2),
        "asked at once, still at the register, %": round(100 * early / turns, 1),
    }


def _waiting(one: Cluster, turns: int) -> dict[str, Any]:
    engine = postgresql.engine(url_of(one.url(NAME)), ASKED)
    found: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(4):
        for waits in (False, True):
            one.say(f"ALTER SYSTEM SET synchronous_standby_names = '{'ANY 1 (*)' if waits else ''}'")
            one.say("SELECT pg_reload_conf()")
            while (one.say("SELECT sync_state FROM pg_stat_replication") == "quorum") != waits:
                time.sleep(0.05)
            times = []
            for _ in range(turns // 4):
                began = time.perf_counter()
                _write(engine)
                times.append((time.perf_counter() - began) * 1000)
            found[waits].append(statistics.median(times))  # what is waited for is another process: its turn is part of it
    engine.dispose()
    alone, waiting = (statistics.median(found[waits]) for waits in (False, True))
    return {"alone, ms": round(alone, 2), "waiting, ms": round(waiting, 2), "ratio": round(waiting / alone, 2)}


def _failovers(times: int) -> dict[str, Any]:
    found = [_failover() for _ in range(times)]
    return {
        "times": times,
        "s until the next commit, median": round(statistics.median(seconds for seconds, _, _ in found), 2),
        "s until the next commit, worst": round(max(seconds for seconds, _, _ in found), 2),
        "of these, s in pg_promote, median": round(statistics.median(promoting for _, promoting, _ in found), 2),
        "confirmed commits that were lost": sum(lost for _, _, lost in found),
    }


def _failover() -> tuple[float, float, int]:
    """Return the seconds from the primary's death to the next commit, those of the promotion, and how many confirmed commits were lost."""
    with clusters.primary() as one, clusters.standby(one) as two:
        one.say("CREATE TABLE said (number bigint)")
        one.set(clusters.block("conf", 1))
        one.say("SELECT pg_reload_conf()")
        before = one.url().split("@", maxsplit=1)[0]
        engine = postgresql.engine(url_of(f"{before}@127.0.0.1:{one.port},127.0.0.1:{two.port}/postgres"), ASKED)
        for number in range(100):
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": number})
        one.kill()
        died = time.monotonic()
        two.promote()
        promoted = time.monotonic()
        while True:
            try:
                with engine.begin() as connection:
                    connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": 100})
                break
            except DATABASE_ERRORS:
                time.sleep(0.01)
        went_on = time.monotonic()
        there = int(two.say("SELECT count(*) FROM said"))
        engine.dispose()
    return went_on - died, promoted - died, 101 - there
