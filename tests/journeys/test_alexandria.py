"""The whole way on real input: Alexandria's 1,000 licenses go in, codes come out, and pictures of them get their verdict at a place."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import cv2
import pytest
from sqlalchemy import select

from issuer.register.tables import licenses, seals
from qr.read import read
from seal import claims, cose, days, status, trust, wire
from seal.site import Fix
from seal.verdict import Verdict
from tests.issuer import offices
from tests.issuer.conftest import made_keys  # noqa: F401 - a fixture
from tests.issuer.offices import DATA, HOST, NOW, SAMPLE, Office

COUNT, RUNNING, ENDED = 1000, 984, 16
KILOMETRE = 1 / 111.0  # degrees of latitude
TODAY = days.day_of(days.seconds_of(NOW)).isoformat()


class Sealed(NamedTuple):
    """A row of the file, the token that the register keeps, and the text read back from the picture."""

    row: dict[str, str]
    number: str
    token: bytes
    text: str


class City(NamedTuple):
    """The office after the file was issued and published, and its licenses in the order of the file."""

    office: Office
    summary: str
    sealed: list[Sealed]


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((DATA / name).read_text("utf-8"), newline="")))


def text_in(picture: Path) -> str:
    (text,) = read(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE), ours=lambda text: text.startswith("https://"))
    return text


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, made_keys: Path) -> City:  # noqa: F811
    folder = tmp_path_factory.mktemp("alexandria")
    office = offices.furnish(folder, made_keys, str(folder / "register.sqlite"))
    file = shutil.copy(SAMPLE, folder)
    summary = office.run("issue", file, "--out", folder / "out", "--output", "png").output
    office.run("publish")
    query = select(licenses.c.number, seals.c.token).join(seals, seals.c.license_id == licenses.c.id).order_by(licenses.c.line)
    with office.locations.engine() as engine, engine.connect() as connection:
        found = connection.execute(query).all()
    pictures = folder / "out"
    sealed = [
        Sealed(row, number, token, text_in(pictures / f"{number}.png"))
        for row, (number, token) in zip(rows_of(SAMPLE.name), found, strict=True)
    ]
    return City(office, summary, sealed)


def verdicts(city: City, *, north: float = 0.0) -> list[Verdict]:
    """What the published files say of every code, where somebody stands `north` degrees from the row's coordinates."""
    lists = city.office.lists()
    found = []
    for each in city.sealed:
        fix = Fix(float(each.row["latitude"]) + north, float(each.row["longitude"]), 5.0, NOW)
        found.append(offices.verify(each.text, trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=NOW, fix=fix))
    return found


def test_all_of_them_are_sealed_and_read_back_from_their_pictures(city: City) -> None:
    assert f"{COUNT} rows: {COUNT} issued, 0 issued before, 0 refused" in city.summary
    assert len(city.sealed) == COUNT
    for each in city.sealed:
        assert each.text == wire.write(cose.from_bytes(each.token), HOST)
        held = claims.from_bytes(wire.token(each.text).payload)
        assert held.number_in("ALX") == each.number
        assert (held.iss, held.type) == (each.row["authority"], each.row["type"])
        assert held.license.first_day.isoformat() == each.row["valid_from"]
        assert (held.license.last_day.isoformat() if held.license.last_day else "") == each.row["valid_until"]
        assert abs(held.site.point.latitude - float(each.row["latitude"])) < 2e-6
        assert held.trade_name == " ".join(unicodedata.normalize("NFKC", each.row["trade_name"]).strip("\u202d").split())


def test_at_their_site_the_running_ones_are_valid_and_the_ended_ones_expired(city: City) -> None:
    found = verdicts(city)
    assert Counter(verdict.decision for verdict in found) == {"valid": RUNNING, "invalid": ENDED}
    assert Counter(verdict.reason.code for verdict in found) == {"site_here": RUNNING, "expired": ENDED}
    ended = {each.number for each in city.sealed if each.row["valid_until"] and each.row["valid_until"] < TODAY}
    assert len(ended) == ENDED
    assert {each.number for each, verdict in zip(city.sealed, found, strict=True) if verdict.reason.code == "expired"} == ended


def test_a_kilometre_away_they_are_genuine_but_elsewhere(city: City) -> None:
    found = verdicts(city, north=KILOMETRE)
    assert Counter((verdict.decision, verdict.seal, verdict.place) for verdict in found) == {
        ("invalid", "genuine", "elsewhere"): RUNNING,
        ("invalid", "not_valid", "elsewhere"): ENDED,
    }
    assert Counter(verdict.reason.code for verdict in found) == {"site_elsewhere": RUNNING, "expired": ENDED}


def test_without_a_place_they_are_genuine_and_undecided(city: City) -> None:
    lists = city.office.lists()
    named = {"trust": lists.trust, "status": lists.status, "hosts": lists.trust.hosts, "now": NOW}
    found = [offices.verify(each.text, **named) for each in city.sealed]
    assert Counter(verdict.decision for verdict in found) == {"undecided": RUNNING, "invalid": ENDED}


def test_ten_that_are_revoked_are_so_after_the_next_publication(city: City, tmp_path: Path) -> None:
    office = Office(tmp_path, str(tmp_path / "register.sqlite"))
    shutil.copytree(city.office.folder, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out"))
    copy = City(office, "", city.sealed)
    chosen = [each.number for each in city.sealed if each.row["valid_until"] == ""][:10]
    for number in chosen:
        office.run("license", "revoke", number, "--reason", "the shop was closed")
    assert Counter(verdict.decision for verdict in verdicts(copy))["valid"] == RUNNING, "not before it is published"
    office.run("publish", now=(NOW + timedelta(minutes=5)).isoformat())
    found = verdicts(copy)
    assert Counter(verdict.reason.code for verdict in found) == {"site_here": RUNNING - 10, "expired": ENDED, "revoked": 10}
    assert {each.number for each, verdict in zip(city.sealed, found, strict=True) if verdict.reason.code == "revoked"} == set(chosen)


def test_places_nobody_was_given_read_as_invalid(city: City) -> None:
    (entries,) = city.office.lists().status.lists.values()
    assert Counter(entries.at(index) for index in range(len(entries))) == {status.VALID: COUNT, status.INVALID: status.ENTRIES - COUNT}


@pytest.mark.oracle
def test_every_token_is_a_cwt_to_an_independent_library(city: City, oracle_python: Path) -> None:
    keys = city.office.lists().trust.keys
    asked = []
    for each in city.sealed:
        kid = cose.from_bytes(each.token).protected[-1:]
        x, y = trust.coordinates(keys[kid].public_key)
        asked.append({"token": each.token.hex(), "kid": kid.hex(), "x": x.hex(), "y": y.hex()})
    told = ask(oracle_python, asked)
    assert told.returncode == 0, told.stderr
    held = [claims.from_bytes(cose.from_bytes(each.token).payload) for each in city.sealed]
    assert json.loads(told.stdout) == [[each.iss, each.iat, each.cti.hex()] for each in held]
    broken = asked[0] | {"token": asked[0]["token"][:-2] + f"{int(asked[0]['token'][-2:], 16) ^ 1:02x}"}
    refused = ask(oracle_python, [broken])
    assert refused.returncode != 0
    assert "VerifyError" in refused.stderr


def ask(oracle_python: Path, asked: list[dict[str, str]]) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("cwt_oracle.py")
    return subprocess.run([oracle_python, script], input=json.dumps(asked), capture_output=True, text=True, check=False)


@pytest.fixture
def empty(tmp_path: Path, made_keys: Path) -> Office:  # noqa: F811
    """An office that has issued nothing."""
    return offices.furnish(tmp_path, made_keys, str(tmp_path / "register.sqlite"))


def test_the_dirty_file_is_taken_exactly_as_expected(empty: Office) -> None:
    file = Path(shutil.copy(DATA / "alexandria_licenses_dirty.csv", empty.folder))
    expected = {int(each["line"]): each for each in rows_of("alexandria_licenses_dirty.expected.csv")}
    accepted = [line for line, each in expected.items() if each["expect"] == "accept"]
    told = empty.run("issue", file, "--no-output").output
    assert f"{len(expected)} rows: {len(accepted)} issued, 0 issued before, {len(expected) - len(accepted)} refused" in told
    content = file.with_name(file.name + ".rejects.csv").read_text("utf-8-sig")
    refused = {int(each["line"]): each for each in csv.DictReader(io.StringIO(content, newline=""))}
    # All faults of a row are told; the expected one is the first.
    assert {line: (each["field"].split("; ")[0], each["code"].split("; ")[0]) for line, each in refused.items()} == {
        line: (each["field"], each["code"]) for line, each in expected.items() if each["expect"] == "reject"
    }
    with empty.locations.engine() as engine, engine.connect() as connection:
        assert connection.scalars(select(licenses.c.line).order_by(licenses.c.line)).all() == accepted
    assert all(re.search("[ء-ي]", each["sentence_ar"]) and each["sentence_en"] for each in refused.values())


def test_the_windows_1256_file_is_taken_whole(empty: Office, city: City, tmp_path: Path) -> None:
    file = Path(shutil.copy(DATA / "alexandria_licenses_excel_cp1256.csv", empty.folder))
    assert "25 rows: 25 issued, 0 issued before, 0 refused" in empty.run("issue", file, "--no-output").output
    with empty.locations.engine() as engine, engine.connect() as connection:
        names = connection.scalars(select(licenses.c.trade_name).order_by(licenses.c.line)).all()
        tokens = connection.scalars(select(seals.c.token).order_by(seals.c.id)).all()
    as_utf8 = [claims.from_bytes(cose.from_bytes(each.token).payload) for each in city.sealed[:25]]
    as_1256 = [claims.from_bytes(cose.from_bytes(token).payload) for token in tokens]
    assert [each.license for each in as_1256] == [each.license for each in as_utf8]
    assert names == [each.trade_name for each in as_utf8]
