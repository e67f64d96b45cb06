"""The salts of acts are erased: nobody can confirm a guess any more, and an audit finds all that it would have found."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import Engine, select

from acts import acting, bodies
from acts.tables import acts
from issuer.register.tables import licenses
from office.citizens.tables import citizens
from tests import by_hand
from tests.issuer.offices import SECONDS, Office, rows
from tests.issuer.test_act_log import ActHouse
from tests.issuer.test_approving import PREPARED, approve, house, prepared, run

__all__ = ["house"]  # an office with people
OLD, NEW = "سامي فؤاد حسن", "ليلى منصور"
ERASE = ("audit", "erase")
MOBILE = f"+20{1_012_345_678}"  # of nobody: the house keeps no numbers


@pytest.fixture
def logged(each_office: Office) -> ActHouse:
    """Three licenses, sealed at once and published; the first was corrected, so that acts speak of a holder of before."""
    made = ActHouse(each_office)
    made.issue(3)
    made.publish(SECONDS + 5)
    correct(each_office)
    made.publish(SECONDS + 10)
    return made


def numbers(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return list(connection.scalars(select(licenses.c.number).order_by(licenses.c.id)))


def correct(office: Office) -> None:
    office.run("license", "replace", numbers(office)[0], "--reason", "sold", "--holder", NEW, "--out", office.folder / "out")


def told(office: Office) -> list[tuple[int, bytes, bytes, str]]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return [(row.id, row.salt, row.body, row.actor) for row in connection.execute(select(acts).order_by(acts.c.id))]


def audited(office: Office, *, exit_code: int = 0) -> str:
    return office.run("audit", "verify", now=None, exit_code=exit_code).output


def hand(office: Office, *statements: str) -> None:
    with office.locations.engine() as engine:
        by_hand.run(engine, *statements)


def erase(office: Office, *words: str, exit_code: int = 0) -> str:
    return office.run(*ERASE, *words, "--reason", "asked for, letter 12", exit_code=exit_code).output


def test_what_was_recorded_about_a_license_is_erased_and_the_log_stays(logged: ActHouse) -> None:
    office, number = logged.office, numbers(logged.office)[0]
    before, entries = {id_: (salt, body) for id_, salt, body, _ in told(office)}, logged.held()
    assert "0 erased" in audited(office)
    said = erase(office, number)
    assert "acts erased" in said
    after = {id_: (salt, body) for id_, salt, body, _ in told(office)}
    gone = {id_: salt for id_, (salt, _) in before.items() if not after[id_][0]}
    assert f"{len(gone)} acts erased" in said
    assert len(gone) >= 2, "of its issue, with the other two, and of its correction"
    digests = [part for id_ in gone for part in digests_in(before[id_][1])]
    kept = b"".join(salt + body for salt, body in after.values())
    assert digests
    assert not [each for each in (*gone.values(), *digests) if each in kept]

    # The log: its entries are those of before, its publisher goes on, and the audit holds all rows.
    logged.publish(SECONDS + 70)
    with office.locations.engine() as engine, engine.connect() as connection:
        placed = select(acts.c.salt, acts.c.body).where(acts.c.position.is_not(None)).order_by(acts.c.position)
        now = [bodies.entry(row.salt, row.body) for row in connection.execute(placed)]
    assert now[: len(entries)] == entries
    assert {f"{len(gone)} erased", "0 findings"} <= set(audited(office).split(", "))
    assert "(erased)" in office.run("audit", "show", "license", "1", now=None).output
    assert "erase_nothing" not in erase(office, numbers(office)[1]), "the act of erasing itself speaks of it now"
    assert "0 findings" in audited(office)

    # The publisher kept salts of its own.
    with sqlite3.connect(office.locations.store / "acts.sqlite") as file:
        assert {salt for (salt,) in file.execute("SELECT salt FROM change UNION SELECT salt FROM batch")}.isdisjoint(gone.values())
    file.close()
    logged.issue(1)
    logged.publish(SECONDS + 140)
    assert "0 findings" in audited(office)


def digests_in(body: bytes) -> list[bytes]:
    found: list[bytes] = []
    for row in bodies.read(body).rows:
        if isinstance(row, bodies.Change) and row.columns:
            found += row.columns.values()
        elif isinstance(row, bodies.Batch):
            found += [row.digests[place : place + 8] for place in range(0, len(row.digests), 8)]
    return found


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE seal SET status = 3 WHERE id = 2", "seal 2 [status]  changed"),
        ("UPDATE license SET line = 77 WHERE id = 2", "license 2"),
        ("UPDATE license SET trade_name = 'ملهى' WHERE id = 1", "license 1 [trade_name]  changed"),
        ("DELETE FROM event_actor; DELETE FROM event", "event 1  removed"),
    ],
)
def test_behind_an_erasure_nothing_can_be_changed_unseen(logged: ActHouse, statement: str, finding: str) -> None:
    erase(logged.office, numbers(logged.office)[0])
    assert "0 findings" in audited(logged.office)
    hand(logged.office, *statement.split("; "))
    assert finding in audited(logged.office, exit_code=1)


def test_who_erases_past_the_programs_is_named(logged: ActHouse) -> None:
    office = logged.office
    id_, salt, body, _ = told(office)[-1]
    left = bodies.without_digests(bodies.read(body), bodies.entry(salt, body))
    nothing = left._replace(rows=())  # so that no act speaks of these rows any more
    with office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(acts.update().where(acts.c.id == id_).values(salt=b"", body=bodies.write(nothing)))
    assert f"act {id_}  act_changed" in audited(office, exit_code=1)
    with office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(acts.update().where(acts.c.id == id_).values(salt=salt, body=body))
    assert "0 findings" in audited(office)
    erase(office, numbers(office)[0])
    with office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(acts.update().where(acts.c.id == id_).values(body=bodies.write(nothing)))
    assert f"act {id_}  act_changed" in audited(office, exit_code=1)


def test_nothing_is_erased_that_an_audit_would_name(logged: ActHouse) -> None:
    office = logged.office
    hand(office, "UPDATE seal SET status = 0 WHERE id = 1")
    before = told(office)
    assert "erase_found" in erase(office, numbers(office)[0], exit_code=2)
    assert [(id_, salt) for id_, salt, _, _ in told(office)[: len(before)]] == [(id_, salt) for id_, salt, _, _ in before]
    assert "seal 1 [status]  changed" in audited(office, exit_code=1)


def test_another_person_approves_it(house: Office) -> None:
    file = house.write("one.csv", rows(1))
    approve(house, prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED)), "reem")
    run(house, "issue", file, "--no-output")
    words = (*ERASE, numbers(house)[0], "--reason", "asked for")
    assert "alone_refused" in house.run(*words, exit_code=2).output, "there are people"
    request = prepared(run(house, *words, exit_code=PREPARED))
    assert "request_unknown" in approve(house, request, "reem", exit_code=2), "who decides for one authority alone"
    approve(house, request, "karim")
    assert "acts erased" in run(house, *words)
    assert prepared(run(house, *words, exit_code=PREPARED)) != request, "an approval counts once"
    assert "0 findings" in house.run("audit", "verify", now=None).output


def test_a_person_is_erased_by_a_mobile_number_that_the_request_does_not_name(each_office: Office) -> None:
    mobile = MOBILE
    with each_office.locations.engine(create=True) as engine:
        _citizen(engine, mobile)
    found = erase(each_office, mobile)
    assert "acts erased" in found
    with each_office.locations.engine() as engine, engine.connect() as connection:
        (request,) = connection.exec_driver_sql("SELECT subject, told FROM sealing_request").all()
        actors = list(connection.scalars(select(acts.c.actor)))
    assert mobile[1:] not in str(tuple(request))
    assert "citizen:" in actors, "who acted is not told of a citizen"
    assert not [each for each in actors if each.startswith("citizen:") and each != "citizen:"]
    assert "0 findings" in audited(each_office)
    assert "act_row_unknown" in erase(each_office, MOBILE[:-1] + "9", exit_code=2)


def test_what_is_over_and_deleted_is_erased_at_once(each_office: Office) -> None:
    with each_office.locations.engine(create=True) as engine:
        _citizen(engine, MOBILE, gone=True)
    assert "erase_nothing" in erase(each_office, "citizen", "77", exit_code=2)
    assert "2 acts erased; 0 rows" in erase(each_office, "--gone"), "one of its making, one of its end"
    assert "erase_nothing" in erase(each_office, "--gone", exit_code=2)
    assert "0 findings" in audited(each_office)
    assert "Name what is to be erased" in erase(each_office, exit_code=2)


def _citizen(engine: Engine, mobile: str, *, gone: bool = False) -> None:
    """A citizen who signed in; `gone`: whose row was deleted since."""
    with acting.acting("citizen:1", "POST /sign-in"):
        with engine.begin() as connection:
            connection.execute(citizens.insert().values(mobile=mobile, since=SECONDS))
        if gone:
            with engine.begin() as connection:
                connection.execute(citizens.delete().where(citizens.c.mobile == mobile))
