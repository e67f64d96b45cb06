"""`khatm publish --follow`: a new license is in the lists within seconds, only what changed is signed, everything hourly."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from issuer import operations
from issuer.register import history
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from issuer.register.tables import publications, seals, status_lists
from seal import status
from tests import clock
from tests.issuer.offices import SECONDS, Office, entry


def sealed(office: Office, name: str, *, now: int) -> str:
    """Issue a license and return its number."""
    with office.locations.engine(create=True) as engine:
        (result,) = issue(
            engine, [entry(trade_name=name, source_id=name)], pool=InProcess(office.clerk().sealer), source=Source(b"f" * 32), now=now
        )
    return str(result.number)


def listed(office: Office, number: str) -> int | None:
    """What a verifier finds in the published lists about a license: its status, None where its list is older than its seal."""
    with office.locations.engine() as engine:
        held = history.show(engine, number).claims
    found = office.lists().status.lists.get(held.uri)
    return found.at(held.idx) if found is not None and found.iat > held.iat else None


def test_what_changed_is_published_and_nothing_else(each_office: Office) -> None:
    office = each_office
    number = sealed(office, "first", now=SECONDS)
    with office.locations.engine() as engine:
        publisher = operations.Publisher(office.locations)
        assert publisher.round(engine, now=SECONDS + 1) == ["status/1"]
        assert listed(office, number) == status.VALID
        before = (office.locations.published / "status/1").stat().st_mtime_ns
        assert publisher.round(engine, now=SECONDS + 2) == []
        assert (office.locations.published / "status/1").stat().st_mtime_ns == before
        with engine.connect() as connection:
            assert len(connection.execute(publications.select()).all()) == 1, "a look notes no publication"
        second = sealed(office, "second", now=SECONDS + 3)
        assert listed(office, second) is None
        assert publisher.round(engine, now=SECONDS + 4) == ["status/1"]
        assert (listed(office, number), listed(office, second)) == (status.VALID, status.VALID)
        history.change(engine, number, "suspended", reason="test", now=SECONDS + 5)
        assert publisher.round(engine, now=SECONDS + 6) == ["status/1"]
        assert (listed(office, number), listed(office, second)) == (status.SUSPENDED, status.VALID)


def test_only_the_lists_that_changed_are_signed_again(office: Office) -> None:
    first, second = (sealed(office, name, now=SECONDS) for name in ("first", "second"))
    with office.locations.engine() as engine:
        with engine.begin() as connection:  # as if the first list had been full
            connection.execute(status_lists.insert().values(number=2, used=1))
            third = connection.execute(seals.select().order_by(seals.c.id.desc())).first()
            assert third is not None
            connection.execute(seals.update().where(seals.c.id == third.id).values(list=2))
        publisher = operations.Publisher(office.locations)
        assert publisher.round(engine, now=SECONDS + 1) == ["status/1", "status/2"]
        history.change(engine, second, "revoked", reason="test", now=SECONDS + 2)
        assert publisher.round(engine, now=SECONDS + 3) == ["status/2"]
        history.change(engine, first, "suspended", reason="test", now=SECONDS + 4)
        assert publisher.round(engine, now=SECONDS + 5) == ["status/1"]


def test_everything_is_signed_hourly_and_after_a_clock_that_was_set_back(office: Office) -> None:
    sealed(office, "first", now=SECONDS)
    with office.locations.engine() as engine:
        publisher = operations.Publisher(office.locations)
        publisher.round(engine, now=SECONDS + 1)
        assert publisher.round(engine, now=SECONDS + operations.HOURLY_SECONDS) == []
        assert publisher.round(engine, now=SECONDS + 1 + operations.HOURLY_SECONDS) == ["status/1"]
        assert operations.HOURLY_SECONDS + 60 <= status.TTL_SECONDS
        assert publisher.round(engine, now=SECONDS + operations.HOURLY_SECONDS - 100) == ["status/1"]


def test_after_a_round_that_failed_everything_is_published(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(office, "first", now=SECONDS)
    with office.locations.engine() as engine:
        publisher = operations.Publisher(office.locations)
        publisher.round(engine, now=SECONDS + 1)
        number = sealed(office, "second", now=SECONDS + 2)
        with monkeypatch.context() as full:

            def disk_full(folder: Path, files: object) -> None:
                raise OSError

            full.setattr("published.write", disk_full)
            with pytest.raises(OSError):
                publisher.round(engine, now=SECONDS + 3)
        assert publisher.round(engine, now=SECONDS + 4) == ["status/1"]
        assert listed(office, number) == status.VALID


def test_the_command_goes_on_until_it_is_told_to_stop(office: Office) -> None:
    now = clock.seconds()  # the command goes by it too
    sealed(office, "before", now=now)
    process = office.start("publish", "--follow", "--every", "0.2", now=None)
    try:
        assert process.stdout is not None
        assert "status/1" in process.stdout.readline()
        number = sealed(office, "first", now=now)
        assert "status/1" in process.stdout.readline()
        assert listed(office, number) == status.VALID
        process.send_signal(signal.SIGTERM)
        told, faults = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, told, faults) == (0, "", "")


def test_following_goes_by_the_clock(office: Office) -> None:
    assert "--now" in office.run("publish", "--follow", exit_code=2).output
