"""Whole lives of applications, from draft to license, as both databases keep them."""

from issuer.register import history
from seal import receipt
from tests.issuer.offices import HOST
from tests.office.applications.workplace import CITIZEN, NOW, Workplace, advertisement, moment, shop


def test_a_billboard_from_a_citizen_s_draft_to_its_license(here: Workplace) -> None:
    number = here.submitted("advertisement.first", advertisement())
    shown = here.show(number, actor=CITIZEN)
    assert (shown.state, shown.authority, shown.case.kind) == ("awaiting_payment", "MN1", "first")
    assert here.pay(number) == 600
    here.do("approve", number)
    license_number = here.issue(number)
    assert here.issue(number) == license_number, "again: the same license"
    record = history.show(here.engine, license_number)
    assert (record.status, record.claims.license.details["width_cm"]) == ("valid", 400)
    assert here.show(number).issued == license_number
    assert [event.action for event in here.show(number).events] == ["enter", "submit", "bill", "pay", "approve", "issue"]


def test_its_receipt_says_received_and_nothing_more(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    signed = here.show(number).receipt
    assert signed is not None
    text = receipt.write(signed, HOST)
    from datetime import UTC, datetime

    verdict = receipt.verify(text, trust=here.clerk.trust, hosts={HOST}, now=datetime.fromtimestamp(NOW, UTC))
    assert (verdict.state, verdict.code, verdict.receipt.number) == ("received", "receipt_received", number)


def test_a_renewal_follows_the_license_that_stays_valid_until_its_own_end(here: Workplace) -> None:
    _, old = here.issued("advertisement.first", advertisement())
    later = moment("2027-11-30")
    fields = advertisement(license=old, valid_until="2028-11-30")
    _, new = here.issued("advertisement.renewal", fields, now=later)
    assert new != old
    assert history.show(here.engine, old).status == "valid"
    record = history.show(here.engine, new)
    assert (record.claims.license.first_day.isoformat(), record.claims.license.last_day.isoformat()) == ("2027-12-01", "2028-11-30")
