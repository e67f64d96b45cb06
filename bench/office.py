"""The license office at size, beside limits of 25 and 40 ms: work list, search, submission and issue with a million licenses.

`python -m bench office [--fast]`: about five minutes on a calm machine. Both databases are filled in bulk, with 200,000 applications too,
by rows as the program writes them (names of the sample, places spread over the authorities' areas; all seals hold copies of one token).
Then the program's own functions are timed from their call to the end of their transaction, and the desk's pages from request to answer
(bench/pages.py), in turns, in one process: server time without a network. SQLite runs with full durability, PostgreSQL from Debian's
package with fsync off, as tests have it. The limit holds for the median.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import count, islice
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, Table, text

import published
from bench import pages
from bench.filling import quiet, unwatched
from bench.issuing import _areas, _somewhere
from issuer.intake.texts import skeleton
from issuer.register.neighbours import cell, keys, standing_within
from issuer.register.stored import to_json
from issuer.register.tables import licenses, seals, serials, status_lists
from keys import policy
from keys.custody import Custody
from office.applications import counts, listing, numbers, receipts, search, submitting, views, wording
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.tables import application_events, applications, words
from office.database import open_register
from office.licenses import indexing
from office.licenses.search import Sought, find
from office.licenses.tables import license_index, license_words
from office.services import catalogue
from seal import claims, cose, days, status
from seal import license as numbers_of_licenses
from seal.license import License
from seal.site import Point, Site
from tests import postgres
from tests.issuer import offices
from tests.office.applications.workplace import Workplace, advertisement, furnish, moment
from tests.office.desk.house import House
from web.spelling import bare

LIMITS_MS = {"sqlite": 25.0, "postgresql": 40.0}  # of a page at a million licenses, its median
LICENSES, APPLICATIONS = 1_000_000, 200_000
FAST_LICENSES, FAST_APPLICATIONS = 20_000, 4_000
ROUNDS, FAST_ROUNDS = 60, 15
CHUNK = 20_000
REPORTS = ("counts_of_the_governorate", "board_of_an_authority", "board_of_the_governorate")  # go over all that waits, a few times a day
NOW = moment("2026-11-24")
# None is approved: the worker issues those within a minute, and what it finds here is what the bench approves.
STATES = ("issued",) * 12 + ("withdrawn", "rejected") * 2 + ("under_review", "awaiting_payment", "inspection_requested", "returned")
SOUGHT = ["احمد", "محمد", "صيدلية", "مطعم 15", "مخبز", "شارع", "محل", "احمد محمود", "APP-MN1-2026-004711"]
ADDRESSES = ["شارع", "عقار 4", "الحرية", "طريق الجيش 2", "محمد شارع", "م"]
CLERK = Actor("staff", "1", "c", {"MN1": frozenset({"clerk"})})
REVIEWER = Actor("staff", "2", "r", {"MN1": frozenset({"reviewer"})})
GOVERNOR = Actor("staff", "3", "g", {"*": frozenset({"manager"})})
CITIZEN = Actor("citizen", "1", "x")


def measure(fast: bool = False) -> dict[str, object]:
    """Return medians and 95th percentiles in milliseconds of each step on each database, and the medians' ratio to the limit."""
    result: dict[str, object] = {"name": "office: server time of one step beside a limit", "limits_ms": LIMITS_MS}
    worst = 0.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clerk, signing = _keys(folder)
        urls = {"sqlite": str(folder / "office.sqlite")}
        urls["postgresql"] = stack.enter_context(postgres.fresh_database(stack.enter_context(postgres.server()), "bench"))
        engines = {name: open_register(url) for name, url in urls.items()}
        for name, engine in engines.items():
            begun = time.perf_counter()
            with unwatched(engine) as empty:
                fill(empty, FAST_LICENSES if fast else LICENSES, FAST_APPLICATIONS if fast else APPLICATIONS)
            print(f"{name} filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        quiet()
        rounds = FAST_ROUNDS if fast else ROUNDS
        for name, engine in engines.items():
            begun = time.perf_counter()
            functions = _timed(_functions(furnish(engine, clerk, signing, folder / name), rounds), rounds, LIMITS_MS[name])
            house = House(folder, urls[name], clerk, check_seconds=1.0)  # as the server's
            served = _timed(pages.steps(house, SOUGHT), rounds, LIMITS_MS[name])
            print(f"{name} measured in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
            worst = max(worst, *(step["ratio"] for step in (*functions.values(), *served.values()) if "ratio" in step))
            result[name] = {"functions": functions, "pages": served}
            house.close()
            engine.dispose()
    return {**result, "worst_ratio": worst, "holds": worst <= 1}


def _keys(folder: Path) -> tuple[Any, Any]:
    offices.make_keys(folder)
    custody = Custody(folder / "keys")
    custody.add(offices.PASSPHRASE, policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    signed = policy.sign_trust_list(custody, offices.PASSPHRASE, now=NOW - 1800)
    published.write(folder / "published", {published.TRUST_LIST: signed})
    clerk = offices.Office(folder, "").clerk()
    return clerk, receipts.signing(Custody(folder / "keys"), clerk.trust, offices.PASSPHRASE, host=offices.HOST, now=NOW)


# Filling.


def fill(engine: Engine, license_count: int, application_count: int) -> None:
    """Fill an empty register in bulk. Indexes are made when all is there: kept up row by row, they take most of the time."""
    held, handed, services = _licenses(), _licenses(), sorted(catalogue.default().services)
    filled_in = licenses, seals, applications, application_events, words, license_words
    indexes = [index for table in filled_in for index in table.indexes]
    indexes.sort(key=lambda index: str(index.name))  # a set has no order, and databases choose by it among equals
    for index in indexes:
        index.drop(engine)
    for first in range(0, license_count, CHUNK):
        _put_licenses(engine, first, list(islice(held, min(CHUNK, license_count - first))))
        _tell(engine, first, license_count, "licenses")
    for first in range(0, application_count, CHUNK):
        _put_applications(engine, first, list(islice(handed, min(CHUNK, application_count - first))), services)
        _tell(engine, first, application_count, "applications")
    for index in indexes:
        index.create(engine)
    with engine.begin() as connection:
        connection.execute(serials.insert().values(year=2025, used=license_count))
        connection.execute(license_index.insert().values(name="license", done=license_count))
        starts = range(0, license_count, status.ENTRIES)
        filled = [{"number": number, "used": min(license_count - start, status.ENTRIES)} for number, start in enumerate(starts, 1)]
        connection.execute(status_lists.insert(), filled)
        for authority in _areas():
            row = {"authority": authority, "year": 2026, "used": application_count}
            connection.execute(numbers.application_serials.insert().values(row))
    while counts.fold(engine):  # as the worker does each minute
        pass
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM"))
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('application', 'id'), {application_count})"))


def _tell(engine: Engine, first: int, of: int, what: str) -> None:
    if (first + CHUNK) % (of // 4) < CHUNK:
        print(f"{engine.dialect.name}: {min(first + CHUNK, of)} of {of} {what}", file=sys.stderr, flush=True)


def _licenses() -> Iterator[License]:
    """Yield licenses for ever: names of the sample with a number, somewhere in their authority's area."""
    with offices.SAMPLE.open(encoding="utf-8", newline="") as stream:
        sample = list(csv.DictReader(stream))
    areas, chance = _areas(), random.Random(20261124)
    for number in count(1):
        row = sample[number % len(sample)]
        place = _somewhere(areas[row["authority"]], chance)
        usual = offices.entry().license
        yield usual._replace(
            authority=row["authority"],
            type=row["type"],
            trade_name=f"{row['trade_name'].strip()[:70]} {number}",
            holder=row["holder"][:80],
            address=row["address"][:100],
            site=Site(Point(place.latitude, place.longitude), 30),
        )


def _put_licenses(engine: Engine, first: int, held: list[License]) -> None:
    rows, sealed = [], []
    for place, license_ in enumerate(held):
        id_ = first + place + 1
        cti = numbers_of_licenses.identifier(2025, id_)
        name = skeleton(license_.trade_name)
        head, tail = keys(cell(license_.site.point), license_.type, name)
        rows.append(
            {
                **{"id": id_, "number": numbers_of_licenses.number("ALX", license_.authority, cti), "identity": id_.to_bytes(16, "big")},
                **{"source": bytes(32), "line": id_, "near_head": head, "near_tail": tail, "skeleton": name, "type": license_.type},
                **{"authority": license_.authority, "trade_name": license_.trade_name, "latitude": license_.site.point.latitude},
                **{"longitude": license_.site.point.longitude, "first_day": "2025-01-01", "last_day": "2025-12-31"},
            }
        )
        list_, idx = divmod(id_ - 1, status.ENTRIES)
        sealed.append(
            {"license_id": id_, "edition": 0, "cti": cti, "kid": b"\x02", "iat": NOW - 40_000_000, "list": list_ + 1, "idx": idx}
            | {"status": status.VALID, "token": _token()}
        )
    _bulk(engine, licenses, rows)
    _bulk(engine, seals, sealed)
    found = (
        {"authority": row["authority"], "word": word, "license_id": row["id"]}
        for row, license_ in zip(rows, held, strict=True)
        for word in _words_of(row["number"], license_)
    )
    _bulk(engine, license_words, sorted(found, key=itemgetter("authority", "word", "license_id")))


def _words_of(number: str, license_: License) -> list[str]:
    return indexing.words_of(number, license_.type, status.VALID, license_)


@cache
def _token() -> bytes:
    """A seal of the sample's bakery, under a key that is thrown away."""
    uri, cti = f"https://{offices.HOST}/status/1", numbers_of_licenses.identifier(2025, 1)
    held = claims.of_license(offices.entry().license, iat=NOW - 40_000_000, cti=cti, idx=300, uri=uri)
    signer = cose.private_signer(ec.generate_private_key(ec.SECP256R1()))
    return cose.sign(cose.protected(b"\x02"), claims.to_bytes(held), signer).to_bytes()


def _put_applications(engine: Engine, first: int, handed: list[License], services: list[str]) -> None:
    rows, events, found = [], [], []
    for place, license_ in enumerate(handed):
        id_ = first + place + 1
        state = STATES[id_ % len(STATES)]
        service = next(code for code in services[id_ % 7 :] + services if code.startswith(license_.type))
        since = NOW - (id_ % 200_000) * 60 - 3_600
        closed = state in ("issued", "withdrawn", "rejected")
        point = license_.site.point
        row = {
            **{"id": id_, "key": f"{id_:032x}", "number": numbers.of(license_.authority, 2026, id_), "version": 4, "state": state},
            **{"service": service, "channel": "portal", "authority": license_.authority, "owner": str(id_ % 50_000)},
            **{"entered_by": f"citizen:{id_ % 50_000}", "approved_by": None, "mobile": f"+20{1_000_000_000 + id_ % 50_000}"},
            **{"fields": json.dumps({"holder": license_.holder}), "license": json.dumps(to_json(license_), ensure_ascii=False)},
            **{"name": license_.trade_name, "holder": license_.holder, "latitude": point.latitude, "longitude": point.longitude},
            **{"cell": cell(point), "subject": None, "issued": None, "case": None, "upheld": False, "receipt": bytes(250)},
            **{"created_at": since - 900, "submitted_at": since - 600, "decided_at": since if closed else None, "since": since},
            **{"due_at": None if closed else NOW + 86_400 * 30, "escalated": False},
        }
        rows.append(row)
        for action in ("enter", "submit", "bill", "pay"):
            events.append(
                {"application_id": id_, "at": since, "action": action, "from_state": "draft", "to_state": state}
                | {"actor": "citizen:1", "actor_name": "x", "reason": "", "detail": "{}"}
            )
        spelt = {word for part in (license_.trade_name, license_.holder, license_.address) for word in wording.parts(part)}
        spelt |= {bare(word) for word in spelt} | {skeleton(row["number"]), str(id_), row["mobile"].removeprefix("+2")}
        found += [{"authority": license_.authority, "word": word, "application_id": id_} for word in spelt]
    _bulk(engine, applications, rows)
    _bulk(engine, application_events, events)
    _bulk(engine, words, found)


def _bulk(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert many rows of the same columns: COPY on PostgreSQL, one prepared statement on SQLite."""
    columns = list(rows[0])
    quoted = ", ".join(f'"{column}"' for column in columns)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            cursor = connection.connection.cursor()
            with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:  # type: ignore[attr-defined]
                for row in rows:
                    copy.write_row(tuple(row.values()))
        else:
            marks = ", ".join("?" * len(columns))
            values = [tuple(row.values()) for row in rows]
            connection.connection.cursor().executemany(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', values)


# Timing.


def _functions(here: Workplace, rounds: int) -> dict[str, Callable[[], object]]:
    """Return the functions below the pages, in the order of a round."""
    office, engine = here.office, here.engine
    chance = random.Random(1)
    page = {"after": ""}

    def reading(work: Callable[[Any], Any]) -> Callable[[], Any]:
        def timed() -> Any:
            with engine.connect().execution_options(reading=True) as connection:
                return work(connection)

        return timed

    def next_page(connection: Any) -> None:
        page["after"] = listing.work(connection, office, actor=REVIEWER, after=page["after"]).after

    turn, everywhere = count(), sorted(office.authorities)
    prepared = iter([_prepared(here, place) for place in range(rounds)])
    approved: list[str] = []
    return {
        "work_list_of_an_authority": reading(lambda c: listing.work(c, office, actor=REVIEWER)),
        "work_list_of_the_governorate": reading(lambda c: listing.work(c, office, actor=GOVERNOR)),
        "work_list_next_page": reading(next_page),
        "search_in_an_authority": reading(lambda c: search.applications_of(c, office, SOUGHT[next(turn) % len(SOUGHT)], actor=REVIEWER)),
        "search_in_the_governorate": reading(lambda c: search.applications_of(c, office, SOUGHT[next(turn) % len(SOUGHT)], actor=GOVERNOR)),
        "search_licenses": reading(lambda c: _find(c, everywhere, Sought(SOUGHT[next(turn) % len(SOUGHT)]))),
        "search_licenses_of_an_authority": reading(lambda c: _find(c, ("MN1",), Sought(ADDRESSES[next(turn) % len(ADDRESSES)]))),
        "search_licenses_by_type": reading(lambda c: _find(c, everywhere, Sought("", "shop", "ended"))),
        "search_licenses_by_standing": reading(lambda c: _find(c, everywhere, Sought("", "", "revoked"))),
        "map_of_a_district": reading(lambda c: standing_within(c, Point(31.24, 29.95), Point(31.276, 29.992), most=300)),
        "own_list_of_a_citizen": reading(lambda c: listing.own(c, actor=Actor("citizen", str(chance.randrange(50_000)), "x"))),
        "counts_of_the_governorate": reading(lambda c: counts.by_state(c, office, actor=GOVERNOR)),
        "submit": lambda: approved.append(_submit(here, next(prepared))),
        "pay_at_the_counter": lambda: here.pay(approved[-1], now=NOW),
        "approve": lambda: here.do("approve", approved[-1], now=NOW),
        "issue": lambda: here.issue(approved[-1], now=NOW),
        "show_an_application": reading(lambda c: views.show(c, office, approved[-1], actor=REVIEWER)),
    }


def _find(connection: Any, where: Sequence[str], sought: Sought) -> object:
    return find(connection, where, sought, prefix="ALX", today=days.day_of(NOW))


def _timed(steps: dict[str, Callable[[], object]], rounds: int, limit: float) -> dict[str, dict[str, float]]:
    """Time every step, a round of each in turn; `limit` in milliseconds."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begin, cpu = time.perf_counter(), time.process_time()
            step()
            taken[name].append(((time.perf_counter() - begin) * 1000, (time.process_time() - cpu) * 1000))
    timed = {name: each for name, each in taken.items() if not name.startswith(pages.UNTIMED)}
    return {name: _figures(each, None if name in REPORTS else limit) for name, each in timed.items()}


def _prepared(here: Workplace, place: int) -> str:
    """A draft that may be submitted, at a spot of its own."""
    latitude, longitude = 31.262 + place % 20 * 0.001, 29.995 + place // 20 * 0.001
    fields = advertisement(trade_name=f"إعلان جديد {place}", latitude=f"{latitude:.6f}", longitude=f"{longitude:.6f}")
    fields |= {"stayed_up": "no", "removed_on": "2025-12-31"}  # some of these spots had an advertisement until then
    return here.draft("advertisement.first", fields, now=NOW)


def _submit(here: Workplace, key: str) -> str:
    with here.engine.begin() as connection:
        return submitting.submit(UnitOfWork(connection, here.office, Actor("citizen", "11", "x"), NOW), key)


def _figures(taken: list[tuple[float, float]], limit: float | None) -> dict[str, float]:
    """Return what a step took, by the clock and of this process's processor time: on a machine that others use, the two part."""
    walls, cpus = [wall for wall, _ in taken], [cpu for _, cpu in taken]
    figures = {"median_ms": round(median(walls), 2), "p95_ms": round(sorted(walls)[int(len(walls) * 0.95)], 2)}
    figures["own_cpu_median_ms"] = round(median(cpus), 2)
    return figures | ({"ratio": round(median(walls) / limit, 3)} if limit else {})


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=1))
