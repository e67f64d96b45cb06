"""Somebody has the key of an authority and seals what they like. With the log none of it is ever green, and an hour later all is red.

What the thief may choose is the number, the place in a status list, and the date; each is tried with each.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from issuer.register import positions
from issuer.register.sealing import Sealer, Slot, seal
from seal import cose, wire
from seal import license as licenses
from seal.verdict import Verdict
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, SECONDS, Office, entry, rows
from verifier.app import create_app
from verifier.settings import Settings

HOUR = 3600
THIEF_S = entry(trade_name="مقهى اللص").license

#: Whose number: one that hangs in the street, the next one, one of a year that nobody has numbered.
NUMBERS = {"somebody's": (2026, 1), "the next": (2026, 4), "far": (2031, 77)}
#: Whose place: one that hangs, the next one, one far in the same list, one in a list that is not there.
PLACES = {"somebody's": Slot(1, 0), "the next": Slot(1, 3), "far": Slot(1, 60_000), "of another list": Slot(9, 5)}
#: When, in seconds after the head at hand was signed.
DATES = {"long before": -30 * 86_400, "just before": -5, "just after": 5, "in half an hour": 1800}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Sealer]:
    """Three licenses that hang, in the log; and what the thief has."""
    office = offices.with_log(tmp_path_factory.mktemp("street"))
    office.run("issue", office.write("three.csv", rows(3)), "--no-output")
    office.run("publish")
    return office, office.clerk().sealer


def later(seconds: int) -> datetime:
    return NOW.astimezone(UTC) + timedelta(seconds=seconds)


def verdict(office: Office, text: str, now: datetime) -> Verdict:
    """What a server says that has the published files, the log among them."""
    lists = office.lists()
    assert lists.log is not None and not lists.faults
    return office.verdict(text, now=now, log=lists.log, check_site=False)


def test_what_hangs_is_valid(street: tuple[Office, Sealer]) -> None:
    office, _ = street
    for text in hanging(office):
        found = verdict(office, text, later(60))
        assert found.decision == "valid"
        assert "logged" in {finding.code for finding in found.findings}


def hanging(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return [wire.write(message, HOST) for _, message in positions.sealed(connection, 0, 3)]


@pytest.mark.parametrize("when", DATES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", NUMBERS)
def test_nothing_that_the_thief_seals_is_green(street: tuple[Office, Sealer], number: str, place: str, when: str) -> None:
    office, sealer = street
    year, serial = NUMBERS[number]
    iat = head_time(office) + DATES[when]
    sealed = seal(sealer, THIEF_S, cti=licenses.identifier(year, serial), iat=iat, slot=PLACES[place])
    text = wire.write(cose.from_bytes(sealed.token), HOST)
    for seconds in (0, 60, 600):
        assert verdict(office, text, later(seconds)).decision != "valid"
    assert {finding.code for finding in verdict(office, text, later(60)).findings} >= {"signature_ok"}, "the key is the authority's"


def test_without_the_log_the_thief_would_be_believed(street: tuple[Office, Sealer]) -> None:
    """Why there is one: status lists alone say that somebody else's place is in force."""
    office, sealer = street
    sealed = seal(sealer, THIEF_S, cti=licenses.identifier(2026, 4), iat=SECONDS - 5, slot=PLACES["somebody's"])
    text = wire.write(cose.from_bytes(sealed.token), HOST)
    assert office.verdict(text, now=later(60), check_site=False).decision == "valid"
    assert verdict(office, text, later(60)).reason.code == "not_in_log"


def head_time(office: Office) -> int:
    log = office.lists().log
    assert log is not None
    return log.time


def test_an_hour_later_all_of_it_is_red_and_what_hangs_is_valid(street: tuple[Office, Sealer]) -> None:
    """The office goes on as if nothing had happened: one more license, lists and head signed anew."""
    office, sealer = street
    forged = [
        wire.write(cose.from_bytes(seal(sealer, THIEF_S, cti=licenses.identifier(*number), iat=SECONDS + seconds, slot=slot).token), HOST)
        for number in NUMBERS.values()
        for slot in PLACES.values()
        for seconds in DATES.values()
    ]
    honest = hanging(office)
    then = later(HOUR)
    office.run("issue", office.write("one more.csv", rows(1, first=90)), "--no-output", now=then.isoformat())
    office.run("publish", now=later(HOUR + 1).isoformat())
    for text in forged:
        found = verdict(office, text, later(HOUR + 60))
        assert found.decision == "invalid"
        assert {finding.code for finding in found.findings} & {"not_in_log", "key_not_valid_then", "issued_in_future"}
    assert {verdict(office, text, later(HOUR + 60)).decision for text in honest} == {"valid"}


def test_an_hour_later_none_of_it_is_green_on_the_web_or_in_the_api(street: tuple[Office, Sealer]) -> None:
    """The last drill went on for an hour; a verifier that is started now, with no memory, serves the same files to everybody."""
    office, sealer = street
    then = later(HOUR + 60)
    where = {"published": office.locations.published, "root": office.locations.keys / "root.jwk"}
    client = create_app(Settings(**where, now=lambda: then, check_seconds=0)).test_client()  # type: ignore[arg-type]
    assert {asked(client, text)["decision"] for text in hanging(office)} == {"valid"}
    for (year, serial), slot in zip(NUMBERS.values(), PLACES.values(), strict=False):
        for seconds in DATES.values():
            sealed = seal(sealer, THIEF_S, cti=licenses.identifier(year, serial), iat=SECONDS + seconds, slot=slot)
            assert asked(client, wire.write(cose.from_bytes(sealed.token), HOST))["decision"] == "invalid"


def asked(client: FlaskClient, text: str) -> dict[str, str]:
    """What the API says of the seal alone."""
    found: dict[str, str] = client.post("/api/v1/verify", json={"text": text, "site": False}).get_json()
    return found
