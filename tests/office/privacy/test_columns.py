"""Each column of each database has a word: personal, with how long and what deletes it, or not. A new one without a word fails here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from governorate import folder, retention
from office.privacy import columns, sections
from office.privacy.columns import impersonal, tables

ALEXANDRIA = folder.shipped()


def test_every_column_has_one_word() -> None:
    found = retention.default()
    assert list(columns.without_a_word(found)) == [], "name it in retention.yaml, or in office/privacy/data/impersonal.json"
    assert list(columns.with_two_words(found)) == []
    assert len(tables()) > 90


def test_what_the_lists_name_is_there() -> None:
    there = {f"{table}.{column.name}" for table, held in tables().items() for column in held.columns}
    fields = [each for kind in retention.default().kinds.values() for each in kind.fields.items()]
    assert {f"{table}.{column}" for table, held in (*fields, *impersonal().items()) for column in held} <= there


def test_a_column_that_nobody_spoke_of_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(impersonal())
    known["office.bill"] = known["office.bill"] - {"piastres"}
    monkeypatch.setattr(columns, "impersonal", lambda: known)
    assert list(columns.without_a_word(retention.default())) == ["office.bill.piastres"]


def test_free_text_is_never_called_impersonal() -> None:
    """What somebody can type anything into holds names sooner or later. Codes and numbers of ours are bounded by their columns."""
    from sqlalchemy import Text

    assert not [f"{name}.{column}" for name, held in impersonal().items() for column in held if type(tables()[name].c[column].type) is Text]


def test_a_copy_has_all_that_is_an_applicant_s_or_a_holder_s() -> None:
    said = {f"{chain(each.table)}.{column}" for each in (*sections.OFFICE, *sections.INSPECTIONS) for column in each.columns}
    wanted = {
        f"{table}.{column}"
        for kind in retention.default().kinds.values()
        if kind.whose in ("applicant", "holder")
        for table, held in kind.fields.items()
        for column in held
    }
    left = {column for column in wanted if column in sections.LEFT_OUT or f"{column.rpartition('.')[0]}.*" in sections.LEFT_OUT}
    assert wanted - said - left == set(), "a section of office/privacy/sections.py has it, or LEFT_OUT says why none does"
    used = {column for column in sections.LEFT_OUT if column in wanted or any(f"{each.rpartition('.')[0]}.*" == column for each in wanted)}
    assert set(sections.LEFT_OUT) - used == set()


def chain(table: object) -> str:
    return next(name for name, held in tables().items() if held is table)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ALEXANDRIA, tmp_path / "giza"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("court_days: 60", "court_days: sixty", "rules_value_invalid"),
        ("    basis: service\n", "    basis: whim\n", "rules_reference_unknown"),
        ("    days: 30\n", "    days: 0\n", "rules_value_invalid"),
        ("    days: 180\n", "    days: 181\n", "rules_value_invalid"),
        ("    days: 1095\n", "    days: 90\n", "rules_value_invalid"),
        ("    days: 30\n    from: made\n", "", "rules_key_missing"),
        ("    from: made\n", "", "rules_key_missing"),
        ("    on_request: erased\n", "    on_request: maybe\n", "rules_value_invalid"),
        ("    by: case\n", "    by: magic\n", "rules_value_invalid"),
        ("office.citizen: [mobile]", "office.citizen: [mobil]", "rules_reference_unknown"),
        ("office.citizen: [mobile]", "office.citizen: [mobile, id]", "rules_reference_unknown"),
        ("office.citizen: [mobile]", "office.citizen: [mobile, mobile]", "rules_key_twice"),
        ("office.citizen: [mobile]", "office.people: [mobile]", "rules_reference_unknown"),
        ("office.citizen: [mobile]", "citizen: [mobile]", "rules_value_invalid"),
        ("office.message: [recipient, text]", "office.message: [recipient]", "rules_key_missing"),
        ("office.message: [recipient, text]", "office.message: [recipient, text]\n      office.citizen: [mobile]", "rules_key_twice"),
        ("  drafts:\n", "  draughts:\n    more: 1\n", "rules_key_unknown"),
        ("  lookups:\n", "  look_ups:\n", "rules_key_missing"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(copy: Path, old: str, new: str, code: str) -> None:
    path = copy / folder.RETENTION
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    done = CliRunner().invoke(khatm.main, ["governorate", "check", str(copy)])
    assert done.exit_code == 2, done.output
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"{folder.RETENTION}:")]
    assert any(f": {code}: " in line and line.split(":")[1].isdigit() for line in lines), done.stderr
    assert "Traceback" not in done.output


def test_a_folder_without_the_file_goes_by_the_program_s(copy: Path) -> None:
    (copy / folder.RETENTION).unlink()
    assert retention.of(copy) == retention.of(ALEXANDRIA)
    assert CliRunner().invoke(khatm.main, ["governorate", "check", str(copy)]).exit_code == 0
