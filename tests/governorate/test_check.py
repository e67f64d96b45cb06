"""`khatm governorate check`: every fault of a folder with its file and line, all at once; a sound folder is summed up."""

import json
import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
from governorate import authorities, folder, identity
from governorate.errors import RuleError
from governorate.folder import FILES
from governorate.yaml_values import SIZE_MAX
from office.services import catalogue, fee_loader
from office.services.fee_calculation import bill_lines
from tests.conftest import ROOT
from verifier.environment import Variables, settings_of

ALEXANDRIA = folder.shipped()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ALEXANDRIA, tmp_path / "giza"))


def check(where: Path, *more: str) -> Result:
    return CliRunner().invoke(khatm.main, ["governorate", "check", str(where), *more])


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Put `new` for the first `old` and return its line."""
    text = (folder / file).read_text("utf-8")
    assert old in text, old
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def refused(folder: Path) -> list[str]:
    """File, line and code of every fault that is printed."""
    done = check(folder)
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    return [":".join(line.split(":")[:3]) for line in done.stderr.splitlines()[:-1]]


def test_the_folder_that_comes_with_the_program_is_sound() -> None:
    done = check(ALEXANDRIA, "--now", "2026-12-30T12:00:00Z")
    assert done.exit_code == 0, done.output
    assert "ALX  Alexandria Governorate / محافظة الإسكندرية" in done.output
    assert "wave 1 from 2026-11-01: MN1, SHQ, WST, GMR, BRG" in done.output
    assert "42 services: 6 types in 7 procedures" in done.output
    assert "examination                  50.00 EGP  sample-1 from 2026-01-01, until 2026-12-31  SAMPLE" in done.output
    assert "examination                  60.00 EGP" in check(ALEXANDRIA, "--now", "2027-01-02T12:00:00Z").output


def test_what_is_shipped_is_all_in_the_folder() -> None:
    assert {path.name for path in ALEXANDRIA.iterdir()} == {*FILES, folder.COUNTER, folder.RETENTION}
    assert '"alexandria/*"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("governorate.yaml", "prefix: ALX", "prefix: alx", "value_invalid"),
        ("governorate.yaml", "prefix: ALX", "prefix: APP", "value_invalid"),
        ("governorate.yaml", "en: Alexandria", "en: " + "x" * 81, "value_invalid"),
        ("governorate.yaml", "hosts: []", "hosts: [Khatm.example]", "value_invalid"),
        ("governorate.yaml", "hosts: []", "hosts: [khatm.example, khatm.example]", "key_twice"),
        ("governorate.yaml", "hosts: []", "hosts: []\nmore: 1", "key_unknown"),
        ("governorate.yaml", "hosts: []", "contact: {ar: غرفة, en: Room, phone: abc}", "value_invalid"),
        ("governorate.yaml", "hosts: []", "contact: {ar: غرفة, en: Room, link: 'javascript:1'}", "value_invalid"),
        ("governorate.yaml", "hosts: []", "contact: {ar: غرفة, en: Room}", "key_missing"),
        ("governorate.yaml", "hosts: []", "portal: http://portal.example", "value_invalid"),
        ("governorate.yaml", "hosts: []", "portal: https://portal.example/notice", "value_invalid"),
        ("governorate.yaml", "hosts: []", "portal: 'javascript:1'", "value_invalid"),
        ("licenses.yaml", "shop: {", "Shop: {", "value_invalid"),
        ("licenses.yaml", "[width_m", "[depth_m", "reference_unknown"),
        ("licenses.yaml", "longest_days: 1096", "longest_days: 0", "value_invalid"),
        ("licenses.yaml", "ar: محل عام, ", "", "key_missing"),
        ("authorities.geojson", '"MN1"', '"mn1"', "value_invalid"),
        ("authorities.geojson", '"MN1"', '"GOV"', "value_invalid"),
        ("authorities.geojson", '"MN2"', '"MN1"', "key_twice"),
        ("authorities.geojson", '"Polygon"', '"Point"', "value_invalid"),
        ("authorities.geojson", "29.962", '"x"', "value_invalid"),
        ("authorities.geojson", "29.962", "NaN", "value_invalid"),
        ("authorities.geojson", "31.236", "91.5", "value_invalid"),
        ("authorities.geojson", '"name_ar": "حي شرق"', '"name_ar": null', "value_invalid"),
        ("authorities.geojson", '"name_ar": "حي وسط"', '"name_ar": "حي شرق"', "key_twice"),
        ("licenses.yaml", "ar: هدم", "ar: بناء", "key_twice"),
        ("holidays.yaml", "friday", "freitag", "reference_unknown"),
        ("holidays.yaml", "2027-01-25", "2027-02-30", "value_invalid"),
        ("holidays.yaml", "2027-01-25", "2027-01-07", "overlap"),
        ("checklists.yaml", "clean: {", "Clean: {", "value_invalid"),
        ("checklists.yaml", "version: 1", "version: 0", "value_invalid"),
        ("checklists.yaml", "types: [shop]", "types: [shops]", "reference_unknown"),
        ("checklists.yaml", "ar: نظافة المكان, ", "", "key_missing"),
        ("violations.yaml", "currency: EGP", "currency: USD", "value_invalid"),
        ("violations.yaml", "not_clean:", "Not_clean:", "value_invalid"),
        ("violations.yaml", "en: Place not clean", "en: License not shown", "key_twice"),
        ("violations.yaml", "types: [occupancy, shop]", "types: [occupancy, shops]", "reference_unknown"),
        ("violations.yaml", "findings: [clean]", "findings: [cleaned]", "reference_unknown"),
        ("violations.yaml", "window_months: 24", "window_months: 0", "value_invalid"),
        ("violations.yaml", "objection_days: 15", "objection_days: 367", "value_invalid"),
        ("violations.yaml", "third: 80000}", "third: 80o00}", "value_invalid"),
        ("violations.yaml", "sample: yes, first: 30000", "first: 30000", "key_missing"),
        ("violations.yaml", "sample: yes, first: 30000", "sample: yes, source: decree, first: 30000", "key_missing"),
        ("violations.yaml", "from: 2026-01-01", "from: 2026-01-01, until: 2025-12-31", "value_invalid"),
        ("fees.yaml", "flat: 50}", "flat: 5o}", "value_invalid"),
        ("fees.yaml", "from: 2027-01-01", "from: 2027-01-02", "gap"),
        ("fees.yaml", "from: 2027-01-01", "from: 2026-12-31", "overlap"),
        ("services.yaml", "effect: renew", "effect: renews", "value_invalid"),
        ("services.yaml", "machine: examined", "machine: examine", "value_invalid"),
        ("services.yaml", "[MN2,", "[MN9,", "reference_unknown"),
        ("services.yaml", "[examination, type,", "[examinations, type,", "reference_unknown"),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(copy: Path, file: str, old: str, new: str, code: str) -> None:
    line = edit(copy, file, old, new)
    if (code == "key_twice" and file.endswith(".geojson")) or new.startswith(("hosts: []\n", "javascript")):
        line += new.count("\n")
    found = refused(copy)
    if new == "en: License not shown":
        line -= 2  # a name is told where its kind begins
    if "geojson" in file and "Point" not in new and old[0] != '"':  # a corner is told where it begins
        assert any(each.startswith(f"{file}:") and int(each.split(":")[1]) in (line - 2, line - 1, line) for each in found)
    else:
        assert f"{file}:{line}: rules_{code}" in found


def test_all_faults_are_told_and_not_only_the_first(copy: Path) -> None:
    lines = {
        file: edit(copy, file, old, new)
        for file, old, new in (
            ("governorate.yaml", "prefix: ALX", "prefix: alx"),
            ("authorities.geojson", '"MN1"', '"mn1"'),
            ("licenses.yaml", "longest_days: 1096", "longest_days: 0"),
            ("holidays.yaml", "friday", "freitag"),
            ("fees.yaml", "flat: 50}", "flat: 5o}"),
        )
    }
    name = edit(copy, "governorate.yaml", "en: Alexandria Governorate", "en: ' blank'")
    later = edit(copy, "fees.yaml", "flat: 10000}", "flat: -1}")
    told = {each.rsplit(":", 1)[0] for each in refused(copy)}
    assert told == {f"{file}:{line}" for file, line in lines.items()} | {f"governorate.yaml:{name}", f"fees.yaml:{later}"}


def test_two_faults_in_independent_sections_of_the_services_are_both_told(copy: Path) -> None:
    field = edit(copy, "services.yaml", "kind: latitude", "kind: latitud")
    action = edit(copy, "services.yaml", "by: [citizen, clerk]", "by: [citizens]")
    wave = edit(copy, "services.yaml", "from: 2027-01-01", "from: 2026-01-01")
    assert {f"services.yaml:{line}" for line in (field, action, wave)} == {each.rsplit(":", 1)[0] for each in refused(copy)}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_cut_or_huge_is_told(copy: Path, file: str) -> None:
    whole = (copy / file).read_bytes()
    (copy / file).unlink()
    assert f"{file}:1: rules_unreadable" in refused(copy)
    (copy / file).write_bytes(b"a: " + b"x" * SIZE_MAX)
    assert f"{file}:1: rules_unreadable" in refused(copy)
    (copy / file).write_bytes(whole[: len(whole) // 3] + b"\n\xff")
    assert any(each.startswith(f"{file}:") for each in refused(copy))


def test_a_folder_that_is_none_or_empty_is_told(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "path_missing" in done.stderr
    assert str(tmp_path / "nowhere") in done.stderr
    told = refused(tmp_path)
    assert [each.split(":")[0] for each in told] == [
        "governorate.yaml",
        "authorities.geojson",
        "licenses.yaml",
        "holidays.yaml",
        "fees.yaml",
        "changes.yaml",
    ]


def test_what_other_programs_write_into_geojson_does_no_harm(copy: Path) -> None:
    read = json.loads((copy / "authorities.geojson").read_text("utf-8"))
    read |= {"name": "أحياء", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "bbox": None}
    for feature in read["features"]:
        feature["properties"] |= {"fid": 1, "note": None}
        feature["geometry"]["coordinates"] = [[[*corner, 4.5] for corner in feature["geometry"]["coordinates"][0]]]
    (copy / "authorities.geojson").write_text(json.dumps(read, separators=(",", ":")), "utf-8")
    assert authorities.of(copy) == authorities.of(ALEXANDRIA)


@pytest.mark.parametrize("portal", ["https://portal.example", "https://portal.example:8443", "http://127.0.0.1:8010"])
def test_a_portal_is_read(copy: Path, portal: str) -> None:
    edit(copy, "governorate.yaml", "hosts: []", f"portal: {portal}")
    assert identity.of(copy).portal == portal


def test_a_contact_is_read(copy: Path) -> None:
    edit(copy, "governorate.yaml", "hosts: []", 'contact: {ar: غرفة, en: Room, phone: "114"}')
    found = identity.of(copy).contact
    assert found is not None
    assert (found.name, found.phone, found.link) == ({"ar": "غرفة", "en": "Room"}, "114", "")


def test_a_fee_dated_tomorrow_is_charged_from_tomorrow_on(copy: Path) -> None:
    today = date(2026, 11, 29)
    edit(
        copy,
        "fees.yaml",
        'source: "the governorate: examination, advertisement, first issue at the centre", flat: 50}',
        'until: 2026-11-29, source: decree 1, flat: 50}\n      - {version: "2026-2", from: 2026-11-30, source: decree 2, flat: 75}',
    )
    before = (ALEXANDRIA / "fees.yaml").read_bytes()
    service, fees = catalogue.of(copy).of("advertisement", "first"), fee_loader.of(copy)
    facts = {"channel": "centre", "width_cm": 600, "height_cm": 300, "faces": 1}
    charged = [
        next(line for line in bill_lines(fees, service, facts, day, fine=None) if line.rule == "advertisement_examination")
        for day in (today, today + timedelta(days=1))
    ]
    assert [(line.piastres, line.version) for line in charged] == [(50, "2026-1"), (75, "2026-2")]
    assert (ALEXANDRIA / "fees.yaml").read_bytes() == before
    told = check(copy, "--now", "2026-11-29T12:00:00+02:00").stdout.splitlines()
    place = next(number for number, line in enumerate(told) if line.startswith("  advertisement_examination"))
    assert [" ".join(line.split()) for line in told[place : place + 2]] == [
        "advertisement_examination 0.50 EGP 2026-1 from 2026-01-01, until 2026-11-29",
        "0.75 EGP 2026-2 from 2026-11-30",
    ]
    later = check(copy, "--now", "2026-11-30T12:00:00+02:00").stdout
    assert "0.50 EGP  2026-1" not in later, "what has passed is not told"


def test_areas_that_overlap_are_told_and_borders_that_touch_are_not(copy: Path) -> None:
    assert "notice" not in check(ALEXANDRIA).stdout
    read = json.loads((copy / "authorities.geojson").read_text("utf-8"))
    one, other = read["features"][:2]
    other["geometry"] = one["geometry"]
    (copy / "authorities.geojson").write_text(json.dumps(read), "utf-8")
    done = check(copy)
    codes = f"({one['properties']['code']}, {other['properties']['code']})"
    assert done.exit_code == 0
    told = f"notice: two areas overlap, both may license there / تنبيه: نطاقان متداخلان، ولكليهما إصدار التراخيص هناك {codes}"
    assert told in done.stdout


def test_a_faulty_folder_is_refused_as_one_error_that_holds_all(copy: Path) -> None:
    edit(copy, "governorate.yaml", "prefix: ALX", "prefix: a")
    edit(copy, "holidays.yaml", "friday", "freitag")
    with pytest.raises(RuleError) as caught:
        catalogue.of(copy)
    assert [each.file for each in caught.value.all] == ["governorate.yaml", "holidays.yaml"]


def test_the_verifier_reports_to_the_governorate_unless_the_operator_says_otherwise(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = settings_of(Variables())
    assert none.contact is None and none.announced is None
    edit(copy, "governorate.yaml", "hosts: []", "contact: {ar: غرفة, en: Room, link: 'https://report.example/{reference}'}")
    monkeypatch.setenv(folder.SETTING, str(copy))
    said = settings_of(Variables()).announced
    assert said is not None
    contact = said.contact
    assert (said.prefix, contact.name["ar"], contact.report("R1", "en")) == ("ALX", "غرفة", "https://report.example/R1")
    for name, value in (("AR", "أخرى"), ("EN", "Other"), ("PHONE", "114")):
        monkeypatch.setenv(f"KHATM_CONTACT_{name}", value)
    own = settings_of(Variables()).contact
    assert own is not None
    assert own.name["en"] == "Other"


def test_outlines_elsewhere_or_that_cross_themselves_and_pipes_are_refused(copy: Path) -> None:
    read = json.loads((copy / "authorities.geojson").read_text("utf-8"))
    ring = read["features"][0]["geometry"]["coordinates"][0]
    for faulty in ([[1000 * x, 1000 * y] for x, y in ring], [ring[0], ring[2], ring[1], *ring[3:]]):
        read["features"][0]["geometry"]["coordinates"] = [faulty]
        (copy / "authorities.geojson").write_text(json.dumps(read), "utf-8")
        assert refused(copy) == ["authorities.geojson:1: rules_value_invalid"]
    (copy / "authorities.geojson").unlink()
    os.mkfifo(copy / "authorities.geojson")
    assert refused(copy) == ["authorities.geojson:1: rules_unreadable"]
