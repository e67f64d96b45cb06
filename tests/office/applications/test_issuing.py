"""Issuing what is approved: exactly once, never unpaid, whatever dies, and what each procedure does to the register."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select, update

from issuer.errors import IssuerError
from issuer.register import history
from issuer.register.tables import license_links, licenses, seals
from office.applications import issuing, views
from office.applications.errors import ApplicationError
from office.applications.tables import applications
from office.messages import links
from office.messages.tables import messages
from office.papers import prints
from office.payments import bills, refunds
from office.services.cases import Case
from office.services.errors import MoveError
from office.services.evidence import Fine
from seal import status
from tests.issuer.offices import PASSPHRASE
from tests.issuer.soundness import assert_sound
from tests.office.applications import hands
from tests.office.applications.workplace import CITIZEN, NOW, REVIEWER, Workplace, advertisement, moment, shop


def approved(here: Workplace, place: int = 0) -> str:
    """An application that is paid and approved, at a spot of its own."""
    fields = shop(trade_name=f"محل رقم {place}", latitude=f"{31.26 + place * 0.0005:.6f}")
    number = here.submitted("shop.first", fields)
    here.pay(number)
    here.do("approve", number)
    return number


def count(here: Workplace) -> int:
    with here.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(licenses)) or 0


# Never unpaid.


def test_what_is_not_approved_is_not_issued(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    for step in (None, "pay"):
        if step:
            here.pay(number)
        with pytest.raises(IssuerError):
            here.issue(number)
    assert count(here) == 0


def test_what_owes_is_not_approved(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    with pytest.raises(ApplicationError) as refused:
        here.do("approve", number)
    assert refused.value.code == "not_settled"


@pytest.mark.parametrize("state", ["approved", "under_review", "awaiting_payment"])
def test_a_state_that_somebody_wrote_into_the_table_issues_nothing_unpaid(sqlite: Workplace, state: str) -> None:
    number = sqlite.submitted("shop.first", shop())
    with sqlite.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == number).values(state=state))
    with pytest.raises(IssuerError):
        sqlite.issue(number)
    assert issuing.run(sqlite.engine, sqlite.office, sealer=sqlite.clerk.sealer, now=NOW)["issued"] == 0
    assert count(sqlite) == 0


def test_money_that_went_back_is_not_paid(sqlite: Workplace) -> None:
    number = approved(sqlite)
    with sqlite.engine.begin() as connection:
        (bill,) = bills.of_subject(connection, number)
        payment = bill.payments[0].id
        refunds.at_counter(connection, payment, key="k", amount=bill.piastres, reason="x", by="staff:3", now=NOW)
    with pytest.raises(ApplicationError) as refused:
        sqlite.issue(number)
    assert refused.value.code == "not_settled"


def test_a_fine_that_turns_up_after_approval_stops_it(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    now = moment("2028-02-29")
    fields = advertisement(valid_from="2028-03-01", valid_until="2029-02-28", stayed_up="no", removed_on="2027-11-30")
    number = sqlite.submitted("advertisement.first", fields, now=now)
    sqlite.pay(number, now=now)
    sqlite.do("approve", number, now=now)
    case = _case(sqlite, number)._replace(fine=Fine("unknown", "fine_evidence_missing", None))
    with sqlite.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == number).values(case=case))
    with pytest.raises(ApplicationError) as refused:
        sqlite.issue(number, now=now)
    assert refused.value.code == "fine_unknown"


def _case(here: Workplace, number: str) -> Case:
    with here.engine.connect() as connection:
        found: Case = connection.scalar(select(applications.c.case).where(applications.c.number == number))
    return found


# Exactly once.


def test_many_at_once_issue_it_once(here: Workplace) -> None:
    number = approved(here)
    with ThreadPoolExecutor(6) as pool:
        issued = set(pool.map(lambda _: here.issue(number), range(12)))
    assert len(issued) == 1
    assert_sound(here.engine, 1)
    with here.engine.connect() as connection:
        told = connection.scalars(select(messages.c.event).where(messages.c.event.like("%/issued"))).all()
    assert told == [f"{issued.pop()}/0/issued"]


def test_killed_again_and_again_each_is_issued_once_and_none_is_lost(here: Workplace) -> None:
    numbers = [approved(here, place) for place in range(24)]
    (here.folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    killed = 0
    while killed < 5:
        before = count(here)
        worker = hands.start(here, sealing=True)
        worker.pipe.send("go")
        while count(here) < min(before + 2, len(numbers)) and worker.process.is_alive():
            time.sleep(0.001)
        worker.kill()
        killed += 1
        _assert_agreement(here, numbers)
    last = hands.start(here, sealing=True)
    last.pipe.send("go")
    assert last.pipe.recv() == hands.DONE
    last.process.join()
    last.pipe.close()
    _assert_agreement(here, numbers)
    assert_sound(here.engine, len(numbers))
    assert {here.state(number) for number in numbers} == {"issued"}


def _assert_agreement(here: Workplace, numbers: list[str]) -> None:
    """Each application that says issued has its license and its event; every license belongs to one of them."""
    with here.engine.connect() as connection:
        issued = connection.scalars(select(applications.c.issued).where(applications.c.state == "issued")).all()
        assert sorted(issued) == sorted(connection.scalars(select(licenses.c.number)).all())
        assert len(set(issued)) == len(issued)
    for number in numbers:
        shown = here.show(number)
        assert [event.action for event in shown.events].count("issue") == (shown.state == "issued")
        assert sum(bill.piastres for bill in shown.bills if bill.state == "paid") > 0


def test_one_that_cannot_be_issued_holds_nobody_up(sqlite: Workplace) -> None:
    bad, good = approved(sqlite, 1), approved(sqlite, 2)
    with sqlite.engine.begin() as connection:
        license_ = connection.scalar(select(applications.c.license).where(applications.c.number == bad))
        broken = license_._replace(first_day=date(1899, 12, 31))
        connection.execute(update(applications).where(applications.c.number == bad).values(license=broken))
    outcomes = issuing.run(sqlite.engine, sqlite.office, sealer=sqlite.clerk.sealer, now=NOW)
    assert outcomes == {"issued": 1, "cannot_issue": 1}
    assert (sqlite.state(bad), sqlite.state(good)) == ("approved", "issued")


def test_a_clock_that_is_behind_the_register_seals_nothing(here: Workplace) -> None:
    number = approved(here)
    from issuer.register.tables import publications

    with here.engine.begin() as connection:
        connection.execute(publications.insert().values(iat=NOW + 3_600))
    with pytest.raises(IssuerError) as refused:
        here.issue(number)
    assert refused.value.code == "clock_behind"
    assert here.state(number) == "approved"
    assert here.issue(number, now=NOW + 3_600).startswith("ALX-")


def test_who_entered_it_does_not_issue_it(sqlite: Workplace) -> None:
    from tests.office.applications.workplace import staff

    both = staff("41", "clerk", "reviewer")
    number = sqlite.submitted("shop.first", shop(), actor=both)
    sqlite.pay(number)
    with pytest.raises(MoveError) as refused:
        sqlite.do("approve", number, actor=both)
    assert refused.value.code == "same_person"
    sqlite.do("approve", number, actor=REVIEWER)
    with pytest.raises(MoveError):
        issuing.issue(sqlite.engine, sqlite.office, number, sealer=sqlite.clerk.sealer, now=NOW, actor=both)


# What each procedure does.


@pytest.fixture
def license_number(here: Workplace) -> str:
    return here.issued("shop.first", shop(valid_until="2028-11-30"))[1]


def test_an_amendment_seals_again_and_supersedes(here: Workplace, license_number: str) -> None:
    changes = {"license": license_number, "trade_name": "مخبز الأمل الجديد", "changes": "الاسم"}
    _, same = here.issued("shop.amendment", changes)
    record = history.show(here.engine, license_number)
    assert (same, record.status, record.claims.edition) == (license_number, "valid", 1)
    assert (record.claims.license.trade_name, record.claims.license.holder) == ("مخبز الأمل الجديد", "سامي فؤاد حسن")
    assert record.claims.license.last_day.isoformat() == "2028-11-30"
    with here.engine.connect() as connection:
        assert connection.scalars(select(seals.c.status).order_by(seals.c.edition)).all() == [status.SUPERSEDED, status.VALID]


def test_two_changes_that_wait_for_each_other_undo_nothing(sqlite: Workplace) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2028-11-30"))
    amendment = sqlite.submitted("shop.amendment", {"license": license_number, "trade_name": "اسم جديد", "changes": "الاسم"})
    sqlite.issued("shop.transfer", {"license": license_number, "holder": "مالك جديد"})
    sqlite.pay(amendment)
    sqlite.do("approve", amendment)
    sqlite.issue(amendment)
    sealed = history.show(sqlite.engine, license_number).claims.license
    assert (sealed.trade_name, sealed.holder) == ("اسم جديد", "مالك جديد")


def test_an_amendment_that_changes_nothing_is_refused(sqlite: Workplace) -> None:
    from office.applications.errors import RefusedError

    _, license_number = sqlite.issued("shop.first", shop(valid_until="2028-11-30"))
    with pytest.raises(RefusedError) as refused:
        sqlite.submitted("shop.amendment", {"license": license_number, "trade_name": "مخبز الأمل", "changes": "لا شيء"})
    assert [fault.code for fault in refused.value.faults] == ["nothing_to_replace"]


def test_a_transfer_changes_the_holder_and_the_old_link_dies(here: Workplace, license_number: str) -> None:
    with here.engine.begin() as connection:
        token = links.of(connection, license_number, now=NOW)
    here.issued("shop.transfer", {"license": license_number, "holder": "مالك جديد"})
    assert history.show(here.engine, license_number).claims.license.holder == "مالك جديد"
    with here.engine.connect() as connection:
        assert links.find(connection, token) is None


def test_a_replacement_seals_the_same_again(here: Workplace, license_number: str) -> None:
    before = history.show(here.engine, license_number).claims
    here.issued("shop.replacement", {"license": license_number, "circumstances": "فقد"})
    after = history.show(here.engine, license_number).claims
    assert (after.license, after.edition) == (before.license, before.edition + 1)
    assert after.idx != before.idx


def test_a_cancellation_revokes_with_its_reason(here: Workplace, license_number: str) -> None:
    number, same = here.issued("shop.cancellation", {"license": license_number, "ground": "أغلق المحل"})
    record = history.show(here.engine, license_number)
    assert (same, record.status) == (license_number, "revoked")
    assert number in record.events[-1].reason


def printed(here: Workplace, license_number: str, now: int) -> None:
    with here.engine.begin() as connection:
        prints.note(connection, license_number, size="A5", by="clerk", now=now)


def test_a_paper_copy_is_done_when_it_was_printed_and_leaves_the_register_alone(here: Workplace, license_number: str) -> None:
    before = history.show(here.engine, license_number)
    number = here.submitted("shop.paper_copy", {"license": license_number, "paper": "A5", "copies": "2"})
    here.pay(number)
    printed(here, license_number, NOW - 1)  # what was printed before it was approved is another's
    here.do("approve", number)
    for _ in range(2):
        with pytest.raises(IssuerError, match="not_printed"):
            here.issue(number)
        assert here.state(number) == "approved"
        printed(here, license_number, NOW)
    assert here.issue(number) == license_number
    assert history.show(here.engine, license_number) == before


def test_a_license_that_was_revoked_meanwhile_is_neither_renewed_nor_printed(sqlite: Workplace) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2028-11-30"))
    waiting = []
    for service, more in (
        ("shop.paper_copy", {"paper": "A4", "copies": "1"}),
        ("shop.renewal", {"holder": "سامي فؤاد حسن", "floor_area": "60", "valid_until": "2030-11-30"}),
        ("shop.transfer", {"holder": "مالك جديد"}),
    ):
        number = sqlite.submitted(service, {"license": license_number, **more}, now=moment("2027-01-05"))
        sqlite.pay(number, now=moment("2027-01-05"))
        sqlite.do("approve", number, now=moment("2027-01-05"))
        waiting.append(number)
    history.change(sqlite.engine, license_number, "revoked", reason="x", now=moment("2027-01-05"))
    for number in waiting:
        with pytest.raises(ApplicationError) as refused:
            sqlite.issue(number, now=moment("2027-01-06"))
        assert refused.value.code in ("license_not_in_force", "cannot_issue")
        assert sqlite.state(number) == "approved"


def test_a_license_s_whole_history_is_found_from_any_end(here: Workplace, license_number: str) -> None:
    later = moment("2028-11-01")
    fields = {"license": license_number, "holder": "سامي فؤاد حسن", "floor_area": "60", "valid_until": "2030-11-30"}
    _, new = here.issued("shop.renewal", fields, now=later)
    with here.engine.connect() as connection:
        told = views.about(connection, here.office, license_number, actor=REVIEWER)
        assert [service for _, service, _ in told] == ["shop.first", "shop.renewal"]
        assert [service for _, service, _ in views.about(connection, here.office, license_number, actor=CITIZEN)] == [
            "shop.first",
            "shop.renewal",
        ]
        links_ = connection.execute(select(license_links.c.number, license_links.c.previous, license_links.c.kind)).all()
    assert [tuple(each) for each in links_] == [(new, license_number, "renewal")]


def test_a_building_site_keeps_its_footprint_through_every_change(sqlite: Workplace) -> None:
    ring = "30.0040 31.2740, 30.0050 31.2740, 30.0050 31.2750, 30.0040 31.2750, 30.0040 31.2740"
    fields = {
        "trade_name": "برج النور",
        "activity": "سكني",
        "holder": "شركة النور",
        "address": "شارع 45",
        "latitude": "31°16'28.2\"N",
        "longitude": "٣٠٫٠٠٤٥",
        "footprint": f"POLYGON(({ring}))",
        "floors": "12",
        "floor_area": "300",
        "valid_from": "2026-12-01",
        "valid_until": "2029-11-30",
    }
    _, number = sqlite.issued("building.first", fields)
    before = history.show(sqlite.engine, number).claims.license
    assert len(before.site.footprint) == 4
    sqlite.issued("building.transfer", {"license": number, "holder": "شركة الضياء"})
    after = history.show(sqlite.engine, number).claims.license
    assert (after.site, after.details) == (before.site, before.details)


