"""What an application owes is fixed when it is submitted or decided: rules that change later change nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import delete, select, update

from issuer.errors import IssuerError
from office.applications import application, billing, owing
from office.applications.tables import application_lines, applications
from office.payments import soundness
from office.services.errors import FeeError
from tests.office.applications.workplace import CITIZEN, Workplace, advertisement
from tests.office.services.rulebook import FEES, SERVICES, changed, fees, services


def with_rules(workplace: Workplace, **rules: object) -> Workplace:
    """The same office with other rules."""
    return replace(workplace, office=workplace.office._replace(**rules))


def no_fees(workplace: Workplace) -> Workplace:
    """An office whose schedules begin in a later year: no bill can be made by them."""
    later = {"first_day": date(2099, 1, 1), "last_day": None}
    rules = {
        code: rule._replace(versions=(rule.versions[-1]._replace(**later),)) for code, rule in workplace.office.schedules.rules.items()
    }
    return with_rules(workplace, schedules=workplace.office.schedules._replace(rules=rules))


def lines(workplace: Workplace, number: str) -> list[tuple[str, str, int]]:
    with workplace.engine.connect() as connection:
        mine = select(applications.c.id).where(applications.c.number == number).scalar_subquery()
        kept = select(application_lines).where(application_lines.c.application_id == mine).order_by(application_lines.c.place)
        return [(row.rule, row.version, row.piastres) for row in connection.execute(kept)]


def account(workplace: Workplace, number: str) -> billing.Account:
    with workplace.engine.connect() as connection:
        row = connection.execute(select(applications).where(applications.c.number == number)).one()
        return billing.account(connection, workplace.office, application.of(row))


def test_what_it_costs_is_kept_line_by_line_with_the_version_of_the_schedule(here: Workplace) -> None:
    number = here.submitted("advertisement.first", advertisement())
    [bill] = here.show(number).bills
    assert lines(here, number) == [(line.rule, line.version, line.piastres) for line in bill.lines]
    assert sum(piastres for _, _, piastres in lines(here, number)) == bill.piastres > 0


def test_rules_that_change_between_bill_and_payment_change_nothing(here: Workplace) -> None:
    number = here.submitted("advertisement.first", advertisement())
    before = lines(here, number)
    after = no_fees(here)
    with pytest.raises(FeeError):
        after.submitted("advertisement.first", advertisement(trade_name="مطعم آخر", latitude="31.2770"))
    after.pay(number)
    assert after.state(number) == "under_review"
    assert (lines(after, number), account(after, number).settled) == (before, True)
    after.do("approve", number)
    assert after.state(number) == "approved"
    with here.engine.connect() as connection:
        assert soundness.check(connection) == ()


def test_a_tighter_field_between_bill_and_payment_changes_nothing(here: Workplace) -> None:
    """A width that the form takes no more as it was typed."""
    number = here.submitted("advertisement.first", advertisement())
    text, _ = changed(SERVICES, "width_m: {kind: metres, least: 1, most: 20000", "width_m: {kind: metres, least: 1, most: 2")
    after = with_rules(here, services=services(text))
    after.pay(number)
    assert after.state(number) == "under_review"


def test_submitted_again_it_costs_what_the_rules_say_by_then(sqlite: Workplace) -> None:
    number = sqlite.submitted("advertisement.first", advertisement())
    sqlite.pay(number)
    sqlite.do("return_", number, reason="القياس")
    doubled = _doubled(sqlite)
    doubled.do("resubmit", number, actor=CITIZEN)
    standing = account(doubled, number)
    assert sum(line.piastres for line in standing.required) > sum(line.piastres for line in sqlite.show(number).bills[0].lines)
    assert doubled.state(number) == "awaiting_payment"


def _doubled(workplace: Workplace) -> Workplace:
    """An office in which examining what comes by the portal costs more."""
    head, rule, rest = FEES.partition("  portal_examination:")
    text, _ = changed(rest, "flat: ", "flat: 9")
    return with_rules(workplace, schedules=fees(head + rule + text))


def from_before(workplace: Workplace, number: str) -> None:
    """Make an application one of a register from before the lines were kept."""
    with workplace.engine.begin() as connection:
        mine = applications.c.number == number
        id_ = connection.scalar(select(applications.c.id).where(mine))
        connection.execute(delete(application_lines).where(application_lines.c.application_id == id_))
        connection.execute(update(applications).where(mine).values(priced_at=None))


def test_an_application_from_before_owes_what_its_bill_asks_for_where_the_rules_say_it_no_more(here: Workplace) -> None:
    number = here.submitted("advertisement.first", advertisement())
    from_before(here, number)
    required = account(here, number).required
    after = no_fees(here)
    assert account(after, number).required == required
    after.pay(number)
    assert after.state(number) == "under_review"


def test_an_application_from_before_never_owes_more_than_its_bill_asked_for(sqlite: Workplace) -> None:
    number = sqlite.submitted("advertisement.first", advertisement())
    from_before(sqlite, number)
    asked = account(sqlite, number).required
    assert account(_doubled(sqlite), number).required == asked


def test_an_application_from_before_without_a_bill_says_that_nobody_can_tell(sqlite: Workplace) -> None:
    number = sqlite.submitted("advertisement.first", advertisement())
    from_before(sqlite, number)
    after = no_fees(sqlite)
    with sqlite.engine.connect() as connection:
        row = connection.execute(select(applications).where(applications.c.number == number)).one()
        with pytest.raises(IssuerError, match="fee_unknown"):
            owing.fixed(connection, after.office, application.of(row), ())
