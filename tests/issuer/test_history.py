"""What happens to a license after it was issued: only what its status allows, with a reason, and all of it is kept."""

from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from issuer.errors import IssuerError
from issuer.operations import SigningContext
from issuer.register import history
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from issuer.register.tables import events, licenses, seals
from seal import status, wire
from seal.errors import LicenseError
from seal.license import check_character
from seal.site import Point, Site
from tests.issuer.offices import HOST, SECONDS, Office, entry

CHANGES = ("suspended", "reinstated", "revoked")
ALLOWED = {"valid": {"suspended", "revoked"}, "suspended": {"reinstated", "revoked"}, "revoked": set()}


@pytest.fixture
def clerk(each_office: Office) -> SigningContext:
    return each_office.clerk()


@pytest.fixture
def number(register: Engine, clerk: SigningContext) -> str:
    """A license that was just issued."""
    return issue(register, [entry()], pool=InProcess(clerk.sealer), source=Source(b"f" * 32), now=SECONDS)[0].number


def change(register: Engine, number: str, *kinds: str) -> None:
    for kind in kinds:
        history.change(register, number, kind, reason=f"{kind} for a test", now=SECONDS + 60)


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("state", ALLOWED)
def test_only_what_the_status_allows(register: Engine, number: str, state: str, kind: str) -> None:
    if state != "valid":
        change(register, number, state)
    if kind in ALLOWED[state]:
        change(register, number, kind)
        assert history.show(register, number).status == {"reinstated": "valid"}.get(kind, kind)
    else:
        with pytest.raises(IssuerError, match="transition_refused"):
            change(register, number, kind)
        assert history.show(register, number).status == state


def test_the_whole_life_of_a_license_is_kept(register: Engine, number: str, clerk: SigningContext) -> None:
    change(register, number, "suspended", "reinstated")
    history.replace(
        register, number, {"holder": "هدى"}, sealer=clerk.sealer, rules=clerk.rules, reason=" spelling \n of the holder ", now=SECONDS + 90
    )
    history.change(register, number, "revoked", reason="closed", now=SECONDS + 120)
    record = history.show(register, f" {number.lower()} ")
    assert (record.number, record.status, record.claims.edition, record.claims.holder) == (number, "revoked", 1, "هدى")
    who = {(event.by.rpartition(":")[2], event.request) for event in record.events}
    assert who == {("", None), ("tests", None)}, "who changed it is kept"
    assert [tuple(event)[:4] for event in record.events] == [
        (SECONDS, "issued", 0, ""),
        (SECONDS + 60, "suspended", 0, "suspended for a test"),
        (SECONDS + 60, "reinstated", 0, "reinstated for a test"),
        (SECONDS + 90, "sealed", 1, ""),
        (SECONDS + 90, "replaced", 1, "spelling of the holder"),
        (SECONDS + 120, "revoked", 1, "closed"),
    ]


@pytest.mark.parametrize("reason", ["", " \n\t", "x" * 501])
def test_nothing_changes_without_a_reason(register: Engine, number: str, clerk: SigningContext, reason: str) -> None:
    with pytest.raises(IssuerError, match="reason_missing"):
        history.change(register, number, "revoked", reason=reason, now=SECONDS)
    with pytest.raises(IssuerError, match="reason_missing"):
        history.replace(register, number, {"holder": "x"}, sealer=clerk.sealer, rules=clerk.rules, reason=reason, now=SECONDS)
    assert history.show(register, number).status == "valid"


@pytest.mark.parametrize(
    ("given", "code"),
    [("ALX-MN1-2026-0000009-X", "number_invalid"), ("", "number_invalid"), ("' OR 1=1", "number_invalid"), ("x" * 999, "number_invalid")],
)
def test_a_number_that_is_none(register: Engine, number: str, given: str, code: str) -> None:
    with pytest.raises(IssuerError, match=code):
        history.show(register, given)
    with pytest.raises(IssuerError, match=code):
        history.change(register, given, "revoked", reason="test", now=SECONDS)


def test_every_one_letter_slip_in_a_number_is_noticed(register: Engine, number: str) -> None:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for place, letter in enumerate(number):
        if letter == "-" or place < 4:
            continue
        for slip in letters.replace(letter, ""):
            with pytest.raises(IssuerError, match=r"number_invalid"):
                history.show(register, number[:place] + slip + number[place + 1 :])
    with pytest.raises(IssuerError, match="number_unknown"):
        history.show(register, "ALX-AGM-2026-0000001-" + check_character("ALX-AGM-2026-0000001"))


def test_a_correction_makes_the_old_seal_superseded(each_office: Office, register: Engine, number: str, clerk: SigningContext) -> None:
    old = wire.write(history.show(register, number).message, HOST)
    record = history.replace(
        register, number, {"trade_name": "مخبز السعادة"}, sealer=clerk.sealer, rules=clerk.rules, reason="wrong name", now=SECONDS + 5
    )
    new = wire.write(record.message, HOST)
    assert (record.number, record.claims.number_in("ALX"), record.claims.edition) == (number, number, 1)
    each_office.run("publish")
    assert each_office.verdict(old).finding("status").code == "superseded"
    assert each_office.verdict(new, check_site=False).decision == "valid"
    with register.connect() as connection:
        assert connection.scalar(select(licenses.c.trade_name)) == "مخبز السعادة", "twins are looked for under the new name"
        assert connection.scalars(select(seals.c.status).order_by(seals.c.edition)).all() == [status.SUPERSEDED, status.VALID]


def test_a_correction_does_not_lift_a_suspension_nor_bring_back_what_was_revoked(
    register: Engine, number: str, clerk: SigningContext
) -> None:
    named = {"sealer": clerk.sealer, "rules": clerk.rules, "reason": "test", "now": SECONDS + 5}
    change(register, number, "suspended")
    assert history.replace(register, number, {"holder": "هدى"}, **named).status == "suspended"
    change(register, number, "reinstated")
    with pytest.raises(IssuerError, match="nothing_to_replace"):
        history.replace(register, number, {"holder": "هدى"}, **named)
    change(register, number, "revoked")
    with pytest.raises(IssuerError, match="transition_refused"):
        history.replace(register, number, {"holder": "منى"}, **named)
    with register.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(seals)) == 2
        assert connection.scalar(select(func.count()).select_from(events)) == 4


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"site": Site(Point(31.10, 29.80), 30)}, "site_outside_authority"),
        ({"site": Site(Point(31.2750, 30.0050), 151)}, "radius_range"),
        ({"holder": "x" * 81}, "holder_too_long"),
        ({"first_day": date(2027, 1, 1), "last_day": date(2026, 1, 1)}, "ends_before_start"),
        ({"type": "occupancy"}, "valid_until_missing"),
        ({"type": "occupancy", "last_day": date(2036, 1, 1)}, "validity_too_long"),
        ({"type": "kiosk"}, "type_not_permitted"),
        ({"authority": "ZZZ"}, "authority_unknown"),
    ],
)
def test_a_correction_keeps_the_limits_and_stays_within_the_authority(
    register: Engine, number: str, clerk: SigningContext, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(LicenseError) as refused:
        history.replace(register, number, changes, sealer=clerk.sealer, rules=clerk.rules, reason="test", now=SECONDS)
    assert refused.value.code == code
    record = history.show(register, number)
    assert (record.status, record.claims.edition, len(record.events)) == ("valid", 0, 1)


def test_a_license_can_be_corrected_255_times(
    register: Engine, number: str, clerk: SigningContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"sealer": clerk.sealer, "rules": clerk.rules, "reason": "test", "now": SECONDS}
    with register.begin() as connection:
        connection.execute(seals.update().values(edition=254))
    assert history.replace(register, number, {"holder": "هدى"}, **named).claims.edition == 255
    with pytest.raises(IssuerError, match="editions_exhausted"):
        history.replace(register, number, {"holder": "منى"}, **named)
