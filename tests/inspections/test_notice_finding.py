"""Finding notices among very many: by an index on each database, bounded, and saying so where there may be more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, delete, event, insert, literal, select, text

from inspections.enforcement import finding
from inspections.enforcement.finding import LOOKED_AT, SHOWN, FoundNotices
from inspections.enforcement.tables import violation_words, violations
from inspections.schema import INSPECTIONS
from seal.site import Point
from tests.inspections.enforcing import Precinct
from tests.revisions import move

MANY = 6_000
HERE = Point(31.0, 29.5)
#: PostgreSQL counts a word that nearly every row has, up to the bound, without the index.
GOES_OVER_ALL = r"\A(?!.*Limit).*Seq Scan|Seq Scan on violation\b|SCAN violation"


def fill(connection: Connection, like: int) -> None:
    """Copies of a notice, a hundred metres apart in rows of a hundred; every one is to Mohamed, every thousandth to Mohamed Zaghloul."""
    number = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n"
    count = [row[0] for row in connection.execute(text(number), {"many": MANY})]
    held = dict(connection.execute(select(violations).where(violations.c.id == like)).one()._mapping)
    rows = [
        held
        | {"id": like + i, "number": f"N{i}", "serial": like + i, "objection_id": None, "holder": "محمد"}
        | {"lat": 31_000_000 + i // 100 * 900, "lon": 29_500_000 + i % 100 * 1_000}
        for i in count
    ]
    connection.execute(insert(violations), rows)
    for code in ("", "MID"):
        for word, step in (("محمد", 1), ("زغلول", 1_000)):
            made = select(literal(code), literal(word), violations.c.id).where(violations.c.id > like, (violations.c.id - like) % step == 0)
            connection.execute(insert(violation_words).from_select(["authority", "word", "violation_id"], made))


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """How the database goes about each query that is asked meanwhile."""
    found: list[str] = []
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "

    def explain(_: object, cursor: object, statement: str, given: object, *rest: object) -> None:
        if statement.startswith("SELECT"):
            ran = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
            ran.execute(how + statement, given)
            found.append("\n".join(str(row) for row in ran.fetchall()))

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", explain)


@pytest.fixture
def crowded(here: Precinct) -> Precinct:
    made = here.report()
    here.approve(made)
    with here.engine.begin() as connection:
        fill(connection, made)
        connection.execute(text("ANALYZE"))
    return here


ASKED: tuple[tuple[Callable[[Connection], FoundNotices], int, bool], ...] = (
    (lambda connection: finding.named(connection, "محمد زغلول", None), 6, False),
    (lambda connection: finding.named(connection, "زغلول محمد", ("MID",)), 6, False),
    (lambda connection: finding.named(connection, "مُحَمّد", None), SHOWN, True),
    (lambda connection: finding.named(connection, "محمد زغلول", ("AGM",)), 0, False),
    (lambda connection: finding.around(connection, Point(31.0009, 29.501), 110.0, None), 5, False),
    (lambda connection: finding.around(connection, Point(31.0009, 29.501), 110.0, ("AGM",)), 0, False),
    (lambda connection: finding.around(connection, HERE, 5_000.0, None), SHOWN, True),
)


def test_many_notices_are_found_by_an_index_and_bounded(crowded: Precinct) -> None:
    assert MANY > LOOKED_AT
    with crowded.engine.connect() as connection:
        for place, (ask, most, more) in enumerate(ASKED):
            with plans(connection) as found:
                answer = ask(connection)
            assert (len(answer.notices), answer.more) == (most, more), place
            ids = [each.id for each in answer.notices]
            assert ids == sorted(ids, reverse=True)
            if not more:  # whoever asks for everything may be answered by going over everything, up to the bound
                assert found
                assert not [plan for plan in found if re.search(GOES_OVER_ALL, plan, re.DOTALL)]


def test_an_upgrade_makes_the_notices_that_are_there_findable(here: Precinct) -> None:
    made = here.report(holder="مؤسسة الإخلاص")
    here.approve(made)
    with here.engine.connect() as connection:
        before = set(connection.execute(select(violation_words)).all())
    move(here.engine, INSPECTIONS, "-1")
    move(here.engine, INSPECTIONS, "head")
    with here.engine.connect() as connection:
        assert set(connection.execute(select(violation_words)).all()) == before
        assert [each.id for each in finding.named(connection, "موسسه اخلاص", None).notices] == [made]
    with here.engine.begin() as connection:
        connection.execute(delete(violation_words))
        assert finding.named(connection, "موسسه اخلاص", None).notices == (), "what is found is found by its words alone"
