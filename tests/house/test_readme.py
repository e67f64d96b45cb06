"""The README's first steps and the tutorial's, as somebody takes them in an empty folder with nothing but the installed command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
from keys.strength import PASSPHRASE_MIN
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs/tutorial.md").read_text("utf-8")
SECRET = "ox bay tin cup sun"[:PASSPHRASE_MIN]
AREA = [[[29.98, 31.24], [30.03, 31.24], [30.03, 31.29], [29.98, 31.29], [29.98, 31.24]]]


def steps(part: str = README.partition("## Seal your own file")[2].partition("\n## ")[0]) -> list[list[str]]:
    """The words of each `khatm` command of a part of a page, without the comments."""
    return [shlex.split(line.strip(), comments=True)[1:] for line in part.splitlines() if line.startswith("    khatm ")]


def run(*words: str, secret: str = SECRET) -> Result:
    """Run a command as the README has it; who types the passphrase twice is a file here."""
    Path("passphrase").write_text(secret + "\n", "utf-8")
    unlocks = words[0] in ("keys", "publish") or (words[0] == "issue" and not {"--check", "--template"} & set(words))
    needs = ["--passphrase-file", "passphrase"] if unlocks else []
    return CliRunner().invoke(khatm.main, [*words, *needs], input="y\n" * 99 if "trust-list" in words else None)


def areas() -> None:
    """Write the outline of one authority, as any GeoJSON has it."""
    named = {"code": "MN1", "name_ar": "حي المنتزه أول", "name_en": "Montaza 1"}
    feature = {"type": "Feature", "properties": named, "geometry": {"type": "Polygon", "coordinates": AREA}}
    Path("areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")


def test_the_readme_names_the_passphrase_s_least_length() -> None:
    assert re.findall(r"a passphrase of (\d+) characters or more", README) == [str(PASSPHRASE_MIN)]


def test_the_least_length_is_enough_and_one_character_less_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (init,) = (words for words in steps() if words[:2] == ["keys", "init"])
    refused = run(*init, secret=SECRET[1:])
    assert refused.exit_code == 2 and "passphrase_weak" in refused.output
    assert run(*init).exit_code == 0


def test_the_first_steps_work_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    areas()
    assert run("issue", "--template", "licenses.xlsx").exit_code == 0
    ours = {"licenses.csv": "licenses.xlsx"}
    verified = ""
    for words in steps():
        given = [ours.get(word, word) for word in words]
        if given[0] == "verify":
            given[1] = str(next(Path("var/out").glob("*.png")))
            given = [*given[: given.index("--at")]]  # where the template's examples stand is no matter
        result = run(*given)
        assert result.exit_code == 0 or given[0] == "verify", (given, result.output)
        verified = result.output
    assert "ALX-MN1-" in verified, "the last step is the verdict"


def test_the_first_hour_goes_as_the_tutorial_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    areas()
    ends = []
    for words in steps(TUTORIAL):
        given = [{"$areas": "areas.geojson"}.get(word, word) for word in words]
        if given[0] == "verify":  # the number has the year
            given[1] = str(*Path("var/out").glob("ALX-MN1-*-0000001-?.png"))
        result = run(*given)
        ends.append(result.exit_code)
        told = re.search(r"(\d+ rows: .*)", TUTORIAL) if "--check" in given else None
        assert told is None or told[1] in result.output
    assert len(ends) == 10 and ends == [0] * 7 + [0, 1, 3]
    assert re.findall(r"\((\d)\)|\(exit code (\d)\)", TUTORIAL) == [("", "0"), ("1", ""), ("3", "")]
