"""Finding applications and licenses in any spelling, page after page, on both databases alike."""

import pytest
from sqlalchemy import select

from issuer.applications import counts, listing, search, wording
from issuer.applications.tables import words
from issuer.errors import IssuerError
from tests.issuer.applications.bureau import CITIZEN, CLERK, DAY, GOVERNOR, MOBILE, NOW, REVIEWER, STRANGER, Bureau, shop, staff


def found(here: Bureau, text: str, **more) -> list[str]:
    with here.engine.connect() as connection:
        return [line.number for line in search.applications_of(connection, here.office, text, actor=CLERK, **more).lines]


@pytest.fixture
def number(here: Bureau) -> str:
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
def test_spelling_article_digits_and_order_do_not_count(here: Bureau, number: str, text: str) -> None:
    assert found(here, text) == [number]


@pytest.mark.parametrize("text", ["مخابز", "الأملي", "مخبز النور", "خبز", "", " ", "%", "_", "*", "' OR 1=1", "\x00", "مخبز \x00%"])
def test_what_is_not_there_is_not_found(here: Bureau, number: str, text: str) -> None:
    assert found(here, text) in ([], [number] if text.startswith("مخبز \x00") else [])


def test_by_number_whole_short_and_by_mobile(here: Bureau, number: str) -> None:
    other = number.replace("-000002-", "-000001-")
    assert found(here, number) == found(here, number.lower()) == [number]
    assert found(here, number[:-2]) == [number]
    assert len(found(here, MOBILE)) == len(found(here, MOBILE.removeprefix("+2"))) == 2
    assert other not in found(here, number)


def test_the_newest_come_first_and_a_search_says_when_there_is_more(here: Bureau) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(1, 6)]
    with here.engine.connect() as connection:
        page = search.applications_of(connection, here.office, "محل", actor=CLERK, limit=3)
        assert ([line.number for line in page.lines], page.complete) == (numbers[:1:-1], False)
        assert search.applications_of(connection, here.office, "محل", actor=CLERK).complete


def test_a_search_is_bounded_whatever_is_typed(here: Bureau, number: str) -> None:
    for text in ("ا" * 100_000, "مخبز " * 5_000, "\u202e" * 500, "(((((", "٪" * 300, "مخبز" + "\u0300" * 5_000):
        found(here, text)


def test_words_follow_a_correction(here: Bureau, number: str) -> None:
    from issuer.applications import drafts

    here.pay(number)
    here.do("return_", number, reason="x")
    with here.engine.begin() as connection:
        drafts.update_fields(connection, here.office, number, {"trade_name": "مطعم البحر"}, actor=CITIZEN, now=NOW)
    assert found(here, "مخبز") == [number], "what was reviewed is what is found, until it is submitted again"
    here.do("resubmit", number, actor=CITIZEN)
    assert (found(here, "مخبز"), found(here, "بحر")) == ([], [number])


def test_a_word_is_never_longer_than_its_column(here: Bureau) -> None:
    here.submitted("shop.first", shop(trade_name="ا" * 80, address="7" * 120))
    with here.engine.connect() as connection:
        assert max(len(word) for word in connection.scalars(select(words.c.word))) <= wording.WORD_MAX
    assert len(found(here, "ا" * 80)) == 1


def test_licenses_by_number_and_by_the_beginning_of_their_name(here: Bureau) -> None:
    _, license_number = here.issued("shop.first", shop(trade_name="مَخبز الأمل"))
    with here.engine.connect() as connection:
        for text in ("مخبز الامل", "مخبز", license_number, license_number.lower()):
            (one,) = search.licenses_of(connection, here.office, text, actor=CLERK)
            assert (one.number, one.last_day) == (license_number, "")
        for text in ("الأمل", "م", "", "ALX-", "مخبزز"):
            assert search.licenses_of(connection, here.office, text, actor=CLERK) == ()
        for actor in (CITIZEN, staff("9", "clerk", authority="SHQ"), staff("5", "administrator")):
            assert search.licenses_of(connection, here.office, "مخبز", actor=actor) == ()


# Lists.


def test_pages_hold_everything_once_and_in_order(here: Bureau) -> None:
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


def test_a_citizen_s_own_list_turns_pages_too(here: Bureau) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(5)]
    here.submitted("shop.first", shop(trade_name="غيره"), actor=STRANGER)
    with here.engine.connect() as connection:
        first = listing.own(connection, actor=CITIZEN, limit=3)
        second = listing.own(connection, actor=CITIZEN, after=first.after, limit=3)
    assert [line.number for line in (*first.lines, *second.lines)] == numbers[::-1]
    assert second.after == ""


@pytest.mark.parametrize("after", ["x", "AAAA", "W10", "WzEsMl0x", "WyIxIiwyXQ", "WzEsMiwzXQ", "Wy0xLDJd", "W3RydWUsMV0", "é", "9" * 500])
def test_a_page_that_nobody_gave_is_refused(sqlite: Bureau, after: str) -> None:
    with sqlite.engine.connect() as connection:
        for work in (
            lambda: listing.work(connection, sqlite.office, actor=REVIEWER, after=after),
            lambda: listing.own(connection, actor=CITIZEN, after=after),
        ):
            with pytest.raises(IssuerError) as refused:
                work()
            assert refused.value.code == "page_unknown"


# Figures.


def test_counts_and_waiting_times_by_authority_and_service(here: Bureau) -> None:
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
