"""Another governorate goes the same ways: its folder is named, nothing in the program is changed, and nothing of Alexandria is seen."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from governorate import folder
from issuer.operations import SigningContext
from seal.site import Fix
from tests.governorate import giza
from tests.issuer import offices
from tests.issuer.offices import NOW, PASSPHRASE, SECONDS
from tests.journeys import test_office as journeys
from tests.journeys.steps import After
from tests.journeys.test_alexandria import text_in
from tests.office.applications.conftest import Keys, unlock
from verifier.app import create_app
from verifier.environment import Variables, settings_of

browsers, kept, after = journeys.browsers, journeys.kept, journeys.after  # of this module, for its own offices
SHOWS_ALEXANDRIA = ("الإسكندرية", "Alexandria", "ALX")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Giza's folder, and every process of this module works for it."""
    made = giza.make(tmp_path_factory.mktemp("giza") / "giza")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(folder.SETTING, str(made))
        yield made


@pytest.fixture(scope="module")
def unlocked(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return unlock(tmp_path_factory.mktemp("keys"))


def test_the_folder_is_sound(town: Path) -> None:
    told = CliRunner().invoke(khatm.main, ["governorate", "check", str(town)])
    assert told.exit_code == 0, told.output
    assert "GIZ  Giza Governorate / محافظة الجيزة" in told.output and "DQ1" in told.output


def test_from_keys_by_commands_to_verdicts_of_a_file_of_licenses(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from web import clock

    monkeypatch.setattr(clock, "seconds", lambda: offices.KEYS_MADE)
    office = offices.Office(tmp_path, str(tmp_path / "register.sqlite"))
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    secret = ["--keys", str(tmp_path / "keys"), "--passphrase-file", str(tmp_path / "passphrase")]
    for words in (["init"], *(["authority", "add", code] for code, *_ in giza.AUTHORITIES)):
        told = CliRunner().invoke(khatm.main, ["keys", *words, *secret])
        assert told.exit_code == 0, told.output
    monkeypatch.setattr(clock, "seconds", lambda: SECONDS - 3600)
    sign = ["keys", "trust-list", "sign", "--published", str(tmp_path / "published"), *secret]
    told = CliRunner().invoke(khatm.main, sign, input="y\n" * 99)
    assert told.exit_code == 0, told.output
    file = office.write("rows.csv", rows := moved())
    out = office.run("issue", file, "--out", tmp_path / "out", "--output", "png").output
    assert f"{len(rows)} rows: {len(rows)} issued" in out, out
    office.run("publish")
    lists = office.lists()
    assert lists.trust.governorate.prefix == giza.PREFIX and lists.trust.hosts == {"giza.khatm.example"}
    pictures = sorted((tmp_path / "out").glob("*.png"))
    assert len(pictures) == len(rows) and all(picture.name.startswith("GIZ-DQ1-2026-") for picture in pictures)
    for picture in pictures:
        text = text_in(picture)
        claims = office.verdict(text, now=NOW).claims
        assert claims
        point = claims.license.site.point
        here, away = (office.verdict(text, now=NOW, fix=Fix(point.latitude + north, point.longitude, 5.0, NOW)) for north in (0, 0.01))
        assert (here.decision, away.decision, away.place) == ("valid", "invalid", "elsewhere")
    office.run("license", "revoke", pictures[0].stem, "--reason", "closed")
    office.run("publish")
    assert office.verdict(text_in(pictures[0]), now=NOW).decision == "invalid"


def moved() -> list[dict[str, str]]:
    """Rows of the sample that lie in West, moved to Dokki; the district is written as people call it."""
    with (offices.DATA / "alexandria_licenses.csv").open(encoding="utf-8", newline="") as stream:
        open_ended = [row for row in csv.DictReader(stream) if row["authority"] == "WST" and not row["valid_until"]]
    found = [row for row in open_ended if not row.get("footprint")]
    return [
        row
        | {
            "authority": "الدقي الجيزة",
            "latitude": f"{float(row['latitude']) - giza.SOUTH:.6f}",
            "longitude": f"{float(row['longitude']) + giza.EAST:.6f}",
        }
        for row in found[:20]
    ]


def test_a_shop_from_a_phone_to_a_verified_seal(after: After) -> None:
    journeys.test_a_shop_from_a_phone_to_a_verified_seal(after)
    page = after.office.citizen(2)
    for address in ("/", "/sign-in", "/centre/sign-in"):
        page.goto(address)
        assert giza.NAME["ar"] in page.inner_text("body")
        assert not any(word in page.content() for word in SHOWS_ALEXANDRIA)


@pytest.mark.parametrize("base", ["/apply"])
def test_a_billboard_is_renewed_while_it_runs(after: After, base: str) -> None:
    journeys.test_a_billboard_is_renewed_while_it_runs(after, base)


def test_returned_and_sent_again_rejected_and_objected(after: After) -> None:
    journeys.test_returned_and_sent_again_rejected_and_objected(after)


def test_the_verifier_shows_whose_it_is_and_takes_its_contact(unlocked: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    made, clerk, _ = unlocked
    assert isinstance(clerk, SigningContext)
    monkeypatch.setenv("KHATM_PUBLISHED", str(made / "published"))
    monkeypatch.setenv("KHATM_ROOT", str(made / "keys/root.jwk"))
    settings = settings_of(Variables())
    assert settings.announced is not None and settings.announced.contact.name["en"] == "Giza operations room"
    page = create_app(settings).test_client().get("/", headers={"Host": "giza.khatm.example"})
    assert giza.NAME["ar"] in page.text and not any(word in page.text for word in SHOWS_ALEXANDRIA)
