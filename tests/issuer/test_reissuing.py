"""A key is stolen: it is stopped in the register's turn, ends at a position, and what is honest behind that gets a code by the next key."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import func, select

import published
from issuer.errors import IssuerError
from issuer.register import history, positions, stopping
from issuer.register.issuing import Source, issue
from issuer.register.positions import Logged
from issuer.register.sealing import Sealer
from issuer.register.signer_pool import InProcess
from issuer.register.tables import licenses, seals
from keys import policy
from keys.custody import Custody
from office.applications.tables import applications
from office.messages.tables import messages
from seal import wire
from tests import processes
from tests.conftest import ROOT
from tests.issuer.logs import with_log
from tests.issuer.offices import HOST, NOW, PASSPHRASE, SECONDS, Office, entry, rows

MOBILE = f"+20{1_112_345_678}"  # of nobody: the house keeps no numbers
LATER = (NOW + timedelta(minutes=5)).isoformat()


@pytest.fixture
def street(each_office: Office) -> Office:
    """Five licenses of MN1 that hang, in the log."""
    office = with_log(each_office)
    office.run("issue", office.write("five.csv", rows(5)), "--no-output")
    office.run("publish")
    return office


def key_of(office: Office) -> str:
    (kid,) = Custody(office.locations.keys).kids("license", "MN1")
    return kid.hex()


def codes(office: Office) -> dict[int, str]:
    """The text of every code that was ever sealed, by position."""
    with office.locations.engine() as engine, engine.connect() as connection:
        return {place: wire.write(message, HOST) for place, message in positions.sealed(connection, 0, positions.following(connection))}


def next_key(office: Office) -> None:
    """Make MN1 another key, and sign a trust list that says all of it."""
    custody = Custody(office.locations.keys)
    old = next(entry for entry in custody.policy["keys"].values() if entry["authority"] == "MN1")
    same = {name: old[name] for name in ("authority", "name", "roles", "types", "area", "not_before", "not_after")}
    custody.add(PASSPHRASE, same | {"state": "active"})
    signed = policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS + 60)
    published.write(office.locations.published, {published.TRUST_LIST: signed})


def said(office: Office, *, log: bool = True) -> dict[int, str]:
    """What a verifier says of each code: its decision and why, by position. Without the log, as a phone in the street."""
    lists = office.lists()
    found = {}
    for place, text in codes(office).items():
        verdict = office.verdict(text, now=NOW + timedelta(minutes=6), check_site=False, log=lists.log if log else None)
        found[place] = f"{verdict.decision} {verdict.reason.code}"
    return found


def test_compromise_stops_the_key_first_and_ends_it_where_the_register_is(street: Office) -> None:
    kid = key_of(street)
    unlocked = street.clerk()  # a worker that has had the key in its memory all day
    street.run("issue", street.write("sixth.csv", rows(1, first=6)), "--no-output")  # in the register, in no log yet
    told = street.run("keys", "compromise", kid).output
    assert "stopped at position 6" in told and "first 6 positions" in told
    held = Custody(street.locations.keys).policy["keys"][kid]
    assert (held["state"], held["stolen_at"]) == ("compromised", 6)
    with street.locations.engine() as engine:
        number = _numbers(street)[0]
        with pytest.raises(IssuerError, match="key_stopped"):
            history.replace(engine, number, {"holder": "سامي"}, sealer=unlocked.sealer, rules=unlocked.rules, reason="x", now=SECONDS)
        with pytest.raises(IssuerError, match="key_stopped"):
            _issue_one(street, unlocked.sealer)
        with engine.connect() as connection:
            assert positions.following(connection) == 6, "what is refused leaves no gap"
    street.run("publish")
    next_key(street)
    street.run("publish", now=LATER)
    assert set(said(street).values()) == {"valid site_not_asked"}, "all of it was logged: nothing honest is red"
    assert said(street, log=False) == dict.fromkeys(range(6), "undecided log_needed")


def _numbers(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return list(connection.scalars(select(licenses.c.number).order_by(licenses.c.id)))


def _issue_one(office: Office, sealer: Sealer) -> None:
    with office.locations.engine() as engine:
        issue(engine, [entry()], pool=InProcess(sealer), source=Source(bytes(32)), now=SECONDS)


def test_a_key_never_ends_later_than_was_said(street: Office) -> None:
    kid = key_of(street)
    assert "log_shorter" in street.run("keys", "compromise", kid, "--at", "6", exit_code=2).output
    assert "first 5 positions" in street.run("keys", "compromise", kid).output
    assert "first 2 positions" in street.run("keys", "compromise", kid, "--at", "2").output
    assert "first 2 positions" in street.run("keys", "compromise", kid).output
    assert "key_unknown" in street.run("keys", "compromise", "7f", exit_code=2).output
    status = Custody(street.locations.keys).kids("status")[0].hex()
    assert "key_unknown" in street.run("keys", "compromise", status, exit_code=2).output, "no license key"


def test_a_backup_stops_no_key(street: Office) -> None:
    """It would say too small a number, and honest seals would be red."""
    with street.locations.engine() as engine, engine.begin() as connection, pytest.raises(IssuerError, match="register_behind_log"):
        stopping.stop(connection, b"\x01", logged=Logged(6), now=SECONDS)


def test_a_house_without_a_log_ends_a_key_whole(each_office: Office) -> None:
    kid = key_of(each_office)
    each_office.run("issue", each_office.write("one.csv", rows(1)), "--no-output")
    assert "no_log_key" in each_office.run("keys", "compromise", kid, exit_code=2).output
    assert "first 0 positions" in each_office.run("keys", "compromise", kid, "--at", "0").output
    next_key(each_office)
    assert "1 sealed again" in each_office.run("reissue", "--key", kid, now=LATER).output
    each_office.run("publish", now=LATER)
    assert said(each_office) == {0: "invalid key_compromised", 1: "valid site_not_asked"}


@pytest.fixture
def robbed(street: Office) -> Office:
    """The thief was there when the log had two seals: three honest ones are red. The holder of the last has a mobile."""
    kid = key_of(street)
    street.run("keys", "compromise", kid, "--at", "2")
    next_key(street)
    return street


def test_what_is_honest_is_sealed_again_by_the_next_key(robbed: Office) -> None:
    kid, out = key_before(robbed), robbed.folder / "out"
    robbed.run("publish", now=LATER)
    red = {place for place, each in said(robbed).items() if each == "invalid key_compromised"}
    assert red == {2, 3, 4}
    told = robbed.run("reissue", "--key", kid, "--out", out, "--output", "card", now=LATER).output
    assert "3 sealed again, 0 not" in told and "3 licenses to print" in told
    robbed.run("publish", now=LATER)
    after = said(robbed)
    assert {after[place] for place in (0, 1, 5, 6, 7)} == {"valid site_not_asked"}
    assert {after[place].split()[0] for place in red} == {"invalid"}
    with robbed.locations.engine() as engine:
        shown = [history.show(engine, number) for number in _numbers(robbed)]
    assert [each.claims.edition for each in shown] == [0, 0, 1, 1, 1], "the same numbers, the next editions"
    with (out / f"{kid}-print-list.csv").open(encoding="utf-8-sig") as stream:
        listed = list(csv.DictReader(stream))
    assert [each["number"] for each in listed] == _numbers(robbed)[2:]
    assert sorted(path.name for path in out.glob("*.card.svg")) == [each["card"] for each in listed]
    assert [each["position"] for each in listed] == ["5", "6", "7"]
    again = robbed.run("reissue", "--key", kid, "--out", out, "--output", "card", now=LATER).output
    assert "sealed again" not in again and "3 licenses to print" in again, "once"
    assert len(codes(robbed)) == 8


def key_before(office: Office) -> str:
    keys = Custody(office.locations.keys).policy["keys"]
    return next(kid for kid, entry in keys.items() if entry["authority"] == "MN1")


def test_a_suspended_license_stays_suspended_and_a_revoked_one_gets_no_code(robbed: Office) -> None:
    suspended, revoked = _numbers(robbed)[2:4]
    robbed.run("license", "suspend", suspended, "--reason", "visit")
    robbed.run("license", "revoke", revoked, "--reason", "closed")
    assert "2 sealed again" in robbed.run("reissue", "--key", key_before(robbed), now=LATER).output
    with robbed.locations.engine() as engine:
        assert [history.show(engine, number).status for number in _numbers(robbed)] == ["valid", "valid", "suspended", "revoked", "valid"]


def test_what_the_thief_slipped_into_the_register_is_left_out(robbed: Office) -> None:
    """The last license is made to say what the thief wants, past the programs."""
    with robbed.locations.engine() as engine, engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()
        cursor.execute("UPDATE seal SET iat = iat - 1 WHERE id = (SELECT max(id) FROM seal)")
        raw.commit()
        newest = connection.scalar(select(func.max(seals.c.id)))
    told = robbed.run("reissue", "--key", key_before(robbed), now=LATER, exit_code=2).output
    assert "2 sealed again, 1 not" in told and "row_not_ours" in told and _numbers(robbed)[4] in told
    assert "rows_past_programs: Nothing is published" in told and f"seal {newest}" in told, "nor is anything published beside it"


def test_a_key_that_still_seals_is_stopped_first(street: Office) -> None:
    assert "key_not_stopped" in street.run("reissue", "--key", key_of(street), "--from", "0", exit_code=2).output
    assert "stolen_at_unknown" in street.run("reissue", "--key", key_of(street), exit_code=2).output
    assert "key_unknown" in street.run("reissue", "--key", "7f", exit_code=2).output
    street.run("keys", "compromise", key_of(street), "--at", "2")
    signed = policy.sign_trust_list(Custody(street.locations.keys), PASSPHRASE, now=SECONDS + 60)
    published.write(street.locations.published, {published.TRUST_LIST: signed})
    told = street.run("reissue", "--key", key_before(street), now=LATER).output
    assert "0 sealed again, 3 not" in told and told.count("authority_unknown") == 3, "each is named, with the reason"


MOMENTS = [
    ["issuer.register.history:replace_within", 2, "after"],
    ["issuer.operations:gate", 1, "before"],
    ["issuer.reissuing:write_print_list", 1, "before"],
    ["issuer.cards.outputs:write", 2, "after"],
]


def test_killed_at_any_moment_it_goes_on(robbed: Office) -> None:
    kid, out = key_before(robbed), robbed.folder / "out"
    words = robbed.words("reissue", "--key", kid, "--out", out, "--output", "card", now=LATER)
    plan = json.dumps({"moments": MOMENTS})
    process = processes.start(
        [sys.executable, "-m", "tests.issuer.dying", plan, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _, faults = process.communicate(timeout=300)
    assert process.returncode == 0, faults
    assert len(codes(robbed)) == 8, "nothing was sealed twice"
    assert len(list(out.glob("*.card.svg"))) == 3
    with robbed.locations.engine() as engine, engine.connect() as connection:
        editions = connection.execute(select(seals.c.license_id, seals.c.edition).where(seals.c.edition > 0)).all()
    assert sorted(edition for _, edition in editions) == [1, 1, 1]


def test_holders_are_told_once_the_new_code_is_in_the_log(robbed: Office) -> None:
    number = _numbers(robbed)[4]
    _applied(robbed, number, MOBILE)
    for _ in range(2):
        robbed.run("reissue", "--key", key_before(robbed), "--out", robbed.folder / "out", "--output", "card", now=LATER)
    with robbed.locations.engine() as engine, engine.connect() as connection:
        (told,) = connection.execute(select(messages.c.recipient, messages.c.text, messages.c.position)).all()
    assert told.recipient == MOBILE and number in told.text and f"https://{HOST}/k/" in told.text and "رمز جديد" in told.text
    assert told.position == 7


def _applied(office: Office, number: str, mobile: str) -> None:
    """An application on which the license was issued."""
    texts = dict.fromkeys(("authority", "owner", "entered_by", "name", "holder"), "")
    times = {"created_at": SECONDS, "since": SECONDS, "version": 1, "upheld": False, "escalated": False}
    row = texts | times | {"key": "k", "state": "issued", "service": "shop.first", "channel": "portal", "mobile": mobile, "fields": {}}
    with office.locations.engine() as engine, engine.begin() as connection:
        connection.execute(applications.insert().values(row | {"number": "APP-1", "issued": number}))
