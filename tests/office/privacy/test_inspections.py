"""What is on the database of inspections, too: a lost phone's report, a person's copy, what is overdue. Phones and databases are real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from governorate import retention
from inspections.devices.tables import devices
from inspections.visits import lookups
from inspections.visits.tables import inspections as visits
from office.database import open_register
from office.privacy import breach, gathering, overdue, seeing
from office.privacy.breach import Breach
from office.privacy.errors import PrivacyError
from office.privacy.person import Named, Rows
from office.privacy.seeing import Sought
from tests.inspections.conftest import street
from tests.inspections.phone import Phone
from tests.inspections.street import Street

__all__ = ["street"]
NUMBER = "ALX-MN1-2026-000001-A"
DAY = 86_400


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Engine]:
    engine = open_register(str(tmp_path / "office.sqlite"))
    yield engine
    engine.dispose()


@pytest.fixture
def lost(street: Street) -> tuple[Street, Phone, int]:
    """A phone that recorded two inspections of one license; the police looked that license up, and another one."""
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    for _ in range(2):
        name, message = phone.record()
        assert phone.put(name, message)[0] == 201
    with street.engine.begin() as connection:
        connection.execute(update(visits).values(number=NUMBER, seen_name="بقالة زينب"))
        officer = connection.scalar(select(visits.c.account_id).limit(1)) or 1
        for asked in (NUMBER, "ALX-MN1-2026-000002-B"):
            lookups.note(connection, account_id=officer, by="saber", kind="number", asked=asked, found=1, now=street.now)
        device = connection.scalar(select(devices.c.id))
    return street, phone, int(device or 0)


def reported(register: Engine, street: Street, *, account: str = "", device: int = 0, since: int = -3_600, until: int = 3_600) -> Breach:
    between = street.now + since, street.now + until
    with register.connect() as office, street.engine.connect() as connection:
        return breach.find(office, connection, account=account, device=device, between=between)


def test_a_lost_phone_s_report_says_what_it_recorded(lost: tuple[Street, Phone, int], register: Engine) -> None:
    street, _, device = lost
    found = reported(register, street, device=device)
    assert (found.inspections, found.licenses, found.missing) == (2, {NUMBER}, [])
    assert reported(register, street, device=device, since=7_200, until=9_000).inspections == 0, "after it was reported"
    with pytest.raises(PrivacyError, match="breach_nobody"):
        reported(register, street, device=device + 99)
    with street.engine.connect() as connection:
        kid = bytes(connection.scalar(select(devices.c.kid)) or b"").hex()
        assert breach.phone(connection, f" {kid} ") == device, "as the list of devices names it"
        for wrong in ("7", "0" * 32, kid.upper(), f"{kid}0", "\u0661" * 32, ""):
            with pytest.raises(PrivacyError, match="breach_nobody"):
                breach.phone(connection, wrong)
    with pytest.raises(PrivacyError, match="breach_nobody"):
        breach.phone(None, kid)


def test_a_police_account_s_report_has_its_look_ups(lost: tuple[Street, Phone, int], register: Engine) -> None:
    street, _, _ = lost
    street.account("saber", ("MID", "police"))
    found = reported(register, street, account="saber")
    assert found.read == {"police_number": 2} and len(found.licenses) == 2
    assert found.within_reach is None, "it is no account of the office"


def test_a_copy_has_her_inspections_and_names_no_officer(lost: tuple[Street, Phone, int], register: Engine) -> None:
    street, _, _ = lost
    rows = Rows((), (), (), (NUMBER,), (), False)
    with register.connect() as office, street.engine.connect() as connection:
        found = gathering.gather(office, connection, None, Named(numbers=(NUMBER,)), rows)
        seen = seeing.seen(office, connection, Sought(cases={}, licenses=(NUMBER,)))
    assert found.missing == []
    assert [each["seen_name"] for each in found.sections["visits"]] == ["بقالة زينب"] * 2
    assert len(found.sections["lookups"]) == 1 and "amal" not in str(found.sections) and "saber" not in str(found.sections)
    assert [(each.who, each.case) for each in seen] == [("saber", NUMBER)]


def test_what_is_overdue_there_is_counted(lost: tuple[Street, Phone, int]) -> None:
    street, _, _ = lost
    kept = retention.default()
    assert not any(overdue.inspections(street.engine, kept, now=street.now + kept.days("lookups") * DAY).values())
    over = overdue.inspections(street.engine, kept, now=street.now + (kept.days("lookups") + 2) * DAY)
    assert over["lookups"] == 2 and over["names"] == 0
