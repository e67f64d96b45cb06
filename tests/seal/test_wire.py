"""Text, digits, wire and fold: what goes in comes out, and what comes in never raises anything but SealError."""

from __future__ import annotations

import zlib
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seal import claims, fold, packed, wire
from seal import license as licenses
from seal.cose import Sign1
from seal.errors import FormatError, SealError, UnknownVersionError
from tests.seal.rules import FEW, FOLDABLE, RULES, held_licenses
from tests.vectors.making import deflate, folded_of, held, license_, text, token

GOOD = token(held())


@RULES
@given(st.binary(max_size=600))
@example(b"")
@example(bytes(64))
@example(b"\xff" * 64)
def test_every_octet_string_has_its_own_number(octets: bytes) -> None:
    assert wire.from_number(wire.to_number(octets)) == octets
    assert wire.to_number(octets) == sum((octet + 1) * 256**place for place, octet in enumerate(reversed(octets)))


@RULES
@given(st.integers(0, 10**1250 - 1))
def test_every_number_is_an_octet_string(number: int) -> None:
    assert wire.to_number(wire.from_number(number)) == number


@RULES
@given(st.binary(max_size=255), st.binary(max_size=400))
def test_everything_can_be_folded(protected: bytes, payload: bytes) -> None:
    assert fold.unfold(fold.fold(protected, payload))[:2] == (protected, payload)


@RULES
@given(held_licenses(), st.integers(0, (1 << 20) - 1), st.booleans())
def test_licenses_can_be_folded_and_read_two_ways(license_: licenses.License, idx: int, replaced: bool) -> None:
    cti = licenses.identifier(2026, 1, 2 if replaced else 0)
    made = claims.of_license(license_, iat=1_790_000_000, cti=cti, idx=idx, uri="https://khatm.example/status/1")
    payload = claims.to_bytes(made)
    folded = fold.fold(GOOD.protected, payload)
    protected, unfolded = fold.unfold(folded)
    assert (protected, unfolded) == (GOOD.protected, payload)
    assert claims.from_bytes(payload) == made
    assert packed.opened(folded) in (None, (protected, payload, made))
    try:
        digits = wire.to_digits(Sign1(protected, payload, b"\xaa" * 64))
    except FormatError as error:
        assert error.code == "too_long"
    else:
        assert wire.from_digits(digits) == (protected, payload, b"\xaa" * 64)


@RULES
@given(st.binary(max_size=300))
def test_unfolding_raises_nothing_else(folded: bytes) -> None:
    try:
        protected, payload = fold.unfold(folded)
    except FormatError as error:
        assert error.code == "damaged"
        assert packed.opened(folded) is None
        return
    assert fold.unfold(fold.fold(protected, payload)) == (protected, payload)
    if (quick := packed.opened(folded)) is not None:
        assert quick == (protected, payload, claims.from_bytes(payload))


def test_the_short_way_is_the_usual_one_and_says_what_the_long_one_does() -> None:
    """Every octet of usual tokens turned in several ways: where the short way answers at all, the long way says the same."""
    answered = 0
    for made in (held(), held({"last_day": date(2027, 3, 31)}), held({"last_day": None}), held(edition=3), held(idx=3)):
        folded = folded_of(token(made))
        for place in range(len(folded)):
            for bit in (0, 1, 2, 4, 8, 16, 32, 64, 128):
                changed = folded[:place] + bytes((folded[place] ^ bit,)) + folded[place + 1 :]
                if (quick := packed.opened(changed)) is not None:
                    protected, payload = fold.unfold(changed)
                    assert quick == (protected, payload, claims.from_bytes(payload))
                    answered += 1
    assert answered > 1_000
    assert packed.opened(folded_of(token(held(idx=300)))) is not None


def test_the_alphabet_is_one_character_an_octet() -> None:
    assert len(fold.ALPHABET) == 256
    assert len(set(FOLDABLE)) == len(FOLDABLE) == 256 - fold.ALPHABET.count("\ufffe")
    assert fold.ALPHABET[0] == fold.ALPHABET[10] == "\ufffe", "0x00 and 0x0A are the fold's own"
    assert not licenses.FORBIDDEN.search(FOLDABLE), "the short way to the claims does not look again"
    assert all(fold.ALPHABET[octet] == chr(octet) for octet in range(0x20, 0x7F))


def test_usual_seals_are_packed_and_small() -> None:
    folded = folded_of(GOOD)
    assert folded[folded.index(0) + 1] < 8
    assert len(folded) < 130
    assert len(wire.to_digits(GOOD)) < 330


@RULES
@given(st.text(max_size=200) | st.from_regex(r"https://[A-Za-z.]{1,20}/[0-9]{1,300}"))
def test_parsing_any_text_raises_nothing_else(any_text: str) -> None:
    assert isinstance(wire.ours(any_text), bool)
    try:
        parts = wire.parse(any_text)
        wire.unpack(parts)
    except SealError:
        return


@RULES
@given(st.text(max_size=30) | st.text("0123456789", min_size=150, max_size=1300))
def test_any_digits_raise_nothing_else(digits: str) -> None:
    try:
        wire.from_digits(digits)
    except FormatError as error:
        assert error.code in {"damaged", "too_long", "inflates_too_far", "unused_input"}


@RULES
@given(st.binary(min_size=2, max_size=400))
def test_any_wire_raises_nothing_else(packed: bytes) -> None:
    try:
        message = wire.from_digits(str(wire.to_number(GOOD.signature + packed)))
    except FormatError as error:
        assert error.code in {"damaged", "too_long", "inflates_too_far", "unused_input"}
    else:
        assert message.signature == GOOD.signature


@pytest.mark.parametrize(
    ("size", "code"), [(2047, "damaged"), (2048, "damaged"), (2049, "inflates_too_far"), (2_000_000, "inflates_too_far")]
)
def test_no_more_is_unpacked_than_the_limit(size: int, code: str) -> None:
    packed = deflate(b"A" * size, strategy=zlib.Z_DEFAULT_STRATEGY)[:450]
    with pytest.raises(FormatError) as caught:
        wire.from_digits(str(wire.to_number(GOOD.signature + packed + bytes(max(0, 4 - len(packed))))))
    assert caught.value.code == code or (size < 2049 and caught.value.code == "unused_input")


def test_a_text_is_taken_apart() -> None:
    assert wire.parse("https://KHATM.Example:8000/1" + "7" * 200) == ("khatm.example:8000", "1", "7" * 200)
    assert wire.ours(text(GOOD))
    assert not wire.ours("https://khatm.example/1234")
    assert not wire.ours("مخبز")


def test_a_newer_version_is_not_ours_to_judge() -> None:
    with pytest.raises(UnknownVersionError):
        wire.from_digits(wire.to_digits(GOOD), "9")


def test_a_text_that_no_reader_takes_is_not_written() -> None:
    """120 Chinese letters cannot be folded: more than 1,250 digits."""
    letters = "".join(chr(0x4E00 + 37 * n * n % 20_000) for n in range(320))
    long_ = token(held({"trade_name": letters[:80], "holder": letters[80:160], "address": letters[160:280], "activity": letters[280:]}))
    with pytest.raises(FormatError, match="too_long"):
        wire.to_digits(long_)


def test_the_longest_arabic_texts_fit() -> None:
    letters = "".join(fold.ALPHABET[1 + 7 * n * n % 30 : 2 + 7 * n * n % 30] for n in range(1, 700)).replace("\ufffe", "")
    texts = {"trade_name": letters[:80], "holder": letters[80:160], "address": letters[160:280], "activity": letters[280:340]}
    assert all(len(texts[name]) == limit for name, limit in licenses.TEXT_LIMITS.items())
    assert wire.from_digits(wire.to_digits(token(held(texts)))).payload == claims.to_bytes(held(texts))
    licenses.check(license_(**texts))


@FEW
@given(st.sampled_from([0, 1, 9]), st.sampled_from([zlib.Z_FIXED, zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY]), st.booleans())
def test_every_compression_of_a_token_is_that_token(level: int, strategy: int, preset: bool) -> None:
    packed = deflate(folded_of(GOOD), level=level, strategy=strategy, preset=preset)
    assert wire.from_digits(str(wire.to_number(GOOD.signature + packed))) == GOOD
