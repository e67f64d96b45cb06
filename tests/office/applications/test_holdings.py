"""What a citizen holds: what is shown to whom, in which order; how a renewal is begun with all that is known, and once."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import event as database_event
from sqlalchemy import update

from issuer.errors import IssuerError
from issuer.register import history
from office.applications import attaching, drafts, quoting, records
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.holdings import listing, owning, renewing
from office.applications.holdings.records import Holding, Renewal, Standing
from office.applications.tables import applications
from seal import days
from tests.office.applications.workplace import CITIZEN, CLERK, DAY, MOBILE, NOW, STRANGER, Workplace, advertisement, shop

NAMED = Actor("citizen", "21", MOBILE, mobile=MOBILE)
OTHER_MOBILE = f"+20{1_112_345_678}"
TODAY = days.day_of(NOW)


def ends(after: int, place: int = 0, **fields: str) -> dict[str, str]:
    """A shop whose license runs from today for so many days more, on a place of its own."""
    spot = {"latitude": f"{31.2601 + place * 0.0012:.4f}", "trade_name": f"مخبز {place}"}
    return shop(valid_from=TODAY.isoformat(), valid_until=days.day_of(NOW + after * DAY).isoformat(), **spot | fields)


def lines(here: Workplace, *, actor: Actor = CITIZEN, now: int = NOW) -> list[Holding]:
    with here.engine.connect() as connection:
        return list(listing.mine(connection, here.office, actor=actor, today=days.day_of(now)).lines)


def standings(here: Workplace, *, actor: Actor = CITIZEN, now: int = NOW) -> dict[str, Standing]:
    return {each.number: each.standing(days.day_of(now)) for each in lines(here, actor=actor, now=now)}


def seen(here: Workplace, number: str, *, actor: Actor = CITIZEN) -> bool:
    """Whether a license is shown; its list and its page say the same."""
    listed = number in {each.number for each in lines(here, actor=actor)}
    try:
        with here.engine.connect() as connection:
            listing.find(connection, here.office, number, actor=actor)
    except IssuerError as error:
        assert error.code == "number_unknown"
        assert not listed
        return False
    return True


def begin(here: Workplace, number: str, *, actor: Actor = CITIZEN, now: int = NOW) -> Renewal:
    with here.engine.begin() as connection:
        return renewing.begin(UnitOfWork(connection, here.office, actor, now), number)


def test_each_stands_as_it_is_and_what_needs_doing_comes_first(here: Workplace) -> None:
    lasts = {1: 5, 2: 25, 3: 55, 4: 200}
    weeks, month, two, runs = (here.issued("shop.first", ends(after, place))[1] for place, after in lasts.items())
    _, open_ = here.issued("shop.first", shop(latitude="31.2811", valid_from=TODAY.isoformat()))
    stopped, gone = (here.issued("shop.first", ends(90, place))[1] for place in (6, 7))
    history.change(here.engine, stopped, "suspended", reason="x", now=NOW + 60)
    history.change(here.engine, gone, "revoked", reason="x", now=NOW + 60)
    later = shop(latitude="31.2711", valid_from=days.day_of(NOW + 20 * DAY).isoformat())
    _, to_come = here.issued("shop.first", later)
    expected = {
        **{stopped: Standing.SUSPENDED, weeks: Standing.WEEK, month: Standing.MONTH, two: Standing.TWO_MONTHS},
        **{runs: Standing.RUNS, open_: Standing.RUNS, to_come: Standing.TO_COME, gone: Standing.REVOKED},
    }
    found = standings(here)
    assert found == expected
    assert list(found)[:3] == [stopped, weeks, month] and list(found)[-1] == gone
    assert standings(here, now=NOW + 6 * DAY)[weeks] == Standing.ENDED_LATELY
    assert next(iter(standings(here, now=NOW + 6 * DAY))) == weeks, "what is over and was not renewed comes first"
    assert standings(here, now=NOW + 36 * DAY)[weeks] == Standing.ENDED
    renewable = {each.number for each in lines(here) if each.renewable}
    assert renewable == {weeks, month, two, runs}, "what has an end and stands"


def test_nobody_else_s_and_no_copies(here: Workplace) -> None:
    _, mine = here.issued("shop.first", ends(90, 1))
    _, theirs = here.issued("shop.first", ends(90, 2, holder="سعيد فهمي"), actor=STRANGER)
    number = here.submitted("shop.paper_copy", {"license": mine, "paper": "A4", "copies": "1"}, actor=STRANGER)
    with here.engine.begin() as connection:  # a copy of a license does not make it theirs
        connection.execute(update(applications).where(applications.c.number == number).values(issued=mine, state="issued"))
    for actor in (STRANGER, NAMED, Actor("citizen", "", ""), CLERK, Actor("citizen", "12", "x", mobile=MOBILE)):
        assert not seen(here, mine, actor=actor)
    assert seen(here, mine) and not seen(here, theirs) and seen(here, theirs, actor=STRANGER)
    for guess in ("", "x", mine[:-1], "' OR 1=1 --", "ALX-MN1-2026-9999999-0", "س" * 900, "\x01"):
        assert not seen(here, guess)
    for actor in (STRANGER, NAMED, CLERK):
        with pytest.raises(IssuerError, match="number_unknown"):
            begin(here, mine, actor=actor)


def test_what_passed_to_somebody_else_is_theirs_alone(here: Workplace) -> None:
    _, number = here.issued("shop.first", ends(90))
    here.issued("shop.transfer", {"license": number, "holder": "سعيد فهمي"}, actor=STRANGER)
    assert not seen(here, number) and seen(here, number, actor=STRANGER)
    with pytest.raises(IssuerError, match="number_unknown"):
        begin(here, number)
    key = begin(here, number, actor=STRANGER).name
    with here.engine.connect() as connection:
        typed = drafts.show(connection, key, actor=STRANGER).fields
    assert "floor_area" not in typed, "what the holder before told the office stays between them"
    assert typed["holder"] == "سعيد فهمي"


def test_an_amendment_keeps_one_line(here: Workplace) -> None:
    _, number = here.issued("shop.first", ends(90))
    here.issued("shop.amendment", {"license": number, "changes": "اسم", "trade_name": "مخبز الفجر"})
    assert [each.number for each in lines(here)] == [number]


def test_a_mobile_that_changed_hands_shows_nothing_once_the_office_knows(here: Workplace) -> None:
    """What the centre entered is shown by its mobile, until a later application about the license names another one."""
    _, number = here.issued("shop.first", ends(90), actor=CLERK)
    assert seen(here, number, actor=NAMED)
    assert not seen(here, number, actor=Actor("citizen", "21", MOBILE)), "who proved no mobile"
    later, _ = here.issued("shop.amendment", {"license": number, "changes": "اسم", "trade_name": "مخبز الفجر"}, actor=CLERK)
    with here.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == later).values(mobile=OTHER_MOBILE))
    assert not seen(here, number, actor=NAMED)
    assert seen(here, number, actor=Actor("citizen", "30", OTHER_MOBILE, mobile=OTHER_MOBILE))


def test_a_renewal_has_everything_that_is_known_and_tells_fee_and_term(here: Workplace) -> None:
    first, number = here.issued("shop.first", ends(364))
    key = begin(here, number).name
    with here.engine.connect() as connection:
        unit = UnitOfWork(connection, here.office, CITIZEN, NOW)
        draft = drafts.show(connection, key, actor=CITIZEN)
        assert (draft.service, draft.authority) == ("shop.renewal", "MN1")
        until = date(2028, 11, 23)  # from 2027-11-24 for a year, as before
        assert draft.fields == {
            **{"license": number, "holder": "سامي فؤاد حسن", "floor_area": "60", "valid_until": until.isoformat(), "authority": "MN1"}
        }
        enclosed = attaching.attached(connection, records.find(connection, key, actor=CITIZEN).id)
        assert [each.code for each in enclosed] == ["identity"], "what its form asks for, of what was sent before"
        quote = quoting.of(unit, key)
    assert quote is not None
    assert (quote.first_day, quote.last_day) == (date(2027, 11, 24), until)
    assert quote.decided is not None and quote.decided.days == 30
    assert lines(here)[0].renewal == Renewal(key, "draft")
    sent = here.submit(key)
    (bill,) = here.show(sent).bills
    assert bill.piastres == quote.piastres > 0, "what was told is what is asked for"
    assert here.show(first).issued == number


def test_a_renewal_is_never_begun_twice(here: Workplace) -> None:
    _, number = here.issued("shop.first", ends(50))
    with ThreadPoolExecutor(4) as pool:
        begun = set(pool.map(lambda _: begin(here, number), range(8)))
    (renewal,) = begun
    assert standings(here)[number] == Standing.TWO_MONTHS, "a draft is no application yet"
    sent = here.submit(renewal.name)
    assert begin(here, number).name == sent
    assert standings(here)[number] == Standing.RENEWING
    here.pay(sent)
    here.do("approve", sent)
    renewed = here.issue(sent)
    (line,) = lines(here)
    assert line.number == number and line.next is not None and line.next.number == renewed
    assert line.standing(TODAY) == Standing.RUNS and not line.renewable
    with pytest.raises(IssuerError, match="already_renewed"):
        begin(here, number)
    (line,) = lines(here, now=NOW + 60 * DAY)
    assert line.number == renewed, "one line, with the term that runs"
    assert seen(here, number) and seen(here, renewed)


@pytest.mark.parametrize(("make", "code"), [("suspended", "license_not_in_force"), ("open", "license_open_ended")])
def test_what_cannot_be_renewed_says_why(sqlite: Workplace, make: str, code: str) -> None:
    _, number = sqlite.issued("shop.first", ends(50) if make == "suspended" else shop())
    if make == "suspended":
        history.change(sqlite.engine, number, "suspended", reason="x", now=NOW + 60)
    with pytest.raises(IssuerError, match=code):
        begin(sqlite, number)


def test_what_ended_is_asked_for_anew_from_today(sqlite: Workplace) -> None:
    _, number = sqlite.issued("advertisement.first", advertisement(valid_from="24/11/2026", valid_until="23/12/2026"))
    later = NOW + 40 * DAY
    renewal = begin(sqlite, number, now=later)
    with sqlite.engine.connect() as connection:
        typed = drafts.show(connection, renewal.name, actor=CITIZEN).fields
        assert typed["valid_until"] == "2027-02-02", "a month, as before"
        assert "stayed_up" not in typed, "that is for them to say"
        codes = {each.code for each in attaching.attached(connection, records.find(connection, renewal.name, actor=CITIZEN).id)}
    assert {"artwork", "owner_consent", "identity"} <= codes, "it counts as a first issue, and asks for that one's documents"


def test_a_page_holds_what_fits_and_the_next_one_the_rest(sqlite: Workplace) -> None:
    numbers = [sqlite.issued("shop.first", ends(90 + place, place))[1] for place in range(3)]
    with sqlite.engine.connect() as connection:
        ask: Callable[[str], listing.Page] = lambda after: listing.mine(  # noqa: E731
            connection, sqlite.office, actor=CITIZEN, today=TODAY, after=after, limit=2
        )
        first = ask("")
        second = ask(first.after)
        assert [each.number for each in (*first.lines, *second.lines)] == numbers
        assert first.after.endswith(numbers[1]) and second.after == ""
        numbers_ = ("99.2026-11-24.ALX-1", "0.2026-13-40.ALX-1", "0.٢٠٢٦-11-24.ALX-1")
        for text in ("2", "0.2026-11-24", "0.2026-11-24.alx' OR 1", "0.2026-11-24.ALX-1\n", *numbers_, "x" * 4_000):
            with pytest.raises(IssuerError, match="page_unknown"):
                ask(text)


def test_a_page_is_neither_repeated_nor_jumped_over_when_a_license_comes_in_between(sqlite: Workplace) -> None:
    """By offset the second page showed a line of the first one again."""
    numbers = [sqlite.issued("shop.first", ends(90 + place, place))[1] for place in range(4)]
    ask = {"actor": CITIZEN, "today": TODAY, "limit": 2}
    with sqlite.engine.connect() as connection:
        first = listing.mine(connection, sqlite.office, **ask)  # type: ignore[arg-type]
    _, earlier = sqlite.issued("shop.first", ends(80, 5))
    with sqlite.engine.connect() as connection:
        second = listing.mine(connection, sqlite.office, after=first.after, **ask)  # type: ignore[arg-type]
        whole = listing.mine(connection, sqlite.office, actor=CITIZEN, today=TODAY)
    assert [each.number for each in (*first.lines, *second.lines)] == numbers and second.after == ""
    assert [each.number for each in whole.lines] == [earlier, *numbers], "the order is as before"


def test_no_cursor_names_what_passed_to_somebody_else(sqlite: Workplace) -> None:
    """A page is filled with what is theirs; what is left out leaves no gap and no number in the address."""
    numbers = [sqlite.issued("shop.first", ends(90 + place, place))[1] for place in range(3)]
    passed = numbers[1]
    with sqlite.engine.connect() as connection, pytest.MonkeyPatch.context() as patch:
        of = owning.held_by
        token = listing._shelf(connection, sqlite.office, [passed], {}, actor=CITIZEN).tokens[passed]
        patch.setattr(owning, "held_by", lambda octets, holders: octets != token and of(octets, holders))
        first = listing.mine(connection, sqlite.office, actor=CITIZEN, today=TODAY, limit=1)
        second = listing.mine(connection, sqlite.office, actor=CITIZEN, today=TODAY, limit=1, after=first.after)
    assert [each.number for each in (*first.lines, *second.lines)] == [numbers[0], numbers[2]]
    assert passed not in first.after and second.after == ""


def test_the_list_asks_few_times_and_always_by_an_index(sqlite: Workplace) -> None:
    """However many licenses there are in the register: bench/holdings.py measures it, this says why."""
    for place in range(3):
        _, number = sqlite.issued("shop.first", ends(90, place))
    asked = list[tuple[str, object]]()
    database_event.listen(sqlite.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    lines(sqlite, actor=CITIZEN._replace(mobile=MOBILE))
    with sqlite.engine.connect() as connection:
        listing.find(connection, sqlite.office, number, actor=CITIZEN)
    queries = [(query, values) for query, values in asked if query.lstrip().startswith("SELECT")]
    assert 4 <= len(queries) <= 16, queries
    with sqlite.engine.connect() as connection:
        for query, values in queries:
            plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]  # type: ignore[arg-type]
            assert not [step for step in plan if re.match(r"SCAN (application|license|seal|license_link)\b", step)], (plan, query)
