"""The units that the Debian package brings: complete, hardened, and each with a command line that the commands understand."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

import khatm
from deploy import owning, places
from tests.conftest import ROOT, unavailable
from tests.deploy import units
from web.later import Later

SETTINGS = units.variables(ROOT / "deploy/etc/khatm.conf")
SERVICES = {unit.name: unit for unit in units.services()}
#: What the issue of running it names; each has its unit.
PROGRAMS = {
    *("khatm-office", "khatm-worker", "khatm-sender", "khatm-poller", "khatm-publisher", "khatm-enforcer", "khatm-verifier"),
    *("khatm-inspections", "khatm-deliver", "khatm-witness", "khatm-doctor", "khatm-backup", "khatm-audit", "khatm-counts"),
    *("khatm-evaluate", "khatm-detect", "khatm-plan", "khatm-follower"),
}
TIMED = {path.stem for path in units.FOLDER.glob("*.timer")}


def parsed(words: list[str]) -> None:
    """Let the command read its own command line, without running it."""
    assert words[0] == "/opt/khatm/bin/khatm"
    group: click.Command = khatm.main
    context, rest = click.Context(group, info_name="khatm"), words[1:]
    while isinstance(group, click.Group):
        found = group.get_command(context, rest[0])
        assert found is not None, rest
        found = found.real() if isinstance(found, Later) else found
        context, group, rest = click.Context(found, parent=context, info_name=rest[0]), found, rest[1:]
    group.make_parser(context).parse_args(args=rest)


def test_every_program_has_its_unit() -> None:
    assert set(SERVICES) == PROGRAMS
    assert {"khatm-backup", "khatm-audit", "khatm-counts", "khatm-evaluate", "khatm-detect", "khatm-plan"} == TIMED
    assert {name for name, unit in SERVICES.items() if unit.said.get("Type") == ("oneshot",)} == TIMED


@pytest.mark.parametrize("unit", SERVICES.values(), ids=SERVICES)
def test_commands_understand_what_the_units_say(unit: units.Unit) -> None:
    for line in (*unit.before, *unit.starts):
        words = units.words(line, SETTINGS, credentials="/run/credentials/x")
        if words[0] == "/bin/sh":
            words = re.sub(r"^exec |\$\(.*?\)|\$BACKUP_OPTIONS", "", words[2].replace('"', "")).replace("$", "").split()
        if words[0].endswith("/gunicorn"):
            assert words[1:] == ["-c", "python:verifier.gunicorn_conf", "verifier.wsgi:application"]
            continue
        parsed(words)


def test_a_misspelt_option_would_be_seen() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed(["/opt/khatm/bin/khatm", "office", "work", "--evry", "10"])


@pytest.mark.parametrize("unit", SERVICES.values(), ids=SERVICES)
def test_each_has_its_own_keys_and_sees_nobody_elses(unit: units.Unit) -> None:
    """A program that is taken over finds the folder of its own keys, and neither the others' nor any passphrase."""
    hidden = " ".join(unit.said["InaccessiblePaths"])
    own = unit.user.removeprefix("khatm-")
    for program in places.USERS:
        path = f"-/etc/khatm/keys/{program}"
        assert (path in hidden.split() or "-/etc/khatm/keys" in hidden.split()) == (program != own), program
    assert "-/etc/khatm/passphrases" in hidden.split()
    if unit.credential and own in places.USERS:
        assert unit.credential == own


def test_the_package_makes_the_users_and_folders_that_units_and_setup_name() -> None:
    script = (ROOT / "deploy/debian/postinst").read_text("utf-8")
    made = set(re.findall(r"^    person (\S+)", script, re.MULTILINE))
    assert made == {unit.user for unit in SERVICES.values()} | set(places.USERS.values())
    assert "</usr/share/khatm/folders" in script
    folders = {str(each.path) for each in owning.folders()}
    written = {path for unit in SERVICES.values() for line in unit.said.get("ReadWritePaths", ()) for path in line.split()}
    assert written <= folders
    assert places.REGISTER_GROUP in script


#: What adds up where it stands more than once; of all else the last line counts, and a drop-in's comes after the unit's.
ADDS = {"Environment", "SystemCallFilter", "RestrictAddressFamilies", "ReadWritePaths", "InaccessiblePaths", "LoadCredential"}


def test_no_line_of_a_unit_is_taken_back_by_what_hardens_all_of_them() -> None:
    """A unit that asks for one capability has none of it where the drop-in, which comes later, clears the bounding set."""
    hardening = {line.partition("=")[0] for line in (units.FOLDER / "hardening.conf").read_text("utf-8").splitlines() if "=" in line}
    for unit in SERVICES.values():
        assert not (set(unit.said) & hardening) - ADDS, unit.name
        asked = unit.said.get("AmbientCapabilities", ())
        own = units.FOLDER / f"{unit.name}.conf"
        assert own.exists() == bool(asked), unit.name
        assert all(f"CapabilityBoundingSet={each}" in own.read_text("utf-8") for each in asked)
    assert "khatm-backup.service.d/reading.conf" in (ROOT / "deploy/debian-package").read_text("utf-8")
    assert "reading.conf" > "hardening.conf", "drop-ins are read by the order of their names, whatever their folders"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks to systemd-analyze like a machine with the package: units, targets, and the programs by name."""
    if not shutil.which("systemd-analyze"):
        unavailable("systemd-analyze is missing: package systemd")
    made = tmp_path_factory.mktemp("root")
    system = made / "usr/lib/systemd/system"
    system.mkdir(parents=True)
    for path in (*Path("/usr/lib/systemd/system").glob("*.target"), *Path("/usr/lib/systemd/system").glob("*.slice")):
        if path.is_file():
            shutil.copy(path, system / path.name)
    for path in units.FOLDER.iterdir():
        if path.suffix in (".service", ".timer", ".target"):
            shutil.copy(path, system)
    (system / "khatm-.service.d").mkdir()
    shutil.copy(units.FOLDER / "hardening.conf", system / "khatm-.service.d")
    (system / "khatm-backup.service.d").mkdir()
    shutil.copy(units.FOLDER / "khatm-backup.conf", system / "khatm-backup.service.d/reading.conf")
    for program in ("opt/khatm/bin/khatm", "opt/khatm/bin/gunicorn", "bin/sh"):
        (made / program).parent.mkdir(parents=True, exist_ok=True)
        (made / program).write_text("#!/bin/sh\n")
        (made / program).chmod(0o755)
    return made


def test_systemd_finds_nothing_wrong_with_them(root: Path) -> None:
    names = [path.name for path in units.FOLDER.iterdir() if path.suffix in (".service", ".timer", ".target")]
    done = subprocess.run(["systemd-analyze", "verify", f"--root={root}", *names], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "khatm" in line and "sysinit.target" not in line]
    assert not ours, ours


def test_they_are_hardened(root: Path) -> None:
    """`systemd-analyze security` rates exposure from 0 to 10: each below 3 (it fails with a higher one)."""
    for name in SERVICES:
        words = ["systemd-analyze", "security", f"--root={root}", "--offline=true", "--threshold=29", "--no-pager", f"{name}.service"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-400:]
