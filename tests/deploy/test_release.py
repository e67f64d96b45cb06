"""A version is released of a commit that is ready for it, with checksums that whoever receives it can check."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.release import ready
from deploy.release.errors import SENTENCES, ReleaseError
from tests.conftest import ROOT

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.4.0] - 2026-12-24\n\n### Added\n- Something.\n\n## [1.3.0] - 2026-11-29\n"


def git(folder: Path, *words: str) -> str:
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "a"), ("EMAIL", "a@khatm.example"))}
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), **who}  # noqa: TID251
    return subprocess.run(["git", *words], check=True, cwd=folder, env=surroundings, capture_output=True, text=True).stdout


def committed(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A repository that is ready to be released as 1.4.0."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.4.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "-q")
    committed(tmp_path)
    return tmp_path


def test_a_ready_commit_says_its_version(house: Path) -> None:
    assert ready.check(house) == "1.4.0"
    git(house, "tag", "-a", "v1.4.0", "-m", "1.4.0")
    assert ready.check(house) == "1.4.0", "its own tag is no other's"
    (house / "CHANGELOG.md").write_text(CHANGELOG.replace("## [1.4", "### Added\n\n## [1.4"))
    committed(house)
    git(house, "tag", "-f", "v1.4.0")
    assert ready.check(house) == "1.4.0", "headings without a line say nothing"


@pytest.mark.parametrize("written", ["1.4", "1.04.0", "v1.4.0", "1.4.0.dev1", "1.4.0+mine", "one", "", "1.4.0; rm", "../1"])
def test_a_version_that_is_none_is_refused(house: Path, written: str) -> None:
    (house / "pyproject.toml").write_text(f'[project]\nversion = "{written}"\n')
    committed(house)
    with pytest.raises(ReleaseError) as refused:
        ready.check(house)
    assert refused.value.code == ("no_heading" if written == "1.4" else "version_invalid")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (CHANGELOG.replace("1.4.0", "1.5.0"), "no_heading"),
        (CHANGELOG.replace(" - 2026-12-24", ""), "no_heading"),
        (CHANGELOG.replace("2026-12-24", "2026-12-32"), "no_heading"),
        (CHANGELOG.replace("2026-12-24", "24.12.2026"), "no_heading"),
        (CHANGELOG.replace("## [Unreleased]\n", ""), "no_heading"),
        (CHANGELOG.replace("## [1.4.0]", "## [1.3.0] - 2026-11-29\n\n## [1.4.0]"), "no_heading"),
        ("", "no_heading"),
        (CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n### Added\n- Not yet moved.\n"), "unreleased"),
    ],
)
def test_a_changelog_that_does_not_name_it_is_refused(house: Path, changed: str, code: str) -> None:
    (house / "CHANGELOG.md").write_text(changed)
    committed(house)
    with pytest.raises(ReleaseError) as refused:
        ready.check(house)
    assert refused.value.code == code


def new_file(house: Path) -> None:
    (house / "stray.py").write_text("")


def changed_file(house: Path) -> None:
    with (house / "CHANGELOG.md").open("a") as stream:
        stream.write("\n")


def tag_before(house: Path) -> None:
    git(house, "tag", "v1.4.0")
    git(house, "commit", "-q", "--allow-empty", "-m", "b")


def no_repository(house: Path) -> None:
    shutil.rmtree(house / ".git")


@pytest.mark.parametrize(
    ("spoil", "code"), [(new_file, "dirty"), (changed_file, "dirty"), (tag_before, "tag_elsewhere"), (no_repository, "no_git")]
)
def test_what_is_not_a_commit_with_a_free_tag_is_refused(house: Path, spoil: Callable[[Path], None], code: str) -> None:
    spoil(house)
    with pytest.raises(ReleaseError) as refused:
        ready.check(house)
    assert refused.value.code == code


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "deploy/release").glob("*.py"))
    raised = set(re.findall(r'ReleaseError\("(\w+)"', sources)) | set(re.findall(r'SENTENCES\.both\("(\w+)"', sources))
    assert raised == set(SENTENCES.own), "those of the disk are of keys"


def release(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "deploy.release", *words], check=False, cwd=ROOT, capture_output=True, text=True)


def test_sums_are_those_of_the_version_s_files(tmp_path: Path) -> None:
    version = ready.version_of(ROOT)
    mine = [
        f"khatm-{version}-py3-none-any.whl",
        f"khatm-{version}.cdx.json",
        f"khatm_{version}-1_amd64.deb",
        f"khatm_{version}-1_amd64.oci.tar",
    ]
    others = [f"khatm-{version}.1-py3-none-any.whl", f"khatm_{version}.1-1_amd64.deb", "notes.txt", ".published-x"]
    for name in (*mine, *others):
        (tmp_path / name).write_text(name)
    told = release("sums", "--dist", str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "SHA256SUMS").read_text() == told.stdout
    assert [line.split("  ")[1] for line in told.stdout.splitlines()] == mine
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    assert subprocess.run(check, check=False, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / mine[2]).write_text("another one")
    failed = subprocess.run(check, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert failed.returncode == 1 and f"{mine[2]}: FAILED" in failed.stdout


def test_without_its_wheel_there_are_no_sums_and_no_bill(tmp_path: Path) -> None:
    for words in ("sums", "sbom"):
        refused = release(words, "--dist", str(tmp_path))
        assert refused.returncode == 2
        assert "file_missing: A file of this version is missing / ينقص ملف" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_version_stands_in_one_place() -> None:
    told = subprocess.run([Path(sys.executable).with_name("khatm"), "--version"], check=True, capture_output=True, text=True).stdout
    assert told.split()[-1] == ready.version_of(ROOT)
