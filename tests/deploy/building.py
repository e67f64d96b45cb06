"""The package and the image, built by the commands that people use."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, unavailable
from tests.deploy import wheels


def package(release: str = "1") -> Path:
    """Build the Debian package; return where it is."""
    return _built("deploy/debian-package", rf"^(dist/\S+-{release}_\S+\.deb)", KHATM_DEB_RELEASE=release)


def image() -> Path:
    """Build the container image from the newest package; return where it is."""
    return _built("deploy/container-image", r"^(dist/\S+\.oci\.tar)")


def package_in(folder: Path, release: str = "1", **variables: str) -> Path:
    """Build the package of the sources that lie in `folder`; return where it is."""
    return _built("deploy/debian-package", rf"^(dist/\S+-{release}_\S+\.deb)", folder, KHATM_DEB_RELEASE=release, **variables)


def before(folder: Path) -> Path:
    """Build the package of the version before the newest revision of the office's tables, in `folder`; return where it is."""
    newest = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", "office/migrations/versions")
    if not newest:
        unavailable("git has no history here, so the version before cannot be built")
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", f"{newest}^"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    shutil.copytree(ROOT / wheels.APP, folder / wheels.APP)
    (folder / ".venv").symlink_to(sys.prefix)
    return package_in(folder, SOURCE_DATE_EPOCH=_git("log", "-1", "--format=%ct", f"{newest}^"))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()


def _built(script: str, told: str, folder: Path = ROOT, **variables: str) -> Path:
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), str(folder / script)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / re.findall(told, done.stdout, re.MULTILINE)[0]
