"""A trade name in two scripts is one text of a seal that every reader has always shown; whoever adds one has not become another shop."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, select

from issuer.intake import scripts
from issuer.register import history
from issuer.register.tables import licenses
from issuer.register.terms import chain_of
from issuer.sentences import say
from seal import claims, cose, wire
from seal.errors import LicenseError
from tests.issuer.offices import HOST, Office, entry, row

SIGN = "مخبز الأمل · Al Amal Bakery"


@pytest.mark.parametrize(
    ("name", "latin", "sealed"),
    [
        ("مخبز الأمل", "Al Amal Bakery", SIGN),
        ("مخبز الأمل", "  Al  Amal Bakery ", SIGN),
        ("مخبز الأمل", "", "مخبز الأمل"),
        ("مخبز الأمل", "-", "مخبز الأمل"),
        ("مخبز الأمل", "لا يوجد", "مخبز الأمل"),
        (SIGN, "Al Amal Bakery", SIGN),
        ("KFC", "K.F.C.", "KFC"),
        ("كافيه 7", "Café 7 & Co.", "كافيه 7 · Café 7 & Co."),
    ],
)
def test_both_names_are_one_text_of_the_seal(name: str, latin: str, sealed: str) -> None:
    assert scripts.both(name, scripts.parse(latin)) == sealed


@pytest.mark.parametrize(
    ("latin", "code"),
    [
        ("مخبز", "trade_name_en_not_latin"),
        ("Al Amal مخبز", "trade_name_en_not_latin"),
        ("Аl Amal", "trade_name_en_not_latin"),  # the first letter is Cyrillic
        ("Al · Amal", "trade_name_en_not_latin"),
        ("12345", "trade_name_en_not_latin"),
        ("Al\u202eAmal", "direction_override"),
        ("<script>", "trade_name_en_not_latin"),
        ("a" * 61, "trade_name_en_too_long"),
        ("a" * 5000, "trade_name_en_too_long"),
    ],
)
def test_what_is_no_name_in_latin_letters_is_refused_with_a_sentence(latin: str, code: str) -> None:
    with pytest.raises(LicenseError) as refused:
        scripts.parse(latin)
    assert refused.value.code == code
    assert say(code, "ar") != say(code, "en")


def test_two_names_that_do_not_fit_are_refused_and_not_cut() -> None:
    with pytest.raises(LicenseError) as refused:
        scripts.both("م" * 40, "a" * 38)
    assert (refused.value.code, refused.value.field) == ("trade_names_too_long", "trade_name_en")
    assert len(scripts.both("م" * 40, "a" * 37)) == 80


@pytest.mark.parametrize("text", ["مخبز الأمل", "KFC", "شرق · غرب", "A · B", " · Amal", "مخبز ·Amal", "مخبز · 12", "مخبز · Amal · مقهى"])
def test_what_is_not_made_so_is_one_name(text: str) -> None:
    assert scripts.parted(text) == (text, "")


def test_a_name_is_taken_apart_as_it_was_put_together() -> None:
    assert scripts.parted(SIGN) == ("مخبز الأمل", "Al Amal Bakery")
    assert scripts.parted("شرق · غرب · East West") == ("شرق · غرب", "East West")
    assert scripts.skeleton(SIGN) == scripts.skeleton("مخبز الامل")


def written(office: Office, name: str, *rows: dict[str, str]) -> Path:
    """A file with the column of names in Latin letters, under one of its headings."""
    path = office.folder / name
    made = io.StringIO()
    table = csv.DictWriter(made, [*(each for each in rows[0] if each != "trade_name_en"), "valid_until", "trade_name_en"])
    table.writeheader()
    table.writerows(rows)
    path.write_text(made.getvalue().replace("trade_name_en", "الاسم بالإنجليزية"), "utf-8")
    return path


def test_a_file_with_both_is_sealed_with_both_and_known_again_without(each_office: Office) -> None:
    latin = {"trade_name_en": "Al Amal Bakery"}
    each_office.run("issue", written(each_office, "two.csv", row() | latin), "--no-output")
    with each_office.locations.engine(create=False) as engine:
        (number,) = _numbers(engine)
        shown = history.show(engine, number)
    text = wire.write(shown.message, HOST)
    each_office.run("publish")
    verdict = each_office.verdict(text, check_site=False)
    assert verdict.license is not None and verdict.license.trade_name == SIGN
    again = each_office.run("issue", "--check", written(each_office, "same.csv", row() | latin)).output
    assert "0 would be issued, 1 issued before" in again
    without = written(each_office, "without.csv", row() | {"trade_name_en": ""})
    told = each_office.run("issue", without, "--no-output").output
    assert "0 issued" in told and "license_changed" in told, "without its other name it is the same shop, which a person looks at"


def _numbers(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(licenses.c.number)))


def test_whose_renewal_it_is_does_not_hang_on_the_other_name() -> None:
    plain, signed = entry(trade_name="مخبز الأمل").license, entry(trade_name=SIGN).license
    assert chain_of(signed) == chain_of(plain)


def test_readers_of_version_1_and_2_give_the_text_back_in_few_octets_more() -> None:
    for alg, version in ((cose.ESP256, "2"), (cose.ES256, "1")):
        sizes = []
        for name in ("مخبز الأمل", SIGN):
            held = claims.of_license(
                entry(trade_name=name).license, iat=1_790_000_000, cti=bytes((26, 0, 0, 1)), idx=300, uri=f"https://{HOST}/status/1"
            )
            signer = cose.low_signer(cose.private_signer(ec.generate_private_key(ec.SECP256R1())))
            text = wire.write(cose.sign(cose.protected(b"\1", alg=alg), claims.to_bytes(held), signer), HOST)
            parts = wire.parse(text)
            message, read, _ = wire.unpack(parts)
            assert (read, claims.from_bytes(message.payload, read).trade_name) == (version, name)
            sizes.append(len(parts.digits))
        assert sizes[1] - sizes[0] <= 2.5 * len(" · Al Amal Bakery")
