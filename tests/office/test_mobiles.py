"""Mobile numbers, as people write them. No number stands in this file: they are put together from parts."""

import pytest

from issuer.errors import IssuerError
from office import mobiles

REST = "1234" + "5678"
E164 = "+20" + "10" + REST
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@pytest.mark.parametrize(
    "written",
    [
        "010" + REST,
        "+2010" + REST,
        "002010" + REST,
        "+20 10 " + REST,
        " 010 " + REST[:4] + "-" + REST[4:] + " ",
        "(010) 1234.5678",
        "+20 (10) 1234 5678",
        ("010" + REST).translate(ARABIC),
        ("002010" + REST).translate(ARABIC),
        ("010" + REST).translate(PERSIAN),
        "\u200e+20" + "10" + REST + "\u200f",
        "010\u00a01234\u20115678",
    ],
)
def test_any_usual_writing_is_understood(written: str) -> None:
    assert mobiles.parse(written) == E164
    assert mobiles.is_e164(E164)


@pytest.mark.parametrize("network", ["10", "11", "12", "15"])
def test_every_network_is_known(network: str) -> None:
    assert mobiles.parse("0" + network + REST) == "+20" + network + REST


@pytest.mark.parametrize(
    "written",
    [
        "",
        "013" + REST,
        "010" + REST[:-1],
        "010" + REST + "9",
        "10" + REST,  # neither 0 nor +20
        "+20010" + REST,
        "+966 50 123 4567",
        "03 " + "4801234",  # a telephone at home takes no message
        "010" + REST[:-1] + "x",
        "010" + REST[:-1] + "٪",
        "010" + REST[:-1] + "²",
        "+" + "010" + REST,
        "010" + REST + "\n010" + REST,
        "0" * 100_000,
    ],
)
def test_what_is_no_egyptian_mobile_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(IssuerError) as refused:
        mobiles.parse(written)
    assert (refused.value.code, refused.value.detail) == ("mobile_invalid", "")
    assert not mobiles.is_e164(written)


def test_a_number_is_shown_without_its_middle() -> None:
    assert mobiles.masked(E164) == "010••••5678"
    assert mobiles.masked("") == ""
