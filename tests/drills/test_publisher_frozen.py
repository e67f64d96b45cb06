"""The publisher stands still for forty days: everything that was published grows old. Nobody is told wrong, and one command mends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from issuer.guard import releases
from issuer.judging import digest
from keys import policy
from seal.verdict import Verdict
from tests.issuer.offices import NOW, PASSPHRASE, SECONDS, Office, rows
from tests.office.recovery.house import at, begun, texts_of

DAY = 86_400
LATER = 40 * DAY


@pytest.fixture
def office(office: Office) -> Office:
    return begun(office)


def verdicts(office: Office, days: int) -> dict[int, Verdict]:
    lists = office.lists()
    now = NOW + timedelta(days=days, hours=1)
    return {place: office.verdict(text, now=now, log=lists.log, check_site=False) for place, text in texts_of(office).items()}


def test_readers_cannot_tell_and_say_why_until_it_publishes_again(office: Office) -> None:
    assert {each.decision for each in verdicts(office, 0).values()} == {"valid"}
    said = verdicts(office, 40)
    assert {each.decision for each in said.values()} == {"undecided"}, "old lists make nothing false, and nothing green"
    assert all("status_list_stale" in {finding.code for finding in each.findings} for each in said.values())
    fresh = policy.sign_trust_list(office.locations.custody(), PASSPHRASE, now=SECONDS + LATER)
    (office.locations.published / "trust-list").write_bytes(fresh)
    office.run("issue", office.write("waiting.csv", rows(1, first=90)), "--no-output", now=at(SECONDS + LATER))
    office.run("publish", now=at(SECONDS + LATER + 60))
    assert {each.decision for each in verdicts(office, 40).values()} == {"valid"} and len(verdicts(office, 40)) == 4
    assert ", 0 findings" in office.run("audit", "verify", now=None).output


def test_what_is_sealed_meanwhile_does_not_leave_and_is_not_lost(office: Office) -> None:
    """Whoever seals without the publisher's keys waits for the log: no code goes out, no license is sealed twice."""
    (office.locations.keys / "log").rename(office.locations.keys / "log-elsewhere")
    file = office.write("waiting.csv", rows(2, first=90))
    releases.release(office.locations.store, releases.of_file(digest(file)))
    said = office.run("issue", file, "--no-output", now=at(SECONDS + 20 * DAY)).output
    assert "2 issued" in said
    assert "2 issued before" in office.run("issue", file, "--no-output", now=at(SECONDS + 21 * DAY)).output
    (office.locations.keys / "log-elsewhere").rename(office.locations.keys / "log")
    office.run("publish", now=at(SECONDS + 22 * DAY))
    assert len(texts_of(office)) == 5
    lists = office.lists()
    assert lists.log is not None and lists.log.size == 5
