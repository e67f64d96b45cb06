"""A wheel that is built twice is the same, octet by octet, wherever, whenever and by whomever; and holds what git has, nothing else."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy import wheels

NOON = 1_800_000_000  # seconds since 1970, of the commit in these tests
PWA = "inspector_app/pwa"


def git(folder: Path, *words: str) -> str:
    when = f"@{NOON} +0200"
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "a"), ("EMAIL", "a@khatm.example"))}
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, **who}  # noqa: TID251
    return subprocess.run(["git", *words], check=True, cwd=folder, env=surroundings, capture_output=True, text=True).stdout


def test_two_builds_are_the_same_octets(tmp_path: Path) -> None:
    """One in a repository with what lies around after a day's work, one in an unpacked archive of another day, user and place."""
    worked, unpacked = wheels.copied(tmp_path / "khatm"), wheels.copied(tmp_path / "Another place/of ختم")
    (worked / ".venv").unlink()
    (worked / ".gitignore").write_text("dist/\n*.swp\n")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "a")):
        git(worked, *words)
    (worked / ".venv").symlink_to(sys.prefix)
    for stray in ("stray.py", "office/.stray.py.swp", "build/lib/office/gone.py", "khatm.egg-info/SOURCES.txt", f"{wheels.APP}/.holds"):
        (worked / stray).parent.mkdir(parents=True, exist_ok=True)
        (worked / stray).write_text("office/gone.py\n")
    for path in unpacked.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else path.stat().st_mode & 0o500 | 0o400)
            os.utime(path, (1_234_567_890, 1_234_567_890))

    one = wheels.built(worked, umask=0o002, TZ="Africa/Cairo", LC_ALL="C")
    other = wheels.built(unpacked, str(tmp_path / "there"), umask=0o077, TZ="Asia/Tokyo", SOURCE_DATE_EPOCH=str(NOON))
    assert (one.parent, other.parent) == (worked / "dist", tmp_path / "there")
    assert list(wheels.differences(one, other)) == []
    assert one.read_bytes() == other.read_bytes()

    with zipfile.ZipFile(one) as packed:
        names = set(packed.namelist())
        assert {each.date_time for each in packed.infolist()} == {(2027, 1, 15, 8, 0, 0)}
    assert {"khatm.py", "office/__init__.py", "office/migrations/env.py", f"{wheels.APP}/packages.txt"} <= names
    strange = [name for name in names if "stray" in name or "gone" in name or "/." in name or name.startswith(("tests/", "deploy/release"))]
    assert strange == []


def test_what_differs_is_named(tmp_path: Path) -> None:
    def packed(name: str, **files: tuple[str, int]) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w") as made:
            for file, (text, day) in files.items():
                made.writestr(zipfile.ZipInfo(file, (2026, 1, day, 0, 0, 0)), text)
        return tmp_path / name

    one = packed("one", a=("x", 1), b=("y", 1))
    assert list(wheels.differences(one, packed("same", a=("x", 1), b=("y", 1)))) == []
    assert list(wheels.differences(one, packed("text", a=("z", 1), b=("y", 1)))) == ["a: other octets"]
    assert list(wheels.differences(one, packed("day", a=("x", 1), b=("y", 2)))) == [
        "b: date_time (2026, 1, 1, 0, 0, 0) and (2026, 1, 2, 0, 0, 0)"
    ]
    assert list(wheels.differences(one, packed("less", a=("x", 1)))) == ["b: only in one of them"]
    assert list(wheels.differences(one, packed("order", b=("y", 1), a=("x", 1)))) == ["their files come in another order"]


@pytest.mark.parametrize(
    "forgotten",
    [
        "office/new.py",
        "office/data/new.json",
        "deploy/systemd/khatm-new.service",
        "office/new/__init__.py",
        "witness/__init__.py",
        "khatm.py",
    ],
)
def test_a_file_of_a_package_that_git_does_not_know_is_not_left_out_in_silence(tmp_path: Path, forgotten: str) -> None:
    worked = tmp_path / "khatm"
    for name in ("office/__init__.py", "pyproject.toml", "deploy/__init__.py", "deploy/wheel", "tests/__init__.py"):
        (worked / name).parent.mkdir(parents=True, exist_ok=True)
        (worked / name).touch()
    shutil.copy(ROOT / "deploy/wheel", worked / "deploy")
    shutil.copy(ROOT / "pyproject.toml", worked)
    (worked / ".gitignore").write_text(".venv\n")
    (worked / ".venv").symlink_to(sys.prefix)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "a")):
        git(worked, *words)
    for name in (forgotten, "notes.txt", "tests/test_new.py"):
        (worked / name).parent.mkdir(parents=True, exist_ok=True)
        (worked / name).touch()
    refused = subprocess.run([worked / "deploy/wheel"], check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "git does not know these files, so they would be missing: git add them, or take them away",
        forgotten,
    ]
    git(worked, "add", forgotten)
    further = subprocess.run([worked / "deploy/wheel"], check=False, capture_output=True, text=True)
    assert "phone app is not built" in further.stderr, "and goes on"


def test_in_a_repository_that_git_does_not_read_nothing_is_built(tmp_path: Path) -> None:
    """As of a folder of somebody else's ("dubious ownership"): what lies around there would go into the wheel."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/wheel", tmp_path / "deploy")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    refused = subprocess.run([tmp_path / "deploy/wheel"], check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "git does not say what is in it: fatal: " in refused.stderr


def test_a_wheel_without_the_phone_app_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/wheel", tmp_path / "deploy")
    refused = subprocess.run([tmp_path / "deploy/wheel"], check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == ["The phone app is not built, and a wheel without it would be half of Khatm: make app"]
    assert list((tmp_path / "dist").iterdir()) == []


@pytest.mark.long
def test_the_phone_app_built_elsewhere_is_the_same(tmp_path: Path) -> None:
    """Its files' names come from their octets, so a difference anywhere would be one of names."""
    there = wheels.copied(tmp_path / "Another place")
    shutil.rmtree(there / wheels.APP)
    shutil.copytree(ROOT / PWA / "node_modules", there / PWA / "node_modules", symlinks=True)
    node = subprocess.run([ROOT / ".ci/node"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([node, there / PWA / "build.mjs"], check=True, cwd="/", umask=0o077, capture_output=True, timeout=300)
    here, other = (
        {path.name: path.read_bytes() for path in (root / wheels.APP).iterdir() if path.name[0] != "."} for root in (ROOT, there)
    )
    assert sorted(name for name in {*here, *other} if here.get(name) != other.get(name)) == []
