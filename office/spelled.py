"""Amounts of pounds in words, as receipts and bank slips have them: what is written in figures is easily changed, what is in words is not.

Arabic by the rules of counted nouns (one and two stand in the noun itself, three to ten take a plural, eleven and more a singular in the
accusative, hundreds and thousands a genitive), in the nominative as offices write it. For masculine nouns: pound, piastre, thousand.
"""

from __future__ import annotations

from typing import NamedTuple

_ONES_AR = ("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "أحد عشر", "اثنا عشر")
_TENS_AR = ("", "عشرة", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_HUNDREDS_AR = ("", "مائة", "مائتان", "ثلاثمائة", "أربعمائة", "خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة")
_ONES_EN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES_EN = ("", " thousand", " million", " billion")
MOST = 10**14 - 1  # piastres


class _Noun(NamedTuple):
    """A counted noun: one, two, three to ten, eleven and more, and behind a hundred or a thousand."""

    one: str
    two: str
    two_of: str  # two, with another noun right behind it
    few: str
    many: str
    of: str


_POUND = _Noun("جنيه واحد", "جنيهان", "جنيها", "جنيهات", "جنيهًا", "جنيه")
_PIASTRE = _Noun("قرش واحد", "قرشان", "قرشا", "قروش", "قرشًا", "قرش")
_SCALES_AR = (
    (10**9, _Noun("مليار", "ملياران", "مليارا", "مليارات", "مليارًا", "مليار")),
    (10**6, _Noun("مليون", "مليونان", "مليونا", "ملايين", "مليونًا", "مليون")),
    (10**3, _Noun("ألف", "ألفان", "ألفا", "آلاف", "ألفًا", "ألف")),
)


def arabic(piastres: int) -> str:
    """Return an amount in Arabic words, closed on both sides: «فقط … لا غير». Raises ValueError for what is below nothing, or too much."""
    pounds, rest = _parts(piastres)
    said = [_counted(number, noun) for number, noun in ((pounds, _POUND), (rest, _PIASTRE)) if number]
    return f"فقط {' و'.join(said) or 'صفر جنيه'} لا غير"


def english(piastres: int) -> str:
    """Return an amount in English words: `One hundred and five pounds and fifty piastres only`. Raises ValueError as `arabic` does."""
    pounds, rest = _parts(piastres)
    named = [
        f"{_english(number)} {noun}{'' if number == 1 else 's'}"
        for number, noun in ((pounds, "pound"), (rest, "piastre"))
        if number or (noun == "pound" and not rest)
    ]
    said = " and ".join(named)
    return f"{said[0].upper()}{said[1:]} only"


def _parts(piastres: int) -> tuple[int, int]:
    if not 0 <= piastres <= MOST:
        raise ValueError("no amount that is written in words")
    return divmod(piastres, 100)


def _counted(number: int, noun: _Noun) -> str:
    """Return a number with its noun: `مائة جنيه وجنيهان`, `ثلاثة جنيهات`, `أحد عشر ألف جنيه`."""
    last = number % 100
    if last in (1, 2):  # they are the noun itself, behind what is before them
        own = noun.one if last == 1 else noun.two
        return f"{_number(number - last, before=True)} {noun.of} و{own}" if number > last else own
    if last == 0:
        return f"{_number(number, before=True)} {noun.of}"
    return f"{_number(number)} {noun.few if last <= 10 else noun.many}"


def _number(number: int, *, before: bool = False) -> str:
    """Return a number from one on; `before` a noun in the genitive, so that a dual or an accusative at its end gives way to it."""
    said = []
    for size, noun in _SCALES_AR:
        many, number = divmod(number, size)
        if many:
            said.append(_scaled(many, noun, before=before and not number))
    if number:
        said.append(_hundreds(number, before=before))
    return " و".join(said)


def _scaled(many: int, noun: _Noun, *, before: bool) -> str:
    if many in (1, 2):
        return noun.of if many == 1 else (noun.two_of if before else noun.two)
    last = many % 100
    if last in (1, 2):
        own = noun.of if last == 1 else (noun.two_of if before else noun.two)
        return f"{_hundreds(many - last, before=True)} {noun.of} و{own}"
    if last == 0:
        return f"{_hundreds(many, before=True)} {noun.of}"
    if last <= 10:
        return f"{_hundreds(many)} {noun.few}"
    return f"{_hundreds(many)} {noun.of if before else noun.many}"


def _hundreds(number: int, *, before: bool = False) -> str:
    """Return a number below a thousand."""
    hundreds, rest = divmod(number, 100)
    said = []
    if hundreds:
        said.append("مائتا" if hundreds == 2 and before and not rest else _HUNDREDS_AR[hundreds])
    if 0 < rest < len(_ONES_AR):
        said.append(_ONES_AR[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        said.append(f"{_ONES_AR[ones]} عشر" if tens == 1 else " و".join(part for part in (_ONES_AR[ones], _TENS_AR[tens]) if part))
    return " و".join(said)


def _english(number: int) -> str:
    if number < 1000:
        return _below_thousand(number)
    groups = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    said = [f"{_below_thousand(group)}{_SCALES_EN[place]}" for place, group in reversed(list(enumerate(groups))) if group and place]
    if 0 < groups[0] < 100:
        return f"{' '.join(said)} and {_below_thousand(groups[0])}"
    return " ".join((*said, _below_thousand(groups[0]))) if groups[0] else " ".join(said)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if rest < 20:
        last = _ONES_EN[rest] if rest or not hundreds else ""
    else:
        tens, ones = divmod(rest, 10)
        last = _TENS_EN[tens] + (f"-{_ONES_EN[ones]}" if ones else "")
    if not hundreds:
        return last
    return f"{_ONES_EN[hundreds]} hundred" + (f" and {last}" if last else "")
