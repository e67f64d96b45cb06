"""docs/format.md says what the code does: its example, its limits, its codes."""

from __future__ import annotations

import re
import zlib
from functools import cache
from hashlib import sha256

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from seal import area, cbor, claims, finding, fixes, fold, notices, receipt, site, status, trust, verify, wire
from seal import license as licenses
from seal.radix import Bits, pushed, stream
from tests.conftest import ROOT
from tests.seal.test_vectors import ORDER, VECTORS, octets_of
from tests.vectors.groups import version_2

DOC = (ROOT / "docs/format.md").read_text("utf-8")
FLAT = " ".join(DOC.split())
SOURCE = (ROOT / "seal/verify.py").read_text("utf-8")


@cache
def example(name: str) -> str:
    """The indented block under a name in §11, on one line."""
    after = DOC[DOC.index("## 11.") :].split(f"\n{name}:\n\n", 1)[1]
    lines = after.split("\n\n")[0].splitlines()
    assert all(line.startswith("    ") for line in lines)
    return "".join(line.strip() for line in lines)


def octets(name: str) -> bytes:
    return bytes.fromhex(example(name))


def test_the_example_is_a_signed_token() -> None:
    protected, payload, signature = octets("Protected header"), octets("Payload"), octets("Signature")
    assert octets("Token") == b"\xd2" + cbor2.dumps([protected, {}, payload, signature])
    assert octets("Sig_structure") == cbor2.dumps(["Signature1", protected, b"", payload])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + octets("Public key, x ‖ y"))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), octets("Sig_structure"), ec.ECDSA(SHA256()))
    assert cbor2.loads(protected) == {1: -7, 4: b"\x01"}


def test_the_example_is_a_wire() -> None:
    folded, deflated = octets("Folded"), octets("Deflated")
    unpacker = zlib.decompressobj(-15, wire.dictionary("1"))
    assert (unpacker.decompress(deflated), unpacker.eof, unpacker.unused_data) == (folded, True, b"")
    assert fold.unfold(folded)[:2] == (octets("Protected header"), octets("Payload"))
    assert octets("Wire") == octets("Signature") + deflated == octets_of(example("Number"))
    assert example("Text") == f"https://KHATM.EXAMPLE/1{example('Number')}"
    assert example("Text") == next(vector["text"] for vector in VECTORS["format"] if vector["name"] == "good")


def test_the_example_s_diagnostic_notation_is_the_payload() -> None:
    after = DOC[DOC.index("Claims, in diagnostic notation") :].split("\n\n", 2)[1]
    text = re.sub(r"h'([0-9a-f]*)'", r'bytes.fromhex("\1")', after)
    value = eval(re.sub(r"(\d)_2\b", r"\1", text), {"bytes": bytes})
    assert cbor2.dumps(value, canonical=True) == octets("Payload")
    held = claims.from_bytes(octets("Payload"))
    assert f"`{held.number_in(trust.UNNAMED.prefix)}`, first day {held.license.first_day}, last day {held.license.last_day}." in DOC


def test_the_example_of_version_2_is_the_same_license() -> None:
    protected, signature = octets("Protected header of version 2"), octets("Signature of version 2")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + octets("Public key, x ‖ y"))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), cbor2.dumps(["Signature1", protected, b"", octets("Payload")]), ec.ECDSA(SHA256()))
    text, body = example("Text of version 2"), octets("Body of version 2")
    assert int(text.removeprefix("https://KHATM.EXAMPLE/2")) == int.from_bytes(body + signature, "big")
    assert wire.token(text) == (protected, octets("Payload"), signature)
    assert text == next(vector["text"] for vector in VECTORS["version_2"] if vector["name"] == "usual")
    assert f"It has {len(text)} characters where version 1 has {len(example('Text'))};" in DOC


def test_the_fields_of_the_example_of_version_2_make_its_body() -> None:
    fields = version_2.parts()
    shown = [[field.value for field in fields[name] if isinstance(field, Bits)] for name in ("block", "serial", "position", "first day")]
    (kid, iat, south, west), (serial,), (position,), (first,) = shown
    assert f"kid {kid}; iat {iat}; latitude {south}; longitude {west}; sizes 0, 0; serial {serial}; position {position};" in FLAT
    assert f"first day {first}; period 731, shift 0; type shop, radius 40, no details; activity bakery" in FLAT
    assert stream(version_2.USUAL) == octets("Stream of version 2")
    body = pushed([field for each in fields.values() for field in each], version_2.USUAL)
    assert body == int.from_bytes(octets("Body of version 2"), "big")


def test_the_dictionary_is_frozen() -> None:
    assert sha256(wire.dictionary("1")).hexdigest() in DOC
    assert f"{len(wire.dictionary('1'))} octets, SHA-256" in DOC
    assert sha256(wire.dictionary("1")).hexdigest() == "8fb6eccd58133f4d585202b316814ec0a373542b26469408bb0368a6a20f7989", (
        "codes are printed with it"
    )


@pytest.mark.parametrize("name", ["dictionary-2.bin", "tables-2.json"])
def test_the_tables_of_version_2_are_frozen(name: str) -> None:
    """Codes are printed with them: they never change, and a change has to change this page and this test."""
    digests = {
        "dictionary-2.bin": "7cb3f8fcf2cb0f0c547f069fcfd32ae17e8cfc05a77803206153818129527d12",
        "tables-2.json": "10940d95cd3fe5ee532fc9f79b32b5c5d1d39f6ade1a89a91e3a4d3425acb18b",
    }
    assert sha256((ROOT / "seal/data" / name).read_bytes()).hexdigest() == digests[name]
    assert digests[name] in DOC


def test_the_alphabet_is_the_table() -> None:
    rows = re.findall(r"^\| [0-9A-F] \| ((?:[0-9A-F-]{4} \| ){15}[0-9A-F-]{4}) \|$", DOC, re.MULTILINE)
    table = [cell for row in rows for cell in row.split(" | ")]
    assert table == ["----" if letter == "\ufffe" else f"{ord(letter):04X}" for letter in fold.ALPHABET]


LIMITS = {
    f"at most {cbor.MAX_DEPTH} levels": "depth",
    f"year minus {licenses.YEARS.start} (one octet)": "cti",
    f"| characters of a text that are looked at | {wire.TEXT_MAX} ": "text",
    f"Cut the text after {wire.TEXT_MAX + 1} code points": "text",
    f"| digits behind the version digit | {wire.DIGITS_MIN} to {wire.DIGITS_MAX} |": "digits",
    f"More than {wire.DIGITS_MAX} digits": "digits",
    f"Fewer than {wire.DIGITS_MIN}, a leading zero": "digits",
    f"| folded token, inflated | at most {wire.INFLATED_MAX} octets |": "inflate",
    "| 1 to {activity}, {trade_name}, {holder}, {address} code points".format(**licenses.TEXT_LIMITS): "texts",
    f"| radius | 1 to {site.RADIUS_MAX_M} m |": "radius",
    f"| footprint | 3 to {site.FOOTPRINT_CORNERS_MAX} corners": "footprint",
    f"at most {site.FOOTPRINT_EXTENT_DM} dm from west to east": "footprint",
    "1 to {width_cm} cm; 1 to {faces}; 1 to {floors} |".format(**licenses.DETAIL_LIMITS): "details",
    f"| nbf | −{-claims.NBF_MIN} ≤ nbf < {claims.TIME_MAX} (2^33), {licenses.FIRST_DAY} in Cairo to the year 2242 |": "times",
    f"| iat | {claims.TIME_MIN} ≤ iat < {claims.TIME_MAX} |": "times",
    f"| idx | 0 ≤ idx < {claims.INDEX_MAX['1']} (2^20) |": "index",
    f"writes {status.BITS} bits, {status.ENTRIES} entries": "status",
    f"at most {status.ENTRIES_MAX} octets inflated": "status",
    f"Up to {trust.FRESH_SECONDS} s (24 h)": "freshness",
    f"up to {status.STALE_SECONDS} s (7 days) ageing": "freshness",
    f"now − its iat > {status.STALE_SECONDS}": "freshness",
    f"`kid_unknown` if the age is at most {trust.FRESH_SECONDS} s": "freshness",
    f"more than {area.MARGIN_M:g} m outside": "area",
    f"iat of the newest status list, the *attested* time of §7) − {verify.CLOCK_TOLERANCE}": "clock",
    f"iat > now + {verify.CLOCK_TOLERANCE}": "clock",
    f"Measured more than {verify.FIX_AGE_MAX} s": "fix",
    f"Accuracy over {verify.FIX_ACCURACY_MAX_M:g} m": "fix",
    f"Accuracy over {verify.FIX_COARSE_MAX_M:.0f} m": "fix",
    f"d − {verify.FIX_COARSE_FACTOR} · u > r": "fix",
    f"Cut after {finding.LOOKED_AT} code points": "edge",
    f"of the first {finding.PIECES_MOST}) with which": "edge",
    f"The first {finding.FOUND_MOST} different ones": "edge",
    f"(else {fixes.TYPED_ACCURACY_M:g})": "edge",
    f"or {10 * site.FOOTPRINT_MARGIN_M} for a footprint": "footprint",
    f"over {site.PLANE_LIMIT_M:g} m": "plane",
    f"ar and en: 1 to {trust.NAME_MAX} code points": "governorate",
    f'bstr .cbor {{1: -7, 4: bstr, 16: "{receipt.TYP}"}}': "typ",
    f'bstr .cbor {{1: -7, 4: bstr, 16: "{notices.TYP}"}}': "typ",
    f'"piastres": 0..{notices.PIASTRES_MAX},': "notice",
    f'"objection_days": 0..{notices.DAYS_MAX},': "notice",
    f'"payment_days": 0..{notices.DAYS_MAX},': "notice",
    f'not "{licenses.APPLICATION_PREFIX}" or "{licenses.NOTICE_PREFIX}"': "prefixes",
    f'"origin": tstr .regexp "{trust.ORIGIN.pattern}"': "log",
    f'vkey = tstr .regexp "{trust.VKEY.pattern}"': "log",
    f'"keys": [1*{trust.LOG_KEYS_MAX} vkey]': "log",
    f'"witnesses": [*{trust.WITNESSES_MAX} vkey]': "log",
    f"iat of the newest status list − {verify.LOG_BEHIND_MAX}, or now − T > {verify.LOG_AGE_MAX}": "log",
    "[* ({})]".format(" / ".join(f'"{role}"' for role in trust.ROLES)): "roles",
    f'"prefix": tstr .regexp "{licenses.PREFIX.pattern.partition(")")[2]}"': "governorate",
    "prefix `{}`, names `{ar}` and `{en}`".format(trust.UNNAMED.prefix, **trust.UNNAMED.name): "governorate",
    f"`{trust.TYP}`".strip("`"): "typ",
    f'16: "{status.TYP}"': "typ",
}


@pytest.mark.parametrize("said", LIMITS)
def test_limits_are_current(said: str) -> None:
    assert said in FLAT


def test_forbidden_characters_are_current() -> None:
    listed = re.search(r"Characters that no text may hold: (.*?)\. They hide", FLAT)
    assert listed
    ranges = re.findall(r"([0-9A-F]{4,5})(?:–([0-9A-F]{4,5}))?", listed[1].split(", E0001")[0].replace("U+", ""))
    said = {number for first, last in ranges for number in range(int(first, 16), int(last or first, 16) + 1)} | set(
        range(0xE0000, 0x110000)
    )
    assert said == {number for number in range(0x110000) if licenses.FORBIDDEN.match(chr(number))}


def table() -> dict[tuple[str, str], set[str]]:
    """The table of all codes: (check, outcome) to codes."""
    part = DOC[DOC.index("### 9.4") : DOC.index("## 10.")]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ") and "`" in line]
    outcomes = ("passed", "failed", "not_license", "unknown", "skipped")
    return {
        (row[0].strip(), outcome): set(re.findall(r"`(\w+)`", cell))
        for row in rows
        for outcome, cell in zip(outcomes, row[1:], strict=True)
    }


def test_the_table_of_codes_is_that_of_the_code() -> None:
    """Every Finding written out in verify.py, and nothing else."""
    written = set(re.findall(r'Finding\("(\w+)", "(\w+)", "(\w+)"', SOURCE))
    assert len(written) > 30
    listed = {(check, outcome, code) for (check, outcome), codes in table().items() for code in codes}
    assert written <= listed
    made = {(check, "passed", f"{check}_ok") for check in ("format", "issuer", "signature", "scope", "dates", "status")}
    made |= {(check, "skipped", "not_reached") for check in ("issuer", "signature", "scope", "dates", "status", "log", "site")}
    made |= {("signature", "failed", "signature_invalid")}
    formats = {("format", outcome, code) for outcome in ("failed", "not_license", "unknown") for code in table()["format", outcome]}
    assert listed - written - made - formats == set()


def test_the_codes_of_the_format_check_are_those_that_are_raised() -> None:
    raised: set[str] = set()
    for name in ("wire", "inflate", "layout", "letters", "fold", "cbor", "claims", "verify"):
        raised |= set(re.findall(r'FormatError\(\s*"(\w+)"', (ROOT / f"seal/{name}.py").read_text("utf-8")))
        raised |= set(re.findall(r'"(not_deterministic|duplicate_keys)"', (ROOT / f"seal/{name}.py").read_text("utf-8")))
    listed = table()
    unknown = set(re.findall(r'UnknownVersionError\("(\w+)"', (ROOT / "seal/tables.py").read_text("utf-8")))
    other = {"number_alone", "number_elsewhere", "receipt_not_license", "notice_not_license", "malformed"}  # chosen by name in verify.py
    assert all(f'"{code}"' in SOURCE for code in other)
    assert raised | other == listed["format", "failed"] | listed["format", "not_license"]
    assert listed["format", "not_license"] == verify._NO_LICENSE
    assert unknown == listed["format", "unknown"]


def test_every_code_of_the_table_is_shown_by_a_vector() -> None:
    shown = {
        (finding["check"], finding["outcome"], finding["code"])
        for group, vectors in VECTORS.items()
        if group != "lists"
        for vector in vectors
        for finding in vector["expected"]["findings"]
    }
    shown |= {("status", "unknown", visit["ran_on"]) for vector in ORDER for visit in vector["visits"] if "status_list" in visit["ran_on"]}
    assert shown == {(check, outcome, code) for (check, outcome), codes in table().items() for code in codes}


def test_steps_have_the_same_numbers() -> None:
    steps = set(re.findall(r"^- (\d\.\d) ", DOC[DOC.index("## 9.") : DOC.index("### 9.1")], re.MULTILINE))
    numbered = set(re.findall(r"(?:#|,) (\d\.\d)\b", SOURCE))
    assert steps == numbered


def test_list_codes_are_named() -> None:
    for name in ("trust", "status"):
        for code in re.findall(r'ListError\("(\w+)"', (ROOT / f"seal/{name}.py").read_text("utf-8")):
            assert f"`{code}`" in DOC
