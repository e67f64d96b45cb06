"""The disk is full: a real, small one. What is begun then ends with a sentence, leaves nothing half-written, and goes on with room."""

from __future__ import annotations

import contextlib
import errno
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from tests.issuer import offices
from tests.issuer.offices import Office, rows
from tests.office.recovery.house import at, begun

_OCTETS = 6 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of six megabytes of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_OCTETS}", "khatm-drill", folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk; tests/issuer/test_interruptions.py limits the size of files instead")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def office(small_disk: Path, made_keys: Path) -> Office:
    """A house on the small disk: both logs, two licenses, all of it published."""
    house = offices.furnish(small_disk / "house", made_keys, str(small_disk / "house/register.sqlite"))
    return begun(house)


def fill(disk: Path) -> Path:
    """Fill a disk to the last octet; return the file that does."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0
    with pytest.raises(OSError) as refused:
        (disk / "one-more").write_bytes(b"x" * 5000)
    assert refused.value.errno == errno.ENOSPC
    (disk / "one-more").unlink(missing_ok=True)
    return filler


def held(folder: Path) -> dict[str, bytes]:
    """Every file but the databases' own, which are looked at by their content."""
    ours = (path for path in folder.rglob("*") if path.is_file() and ".sqlite" not in path.name)
    return {str(path.relative_to(folder)): path.read_bytes() for path in ours}


COMMANDS: dict[str, tuple[str, ...]] = {
    "issue": ("issue", "NEW", "--no-output"),
    "publish": ("publish",),
    "backup": ("backup", "create", "BACKUP"),
    "keys": ("keys", "authority", "add", "MN1"),
    "revoke": ("license", "revoke", "NUMBER", "--reason", "أُغلق"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_says_so_leaves_nothing_half_and_goes_on(office: Office, small_disk: Path, name: str) -> None:
    meant = {
        "NEW": str(office.write("new.csv", rows(40, first=10))),
        "BACKUP": str(office.folder / "backup"),
        "NUMBER": "ALX-MN1-2026-0000001-M",
    }
    words = [meant.get(word, word) for word in COMMANDS[name]]
    filler = fill(small_disk)
    before = held(office.folder)
    said = drill(office, words, exit_code=2)
    assert "disk_full: The disk is full: make room, then give the same command again" in said, said
    assert len([line for line in said.splitlines() if line.startswith("Error")]) == 1
    assert held(office.folder) == before, "nothing half-written"
    filler.unlink()
    drill(office, words, exit_code=0)
    assert ", 0 findings" in office.run("audit", "verify", now=None).output
    office.run("publish", now=at(offices.SECONDS + 3600))


def drill(office: Office, words: list[str], *, exit_code: int) -> str:
    """Run one of the commands with what it takes of the house's places."""
    where = office.locations
    if words[0] not in ("backup", "keys"):
        return office.run(*words, exit_code=exit_code, now=at(offices.SECONDS + 600)).output
    options = ["--keys", where.keys, "--passphrase-file", office.folder / "passphrase", "--yes"]
    if words[0] == "backup":
        options = ["--register", office.register, "--published", where.published, "--log-store", where.store]
    ran = CliRunner().invoke(khatm.main, [*words, *map(str, options)])
    assert ran.exit_code == exit_code, ran.output
    return ran.output
