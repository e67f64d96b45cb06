"""Licenses are found in any spelling, by all that a person remembers of them, in one's own authority, before and after they are indexed."""

from __future__ import annotations

import pytest

from issuer.register import history
from office import wordindex
from office.licenses import indexing, search
from office.licenses.search import Sought
from office.licenses.tables import license_words
from seal import days
from tests.office.applications.workplace import DAY, NOW, Workplace, shop


def found(here: Workplace, text: str = "", *, where: tuple[str, ...] = ("MN1",), now: int = NOW, **more: str) -> list[str]:
    with here.engine.connect() as connection:
        sought = Sought(text, **more)
        return [each.number for each in search.find(connection, where, sought, prefix="ALX", today=days.day_of(now)).lines]


def index(here: Workplace) -> indexing.Indexed:
    return indexing.run(here.engine, seconds=60)


@pytest.fixture(params=["indexed", "new"])
def street(here: Workplace, request: pytest.FixtureRequest) -> tuple[Workplace, list[str]]:
    """Two shops in MN1, found by the index, or not in it yet."""
    shops = (
        shop(trade_name="مَخبَز الأملِ ٢", holder="أحمد إبراهيم عيسى", address="شارع الجلاء، عقار ٧"),
        shop(trade_name="صيدلية النور", holder="فاطمة السيد", address="شارع 45", latitude="31.2702"),
    )
    numbers = [here.issued("shop.first", each)[1] for each in shops]
    if request.param == "indexed":
        assert index(here) == (2, 0)
    return here, numbers


@pytest.mark.parametrize(
    "text",
    ["مخبز الامل", "أمل", "الْأَمَلُ", "احمد ابراهيم عيسي", "عيسى مخبز", "الجلاء 7", "٧ جلاء", "إبرا"],
)
def test_by_words_of_name_holder_and_address_in_any_spelling(street: tuple[Workplace, list[str]], text: str) -> None:
    here, (bakery, _) = street
    assert found(here, text) == [bakery]
    assert found(here, text, where=("SHQ",)) == [], "another authority's are not there"
    assert found(here, text, where=()) == []


def test_by_number_type_and_standing(street: tuple[Workplace, list[str]]) -> None:
    here, (bakery, pharmacy) = street
    later = NOW + 30 * DAY
    for text in (bakery, bakery.lower(), bakery.replace("-", ""), bakery.replace("2026", "٢٠٢٦")):
        assert found(here, text) == [bakery], text
    assert found(here, bakery, where=("SHQ",)) == []
    assert found(here, bakery[:-2]) == [bakery] and set(found(here, "ALX-MN1-2026")) == {bakery, pharmacy}
    assert found(here, type="shop") == found(here, "شارع") == [pharmacy, bakery] and found(here, type="building") == []
    assert found(here, state="to_come") == [pharmacy, bakery] and found(here, state="valid") == []
    assert found(here, state="valid", now=later) == [pharmacy, bakery]
    history.change(here.engine, bakery, "suspended", reason="violation", now=NOW)
    index(here)
    assert found(here, state="suspended") == [bakery] and found(here, "مخبز", state="suspended", type="shop") == [bakery]
    assert found(here, state="valid", now=later) == [pharmacy] and found(here, "نور", state="suspended") == []
    history.change(here.engine, bakery, "reinstated", reason="mended", now=NOW)
    assert found(here, state="suspended") == [], "what it is worth now counts, also before the index knows"


@pytest.mark.parametrize("text", ["", " ", "،", "zzzz", "%", "م_", "'; DROP TABLE license; --", "\ud800", "س" * 5_000, "a\0b"])
def test_what_finds_nothing(street: tuple[Workplace, list[str]], text: str) -> None:
    assert found(street[0], text) == []


def test_a_correction_is_found_by_what_the_license_says_now(here: Workplace) -> None:
    number = here.issued("shop.first", shop(trade_name="مخبز الأمل"))[1]
    index(here)
    changes = {"trade_name": "مخبز البحر", "holder": "هدى"}
    sealing = {"sealer": here.clerk.sealer, "rules": here.office.rules, "reason": "typing", "now": NOW}
    history.replace(here.engine, number, changes, **sealing)
    index(here)
    assert found(here, "الأمل") == [] and found(here, "هدى البحر") == [number]


def test_the_index_goes_on_where_it_was_stopped_and_says_how_much_is_left(sqlite: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register of before: its licenses are there, and nothing of them in the index."""
    here, step = sqlite, 0.0
    numbers = [here.issued("shop.first", shop(trade_name=f"متجر {place}", latitude=f"31.2{70 + place}2"))[1] for place in range(5)]
    monkeypatch.setattr(indexing, "BATCH", 2)
    monkeypatch.setattr(search, "TAIL_MOST", 1)

    def ticking() -> float:
        nonlocal step
        step += 1
        return step

    assert indexing.run(here.engine, seconds=1, clock=ticking) == (2, 3), "stopped when its time was up"
    with here.engine.connect() as connection:
        partly = search.find(connection, ("MN1",), Sought("متجر"), prefix="ALX", today=days.day_of(NOW))
        assert (len(partly.lines), partly.unindexed) == (3, 2), "two of the index, one looked at by itself, two not yet"
    told: list[indexing.Indexed] = []
    assert indexing.run(here.engine, seconds=60, progress=told.append) == (3, 0)
    assert [each.left for each in told] == [1, 0, 0]
    assert set(found(here, "متجر")) == set(numbers)
    assert index(here) == (0, 0), "nothing twice"


def test_a_crowd_is_cut_and_the_search_says_so(sqlite: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    here = sqlite
    for place in range(4):
        here.issued("shop.first", shop(trade_name=f"متجر {place}", latitude=f"31.2{70 + place}2"))
    index(here)
    monkeypatch.setattr(wordindex, "LOOKED_AT", 2)
    with here.engine.connect() as connection:
        cut = search.find(connection, ("MN1",), Sought("متجر"), prefix="ALX", today=days.day_of(NOW), limit=3)
        assert len(cut.lines) == 3 and not cut.complete
        assert max(len(word) for word in connection.scalars(license_words.select().with_only_columns(license_words.c.word))) <= 40


@pytest.mark.parametrize("looked_at", [1_000, 3])
@pytest.mark.parametrize("indexed", [0, 4, 7])
def test_pages_hold_every_license_once(here: Workplace, monkeypatch: pytest.MonkeyPatch, looked_at: int, indexed: int) -> None:
    """Whatever part of them the index has, and however common the word is."""
    numbers = []
    for place in range(7):
        numbers.append(here.issued("shop.first", shop(trade_name=f"متجر {place}", latitude=f"31.2{70 + place}2"))[1])
        if place + 1 == indexed:
            index(here)
    monkeypatch.setattr(wordindex, "LOOKED_AT", looked_at)
    monkeypatch.setattr(wordindex, "_SHARE_LEAST", 2)
    for sought in (Sought("متجر"), Sought("متجر", state="valid"), Sought(type="shop"), Sought(state="to_come")):
        pages, before, later = list[list[str]](), 0, days.day_of(NOW + 30 * DAY)
        with here.engine.connect() as connection:
            while True:
                page = search.find(connection, ("MN1", "SHQ"), sought, prefix="ALX", today=later, limit=2, before=before)
                pages.append([each.number for each in page.lines])
                assert len(pages) < 12 and (not before or page.before < before)
                if not (before := page.before):
                    break
        wanted = [] if sought.state == "to_come" else numbers[::-1]
        assert [number for each in pages for number in each] == wanted, sought


def test_a_number_and_a_page_that_nobody_gave(here: Workplace) -> None:
    number = here.issued("shop.first", shop())[1]
    assert found(here, number) == [number]
    assert found(here, number.replace("MN1", "SHQ")) == []
