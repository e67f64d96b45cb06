"""The container image: built from the package, held to hold no secret, and what is in it set up and run. Root's, and some minutes long.

No engine can start containers everywhere; what is in the image is mounted by buildah, and run as its configuration says, in a network of
its own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import processes
from tests.conftest import unavailable
from tests.deploy import building
from tests.deploy.machine import Machine, machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
HOST, OFFICE = "khatm.gov.example", "office.gov.example"


class Container(NamedTuple):
    """What is in the image, and how it is to be run."""

    machine: Machine
    config: dict[str, Any]

    def words(self, *words: str) -> list[str]:
        """Words of a command, with the image's environment and nothing else."""
        return ["/usr/bin/env", "-i", *self.config["Env"], *words]


@pytest.fixture(scope="module")
def here() -> Iterator[Container]:
    if os.geteuid() != 0 or not (shutil.which("debootstrap") and shutil.which("buildah")):
        unavailable("an image needs root, debootstrap and buildah")
    building.package()
    archive = building.image()

    def buildah(*words: str) -> str:
        return subprocess.run(["buildah", *words], check=True, capture_output=True, text=True).stdout.strip()

    container = buildah("from", "-q", f"oci-archive:{archive}")
    try:
        config = json.loads(buildah("inspect", "--type", "container", container))["OCIv1"]["config"]
        with machine(Path(buildah("mount", container))) as made:
            yield Container(made, config)
    finally:
        buildah("rm", container)


def test_no_secret_is_in_it_and_it_does_not_run_as_root(here: Container) -> None:
    folder = here.machine.folder
    assert here.config["User"] == "khatm-verifier"
    for place in ("etc/khatm/keys", "etc/khatm/passphrases", "var/lib/khatm", "var/backups/khatm"):
        assert [path for path in (folder / place).rglob("*") if path.is_file()] == []
    assert [name for name in ("root/.bash_history", "tmp/khatm.deb", "var/lib/apt/lists/lock") if (folder / name).exists()] == []


def test_what_it_starts_by_itself_answers(here: Container) -> None:
    made = here.machine
    (made.folder / "tmp/passphrase").write_text("blue heron walks slowly 77\n")
    people = ["--administrator", "mona=Mona Saad", "--administrator", "karim=Karim Hassan"]
    given = ["--host", HOST, "--office-host", OFFICE, *people, "--passphrase-file", "/tmp/passphrase", "--keys", "/srv/keys"]
    said = made.run(*here.words("khatm", "setup", "--no-start", *given))
    assert "9/9 nginx" in said
    process = processes.start(made.words(*here.words(*here.config["Cmd"]), user=here.config["User"]))
    try:
        told = json.loads(made.until("http://127.0.0.1:8000/health/ready", 200, Host=HOST))
        assert not told["faults"]
    finally:
        process.terminate()
        assert process.wait(processes.PATIENCE_SECONDS) == 0
