"""The rejects file: safe in a spreadsheet, whole or not there."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake import refusals, tables, understood
from issuer.intake.rows import Refusal, Rules
from issuer.sentences import SENTENCES, say
from seal.license import TEXT_LIMITS
from seal.sentences import SENTENCES as CORE_SENTENCES
from tests.conftest import ROOT
from tests.issuer.intake.conftest import DATA, table_of
from web.cells import neutral

REFUSAL = Refusal(7, "holder", "holder_missing", "", ("shop", "=1+1", " ", "محل\0\u202e", "a\r\nb"))


#: Where the office's own columns begin.
OWN = 1 + len(refusals.TOLD) + len(understood.COLUMNS)


def rows_of(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "without it Excel takes Arabic for something else"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_refused_row_is_written_with_its_reason_and_its_cells(tmp_path: Path) -> None:
    path = refusals.path_of(tmp_path / "office.csv")
    assert path.name == "office.csv.rejects.csv"
    with refusals.writing(path, ["type", "@name", "holder"]) as rejects:
        rejects.add(REFUSAL)
        assert not path.exists()
        assert rejects.count == 1
    header, row = rows_of(path)
    assert header == ["line", *refusals.TOLD, *understood.COLUMNS, "type", "'@name", "holder"]
    assert row[:6] == ["7", "holder", "المرخص له", "holder_missing", "اسم المرخص له ناقص", "Holder missing"]
    assert row[OWN:] == ["shop", "'=1+1", " ", "محل[U+0000][U+202E]", "a\r\nb"]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_without_refusals_there_is_no_file_not_even_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    with refusals.writing(path, []):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    with pytest.raises(KeyError), refusals.writing(path, []) as rejects:
        rejects.add(REFUSAL)
        raise KeyError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("rejects.csv", "old")]


def test_the_dirty_file_s_rejects_can_be_read_back(tmp_path: Path, rules: Rules) -> None:
    path = tmp_path / "rejects.csv"
    with tables.opened(DATA / "alexandria_licenses_dirty.csv") as table, refusals.writing(path, table.header.cells) as rejects:
        for found in rules.judge(table.rows):
            if isinstance(found, Refusal):
                rejects.add(found)
    header, *rows = rows_of(path)
    assert len(rows) == 20
    assert header[OWN:] == list(table.header.cells)
    assert rows[-1][:4] == ["32", "", "الصف", "columns_missing"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    with tables.opened(path) as again:
        assert set(understood.COLUMNS) <= set(again.header.ignored), "the office's own columns are what is read"


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_or_hides_anything(text: str) -> None:
    safe = neutral(text)
    assert not safe.startswith(("\t", "\r", "\n"))
    assert not safe.lstrip().startswith(("=", "+", "-", "@")), "a spreadsheet skips white space before a formula"
    assert "\u202e" not in safe
    safe.encode()


def test_every_code_that_intake_raises_has_a_sentence_in_both_languages() -> None:
    source = "".join(path.read_text("utf-8") for path in sorted((ROOT / "issuer/intake").glob("*.py")))
    raised = set(re.findall(r'(?:LicenseError|IntakeError)\(\s*"([a-z_]+)"', source))
    raised |= set(re.findall(r'(?:Row\([^\n]*|fault = "" if [^\n]* else )"([a-z_]+)"', source)) | {"radius_invalid", "size_invalid"}
    families = re.findall(r'LicenseError\(f"\{field\}_([a-z_]+)"', source)
    raised |= {f"{field}_{rest}" for field in TEXT_LIMITS for rest in families if rest in {"missing", "too_long"}}
    raised |= {f"{field}_{rest}" for field in ("latitude", "longitude") for rest in families if rest != "too_long"}
    raised |= {"direction_override", "control_character", "type_missing", "type_unknown", "authority_missing", "authority_unknown"}
    assert len(raised) > 45
    for code in sorted(raised):
        assert re.search("[ء-ي]", say(code, "ar")), code
        assert re.search("[a-z]", say(code, "en")), code
        assert "{" not in say(code, "en"), code


def test_sentences_come_in_both_languages_and_fall_back_to_the_core() -> None:
    assert all(set(sentence) == {"ar", "en"} and all(sentence.values()) for sentence in SENTENCES.values())
    assert say("trade_name_missing", "en") == CORE_SENTENCES["trade_name_missing"]["en"]
    assert say("duplicate_row", "en", "line 2").endswith("(line 2)")
    with pytest.raises(KeyError):
        say("no_such_code", "en")


def test_every_code_of_the_expected_file_has_a_sentence() -> None:
    codes = {each["code"] for each in table_of("alexandria_licenses_dirty.expected.csv")} - {""}
    assert "duplicate_row" in codes
    assert all(say(code, "ar") for code in codes)
