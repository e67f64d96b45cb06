"""`khatm issue`, `khatm license` and `khatm publish` as a clerk runs them: what they print, where they end, and how they refuse."""

import ast
import csv
import io
import json
import os
import re
import shutil
import stat
from pathlib import Path

import cv2
import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

import khatm
from issuer import operations, sentences
from issuer.errors import IssuerError
from issuer.locations import sealer
from issuer.register.tables import publications
from keys import policy
from keys.custody import Custody
from published import TRUST_LIST
from qr.read import read
from seal import claims, wire
from storage import faults
from tests.conftest import ROOT
from tests.issuer.offices import DATA, KEYS_MADE, NOW, PASSPHRASE, SECONDS, Office, csv_of, make_keys, row, rows, seconds

NUMBER = re.compile(r"ALX-[A-Z0-9]+-2026-\d{7}-[0-9A-Z]")


def copied(office: Office, name: str) -> Path:
    return Path(shutil.copy(DATA / name, office.folder / name))


def only_number(office: Office, out: str = "out") -> str:
    (card,) = (office.folder / out).glob("*.card.svg")
    return card.name.removesuffix(".card.svg")


def texts_in(path: Path) -> list[str]:
    return list(read(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), ours=lambda text: text.startswith("https://")))


@pytest.fixture
def issued(office: Office) -> str:
    """The number of the bakery, issued with its outputs."""
    office.run("issue", office.write("one.csv", [row()]), "--out", office.folder / "out")
    return only_number(office)


# Issuing.


def test_a_file_with_good_and_bad_rows_is_issued_and_reported(office: Office) -> None:
    file = copied(office, "alexandria_licenses_dirty.csv")
    told = office.run("issue", file, "--out", office.folder / "out").output
    assert "31 rows: 10 issued, 0 issued before, 21 refused" in told
    assert re.search(r" +2 +site_outside_authority .*The site lies outside the authority.* / .*خارج نطاق", told)
    assert str(office.folder / "alexandria_licenses_dirty.csv.rejects.csv") in told
    assert "khatm publish" in told
    assert len(list((office.folder / "out").iterdir())) == 30
    again = office.run("issue", file, "--out", office.folder / "out").output
    assert "31 rows: 0 issued, 10 issued before, 21 refused" in again
    assert "khatm publish" not in again


def test_the_rejects_file_says_why_and_is_safe_in_a_spreadsheet(office: Office) -> None:
    formulas = row(type="kiosk", trade_name='=HYPERLINK("http://example.invalid")', holder="+1", address="@x")
    bad = [formulas, row(latitude="٩٩"), row(), row()]
    office.run("issue", office.write("bad.csv", bad), "--no-output")
    content = (office.folder / "bad.csv.rejects.csv").read_text("utf-8-sig")
    refused = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [(each["line"], each["field"], each["code"]) for each in refused] == [
        ("2", "type", "type_unknown"),
        ("3", "latitude", "latitude_range"),
        ("5", "", "duplicate_row"),
    ]
    assert refused[0]["trade_name"] == '\'=HYPERLINK("http://example.invalid")'
    assert (refused[0]["holder"], refused[0]["address"]) == ("'+1", "'@x")
    assert refused[2]["sentence_en"].endswith("(4)")
    assert all(re.search("[ء-ي]", each["sentence_ar"]) for each in refused)
    office.run("issue", office.write("bad.csv", [row()]), "--no-output")
    assert not (office.folder / "bad.csv.rejects.csv").exists()


def workbook(office: Office) -> Path:
    book = openpyxl.Workbook()
    for cells in csv.reader(io.StringIO(csv_of(rows(5)), newline="")):
        book.worksheets[0].append(cells)
    book.save(office.folder / "five.xlsx")
    return office.folder / "five.xlsx"


def geojson(office: Office) -> Path:
    features = []
    for each in rows(5):
        position = [float(each["longitude"]), float(each["latitude"])]
        features.append({"type": "Feature", "properties": each, "geometry": {"type": "Point", "coordinates": position}})
    path = office.folder / "five.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda office: office.write("five.csv", rows(5)), 5),
        (workbook, 5),
        (geojson, 5),
        (lambda office: copied(office, "alexandria_licenses_excel_cp1256.csv"), 25),
    ],
    ids=["csv", "xlsx", "geojson", "windows-1256"],
)
def test_every_kind_of_file_is_issued(office: Office, make: object, count: int) -> None:
    assert f"{count} rows: {count} issued, 0 issued before, 0 refused" in office.run("issue", make(office), "--no-output").output


def test_the_same_licenses_in_another_kind_of_file_are_issued_once(office: Office) -> None:
    office.run("issue", workbook(office), "--no-output")
    assert "0 issued, 5 issued before" in office.run("issue", geojson(office), "--no-output").output


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "file_missing"),
        (b"", "file_empty"),
        (b"PK\3\4 not a workbook", "file_unreadable"),
        (b"a,b\n1,2\n", "file_columns_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_issues_nothing(office: Office, content: bytes | None, code: str) -> None:
    path = office.folder / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    told = office.run("issue", path, exit_code=2).output
    assert code in told
    assert re.search("[ء-ي]", told)


def test_only_the_wanted_outputs_are_written(office: Office) -> None:
    office.run("issue", office.write("one.csv", [row()]), "--out", office.folder / "out", "--output", "png")
    (picture,) = (office.folder / "out").iterdir()
    assert NUMBER.fullmatch(picture.stem)
    (text,) = texts_in(picture)
    assert text.startswith("https://KHATM.EXAMPLE/2")


def test_progress_is_shown_to_a_person_and_not_to_a_pipe(office: Office) -> None:
    process = office.start("issue", office.write("some.csv", rows(5)), "--no-output")
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert output.splitlines()[0] == "some.csv"
    assert "\r" not in output


def test_progress_grows_while_pictures_are_drawn_and_ends_at_the_end(office: Office) -> None:
    shares: list[float] = []
    file, out = office.write("some.csv", rows(40)), office.folder / "out"
    operations.issue_file(file, office.locations, office.clerk(), out=out, wanted=("png",), now=SECONDS, progress=shares.append)
    assert shares == sorted(shares)
    assert len(set(shares)) > 20
    assert shares[-1] == 1.0


# Keys and the trust list.


def test_a_passphrase_comes_from_a_file_a_descriptor_or_a_prompt(office: Office) -> None:
    without = [word for word in office.options if word != "--passphrase-file" and not word.endswith("/passphrase")]
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    words = ["publish", *without, "--now", NOW.isoformat()]
    office.run("issue", office.write("none.csv", []), "--no-output")
    assert CliRunner().invoke(khatm.main, [*words, "--passphrase-fd", str(reading)]).exit_code == 0
    later = [*words[:-1], "2026-11-24T13:00:00Z"]
    assert CliRunner().invoke(khatm.main, later, input=PASSPHRASE.decode() + "\n").exit_code == 0
    assert CliRunner().invoke(khatm.main, [*later, "--passphrase-fd", "99999"]).exit_code == 2  # which nothing in this process has open


@pytest.mark.parametrize("words", [("issue", "one.csv"), ("publish",)])
def test_a_wrong_passphrase_seals_and_publishes_nothing(office: Office, words: tuple[str, ...]) -> None:
    office.write("one.csv", [row()])
    (office.folder / "passphrase").write_text("wrong and long enough")
    words = tuple(office.folder / word if "." in word else word for word in words)
    assert "passphrase_wrong" in office.run(*words, exit_code=2).output
    (office.folder / "passphrase").unlink()
    assert "passphrase_missing" in office.run(*words, exit_code=2).output
    assert not Path(office.register).exists()
    assert not (office.locations.published / "status").exists()


def test_keys_that_are_missing_damaged_or_open_to_others(office: Office) -> None:
    file = office.write("one.csv", [row()])
    key = office.locations.keys / "02.pem"
    key.chmod(0o644)
    assert "key_open_to_others" in office.run("issue", file, exit_code=2).output
    key.chmod(stat.S_IRUSR)
    policy_file = office.locations.keys / "policy.json"
    whole = policy_file.read_text("utf-8")
    policy_file.write_text(whole[:-9], "utf-8")
    assert "custody_corrupt" in office.run("issue", file, exit_code=2).output
    policy_file.unlink()
    assert "custody_missing" in office.run("issue", file, exit_code=2).output
    policy_file.write_text(whole, "utf-8")
    (office.locations.keys / "root.jwk").unlink()
    assert "root_missing" in office.run("issue", file, exit_code=2).output


def test_a_trust_list_that_is_missing_corrupt_older_or_of_another_root(office: Office, tmp_path: Path) -> None:
    file = office.write("one.csv", [row()])
    path = office.locations.published / TRUST_LIST
    good = path.read_bytes()
    jwk = office.locations.keys / "root.jwk"
    for content, code in ((None, "trust_list_missing"), (good[:-40], "trust_list_corrupt"), (b"", "trust_list_corrupt")):
        path.unlink() if content is None else path.write_bytes(content)
        assert code in office.run("issue", file, exit_code=2).output
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert "trust_list_wrong_root" in office.run("publish", exit_code=2).output
    other = tmp_path / "other"
    other.mkdir()
    make_keys(other)
    path.write_bytes((other / "published" / TRUST_LIST).read_bytes())
    assert "trust_list_wrong_root" in office.run("issue", file, exit_code=2).output
    path.write_bytes(good)
    jwk.write_text(json.dumps(json.loads(jwk.read_text()) | {"floor_sequence": 2}))
    assert "trust_list_older" in office.run("issue", file, exit_code=2).output


def test_the_last_day_of_a_key_is_a_day_of_cairo(office: Office) -> None:
    custody = office.locations.custody()
    (kid,) = custody.kids("license", "MN1")
    custody.policy["keys"][kid.hex()]["not_after"] = seconds("2026-03-31T22:30Z")  # half past midnight in Cairo
    custody.save()
    told = CliRunner().invoke(khatm.main, ["keys", "list", "--keys", str(office.locations.keys)]).output
    assert "until 2026-04-01" in next(line for line in told.splitlines() if line.strip().startswith(kid.hex()))


def test_only_a_key_that_is_in_force_seals(office: Office) -> None:
    """A new key is published before its first use; an old one ends. Neither may seal then, for no verifier would take it."""
    custody, passphrase = office.locations.custody(), PASSPHRASE
    (old,) = custody.kids("license", "MN1")
    entry = custody.policy["keys"][old.hex()]
    new = custody.add(passphrase, entry | {"not_before": SECONDS + 7 * 86_400, "not_after": SECONDS + 700 * 86_400})
    entry["not_after"] = SECONDS + 14 * 86_400
    custody.save()
    resign(office, custody)
    trust = office.locations.trust()

    def chosen(days: float) -> bytes:
        return sealer(office.locations, trust, passphrase, now=SECONDS + round(days * 86_400)).signers["MN1"][0]

    assert [chosen(days) for days in (0, 6.99, 7, 13.9, 15)] == [old, old, new, new, new]
    with pytest.raises(IssuerError, match="no_published_key"):
        chosen(701)
    assert "no_published_key" in office.run("issue", office.write("one.csv", [row()]), now="2036-01-01T00:00Z", exit_code=2).output
    early = office.run("issue", office.write("one.csv", [row()]), now="2006-01-01T00:00Z", exit_code=2).output
    assert "key_not_yet" in early and "no_published_key" not in early, "a clock that is behind is no missing key"


def resign(office: Office, custody: Custody) -> None:
    (office.locations.published / TRUST_LIST).write_bytes(policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60))


def test_without_a_published_key_nothing_is_sealed(office: Office) -> None:
    custody = office.locations.custody()
    for kid, entry in custody.policy["keys"].items():
        if "license" in entry["roles"]:
            custody.policy["keys"][kid]["state"] = "retired"
    custody.save()
    assert "no_published_key" in office.run("issue", office.write("one.csv", [row()]), exit_code=2).output
    triangle = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    fresh = custody.add(PASSPHRASE, policy.authority_entry(custody, "MN1", {"ar": "x", "en": "x"}, triangle, types=(), now=KEYS_MADE))
    assert fresh not in office.locations.trust().keys
    assert "no_published_key" in office.run("issue", office.write("one.csv", [row()]), exit_code=2).output


def test_a_row_of_an_authority_without_a_key_here_is_refused(office: Office) -> None:
    custody = office.locations.custody()
    for entry in custody.policy["keys"].values():
        if entry["authority"] == "AGM":
            entry["state"] = "retired"
    custody.save()
    two = office.write("two.csv", [row(), row(authority="AGM", latitude="31.13", longitude="29.8")])
    told = office.run("issue", two, "--no-output").output
    assert "2 rows: 1 issued, 0 issued before, 1 refused" in told
    assert "authority_unknown" in told


@pytest.mark.parametrize("now", ["2026-11-24", "2026-11-24T12:00:00", "yesterday", "1999-01-01T00:00Z", "9999-12-31T23:59Z", ""])
def test_a_time_that_is_none_is_refused(office: Office, now: str) -> None:
    for words in (("issue", office.write("one.csv", [row()])), ("publish",)):
        refused = office.run(*words, "--now", now, now=None, exit_code=2)
        assert "--now" in refused.output


# One license.


def test_a_license_is_shown_with_its_history(office: Office, issued: str) -> None:
    told = office.run("license", "show", issued, now=None).output
    assert told.startswith(f"{issued}  valid  edition 0\n")
    for words in ("مخبز الأمل", "30 m around 31.27", "2026-03-01 to open-ended", "2026-11-24 12:00Z  issued"):
        assert words in told
    shutil.rmtree(office.folder / "out")
    assert f"{issued}.card.svg" in office.run("license", "show", issued, "--out", office.folder / "out", now=None).output
    assert len(list((office.folder / "out").iterdir())) == 3


def test_suspending_reinstating_and_revoking_count_with_the_next_publication(office: Office, issued: str) -> None:
    (text,) = texts_in(office.folder / "out" / f"{issued}.png")
    now = NOW.replace(hour=13)

    def published_code() -> str:
        nonlocal now
        now = now.replace(minute=now.minute + 1)
        assert "1 files" in office.run("publish", now=now.isoformat()).output
        return office.verdict(text, now=now).finding("status").code

    assert published_code() == "status_ok"
    for verb, code in (("suspend", "suspended"), ("reinstate", "status_ok"), ("revoke", "revoked")):
        assert "khatm publish" in office.run("license", verb, issued, "--reason", "سبب").output
        assert published_code() == code
    assert "transition_refused" in office.run("license", "reinstate", issued, "--reason", "x", exit_code=2).output
    assert "سبب" in office.run("license", "show", issued, now=None).output


@pytest.mark.parametrize("verb", ["suspend", "reinstate", "revoke", "replace"])
def test_a_change_needs_a_reason_and_a_number(office: Office, issued: str, verb: str) -> None:
    assert "--reason" in office.run("license", verb, issued, exit_code=2).output
    assert "reason_missing" in office.run("license", verb, issued, "--reason", " ", exit_code=2).output
    assert "number_invalid" in office.run("license", verb, issued[:-1] + "!", "--reason", "x", exit_code=2).output


def test_a_mistake_is_corrected_with_a_new_card(office: Office, issued: str) -> None:
    corrections = ["--holder", "منى كامل", "--radius-m", "٤٠", "--valid-until", "31/12/2030", "--latitude", "31°16'31\"N", "--floors", "2"]
    told = office.run("license", "replace", issued, "--reason", "mistake", *corrections, "--out", office.folder / "new").output
    assert f"{issued}-1.card.svg" in told
    (text,) = texts_in(office.folder / "new" / f"{issued}-1.png")
    held = claims.from_bytes(wire.token(text).payload)
    assert (held.number_in("ALX"), held.edition, held.holder, held.site.radius_m) == (issued, 1, "منى كامل", 40)
    assert held.license.last_day.isoformat() == "2030-12-31"
    assert held.license.details == {"floors": 2}
    assert abs(held.site.point.latitude - 31.275278) < 1e-5
    outline = "POLYGON((30.0048 31.2751, 30.0052 31.2751, 30.0052 31.2754, 30.0048 31.2754, 30.0048 31.2751))"
    corrections = ["--footprint", outline, "--valid-until", ""]
    office.run("license", "replace", issued, "--reason", "outline", *corrections, "--out", office.folder / "new")
    (text,) = texts_in(office.folder / "new" / f"{issued}-2.png")
    held = claims.from_bytes(wire.token(text).payload)
    assert (len(held.site.footprint), held.site.radius_m, held.license.last_day) == (4, 0, None)
    office.run("publish")
    assert office.verdict(text, check_site=False).decision == "valid"


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--latitude", "31.1", "site_outside_authority"),
        ("--latitude", "x", "latitude_invalid"),
        ("--radius-m", "0", "radius_range"),
        ("--radius-m", "1.5", "radius_invalid"),
        ("--footprint", "POLYGON((0 0, 1 1))", "footprint_invalid"),
        ("--holder", "", "holder_missing"),
        ("--trade-name", "ab\u202ec", "direction_override"),
        ("--valid-from", "31/02/2026", "date_invalid"),
        ("--valid-until", "2020-01-01", "ends_before_start"),
        ("--width-m", "999", "size_range"),
        ("--holder", "سامي فؤاد حسن", "nothing_to_replace"),
    ],
)
def test_a_correction_is_read_as_strictly_as_a_row(office: Office, issued: str, option: str, value: str, code: str) -> None:
    told = office.run("license", "replace", issued, "--reason", "x", option, value, "--out", office.folder / "new", exit_code=2).output
    assert code in told
    assert "edition 0" in office.run("license", "show", issued, now=None).output


def test_near_twins_are_listed_accepted_and_dismissed(office: Office, issued: str) -> None:
    twins = [row(trade_name="مخبز الامل"), row(trade_name="مخبز الأمل!")]
    file = office.write("twins.csv", twins)
    told = office.run("issue", file, "--no-output").output
    assert "2 rows: 0 issued, 0 issued before, 0 refused, 2 held" in told
    assert "khatm license held list" in told
    waiting = office.run("license", "held", "list", now=None).output
    assert waiting.count(f"looks like {issued}") == 2
    first, second = (line.split()[0] for line in waiting.splitlines()[:2])
    accepted = office.run("license", "held", "accept", first, "--out", office.folder / "accepted").output
    assert only_number(office, "accepted") in accepted
    assert "dismissed" in office.run("license", "held", "dismiss", second, now=None).output
    assert "held_unknown" in office.run("license", "held", "dismiss", second, now=None, exit_code=2).output
    assert "0 rows wait" in office.run("license", "held", "list", now=None).output
    told = office.run("issue", file, "--no-output").output
    assert "2 rows: 0 issued, 1 issued before, 1 refused" in told
    assert "twin_dismissed" in told
    assert "khatm license held" not in told


def test_lists_are_published_for_every_seal_and_the_root_is_not_touched(office: Office, issued: str) -> None:
    (office.locations.keys / "root.pem").unlink()
    before = (office.locations.published / TRUST_LIST).read_bytes()
    assert "status/1" in office.run("publish").output
    assert (office.locations.published / TRUST_LIST).read_bytes() == before
    assert stat.S_IMODE((office.locations.published / "status/1").stat().st_mode) == 0o644


def test_two_publishers_at_once_leave_the_newer_lists(office: Office, issued: str) -> None:
    processes = [office.start("publish", now=f"2026-11-24T12:00:0{second}Z") for second in range(3)]
    told = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    with office.locations.engine() as engine, engine.connect() as connection:
        newest = connection.scalar(select(func.max(publications.c.iat)))
    assert office.lists().status.newest == newest


def test_every_code_that_the_issuer_raises_has_a_sentence_in_both_languages() -> None:
    errors = ("StorageError", "IssuerError", "IntakeError", "LicenseError")
    raised = {*faults._STATES.values(), *faults._CLASSES.values(), *faults._RESULTS.values()}
    for path in sorted(path for room in ("storage", "issuer", "office") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in errors:
                raised |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    assert {"database_newer", "transition_refused", "clock_behind", "no_published_key"} <= raised
    for code in raised | {"duplicate_row", "near_twin", "twin_dismissed", "disk"}:
        assert re.search("[ء-ي]", sentences.say(code, "ar")), code
        assert re.search("[a-z]", sentences.say(code, "en")), code


def test_looking_needs_no_keys(office: Office) -> None:
    """They may be locked away."""
    office.run("issue", office.write("one.csv", [row()]), "--no-output")
    shutil.rmtree(office.locations.keys)
    assert "0 rows wait" in office.run("license", "held", "list", now=None).output
