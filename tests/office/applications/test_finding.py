"""Finding applications and licenses in any spelling, page after page, on both databases alike."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import event, select, text

from issuer.errors import IssuerError
from office import wordindex
from office.applications import counts, listing, search, wording
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.tables import words
from office.licenses.search import Sought, find
from seal import days
from tests.office.applications.workplace import CITIZEN, CLERK, DAY, GOVERNOR, MOBILE, NOW, REVIEWER, STRANGER, Workplace, shop


def found(here: Workplace, text: str, **more) -> list[str]:
    with here.engine.connect() as connection:
        return [line.number for line in search.applications_of(connection, here.office, text, actor=CLERK, **more).lines]


@pytest.fixture
def number(here: Workplace) -> str:
    here.submitted("shop.first", shop(trade_name="صيدلية النور", holder="فاطمة السيد", address="شارع 45"))
    return here.submitted("shop.first", shop(trade_name="مَخبَز الأملِ ٢", holder="أحمد إبراهيم عيسى", address="شارع الجلاء، عقار ٧"))


@pytest.mark.parametrize(
    "text",
    [
        "مخبز الامل",
        "مخبز",
        "أمل",
        "الأمــــل",
        "الْأَمَلُ مَخْبَزُ",
        "احمد ابراهيم عيسي",
        "إبراهيم أحمد",
        "مخ",
        "عيسى مخبز",
        "الجلاء 7",
        "٧ جلاء",
        "مخبز 2",
        "2",
        f"0{1_012_345_678} مخبز",
    ],
)
def test_spelling_article_digits_and_order_do_not_count(here: Workplace, number: str, text: str) -> None:
    assert found(here, text) == [number]


@pytest.mark.parametrize("text", ["مخابز", "الأملي", "مخبز النور", "خبز", "", " ", "%", "_", "*", "' OR 1=1", "\x00", "مخبز \x00%"])
def test_what_is_not_there_is_not_found(here: Workplace, number: str, text: str) -> None:
    assert found(here, text) in ([], [number] if text.startswith("مخبز \x00") else [])


def test_by_number_whole_short_and_by_mobile(here: Workplace, number: str) -> None:
    other = number.replace("-000002-", "-000001-")
    assert found(here, number) == found(here, number.lower()) == [number]
    assert found(here, number[:-2]) == [number]
    assert len(found(here, MOBILE)) == len(found(here, MOBILE.removeprefix("+2"))) == 2
    assert other not in found(here, number)


def test_the_newest_come_first_and_a_search_says_when_there_is_more(here: Workplace) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(1, 6)]
    with here.engine.connect() as connection:
        page = search.applications_of(connection, here.office, "محل", actor=CLERK, limit=3)
        assert ([line.number for line in page.lines], page.complete) == (numbers[:1:-1], False)
        assert search.applications_of(connection, here.office, "محل", actor=CLERK).complete


def turned(here: Workplace, text: str, *, limit: int, most: int = 50, **more: Any) -> list[list[str]]:
    """All pages of a search, as their links lead from one to the next."""
    pages, before = [], 0
    with here.engine.connect() as connection:
        while True:
            page = search.applications_of(connection, here.office, text, actor=REVIEWER, before=before, limit=limit, **more)
            pages.append([line.number for line in page.lines])
            assert len(pages) < most and (not page.before or not before or page.before < before), "it comes to an end"
            if not (before := page.before):
                assert page.complete
                return pages


@pytest.mark.parametrize("looked_at", [1_000, 5])
@pytest.mark.parametrize("text", ["محل", "محل ", "محل شارع", "مح"])
def test_a_search_turns_pages_and_holds_everything_once(
    here: Workplace, monkeypatch: pytest.MonkeyPatch, looked_at: int, text: str
) -> None:
    """Also where the rarest word is too common to be looked at whole: window after window, newest first."""
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل محلات {place}" if place % 3 else f"محلي {place}")) for place in range(17)]
    sought = [number for place, number in enumerate(numbers) if place % 3 or text in ("مح", "محل", "محل ")][::-1]
    monkeypatch.setattr(wordindex, "LOOKED_AT", looked_at)
    monkeypatch.setattr(wordindex, "_SHARE_LEAST", 2)
    pages = turned(here, text, limit=4)
    assert [number for page in pages for number in page] == sought
    assert all(len(page) <= 4 for page in pages)


def test_pages_stay_as_they_are_while_others_file(here: Workplace) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(6)]
    with here.engine.connect() as connection:
        first = search.applications_of(connection, here.office, "محل", actor=CLERK, limit=3)
    here.submitted("shop.first", shop(trade_name="محل جديد"))
    with here.engine.connect() as connection:
        second = search.applications_of(connection, here.office, "محل", actor=CLERK, limit=3, before=first.before)
    assert [line.number for line in (*first.lines, *second.lines)] == numbers[::-1], "nothing twice, nothing left out"
    assert second.before == 0 and second.complete


def test_too_many_words_begin_as_the_cut_one(here: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(6):
        here.submitted("shop.first", shop(trade_name=f"مح{'ابتثج'[place % 5]}{place}ل"))
    monkeypatch.setattr(wordindex, "LOOKED_AT", 3)
    monkeypatch.setattr(wordindex, "STREAMS_MOST", 2)
    with here.engine.connect() as connection:
        page = search.applications_of(connection, here.office, "مح", actor=CLERK)
    assert page.lines and not page.complete and not page.before, "it says that there is more, and leads nowhere"


def test_a_search_goes_by_the_filters_beside_it(here: Workplace) -> None:
    waiting, paid = (here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(2))
    here.pay(paid)
    with here.engine.connect() as connection:

        def narrowed(**to: Any) -> list[str]:
            found_ = search.applications_of(connection, here.office, "محل", actor=REVIEWER, narrowed=search.Narrowed(**to))
            return [line.number for line in found_.lines]

        assert narrowed() == [paid, waiting]
        assert narrowed(state="under_review") == [paid] and narrowed(state="awaiting_payment") == [waiting]
        assert narrowed(service="shop.first") == [paid, waiting] and narrowed(service="shop.renewal") == []
        assert narrowed(late=True) == []


def test_a_search_is_bounded_whatever_is_typed(here: Workplace, number: str) -> None:
    for typed in ("ا" * 100_000, "مخبز " * 5_000, "\u202e" * 500, "(((((", "٪" * 300, "مخبز" + "\u0300" * 5_000):
        found(here, typed)


def test_words_follow_a_correction(here: Workplace, number: str) -> None:
    from office.applications import drafts

    here.pay(number)
    here.do("return_", number, reason="x")
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW), number, {"trade_name": "مطعم البحر"})
    assert found(here, "مخبز") == [number], "what was reviewed is what is found, until it is submitted again"
    here.do("resubmit", number, actor=CITIZEN)
    assert (found(here, "مخبز"), found(here, "بحر")) == ([], [number])


def test_a_word_is_never_longer_than_its_column(here: Workplace) -> None:
    here.submitted("shop.first", shop(trade_name="ا" * 80, address="7" * 120))
    with here.engine.connect() as connection:
        assert max(len(word) for word in connection.scalars(select(words.c.word))) <= wording.WORD_MAX
    assert len(found(here, "ا" * 80)) == 1


# Lists.


def test_pages_hold_everything_once_and_in_order(here: Workplace) -> None:
    for place in range(11):
        number = here.submitted("shop.first", shop(trade_name=f"محل {place}"), now=NOW + place // 3)
        if place % 2:
            here.pay(number, now=NOW + place // 3)
    with here.engine.connect() as connection:
        whole = listing.work(connection, here.office, actor=REVIEWER).lines
        assert len(whole) == 11
        assert list(whole) == sorted(whole, key=lambda line: line.since)
        pages, after = [], ""
        while True:
            page = listing.work(connection, here.office, actor=REVIEWER, after=after, limit=2)
            pages += page.lines
            after = page.after
            if not after:
                break
        assert tuple(pages) == whole
        some = listing.work(connection, here.office, actor=REVIEWER, states=["under_review"], service="shop.first").lines
        assert {line.state for line in some} == {"under_review"}
        assert len(some) == 5
        assert listing.work(connection, here.office, actor=GOVERNOR, authority="SHQ").lines == ()
        assert listing.work(connection, here.office, actor=REVIEWER, states=["draft"]).lines == ()


def test_a_citizen_s_own_list_turns_pages_too(here: Workplace) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(5)]
    here.submitted("shop.first", shop(trade_name="غيره"), actor=STRANGER)
    with here.engine.connect() as connection:
        first = listing.own(connection, actor=CITIZEN, limit=3)
        second = listing.own(connection, actor=CITIZEN, after=first.after, limit=3)
    assert [line.number for line in (*first.lines, *second.lines)] == numbers[::-1]
    assert second.after == ""


@pytest.mark.parametrize("after", ["x", "AAAA", "W10", "WzEsMl0x", "WyIxIiwyXQ", "WzEsMiwzXQ", "Wy0xLDJd", "W3RydWUsMV0", "é", "9" * 500])
def test_a_page_that_nobody_gave_is_refused(sqlite: Workplace, after: str) -> None:
    with sqlite.engine.connect() as connection:
        for work in (
            lambda: listing.work(connection, sqlite.office, actor=REVIEWER, after=after),
            lambda: listing.own(connection, actor=CITIZEN, after=after),
        ):
            with pytest.raises(IssuerError) as refused:
                work()
            assert refused.value.code == "page_unknown"


# Figures.


def test_counts_and_waiting_times_by_authority_and_service(here: Workplace) -> None:
    for place, days_ in enumerate((1, 2, 3, 10)):
        number = here.submitted("shop.first", shop(trade_name=f"محل {place}"))
        here.pay(number)
        here.do("approve" if place else "reject", number, now=NOW + days_ * DAY, reason="x")
    here.submitted("shop.first", shop(trade_name="ينتظر"), now=NOW + 5)
    here.draft("shop.first", shop())
    with here.engine.connect() as connection:
        counted = {(each.state, each.total, each.oldest) for each in counts.by_state(connection, here.office, actor=GOVERNOR)}
        assert counted == {("approved", 3, NOW + 2 * DAY), ("rejected", 1, NOW + DAY), ("awaiting_payment", 1, NOW + 5)}
        (waited,) = counts.waiting(connection, here.office, actor=GOVERNOR, since=NOW, until=NOW + 11 * DAY)
        assert waited == ("MN1", "shop.first", 4, 2 * DAY, 10 * DAY, 10 * DAY)
        (some,) = counts.waiting(connection, here.office, actor=GOVERNOR, since=NOW + 2 * DAY, until=NOW + 10 * DAY)
        assert (some.decided, some.median, some.longest) == (2, 2 * DAY, 3 * DAY)


def plans(here: Workplace, actor: Actor, **more: object) -> list[str]:
    """How SQLite goes about a work list in a register that is large, with few that wait in any authority."""
    with here.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("DELETE FROM sqlite_stat1"))
        for index, spread in (("authority_state_since_id", "200000 20000 500 2 1"), ("state_since_id", "200000 28000 2 1")):
            row = {"index": f"ix_application_{index}", "spread": spread}
            connection.execute(text("INSERT INTO sqlite_stat1 VALUES ('application', :index, :spread)"), row)
    here.engine.dispose()  # a new connection reads the statistics
    said: list[tuple[str, Any]] = []

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        said.append((statement, parameters))

    event.listen(here.engine, "before_cursor_execute", keep)
    try:
        with here.engine.connect() as connection:
            listing.work(connection, here.office, actor=actor, **more)
    finally:
        event.remove(here.engine, "before_cursor_execute", keep)
    statement, parameters = next(each for each in said if "UNION ALL" in each[0])
    with here.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(("actor", "index"), [(REVIEWER, "authority_state_since_id"), (GOVERNOR, "state_since_id")])
def test_a_work_list_walks_along_an_index_and_sorts_no_more_than_its_page(sqlite: Workplace, actor: Actor, index: str, later: bool) -> None:
    sqlite.submitted("shop.first", shop())
    after = base64.urlsafe_b64encode(json.dumps([NOW, 1]).encode()).decode() if later else ""
    plan = plans(sqlite, actor, after=after)
    walks = [step for step in plan if step.startswith("SEARCH") and "ix_application_" in step]
    assert len(walks) == len(listing.WORK), plan
    assert all(f"ix_application_{index} " in step for step in walks), walks
    sorts = [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step]
    assert len(sorts) <= 2, "the page, and the page's rows"


def test_numbers_of_another_governorate_are_found_by_its_prefix(sqlite: Workplace) -> None:
    sealer = sqlite.clerk.sealer._replace(prefix="GIZ")
    here = Workplace(sqlite.engine, sqlite.office._replace(prefix="GIZ"), sqlite.clerk._replace(sealer=sealer), sqlite.folder)
    application, number = here.issued("shop.first", shop(trade_name="Giza 12 market"))
    assert number.startswith("GIZ-MN1-")

    def licenses(text: str) -> list[str]:
        with here.engine.connect() as connection:
            lines = find(connection, ("MN1",), Sought(text), prefix="GIZ", today=days.day_of(NOW)).lines
            return [each.number for each in lines]

    hasty = number.replace("-", "").lower()
    for typed in (number, f" {number.lower()} ", hasty, number.replace("2026", "٢٠٢٦"), "giza 12"):
        assert licenses(typed) == [number], typed
    assert licenses(number.replace("GIZ", "ALX")) == [], "another governorate's number is none of ours"
    assert found(here, "giza 12") == found(here, application) == [application], "a name that begins as our numbers do is a name"
