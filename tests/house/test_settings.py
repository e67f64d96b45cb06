"""The page of settings has all that is read, where it is read, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from office.desk import environment as desk
from office.messages import settings as gateway
from office.payments import settings as provider
from tests.conftest import ROOT
from tests.house import settings_doc
from tests.house.test_one_place import where
from verifier import environment as verifier
from web.environment import Environment, File
from web.faults import SettingsError
from web.logs import Format

PAGE = settings_doc.PATH.read_text("utf-8")
ROWS = re.findall(r"^\| `(KHATM_\w+)` \|.*\| `([\w./-]+)` \|$", PAGE, re.MULTILINE)
ROOMS = {entry.parent for entry in ROOT.glob("*/__init__.py")} - {ROOT / "tests"}


def read_in(file: str) -> Iterator[str]:
    """The settings that a file reads: names as they are looked up, not as they are told of."""
    text = (ROOT / file).read_text("utf-8")
    if not file.endswith(".py"):
        yield from re.findall(r"\$\{(KHATM_\w+)", text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"KHATM_[A-Z_]*[A-Z]", node.value):
            yield node.value


def test_the_page_is_made_from_the_code() -> None:
    assert settings_doc.page() == PAGE, "python -m tests.house.settings_doc"


def test_each_setting_is_read_where_the_page_says() -> None:
    assert len(ROWS) > 30
    assert [(name, file) for name, file in ROWS if name not in set(read_in(file))] == []


def test_whatever_is_read_or_named_stands_in_the_page() -> None:
    code = [path for room in ROOMS for path in room.rglob("*.py") if "node_modules" not in path.parts]
    code += [*(ROOT / "bench").glob("*.py"), *(ROOT / ".ci").iterdir(), ROOT / "tests/conftest.py", ROOT / "Makefile"]
    files = [str(path.relative_to(ROOT)) for path in code if path.is_file()]
    read = {name for file in files for name in read_in(file)}
    told = {name for file in files for name in re.findall(r"KHATM_[A-Z_]*[A-Z]\b", (ROOT / file).read_text("utf-8"))}
    assert len(files) > 200
    assert read | told == {name for name, _ in ROWS}


CLASSES = [variables for classes in settings_doc.SERVICES.values() for variables in classes]


def test_the_defaults_of_the_page_are_what_the_code_does_without_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name, _ in ROWS]:
        monkeypatch.delenv(name, raising=False)
    told = dict(re.findall(r"^\| `(KHATM_\w+)` \|[^|]*\| (.*?) \|", PAGE, re.MULTILINE))
    held = {str(field.validation_alias): getattr(each(), name) for each in CLASSES for name, field in each.model_fields.items()}
    said = {name: str(value) for name, value in held.items() if value not in (None, "", frozenset())}
    assert len(said) >= 15
    assert {name: told[name] for name in said} == said
    assert {told[name] for name in held.keys() - said.keys()} <= {
        *("", "none", "any", "none: no app", "in that folder", "root.cose or root.jwk beside that folder"),
        *("none is written", "nowhere", "the register"),
        *("none: as long as the process", "none: at the counter only"),
        "the governorate's, else the district, without a name",
        "none: it does not start",
        "it is asked for",
        *("those of the trust list", "none: no streets", "outlines without streets", "none: no security.txt"),
        *("none: receipts are unsigned", "none: passwords only", "none: they are not connected", "the governorate's, else no button"),
        *("no such button", "no passkeys", "roster.cose beside the root", "nobody is asked who applies"),
    }


@pytest.mark.parametrize("variables", CLASSES)
def test_what_is_set_is_taken_and_cannot_change(variables: type[Environment], monkeypatch: pytest.MonkeyPatch) -> None:
    fields = variables.model_fields
    usual = variables()
    for field in fields.values():
        monkeypatch.setenv(str(field.validation_alias), "")
    assert variables() == usual, "an empty variable is one that is not set"
    name, field = next((name, field) for name, field in fields.items() if field.annotation in (str, Path, File, Format))
    other = "json" if field.annotation == Format else "else"
    monkeypatch.setenv(str(field.validation_alias), other)
    assert str(getattr(variables(), name)) == other
    with pytest.raises(ValidationError, match="frozen"):
        setattr(usual, name, "x")


@pytest.mark.parametrize(
    ("variables", "name", "wrong"),
    [
        *((desk.Variables, "KHATM_OFFICE_HTTPS", wrong) for wrong in ("false", "No", "0")),
        *((desk.Variables, "KHATM_OFFICE_TRUSTED_PROXIES", wrong) for wrong in ("-1", "one")),
        *((verifier.ServerVariables, "KHATM_WORKERS", wrong) for wrong in ("0", "two")),
        *((verifier.Variables, name, "-1") for name in ("KHATM_API_TEXTS", "KHATM_API_PICTURES", "KHATM_TRUSTED_PROXIES")),
    ],
)
def test_what_is_none_is_refused_by_name_and_not_quoted(
    variables: type[Environment], name: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(SettingsError, match=name) as refused:
        variables()
    assert refused.value.code in {"setting_not_one_of", "setting_not_number", "setting_out_of_bounds"}
    assert wrong not in refused.value.detail.split(": ")[0] and "input_value" not in str(refused.value)


def test_no_process_reads_its_environment_another_way() -> None:
    """Classes of variables are of web/environment.py; what else reads the environment hands it on whole, or speaks to a library."""
    assert where(re.compile(r"\bBaseSettings\)")) == {"web/environment.py"}
    assert where(re.compile(r"os\.(?:environ|getenv)\b")) == {
        *("demo/commands.py", "inspections/commands.py", "inspector_app/commands.py", "office/desk/serving.py"),
        *("witness/commands.py", "deploy/commands.py", "deploy/by_hand.py"),
        "web/life.py",  # NOTIFY_SOCKET is systemd's
        "web/measured.py",  # prometheus_client is told by it where its processes share files
        "office/backup/databases.py",  # libpq's own programs are told by it where the server is
        *("governorate/folder.py", "khatm.py"),  # one folder for a whole process and those that it starts
    }


def test_nothing_else_is_called_a_setting_in_the_papers() -> None:
    papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    told = {name for paper in papers for name in re.findall(r"KHATM_[A-Z_]*[A-Z]\b", paper.read_text("utf-8"))}
    assert told - {name for name, _ in ROWS} == set()


def test_the_files_of_settings_have_every_key_and_no_other() -> None:
    """The keys of both examples are those that the readers take."""
    for title, taken in (
        ("The payment provider", {*provider.ProviderFile.model_fields}),
        ("The message gateway", {*gateway.SmppTable.model_fields, *gateway.HttpTable.model_fields}),
    ):
        part = PAGE.partition(f"## {title}")[2].partition("\n## ")[0]
        shown = [line for line in part.splitlines() if line.startswith("    ")]
        assert set(re.findall(r'(?:^|\s)([a-z_]+) += (?=["\d]|true|false)', "\n".join(shown))) == taken
