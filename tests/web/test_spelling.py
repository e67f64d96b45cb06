"""One spelling for names: that of the office's search, of the police's, and of places on a map."""

import pytest

from office.applications import wording
from web.spelling import bare, folded, words

NAMES = (
    "شركة الأمل للتجارة (ش.م.م)",
    "مُؤسَّسة «النُّور» – فرع ٢",
    "عبدالرحمٰن   إبراهيم آل أحمد",
    "ورثة/ فاطمة الزهراء",
    "کافیه یاسمین",
    "ﻣﺨﺒﺰ ﺍﻟﺴﻼﻡ",
    "Café El-Fishawy & Sons' No. 7",
    "STRAẞE ΣΊΣΥΦΟΣ ﬁn",
    "بائع و ٣ متجولون",
)


@pytest.mark.parametrize("name", NAMES)
def test_words_are_those_of_the_office_s_search(name: str) -> None:
    assert words(name) == wording.parts(name)


def test_what_people_write_for_one_another_is_one() -> None:
    assert folded("مكتبة  الإسكندريّة") == folded("مكتبه الاسكندرية") == folded("مكتبـــة الأسكندرية")
    assert folded("Café ALEX") == "cafe alex"
    assert words("محلّ رقم ٧") == ["محل", "رقم", "7"]
    assert folded("... «»") == ""


def test_the_article_goes_where_a_word_stays() -> None:
    assert [bare(word) for word in words("شارع الفنار، الإبراهيمية، آل")] == ["شارع", "فنار", "ابراهيميه", "ال"]
