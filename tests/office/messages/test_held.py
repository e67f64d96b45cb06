"""A message that tells of a seal is not sent before that is in the log; other messages do not wait for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import published
from issuer.register import history
from issuer.register.tables import licenses
from office.messages import notices
from tests.issuer.logs import with_log
from tests.issuer.offices import HOST, SECONDS, Office, rows
from tests.office.messages.posting import number, put, states


@pytest.fixture
def logged(each_office: Office) -> Office:
    """An office with a log, in which one license is sealed that nobody entered yet, and its holder told."""
    office = with_log(each_office)
    office.run("issue", office.write("one.csv", rows(1)), "--no-output")
    return office


def told(office: Office, *, edition: int) -> str:
    """Tell that the license is issued; its number."""
    with office.locations.engine() as engine, engine.begin() as connection:
        found: str = connection.scalars(select(licenses.c.number)).one()
        assert notices.issued(connection, found, edition=edition, to=number(), host=HOST, now=SECONDS)
    return found


def state(office: Office, event: str) -> str:
    with office.locations.engine() as engine:
        return states(engine)[event]


def send(office: Office) -> str:
    return office.run("office", "send", "--once", "--print", now=None).output


def test_an_issued_license_is_told_of_once_it_is_in_the_log(logged: Office) -> None:
    found = told(logged, edition=0)
    with logged.locations.engine() as engine:
        put(engine, "unrelated")
    said = send(logged)
    assert "1 sent" in said and "log_awaited" not in said and "1 wait" in said and "سجل الأختام" in said and "/k/" not in said
    assert (state(logged, f"{found}/0/issued"), state(logged, "unrelated")) == ("waiting", "delivered")
    assert "log_awaited" in logged.run("office", "messages", "list", "--state", "waiting", now=None).output
    logged.run("publish")
    said = send(logged)
    assert "1 sent" in said and "wait" not in said and f"https://{HOST}/k/" in said
    assert state(logged, f"{found}/0/issued") == "delivered"


def test_what_a_correction_says_to_the_one_before_waits_too(logged: Office) -> None:
    logged.run("publish")
    found = told(logged, edition=0)
    assert "1 sent" in send(logged)
    context = logged.clerk()
    with logged.locations.engine() as engine, engine.begin() as connection:
        history.replace_within(
            connection, found, {"holder": "سامي فؤاد"}, sealer=context.sealer, rules=context.rules, reason="spelling", now=SECONDS
        )
        notices.issued(connection, found, edition=1, to=number(), host=HOST, now=SECONDS)
        place = history.current(connection, found).position
        notices.enqueue(connection, "changed", event="a/changed", to=number(1), now=SECONDS, number=found, position=place)
    assert "0 sent" in send(logged)
    logged.run("audit", "release", "--license", found, now=None)
    logged.run("publish")
    assert "2 sent" in send(logged)


def test_a_stored_head_counts_where_the_trust_list_cannot_be_read(logged: Office) -> None:
    """Then nobody knows whether there is a log: what is not in the stored one stays."""
    found = told(logged, edition=0)
    (logged.locations.published / published.TRUST_LIST).rename(logged.folder / "trust")
    assert "0 sent" in send(logged)
    assert state(logged, f"{found}/0/issued") == "waiting"


def test_a_house_without_a_log_sends_at_once(each_office: Office) -> None:
    each_office.run("issue", each_office.write("one.csv", rows(1)), "--no-output")
    told(each_office, edition=0)
    assert "1 sent" in send(each_office)
