"""Wheels for tests: built by the command that people use, in folders of their own; what differs between two of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT, unavailable
from tests.house.test_rules import tracked

APP = "inspector_app/pwa/dist"
_APART = {"tests", "docs", "bench"}


def copied(to: Path) -> Path:
    """A folder with the sources of a wheel and the built phone app; this run's environment stands in it."""
    if not (ROOT / APP / "index.html").is_file():
        unavailable("the phone app is not built: .ci/app")
    for path in tracked():
        name = path.relative_to(ROOT)
        if name.parts[0] not in _APART:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to / name)
    shutil.copytree(ROOT / APP, to / APP)
    (to / ".venv").symlink_to(sys.prefix)
    return to


def built(folder: Path, *words: str, umask: int = 0o022, **variables: str) -> Path:
    """Build the wheel in `folder`, its sources; return where it is."""
    kept = {name: text for name, text in os.environ.items() if name != "SOURCE_DATE_EPOCH"}  # noqa: TID251
    command = [str(folder / "deploy/wheel"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env=kept | variables, umask=umask, timeout=300)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def differences(one: Path, other: Path) -> Iterator[str]:
    """What two wheels have not in common, each as a line that names the file in them."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        mine, others = ({each.filename: each for each in packed.infolist()} for packed in (first, second))
        yield from (f"{name}: only in one of them" for name in sorted(set(mine) ^ set(others)))
        if not set(mine) ^ set(others) and list(mine) != list(others):
            yield "their files come in another order"
        for name in sorted(set(mine) & set(others)):
            if first.read(name) != second.read(name):
                yield f"{name}: other octets"
            for what in ("date_time", "external_attr", "compress_type", "compress_size", "create_system", "extra"):
                if getattr(mine[name], what) != getattr(others[name], what):
                    yield f"{name}: {what} {getattr(mine[name], what)} and {getattr(others[name], what)}"
