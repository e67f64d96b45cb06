"""The life of the Debian package in a clean Debian: installed, set up, run, upgraded, removed, purged. Root's, and some minutes long.

debootstrap makes the Debian from the mirror that this machine's own packages come from.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT, unavailable
from tests.deploy import building, units, wheels
from tests.deploy.machine import Machine, machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
STAYING = ("publisher", "worker", "office", "verifier", "inspections", "deliver", "doctor")
HOST, OFFICE = "khatm.gov.example", "office.gov.example"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A Debian with nothing of ours in it."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        unavailable("a Debian in a folder needs root and the package debootstrap")
    folder = tmp_path_factory.mktemp("debian") / "root"
    where = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], check=True, capture_output=True, text=True
    ).stdout.split()[0]
    release = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    assert release
    subprocess.run(["debootstrap", "--variant=minbase", release[1], str(folder), where], check=True, capture_output=True)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    with machine(folder) as made:
        yield made


def service(here: Machine, name: str) -> units.Unit:
    """A service as the package on the machine has it: that of the version before has other options."""
    return units.read(here.folder / f"usr/lib/systemd/system/khatm-{name}.service")


def install(here: Machine, package: Path) -> None:
    """Install as an operations engineer does, by apt; it fetches what the package depends on, from this machine's network."""
    shutil.copy(package, here.folder / "tmp")
    words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", f"/tmp/{package.name}"]
    surroundings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
    for each in (["apt-get", "update", "-qq"], words):
        subprocess.run(["chroot", str(here.folder), *each], check=True, capture_output=True, env=surroundings)


def started(here: Machine, stack: ExitStack) -> None:
    """Run what stays, and wait until each says that it can work."""
    for name in STAYING:
        stack.enter_context(here.running(service(here, name)))
    here.until("http://127.0.0.1:8000/health/ready", 200, Host=HOST)
    here.until("http://127.0.0.1:8010/health/ready", 200, Host=OFFICE)
    here.until("http://127.0.0.1:8020/inspections/health/ready", 200, Host=HOST)
    here.until("http://127.0.0.1:9120/metrics", 200)


def test_two_builds_in_two_folders_are_the_same_octets(tmp_path: Path) -> None:
    """One has a short name, the other blanks, letters of Arabic and more than kernels read after `#!`; another hour, umask and language."""
    folders = tmp_path / "a", tmp_path / "Another place" / ("of ختم " * 20)
    for folder in folders:
        wheels.copied(folder)
        shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.webp", "*.svg", "*.png"))
    one, other = (
        building.package_in(folder, SOURCE_DATE_EPOCH="1800000000", **more)
        for folder, more in zip(folders, ({"TZ": "Africa/Cairo"}, {"TZ": "Asia/Tokyo", "LC_ALL": "C"}), strict=True)
    )
    assert one.name == other.name
    if one.read_bytes() != other.read_bytes():
        for package in (one, other):
            subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(package.parent / "raw")], check=True)
        compared = ["diff", "-rq", "--no-dereference", str(one.parent / "raw"), str(other.parent / "raw")]
        raise AssertionError(subprocess.run(compared, check=False, capture_output=True, text=True).stdout[:3000] or "the archives alone")


def test_installed_set_up_run_upgraded_removed(here: Machine, tmp_path: Path) -> None:
    install(here, building.before(tmp_path / "before"))
    assert "khatm, version" in here.run("khatm", "--version")
    (here.folder / "tmp/passphrase").write_text("blue heron walks slowly 77\n")
    people = ["--administrator", "mona=Mona Saad", "--administrator", "karim=Karim Hassan"]
    said = here.run("khatm", "setup", "--host", HOST, "--office-host", OFFICE, *people, "--passphrase-file", "/tmp/passphrase")
    assert "9/9 nginx" in said
    lived(here)
    policy = (here.folder / "etc/khatm/keys/worker/policy.json").read_bytes()
    conf = here.folder / "etc/khatm/khatm.conf"
    upgraded(here, conf)
    removed(here, conf, policy)


def lived(here: Machine) -> None:
    """A day of the version before."""
    with ExitStack() as stack:
        started(here, stack)
        home = here.fetch("http://127.0.0.1:8010/", Host=OFFICE, **{"X-Forwarded-Proto": "https"})
        assert home[0] == 200
        for name in ("backup", "audit", "counts", "evaluate", "detect"):
            here.once(service(here, name))
        assert "0 findings" in here.once(service(here, "audit"))
        made = list((here.folder / "var/backups/khatm").iterdir())
        assert made
        assert "inspections.sqlite" in here.run("khatm", "backup", "verify", f"/var/backups/khatm/{made[0].name}")
    nobody_reads_others_keys(here)


def upgraded(here: Machine, conf: Path) -> None:
    """Today's version in its place, with what people set."""
    conf.write_text(conf.read_text().replace("WORKER_OPTIONS=", "WORKER_OPTIONS=--keep-messages 20"))
    site = here.folder / "etc/nginx/sites-available/khatm"
    site.write_text(site.read_text() + "# ours\n")
    install(here, building.package("2"))
    assert re.search(r"^ii +khatm +\S+-2 ", here.run("dpkg", "-l", "khatm"), re.MULTILINE)
    assert "--keep-messages 20" in conf.read_text() and site.read_text().endswith("# ours\n"), "what people set stays"
    worker = service(here, "worker")
    refused = here.run(*here.command(worker, worker.starts[0]), user=worker.user, code=None)
    assert "database_older" in refused and "khatm database upgrade" in refused, "a sentence, and nothing is changed"
    assert "office_0" in here.run("khatm", "as", "worker", "database", "upgrade")
    here.run("khatm", "as", "inspections", "inspections", "database", "upgrade")
    here.run("khatm", "as", "worker", "database", "check")
    brought(here)
    with ExitStack() as stack:
        started(here, stack)
        by_hand(here)
        for _ in range(2):
            here.once(service(here, "backup"))  # before an upgrade, and in an incident, on a day that has one
            time.sleep(1)
        assert "0 findings" in here.once(service(here, "audit"))


def brought(here: Machine) -> None:
    """As it lies after a copy by somebody whose users have other numbers: everything root's, and passphrases open."""
    secret, register = here.folder / "etc/khatm/passphrases/worker", here.folder / "var/lib/khatm/register"
    secret.chmod(0o644)
    here.run("chown", "-R", "root:root", "/var/lib/khatm", "/etc/khatm/keys")
    assert "register, inspections and documents are there" in here.run("khatm", "setup", "--moved", "--no-start")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert 0 not in {path.stat().st_uid for path in (register, *register.iterdir())}
    (kept := register / "register.sqlite").rename(register / "kept")
    assert "moved_missing" in here.run("khatm", "setup", "--moved", "--no-start", code=2)
    assert not kept.exists()
    (register / "kept").rename(kept)


def removed(here: Machine, conf: Path, policy: bytes) -> None:
    """The program goes; keys, licenses and backups stay."""
    here.run("dpkg", "--remove", "khatm")
    assert not (here.folder / "opt/khatm").exists()
    assert (here.folder / "etc/khatm/keys/worker/policy.json").read_bytes() == policy
    said = here.run("dpkg", "--purge", "khatm")
    assert "removed by hand only" in said
    assert (here.folder / "var/lib/khatm/register/register.sqlite").exists()
    assert (here.folder / "etc/khatm/keys/worker/policy.json").exists()
    assert not conf.exists()


def by_hand(here: Machine) -> None:
    """Commands as the pages have them: each as its program, told where everything is."""
    found = here.run("khatm", "as", "publisher", "doctor", code=None)
    wrong = [line for line in found.splitlines() if line.startswith(("unknown", "NOW"))]
    assert all(line.startswith("unknown life ") for line in wrong), found  # no systemd made folders for signs of life here
    assert "0 findings" in here.run("khatm", "as", "publisher", "audit", "verify")
    for line in ("office account list", "license held list", "office requests list"):
        here.run("khatm", "as", "worker", *line.split())
    for line in ("office messages list", "office payments check", "office payments waiting"):
        here.run("khatm", "as", "web", *line.split())
    here.run("khatm", "as", "root", "privacy", "retention", "--lang", "en")
    assert "mona" in here.run("khatm", "as", "inspections", "inspections", "account", "list")
    assert "as_root" in here.run("khatm", "as", "root", "publish", code=2)
    assert "setting up" in here.run("khatm", "as", "publisher", "doctor", user="khatm-web", code=2).lower()
    for path in (here.folder / "var/lib/khatm/register").iterdir():
        assert path.stat().st_gid == path.parent.stat().st_gid, path


def nobody_reads_others_keys(here: Machine) -> None:
    """Whoever takes the web server has neither the keys that seal nor a passphrase, and changes nothing that is published."""
    for path in ("/etc/khatm/keys/worker/policy.json", "/etc/khatm/keys/publisher/policy.json", "/etc/khatm/passphrases/web"):
        here.run("cat", path, user="khatm-web", code=1)
    for path in ("/var/lib/khatm/published/x", "/var/lib/khatm/log-store/x", "/opt/khatm/x", "/etc/khatm/x"):
        here.run("touch", path, user="khatm-web", code=1)
    here.run("cat", "/var/lib/khatm/register/register.sqlite", user="khatm-verifier", code=1)
