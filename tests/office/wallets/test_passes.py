"""Passes as others read them: the package and its signature by openssl, the token by its key, the code by readers that are not ours."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image

from office.wallets import google
from office.wallets.card import WORDS, Card
from office.wallets.settings import Wallets
from qr.read import read
from seal import wire
from seal.catalogue import Language
from tests.office.applications.workplace import NOW
from tests.office.wallets import keys

#: As long as a seal's text gets: the format's own most would be 1,400 characters, a license's is about 350.
TEXT = "https://KHATM.EXAMPLE/" + "7" * 330
CARD = Card(
    number="ALX-MN1-2026-0000001-M",
    edition=0,
    text=TEXT,
    trade_name='مخبز "الأمل" \\ فرع',
    holder="سامي فؤاد حسن",
    address="شارع 12، عقار 7",
    type={"ar": "محل عام", "en": "Public shop"},
    activity={"ar": "مخبز", "en": "Bakery"},
    authority={"ar": "حي المنتزه أول", "en": "Montaza 1"},
    governorate={"ar": "محافظة الإسكندرية", "en": "Alexandria governorate"},
    latitude=31.2752,
    longitude=30.0061,
    first_day=date(2026, 12, 1),
    last_day=date(2027, 11, 30),
)


@pytest.fixture(scope="module")
def wallets(tmp_path_factory: pytest.TempPathFactory) -> Wallets:
    folder = tmp_path_factory.mktemp("wallets")
    return Wallets.of(keys.apple(folder), keys.google(folder))


def package(wallets: Wallets, card: Card = CARD) -> zipfile.ZipFile:
    assert wallets.apple is not None
    return zipfile.ZipFile(io.BytesIO(wallets.apple.pass_of(card)))


def test_openssl_finds_the_manifest_signed_up_to_the_root(wallets: Wallets, tmp_path: Path) -> None:
    with package(wallets) as files:
        files.extractall(tmp_path, ["manifest.json", "signature"])
    (tmp_path / "root.pem").write_bytes(keys.root().pem)
    words = ["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "manifest.json"]
    words += ["-CAfile", "root.pem", "-purpose", "any", "-out", "said"]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert told.returncode == 0, told.stderr
    manifest = (tmp_path / "manifest.json").read_bytes()
    assert (tmp_path / "said").read_bytes() == manifest
    printed = ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", "signature"]
    shown = subprocess.run(printed, cwd=tmp_path, capture_output=True, check=True, timeout=60).stdout.decode()
    assert "signingTime" in shown and shown.count("d.certificate:") == 2  # the pass type's and its issuer's, which Apple asks for
    (tmp_path / "manifest.json").write_bytes(manifest.replace(b"0", b"1", 1))
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode != 0


def test_the_manifest_names_every_file_with_its_digest(wallets: Wallets) -> None:
    with package(wallets) as files:
        held = {name: files.read(name) for name in files.namelist()}
    manifest = json.loads(held["manifest.json"])
    assert manifest == {name: hashlib.sha1(held[name]).hexdigest() for name in held if name not in ("manifest.json", "signature")}
    assert set(held) == {
        *("pass.json", "manifest.json", "signature", "ar.lproj/pass.strings", "en.lproj/pass.strings"),
        *(f"{name}{mark}.png" for name in ("icon", "logo") for mark in ("", "@2x", "@3x")),
    }
    sides = {name: Image.open(io.BytesIO(held[name])).size for name in held if name.endswith(".png")}
    assert [sides[f"icon{mark}.png"] for mark in ("", "@2x", "@3x")] == [(29, 29), (58, 58), (87, 87)]
    assert all(width <= 160 * 3 and height <= 50 * 3 for width, height in sides.values())
    assert sum(map(len, held.values())) < 100_000


def test_what_a_pass_says(wallets: Wallets) -> None:
    told = told_by(wallets)
    assert (told["passTypeIdentifier"], told["teamIdentifier"], told["formatVersion"]) == (keys.PASS_TYPE, keys.TEAM, 1)
    assert (told["serialNumber"], told["voided"]) == (CARD.number, False)
    (code,) = told["barcodes"]
    assert code == {"format": "PKBarcodeFormatQR", "message": TEXT, "messageEncoding": "iso-8859-1", "altText": CARD.number}
    (place,) = told["locations"]
    assert (place["latitude"], place["longitude"]) == (CARD.latitude, CARD.longitude)
    ends = datetime.fromisoformat(told["expirationDate"])
    assert ends.isoformat() == "2027-11-30T23:59:59+02:00"
    assert "expirationDate" not in told_by(wallets, CARD._replace(last_day=None))


def test_every_word_is_there_in_both_languages_and_says_that_it_is_no_proof(wallets: Wallets) -> None:
    told = told_by(wallets)
    named = set(re.findall(r'"(khatm\.[a-z_]+)"', json.dumps(told)))
    for language in ("ar", "en"):
        with package(wallets) as files:
            text = files.read(f"{language}.lproj/pass.strings").decode("utf-8")
        words = strings(text)
        assert named <= set(words)
        assert words["khatm.not_a_proof"] == WORDS["not_a_proof"][language]
        assert words["khatm.type"] == CARD.type[language]
    shown = told["generic"]
    assert [field["value"] for field in shown["auxiliaryFields"]] == ["khatm.not_a_proof"]
    assert shown["primaryFields"][0]["value"] == CARD.trade_name


def test_a_name_with_quotes_does_not_break_the_words(wallets: Wallets) -> None:
    odd = {"ar": 'حي "س" \\ ص\n', "en": '"x"; "khatm.not_a_proof" = "a proof";'}
    with package(wallets, CARD._replace(authority=odd)) as files:
        for language in ("ar", "en"):
            words = strings(files.read(f"{language}.lproj/pass.strings").decode("utf-8"))
            assert words["khatm.authority_name"] == odd[language]
            assert words["khatm.not_a_proof"] == WORDS["not_a_proof"][language]


def test_a_code_that_a_phone_draws_octet_by_octet_is_read_back() -> None:
    """Phones draw the message in byte mode, without our cut into segments: the code is larger, and says the same."""
    code = segno.make(TEXT.encode("ascii"), mode="byte", error="m", micro=False, boost_error=False)
    assert code.version <= 15
    written = io.BytesIO()
    code.save(written, kind="png", scale=4, border=4)
    picture = cv2.imdecode(np.frombuffer(written.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert list(read(picture, ours=wire.ours)) == [TEXT]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_google_s_token_is_signed_by_the_account_and_holds_the_pass(wallets: Wallets, language: Language) -> None:
    told = opened(link(wallets, CARD, language))
    assert (told["iss"], told["aud"], told["typ"], told["iat"]) == (keys.ACCOUNT, "google", "savetowallet", NOW)
    (made,) = told["payload"]["genericObjects"]
    assert told["payload"]["genericClasses"] == [{"id": f"{keys.ISSUER}.{keys.CLASS}"}] == [{"id": made["classId"]}]
    assert re.fullmatch(rf"{keys.ISSUER}\.[A-Za-z0-9._-]+", made["id"])
    assert made["barcode"] == {"type": "QR_CODE", "value": TEXT, "alternateText": CARD.number}
    assert made["header"]["defaultValue"] == {"language": language, "value": CARD.trade_name}
    assert made["cardTitle"]["defaultValue"]["value"] == WORDS["not_a_proof"][language]
    assert made["validTimeInterval"]["end"]["date"].startswith("2027-11-30")
    assert opened(link(wallets, CARD._replace(edition=1), language))["payload"]["genericObjects"][0]["id"] != made["id"]


def test_the_longest_license_keeps_within_the_length_of_a_link(wallets: Wallets) -> None:
    long = "اسم تجاري طويل جدا " * 4 + "آخر"
    for card in (CARD, CARD._replace(trade_name=long), CARD._replace(trade_name=long, activity={"ar": long, "en": long})):
        token = link(wallets, card, "ar").removeprefix(google.ADDRESS)
        assert len(token) <= google.TOKEN_MOST
        (made,) = opened(google.ADDRESS + token)["payload"]["genericObjects"]
        assert made["barcode"]["value"] == TEXT, "whatever is left out, the code is whole"
        assert made["header"]["defaultValue"]["value"].rstrip("…") in card.trade_name


def told_by(wallets: Wallets, card: Card = CARD) -> dict[str, Any]:
    with package(wallets, card) as files:
        told: dict[str, Any] = json.loads(files.read("pass.json"))
    return told


def strings(text: str) -> dict[str, str]:
    """A property list of old, by a grammar of our own tests."""
    quoted = r'"((?:[^"\\]|\\.)*)"'
    assert re.fullmatch(rf"(?:{quoted} = {quoted};\n)+", text)
    plain = {"n": "\n", '"': '"', "\\": "\\"}
    unquoted = lambda held: re.sub(r"\\(.)", lambda found: plain[found[1]], held)  # noqa: E731
    return {unquoted(name): unquoted(value) for name, value in re.findall(rf"{quoted} = {quoted};\n", text)}


def link(wallets: Wallets, card: Card, language: Language) -> str:
    assert wallets.google is not None
    return wallets.google.link(card, language, now=NOW)


def opened(address: str) -> dict[str, Any]:
    """What a token says, once its signature was checked by hand (RFC 7515 §5.2)."""
    assert address.startswith(google.ADDRESS)
    signed, _, signature = address.removeprefix(google.ADDRESS).rpartition(".")
    keys.key("account").public_key().verify(_octets(signature), signed.encode(), PKCS1v15(), SHA256())
    head, body = (json.loads(_octets(part)) for part in signed.split("."))
    assert head == {"alg": "RS256", "typ": "JWT"}
    held: dict[str, Any] = body
    return held


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
