"""The files that the desk works with: each finding has its code in both languages and its level, and unknown is no ok."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from governorate import authorities
from maps import gazetteer, town
from office.applicants import keyring, rotation
from office.doctor import desk
from office.doctor.desk import Files
from office.doctor.findings import DAY, Finding, Level
from seal.area import Area
from seal.site import Point
from storage.database import reading
from tests.issuer.offices import SECONDS
from tests.office.applicants import invented
from tests.office.applications import workplace
from tests.office.applications.workplace import CITIZEN, Workplace, shop
from tests.office.wallets import keys

DAY_24 = SECONDS - SECONDS % DAY  # certificates of tests end so many days after it


def one(finding: Finding) -> tuple[str, Level]:
    said = finding.told()
    assert said.startswith(f"{finding.code}: ") and " / " in said and any("ء" <= letter <= "ي" for letter in said)
    return finding.code, finding.level


def looked(files: Files, *, now: int = SECONDS) -> list[tuple[str, Level]]:
    return [one(each) for each in desk.look(files, now=now)]


@pytest.mark.parametrize(
    ("days", "code", "level"),
    [
        (61, "apple_wallet_fine", Level.FINE),
        (59, "apple_wallet_ends", Level.SOON),
        (13, "apple_wallet_ends", Level.NOW),
        (-1, "apple_wallet_ended", Level.NOW),
    ],
)
def test_the_end_of_apple_s_certificate_is_told_60_and_14_days_before(tmp_path: Path, days: int, code: str, level: Level) -> None:
    path = keys.apple(tmp_path, made=keys.of_pass(days=days))
    assert looked(Files(apple_wallet=path), now=DAY_24) == [(code, level)]
    (told,) = desk.look(Files(apple_wallet=path), now=DAY_24)
    assert told.values[0].name == "apple_wallet_ends_seconds" and abs(told.values[0].number - days * DAY) <= DAY


def test_keys_of_passes_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path) -> None:
    apple, google = keys.apple(tmp_path), keys.google(tmp_path)
    assert looked(Files(apple_wallet=apple, google_wallet=google)) == [
        ("apple_wallet_fine", Level.FINE),
        ("google_wallet_fine", Level.FINE),
    ]
    (tmp_path / "account.json").write_bytes(b"{")
    (tmp_path / "pass.key").write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    found = list(desk.look(Files(apple_wallet=apple, google_wallet=google), now=SECONDS))
    assert [one(each) for each in found] == [("apple_wallet_unusable", Level.NOW), ("google_wallet_unusable", Level.NOW)]
    assert [each.detail for each in found] == ["wallet_key: pass.key", "wallet_account: account.json"]
    (tmp_path / "account.json").unlink()
    google.chmod(0o644)
    assert looked(Files(google_wallet=google)) == [("google_wallet_unusable", Level.NOW)]
    assert looked(Files(google_wallet=tmp_path / "nothing.toml"))[0][1] == Level.NOW
    keys.google(tmp_path)
    (tmp_path / "account.json").chmod(0o644)
    (told,) = desk.look(Files(google_wallet=google), now=SECONDS)
    assert told.detail == "wallet_key_open: account.json" and "PRIVATE" not in told.told()


@pytest.fixture(scope="module")
def map_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    areas = [Area([Point(*corner) for corner in each.outline]) for each in list(authorities.default().values())[:1]]
    path.write_bytes(town.build(areas))
    gazetteer.make(path)
    return path


def copied(map_file: Path, folder: Path, octets: bytes | None = None) -> Path:
    path = folder / "map.pmtiles"
    path.write_bytes(map_file.read_bytes() if octets is None else octets)
    os.utime(path, (SECONDS, SECONDS))
    return path


def test_a_map_file_that_is_none_cut_off_of_another_place_or_old(map_file: Path, tmp_path: Path) -> None:
    whole = map_file.read_bytes()
    path = copied(map_file, tmp_path)
    gazetteer.make(path)
    assert looked(Files(map=path), now=SECONDS + DAY) == [("map_fine", Level.FINE)]
    assert looked(Files(map=path), now=SECONDS + 401 * DAY) == [("map_old", Level.SOON)]
    gazetteer.beside(path).unlink()
    assert looked(Files(map=path)) == [("map_fine", Level.FINE), ("places_missing", Level.SOON)]
    elsewhere = Area([Point(30.0, 31.2), Point(30.01, 31.2), Point(30.01, 31.21)])  # Cairo
    for octets, code in (
        (whole[:-1], "map_cut"),
        (whole[: len(whole) // 2], "map_cut"),
        (whole[:100], "map_corrupt"),
        (b"GIF89a" + whole[6:], "map_corrupt"),
        (b"", "map_unreadable"),
        (town.build([elsewhere]), "map_elsewhere"),
    ):
        (code_, level), *others = looked(Files(map=copied(map_file, tmp_path, octets)))
        assert (code_, others) == (code, []) and level in (Level.SOON, Level.UNKNOWN), "maps show outlines: nobody is woken for it"
    assert looked(Files(map=tmp_path / "none.pmtiles")) == [("map_missing", Level.SOON)]


def test_what_was_not_named_is_not_spoken_of() -> None:
    assert looked(Files()) == []


def asked(here: Workplace, path: Path | None) -> tuple[str, Level] | None:
    with reading(here.engine) as connection:
        found = desk.applicants(path)(connection)
    return one(found) if found else None


def test_keys_of_applicants_data(here: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "applicants.keys"
    ring = invented.keys(tmp_path, path.name)
    here = workplace.furnish(here.engine, here.clerk, here.office.receipts, here.folder, ring)  # type: ignore[arg-type]
    nowhere = tmp_path / "elsewhere.keys"
    assert asked(here, None) is None, "nobody's data is here: nothing to say"
    assert asked(here, nowhere) == ("applicants_missing", Level.SOON) and asked(here, path) == ("applicants_fine", Level.FINE)
    here.submitted("shop.first", shop())
    with reading(here.engine) as connection:
        assert sum(rotation.rows_by_key(connection).values()) == 1, CITIZEN
    assert asked(here, path) == ("applicants_fine", Level.FINE)
    assert asked(here, None) == ("applicants_unnamed", Level.UNKNOWN), "it might be gone, and nobody would know"
    with reading(here.engine) as connection:
        apart = desk.applicants(None, apart=True)(connection)
    assert apart is not None and (apart.code, apart.level) == ("applicants_apart", Level.FINE), "another user's doctor looks at them"
    assert asked(here, nowhere) == ("applicants_missing", Level.NOW)
    invented.keys(tmp_path, "other.keys")
    assert asked(here, tmp_path / "other.keys") == ("applicants_key_lost", Level.NOW), "a file of another office's"
    keyring.add(path, day="2026-11-25")
    assert asked(here, path) == ("applicants_fine", Level.FINE), "an old generation is still there"
    path.chmod(0o640)
    assert asked(here, path) == ("key_open_to_others", Level.NOW)
    path.chmod(0o600)
    path.write_text("{}")
    assert asked(here, path) == ("applicant_keys_file", Level.NOW)


def test_the_command_takes_the_variables_of_the_desk_and_its_exit_code_says_how_pressing(tmp_path: Path, map_file: Path) -> None:
    runner = CliRunner()
    nothing = ["doctor", "--register", str(tmp_path / "none.sqlite"), "--keys", str(tmp_path), "--published", str(tmp_path), "--json"]
    done = runner.invoke(
        khatm.main, nothing, env={"KHATM_OFFICE_GOOGLE_WALLET": str(tmp_path / "gone.toml"), "KHATM_OFFICE_MAP": str(map_file)}
    )
    assert done.exit_code == 3 and '"google_wallet_unusable"' in done.output and '"map_' in done.output
