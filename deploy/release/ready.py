"""What must hold before a version is released: one number, its heading, a commit, a tag that is free."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from .errors import ReleaseError

_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<day>\S+))?$", re.MULTILINE)


def check(folder: Path) -> str:
    """Return the version that `folder`, a working tree, is ready to be released as. Raises ReleaseError for what is not ready."""
    version = version_of(folder)
    _headed((folder / "CHANGELOG.md").read_text("utf-8"), version)
    head = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=normal")
    if changed:
        raise ReleaseError("dirty", changed.splitlines()[0])
    tag = f"v{version}"
    if _git(folder, "tag", "--list", tag) and _git(folder, "rev-parse", f"{tag}^{{commit}}") != head:
        raise ReleaseError("tag_elsewhere", tag)
    return version


def version_of(folder: Path) -> str:
    """Return the version of pyproject.toml, the only place of it. Raises ReleaseError version_invalid."""
    try:
        written = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        version = Version(written)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, InvalidVersion) as error:
        raise ReleaseError("version_invalid", str(error)) from error
    if str(version) != written or version.is_devrelease or version.local:
        raise ReleaseError("version_invalid", written)
    return str(version)


def _headed(changelog: str, version: str) -> None:
    headings = list(_HEADING.finditer(changelog))
    if len(headings) < 2 or headings[0]["name"] != "Unreleased" or headings[1]["name"] != version or not _day(headings[1]["day"]):
        raise ReleaseError("no_heading", version)
    between = changelog[headings[0].end() : headings[1].start()]
    if any(line.strip() and not line.startswith("###") for line in between.splitlines()):
        raise ReleaseError("unreleased")


def _day(text: str | None) -> bool:
    try:
        return text is not None and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _git(folder: Path, *words: str) -> str:
    program = shutil.which("git")
    done = program and subprocess.run([program, *words], check=False, cwd=folder, capture_output=True, text=True)
    if not done or done.returncode:
        raise ReleaseError("no_git", done.stderr.strip()[:200] if done else "")
    return done.stdout.strip()
