"""Killed at any moment, two at once, a full disk: nothing is sealed twice, nothing is lost, and it can be run again."""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.register.tables import licenses
from qr.read import read
from tests.conftest import ROOT
from tests.issuer.dying import children_of, wait_for_end_of
from tests.issuer.offices import NOW, Office, row, rows
from tests.issuer.soundness import assert_sound


def dying(office: Office, plan: dict[str, object], *words: str | Path) -> dict[str, int]:
    """Run `khatm issue` until it is not killed any more."""
    command = [sys.executable, "-m", "tests.issuer.dying", json.dumps(plan), *office.words("issue", *words)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    killed: dict[str, int] = json.loads(ran.stdout.splitlines()[-1])
    return killed


@pytest.mark.parametrize("seed", [20261124])
def test_killed_after_random_delays_every_row_is_issued_exactly_once(each_office: Office, seed: int) -> None:
    file = each_office.write("many.csv", rows(3_000))
    killed = dying(each_office, {"seed": seed, "batch": 700}, file, "--no-output")
    assert killed["kills"] >= 1
    assert killed["at_work"] >= 1, "no kill came while two were sealing"
    with each_office.locations.engine() as register:
        assert_sound(register, 3_000)


MOMENTS = [
    ("storage.revisions:make", 1, "before"),
    ("alembic.command:upgrade", 1, "after"),
    ("issuer.register.issuing:lock_writers", 1, "after"),
    ("issuer.register.signer_pool:Shared._send", 1, "after"),
    ("issuer.register.issuing:_register", 1, "after"),
    ("issuer.bulk:BulkIssuer._write_outputs", 1, "before"),
    ("issuer.cards.outputs:write_whole", 1, "before"),
    ("published.whole:_settle", 2, "after"),
    ("issuer.cards.outputs:write_whole", 50, "after"),
    ("issuer.intake.refusals:Rejects.publish", 1, "before"),
    ("issuer.intake.refusals:Rejects.publish", 1, "after"),
]


def test_killed_at_chosen_moments_nothing_is_sealed_twice_and_every_picture_is_there(each_office: Office) -> None:
    file = each_office.write("some.csv", [*rows(70), row(type="kiosk")])
    out = each_office.folder / "out"
    dying(each_office, {"moments": MOMENTS}, file, "--out", out)
    with each_office.locations.engine() as register:
        assert_sound(register, 70)
        with register.connect() as connection:
            numbers = connection.scalars(select(licenses.c.number)).all()
    wanted = {f"{number}.{ending}" for number in numbers for ending in ("png", "svg", "card.svg")}
    assert {path.name for path in out.iterdir()} == wanted, "and nothing half-written"
    for number in numbers:
        assert len(read_texts(out / f"{number}.png")) == 1
        assert (out / f"{number}.card.svg").read_text("utf-8").endswith("</svg>\n")
    rejects = each_office.folder / "some.csv.rejects.csv"
    assert rejects.read_text("utf-8-sig").count("type_unknown") == 1
    assert [path.name for path in each_office.folder.iterdir() if path.name.endswith(".part")] == []


def read_texts(path: Path) -> list[str]:
    import cv2

    return list(read(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), ours=lambda text: text.startswith("https://")))


def test_outputs_that_are_missing_are_written_again_and_the_others_are_left_alone(office: Office) -> None:
    file = office.write("some.csv", rows(3))
    out = office.folder / "out"
    office.run("issue", file, "--out", out)
    pictures = sorted(out.glob("*.png"))
    pictures[0].unlink()
    pictures[1].write_bytes(b"mine")
    assert "0 issued, 3 issued before" in office.run("issue", file, "--out", out).output
    assert pictures[0].read_bytes().startswith(b"\x89PNG")
    assert pictures[1].read_bytes() == b"mine"
    number = pictures[0].stem
    office.run("license", "replace", number, "--reason", "spelling", "--holder", "سامي فؤاد", "--out", out)
    revoked = pictures[2].stem
    office.run("license", "revoke", revoked, "--reason", "closed")
    shutil.rmtree(out)
    office.run("issue", file, "--out", out, "--output", "png")
    assert sorted(path.name for path in out.iterdir()) == sorted([f"{number}-1.png", pictures[1].name])


def children_at_work(office: Office, process: subprocess.Popen[str]) -> list[int]:
    """The child that seals. What imports start is gone once there is a register."""
    while not Path(office.register).exists() or not (found := children_of(process.pid)):
        assert process.poll() is None
        time.sleep(0.002)
    return found


def test_a_seal_s_child_that_dies_stops_the_run_and_leaves_the_register_sound(office: Office) -> None:
    file = office.write("many.csv", rows(6_000))
    process = office.start("issue", file, "--no-output")
    children = children_at_work(office, process)
    os.kill(children[0], signal.SIGKILL)
    output, errors = process.communicate()
    assert process.returncode == 2, output
    assert "sealing_stopped" in errors
    assert "Traceback" not in errors
    assert "6000 rows" in office.run("issue", file, "--no-output").output
    with office.locations.engine() as register:
        assert_sound(register, 6_000)


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_its_user_it_ends_quietly_with_its_child(office: Office, signal_: signal.Signals) -> None:
    file = office.write("many.csv", rows(6_000))
    process = office.start("issue", file, "--no-output", start_new_session=True)
    children = children_at_work(office, process)
    os.killpg(process.pid, signal_)
    _, errors = process.communicate()
    assert process.returncode in (1, -signal_)
    assert "Traceback" not in errors
    wait_for_end_of(children)
    office.run("issue", file, "--no-output")
    with office.locations.engine() as register:
        assert_sound(register, 6_000)


def ran_at_once(office: Office, *files: Path) -> list[str]:
    """What issuers said that ran at the same time, on a register that nobody had made yet."""
    processes = [office.start("issue", file, "--no-output") for file in files]
    told = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(files), told
    return [output for output, _ in told]


def test_two_issuers_at_once_with_the_same_file(each_office: Office) -> None:
    file = each_office.write("same.csv", [*rows(2_500), row(type="kiosk")])
    told = ran_at_once(each_office, file, file)
    issued = [int(output.split(" rows: ")[1].split(" ")[0]) for output in told]
    assert sum(issued) == 2_500, told
    assert all("2501 rows" in output for output in told)
    assert (each_office.folder / "same.csv.rejects.csv").read_text("utf-8-sig").count("type_unknown") == 1
    with each_office.locations.engine() as register:
        assert_sound(register, 2_500)


def test_two_issuers_at_once_with_files_that_overlap(each_office: Office) -> None:
    first = each_office.write("first.csv", rows(2_100))
    second = each_office.write("second.csv", rows(2_100, first=1_501))
    told = ran_at_once(each_office, first, second)
    assert sum(int(output.split(" rows: ")[1].split(" ")[0]) for output in told) == 3_600, told
    with each_office.locations.engine() as register:
        assert_sound(register, 3_600)


# A full disk.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2.6 MB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2688k", "khatm", folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk; the test with a limited file size says the same")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Fill the disk up but for `leave` octets."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC
        stream.truncate(max(0, stream.tell() - leave))
    return filler


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_disk_that_is_full_while_issuing_loses_nothing(office: Office, small_disk: Path) -> None:
    on_small = Office(office.folder, str(small_disk / "register.sqlite"))
    first, second = office.write("first.csv", rows(100)), office.write("second.csv", rows(2_500, first=101))
    on_small.run("issue", first, "--no-output")
    refused = on_small.run("issue", second, "--no-output", exit_code=2)
    assert "disk_full" in refused.output
    assert on_small.run("license", "held", "list", now=None).output == "0 rows wait\n"
    moved = Office(office.folder, str(office.folder / "moved.sqlite"))
    for path in small_disk.iterdir():
        shutil.copy(path, office.folder / path.name.replace("register", "moved"))
    assert "2600" not in moved.run("issue", first, "--no-output").output
    assert "2500 rows" in moved.run("issue", second, "--no-output").output
    with moved.locations.engine() as register:
        assert_sound(register, 2_600)


def test_a_disk_that_is_full_while_publishing_keeps_the_old_files(office: Office, small_disk: Path) -> None:
    shutil.copytree(office.locations.published, small_disk / "published")
    shutil.rmtree(office.locations.published)
    office.locations.published.symlink_to(small_disk / "published")
    office.run("issue", office.write("some.csv", rows(50)), "--no-output")
    office.run("publish")
    before = contents(small_disk / "published")
    filler = fill(small_disk)
    refused = office.run("publish", exit_code=2)
    assert "disk" in refused.output
    assert "No space left" in refused.output
    assert contents(small_disk / "published") == before
    filler.unlink()
    office.run("publish")
    assert set(contents(small_disk / "published")) == set(before), "nothing half-written stays"
    assert contents(small_disk / "published")["status/1"] != before["status/1"]


def test_a_disk_that_is_full_while_drawing_costs_pictures_and_no_license(office: Office, small_disk: Path) -> None:
    filler = fill(small_disk, leave=40_000)
    file = office.write("some.csv", rows(50))
    assert "disk" in office.run("issue", file, "--out", small_disk / "out", "--output", "png", exit_code=2).output
    filler.unlink()
    assert "50 rows: 0 issued, 50 issued before" in office.run("issue", file, "--out", small_disk / "out", "--output", "png").output
    assert len(list((small_disk / "out").glob("*.png"))) == 50
    for picture in random.Random(1).sample(sorted((small_disk / "out").glob("*.png")), 5):
        assert len(read_texts(picture)) == 1


@pytest.mark.parametrize("words", [("issue", "second.csv", "--no-output"), ("publish",)])
def test_a_disk_that_takes_no_more_is_said_to_fail(office: Office, words: tuple[str, ...]) -> None:
    """No file may grow beyond 300 KB (for publishing: 3 KB), as on a disk that is full."""
    office.write("second.csv", rows(2_500, first=101))
    office.run("issue", office.write("first.csv", rows(100)), "--no-output")
    office.run("publish")
    before = contents(office.locations.published)
    limit = 300_000 if words[0] == "issue" else 3_000
    later = (NOW.replace(hour=13)).isoformat()
    process = office.start(*words, now=later, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    output, errors = process.communicate()
    assert process.returncode == 2, output
    assert "disk" in errors
    assert "Traceback" not in errors
    assert contents(office.locations.published) == before
    office.run(*(word if "." not in word else office.folder / word for word in words), now=later)
    with office.locations.engine() as register:
        assert_sound(register, 2_600 if words[0] == "issue" else 100)
