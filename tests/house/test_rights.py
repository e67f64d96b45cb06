"""A folder that is somebody else's is told as that, in both languages, by every command: nobody looks for another disk because of it."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import khatm
from storage.errors import disk
from tests.conftest import ROOT, unavailable
from web.faults import SENTENCES
from web.later import Later
from web.staying import PASSING

NOBODY = 65534
PASSPHRASE = "blue heron walks slowly 77"


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that anybody may look into and only root may write, for whoever runs the commands is somebody else then."""
    if os.geteuid() != 0:
        unavailable("only root can become somebody else")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own is closed to other users
        path = Path(folder)
        path.chmod(0o755)
        (path / "passphrase").write_text(f"{PASSPHRASE}\n")
        (path / "passphrase").chmod(0o644)
        (path / "licenses.csv").write_bytes((ROOT / "demo/data/sample.csv").read_bytes())
        (path / "licenses.csv").chmod(0o644)
        yield path


def loaded(words: list[str]) -> None:
    """Load what a command needs: whoever it is then may not read this Python's own files, perhaps."""
    group: click.Command | None = khatm.main
    while isinstance(group, click.Group):
        group = group.get_command(click.Context(group), words.pop(0))
        group = group.real() if isinstance(group, Later) else group


def said(folder: Path, line: str) -> str:
    """What a command says to somebody who may not write there."""
    loaded(line.split())
    os.seteuid(NOBODY)
    try:
        done = CliRunner().invoke(khatm.main, [word.replace("HERE", str(folder)) for word in line.split()])
    finally:
        os.seteuid(0)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code == 2, done.output
    return done.output


@pytest.mark.parametrize(
    "line",
    [
        "issue --check HERE/licenses.csv",
        "issue --template HERE/new.xlsx",
        "keys init --keys HERE/keys --host khatm.example --passphrase-file HERE/passphrase",
        "witness init HERE/witness --name witness.example/w --passphrase-file HERE/passphrase",
        "inspections init --database HERE/inspections.sqlite --files HERE/files",
        "backup identity HERE/identity",
        "office applicants init HERE/applicants.keys",
        "setup --one-user --beneath HERE/house --no-start --host khatm.example --office-host office.example --keys HERE/keys "
        "--administrator mona=Mona --administrator karim=Karim --passphrase-file HERE/passphrase",
    ],
)
def test_what_may_not_be_written_is_told_as_rights_and_with_its_path(closed: Path, line: str) -> None:
    told = said(closed, line)
    assert all(SENTENCES.say("permission", language) in told for language in ("ar", "en")), told
    assert "permission: " in told and str(closed) in told
    assert sorted(path.name for path in closed.iterdir()) == ["licenses.csv", "passphrase"], "and nothing is left there"


def test_a_disk_that_is_read_only_is_told_as_that(tmp_path: Path) -> None:
    """As the kernel mounts one that failed, and as a unit sees what it may not write."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "khatm", tmp_path], check=False, capture_output=True).returncode:
        unavailable("no right to mount a disk")
    try:
        done = CliRunner().invoke(khatm.main, ["issue", "--template", str(tmp_path / "new.xlsx")])
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)
    assert done.exit_code == 2 and "read_only: " in done.output and SENTENCES.say("read_only", "ar") in done.output, done.output


@pytest.mark.parametrize(
    ("number", "code"),
    [
        *((number, "permission") for number in (errno.EACCES, errno.EPERM)),
        *((number, "disk_full") for number in (errno.ENOSPC, errno.EDQUOT)),
        (errno.EROFS, "read_only"),
        (errno.EIO, "disk"),
        (None, "disk"),
    ],
)
def test_what_the_system_says_has_one_code(number: int | None, code: str) -> None:
    assert disk(OSError() if number is None else OSError(number, "")) == code
    assert code in PASSING, "a process that goes on waits until somebody mends it"
