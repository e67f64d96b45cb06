"""Every vector through the program, and what lies between text and verdict worked out again by other means."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cbor2
import pytest
from geographiclib.geodesic import Geodesic

from seal import status, trust, verdict
from seal.errors import ListError
from seal.logs import Held, LogView
from seal.site import Fix
from seal.trust import LogTerms, Root, TrustList
from seal.verify import verify
from tests.vectors.fixed import packed

FOLDER = Path(__file__).parents[1] / "vectors"
GROUPS = ("format", "issuer", "signature", "scope", "dates", "status", "log", "site", "version_2")
WORLDS = json.loads((FOLDER / "worlds.json").read_text("utf-8"))
VECTORS = {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["vectors"] for name in (*GROUPS, "lists")}
ORDER = json.loads((FOLDER / "order.json").read_text("utf-8"))["vectors"]
PREFIXES = {"giza": "GIZ"}  # of trust lists; else ALX
ALL = [(group, vector) for group in GROUPS for vector in VECTORS[group]]
NAMED = [pytest.param(vector, id=f"{group}: {vector['name']}") for group, vector in ALL]


@cache
def root(floor: int = 1) -> Root:
    x, y = (bytes.fromhex(WORLDS["root"][part]) for part in "xy")
    return Root(bytes.fromhex(WORLDS["root"]["kid"]), trust.public_key(x, y), floor)


@cache
def trust_list(name: str) -> TrustList:
    return trust.verify(bytes.fromhex(WORLDS["trust"][name]["hex"]), root=root())


@cache
def view(name: str) -> LogView:
    held = WORLDS["log"][name]
    leaves = {int(position): bytes.fromhex(leaf) for position, leaf in held["leaves"].items()}
    whole = Held(held["size"], held["time"], held["unwitnessed_newer"], leaves, held["forked"])
    return packed(whole, held["pack"]) if held["pack"] else whole


def judged(vector: dict[str, Any]) -> verdict.Verdict:
    trusted = trust_list(vector["trust"])
    lists = [status.verify(bytes.fromhex(WORLDS["status"][name]["hex"]), trust=trusted) for name in vector["status"]]
    known = vector.get("dates", {})
    fix = vector["fix"] and Fix(**{**vector["fix"], "measured_at": datetime.fromisoformat(vector["fix"]["measured_at"])})
    return verify(
        vector["text"],
        trust=trusted,
        status=status.collect(lists)._replace(**known | {"ahead": frozenset(known.get("ahead", ()))}),
        hosts=trusted.hosts if vector["hosts"] is None else vector["hosts"],
        now=datetime.fromisoformat(vector["now"]),
        fix=fix,
        check_site=vector["check_site"],
        log=vector["log"] and view(vector["log"]),
    )


@pytest.mark.parametrize("vector", NAMED)
def test_verdict_is_as_expected(vector: dict[str, Any]) -> None:
    assert verdict.as_dict(judged(vector)) == vector["expected"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS["lists"]])
def test_published_file_is_taken_or_refused(vector: dict[str, Any]) -> None:
    data, expected = bytes.fromhex(vector["hex"]), vector["expected"]
    try:
        if vector["kind"] == "trust":
            taken = trust.verify(data, root=root(vector["floor_sequence"]), seen_sequence=vector["seen"])
            assert taken.sequence == expected["read"]["sequence"]
            assert sorted(kid.hex() for kid in taken.keys) == expected["read"]["kids"]
            assert {"prefix": taken.governorate.prefix, "name": taken.governorate.name} == expected["read"]["governorate"]
            assert taken.violations == expected["read"].get("violations", {})
            log = expected["read"]["log"]
            assert taken.log == (log and LogTerms(log["origin"], tuple(log["keys"]), tuple(log["witnesses"]), log["threshold"]))
            stolen = {kid.hex(): key.stolen_at for kid, key in taken.keys.items() if key.stolen_at is not None}
            assert stolen == expected["read"]["stolen_at"]
            void = {kid.hex(): [list(each) for each in key.voided] for kid, key in taken.keys.items() if key.voided}
            assert void == expected["read"].get("voided", {})
        else:
            listed = status.verify(data, trust=trust_list("main"))
            if listed.iat < vector["seen"]:  # published.load, see tests/published
                raise ListError("status_list_older")
            read = {"uri": listed.uri, "iat": listed.iat, "exp": listed.exp, "bits": listed.bits, "entries": len(listed)}
            number = {"sequence": listed.sequence} if listed.sequence else {}
            assert {**read, "trust_sequence": listed.trust_sequence, **number} == expected["read"]
        code = None
    except ListError as error:
        code = error.code
    assert code == expected["code"]


def test_files_are_what_the_generator_makes() -> None:
    command = [sys.executable, "-m", "tests.vectors.generate", "--check"]
    made = subprocess.run(command, check=False, cwd=FOLDER.parents[1], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr


def octets_of(digits: str) -> bytes:
    """Bijective base 256, octet by octet (docs/format.md §4.2)."""
    number, octets = int(digits), bytearray()
    while number:
        number, octet = divmod(number - 1, 256)
        octets.append(octet)
    return bytes(reversed(octets))


@pytest.mark.parametrize("vector", [param for param in NAMED if param.values[0]["intermediates"]])  # type: ignore[index, call-overload]
def test_intermediates_are_what_lies_between(vector: dict[str, Any]) -> None:
    between = {name: bytes.fromhex(value) for name, value in vector["intermediates"].items()}
    if "body" in between:
        return  # tests/seal/test_version_2_vectors.py
    assert octets_of(vector["text"].rpartition("/")[2][1:]) == between["wire"]
    if "folded" not in between:
        return
    unpacker = zlib.decompressobj(-15, bytes.fromhex(WORLDS["dictionary"]["hex"]))
    assert between["wire"][:64] == between["signature"]
    assert unpacker.decompress(between["wire"][64:]) == between["folded"]
    texts, _, rest = between["folded"].partition(b"\0")
    tail = b"".join(cbor2.dumps("".join(WORLDS["alphabet"][octet] for octet in text)) for text in texts.split(b"\n")[:-1])
    assert between["payload"].endswith(tail)
    if rest[0] >= 0x40:
        start = 1 if rest[0] < 0x58 else 2
        assert rest[start:] == between["protected"] + between["payload"].removesuffix(tail)


def day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, ZoneInfo("Africa/Cairo")).date()


@pytest.mark.parametrize("vector", [param for param in NAMED if param.values[0]["expected"]["license"]])  # type: ignore[index, call-overload]
def test_license_is_what_the_payload_says(vector: dict[str, Any]) -> None:
    value, shown = cbor2.loads(bytes.fromhex(vector["intermediates"]["payload"])), vector["expected"]["license"]
    type_, extent, sizes, *texts = value[-65537]
    assert [shown[name] for name in ("type", "activity", "trade_name", "holder", "address")] == [type_, *texts]
    assert shown["authority"]["code"] == value[1]
    prefix = PREFIXES.get(vector["trust"], "ALX")
    assert shown["number"].startswith(f"{prefix}-{value[1]}-{2000 + value[7][0]}-{int.from_bytes(value[7][1:4], 'big'):07d}-")
    assert shown["edition"] == (value[7][4] if len(value[7]) == 5 else 0)
    assert list(shown["details"].values()) == list(sizes.values())
    assert shown["site"]["radius_m"] == (extent if isinstance(extent, int) else None)
    if isinstance(extent, list):
        assert [int(number * 10) for corner in shown["site"]["footprint_m"] for number in corner] == extent
    assert abs(shown["site"]["latitude"] - value[264][1]) <= 5.000001e-7
    assert shown["first_day"] == day(value[5]).isoformat()
    assert shown["last_day"] == (day(value[4] - 1).isoformat() if 4 in value else None)
    assert 4 not in value or day(value[4]) == day(value[4] - 1) + timedelta(1)


@pytest.mark.parametrize("vector", [param for param in NAMED if param.values[0]["expected"]["distance_m"] is not None])  # type: ignore[index, call-overload]
def test_distance_is_an_independent_geodesic_s(vector: dict[str, Any]) -> None:
    site, fix = vector["expected"]["license"]["site"], vector["fix"]
    if site["footprint_m"]:
        return  # tests/seal/test_site.py
    value = cbor2.loads(bytes.fromhex(vector["intermediates"]["payload"]))[264]
    metres = Geodesic.WGS84.Inverse(value[1], value[2], fix["latitude"], fix["longitude"])["s12"]
    assert int(metres * 10) == round(vector["expected"]["distance_m"] * 10)


def test_the_bad_ones_dominate_and_no_code_is_forgotten() -> None:
    decisions = Counter(vector["expected"]["decision"] for _, vector in ALL)
    assert decisions["invalid"] > decisions["valid"] + decisions["undecided"]
    shown = {finding["code"] for _, vector in ALL for finding in vector["expected"]["findings"]}
    shown |= {visit[reader] for vector in ORDER for visit in vector["visits"] for reader in ("ran_on", "begun_anew")}
    source = (Path(verdict.__file__).parent / "verify.py").read_text("utf-8")
    assert {code for code in every_code() if f'"{code}"' in source} <= shown
    assert len({(group, vector["name"]) for group, vector in ALL}) == len(ALL)


def every_code() -> set[str]:
    from seal.sentences import SENTENCES

    return {code for code in SENTENCES if not code.startswith(("label_", "check_", "outcome_", "decision_", "todo_"))}
