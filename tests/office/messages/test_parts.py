"""How many messages a text takes, and that no phone ever gets half a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.messages import parts

EXTENDED = "^{}\\[~]|€\f"
BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0129:;<=>?¡AZÄÖÑÜ§¿azäöñüà"


@pytest.mark.parametrize(
    ("text", "alphabet", "count"),
    [
        ("", "gsm", 1),
        ("a" * 160, "gsm", 1),
        ("a" * 161, "gsm", 2),
        ("a" * 306, "gsm", 2),
        ("a" * 307, "gsm", 3),
        ("€" * 80, "gsm", 1),  # two septets each
        ("€" * 81, "gsm", 2),
        ("€" * 152, "gsm", 2),  # 153 septets hold 76 of them, and one stays free
        ("€" * 153, "gsm", 3),
        ("م" * 70, "ucs2", 1),
        ("م" * 71, "ucs2", 2),
        ("م" * 134, "ucs2", 2),
        ("م" * 135, "ucs2", 3),
        ("a" * 69 + "م", "ucs2", 1),  # one Arabic letter turns all of it
        ("a" * 70 + "م", "ucs2", 2),
        ("🕌" * 35, "ucs2", 1),  # two units each
        ("🕌" * 36, "ucs2", 2),
        ("🕌" * 66, "ucs2", 2),  # 67 units hold 33 of them
        ("🕌" * 67, "ucs2", 3),
        ("`", "ucs2", 1),  # ASCII, and yet in no GSM table
        ("á", "ucs2", 1),
    ],
)
def test_a_text_takes_as_many_parts_as_the_specification_says(text: str, alphabet: str, count: int) -> None:
    split = parts.split(text)
    assert (split.alphabet, len(split.texts)) == (alphabet, count)


@given(st.text(st.sampled_from(BASIC + EXTENDED), max_size=800))
def test_latin_parts_are_whole_and_full(text: str) -> None:
    split = parts.split(text)
    assert "".join(split.texts) == text
    octets = [parts.encode(part, split.alphabet) for part in split.texts]
    if len(octets) == 1:
        assert len(octets[0]) <= 160
        return
    assert all(len(part) <= 153 and not part.endswith(b"\x1b") for part in octets)
    assert all(len(part) >= 152 for part in octets[:-1])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_comes_together_again_from_what_is_sent(text: str) -> None:
    split = parts.split(text)
    octets = [parts.encode(part, split.alphabet) for part in split.texts]
    if split.alphabet == "ucs2":
        assert "".join(part.decode("utf-16-be") for part in octets) == text  # each is whole by itself
        assert all(len(part) <= (140 if len(octets) == 1 else 134) for part in octets)
        assert all(len(part) >= 132 for part in octets[:-1])
    assert "".join(split.texts) == text


def test_septets_are_those_of_the_table() -> None:
    assert parts.encode("@$\nΔ €{}[]~\\|^", "gsm").hex(" ") == "00 02 0a 10 20 1b 65 1b 28 1b 29 1b 3c 1b 3e 1b 3d 1b 2f 1b 40 1b 14"
    assert parts.encode("AZaz09§¿", "gsm") == b"AZaz09\x5f\x60"


def test_a_header_leaves_exactly_the_room_that_is_counted_with() -> None:
    header = parts.header(0x2A, 3, 2)
    assert header.hex() == "0500032a0302"
    assert len(header) + 67 * 2 == 140
    assert (140 - len(header)) * 8 // 7 == 153
