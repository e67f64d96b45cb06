"""The number on an Egyptian identity card, looked at as far as its structure is public.

Fourteen digits: the century of birth (2: 1900s, 3: 2000s), the day of birth as YYMMDD, the governorate of birth, a serial of four digits,
and a digit of the ministry's. No rule for that last digit was ever published, and those that go round refuse real people: it is not
checked. So a number that passes may still be nobody's; whose it is, the card says, and a person who looks at it.
"""

from __future__ import annotations

from datetime import date

from issuer.intake.texts import figures

from .errors import ApplicantError

LENGTH = 14
_CENTURIES = {"2": 1900, "3": 2000}
#: Governorates of birth by their codes; 88 for whoever was born abroad.
GOVERNORATES = frozenset(
    {
        *("01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19"),
        *("21", "22", "23", "24", "25", "26", "27", "28", "29", "31", "32", "33", "34", "35", "88"),
    }
)
_BETWEEN = str.maketrans("", "", " -\u2010\u2011\u2012\u2013./")
_LONGEST = 40


def digits(text: str) -> str:
    """Return a number as its ASCII digits: Arabic-Indic and Persian ones folded, what people write between them left out."""
    return figures(text[:_LONGEST]).translate(_BETWEEN)


def parse(text: str, *, today: date) -> str:
    """Return the fourteen digits of a national ID. `today` is the Cairo day.

    Raises ApplicantError `national_id_length`, `national_id_century`, `national_id_birth` (no such day), `national_id_future`,
    `national_id_governorate`.
    """
    number = digits(text)
    if len(text) > _LONGEST or len(number) != LENGTH or not (number.isascii() and number.isdigit()):
        raise ApplicantError("national_id_length")
    if number[0] not in _CENTURIES:
        raise ApplicantError("national_id_century")
    try:
        born = date(_CENTURIES[number[0]] + int(number[1:3]), int(number[3:5]), int(number[5:7]))
    except ValueError as error:
        raise ApplicantError("national_id_birth") from error
    if born > today:
        raise ApplicantError("national_id_future")
    if number[7:9] not in GOVERNORATES:
        raise ApplicantError("national_id_governorate")
    return number


def masked(number: str) -> str:
    """Return a number of which only the last four digits are to be seen; one too short to hide anything is hidden whole."""
    return "•" * max(len(number) - 4, 0) + number[-4:] if len(number) > 6 else "•" * len(number)
