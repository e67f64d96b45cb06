"""A recovery takes a second administrator's word on exactly what it would do; so does what is read back in."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import office as demo_office
from issuer.recovery import adopting
from storage.database import reading
from tests.issuer import offices
from tests.issuer.offices import SECONDS, Office
from tests.issuer.test_approving import PREPARED, approve, people, prepared, run
from tests.office.recovery.house import backed_up, begun, brought_back, texts_of


@pytest.fixture
def office(made_keys: Path, tmp_path: Path) -> Office:
    """A house with people, which had a night like the others."""
    return begun(offices.furnish(tmp_path, made_keys, str(tmp_path / "register.sqlite")))


def left(office: Office) -> list[int]:
    with office.locations.engine() as engine, reading(engine) as connection:
        return adopting.remaining(connection)


def test_only_an_administrator_s_word_and_only_on_exactly_this(office: Office) -> None:
    with office.locations.engine() as engine:
        staff = [each for each in demo_office.STAFF if each[0] in ("reem", "karim")]
        people[office.folder] = {each.name: each for each in demo_office.people(engine, now=SECONDS - 60, staff=staff)}
    backed_up(office)
    night_alone(office)
    texts = texts_of(office)
    with brought_back(office, "") as again:
        request = prepared(run(again, "register", "recover", exit_code=PREPARED))
        assert prepared(run(again, "register", "recover", exit_code=PREPARED)) == request, "asked for once"
        assert "alone_refused" in again.run("register", "recover", exit_code=2).output
        assert "request_unknown" in approve(again, request, "reem", exit_code=2), "a reviewer decides on licenses, not on a register"
        assert left(again) == []
        assert "approved by karim" in approve(again, request, "karim")
        assert "seals lost, not yet adopted" in run(again, "register", "recover") and left(again) == [3, 4]
        again.run("publish", now="2026-11-25T08:00:00+00:00")
        one = prepared(run(again, "register", "adopt", texts[3], exit_code=PREPARED))
        both = prepared(run(again, "register", "adopt", texts[3], texts[4], exit_code=PREPARED))
        assert one != both and left(again) == [3, 4]
        approve(again, both, "karim")
        assert prepared(run(again, "register", "adopt", texts[3], exit_code=PREPARED)) == one, "what was approved is both together"
        run(again, "register", "adopt", texts[3], texts[4])
        assert left(again) == []


def night_alone(office: Office) -> None:
    """Two licenses after the backup: a second person approved the file."""
    file = office.write("night.csv", offices.rows(2, first=10))
    request = prepared(run(office, "issue", file, "--no-output", exit_code=PREPARED))
    approve(office, request, "reem")
    run(office, "issue", file, "--no-output")
    office.run("publish")
