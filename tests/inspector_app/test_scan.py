"""`khatm scan` on pictures and videos of real codes."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from inspector_app.commands import scan_
from inspector_app.frames import Frame
from inspector_app.positions import Nowhere, Streamed, Typed
from inspector_app.report import Report
from inspector_app.scan import Scan
from published.watch import Watch
from qr.write import png
from seal import status
from tests import processes
from tests.clock import LATER
from tests.conftest import ROOT
from tests.inspector_app import film
from tests.qr.camera import Shot, photograph, side_by_side
from tests.world import NOW, World

HERE = "31.2001,29.9187,5"
AWAY = "31.2101,29.9187,5"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def arguments(world: World, *more: object, sound: bool = False) -> list[str]:
    usual = ["--published", world.folder, "--root", world.root_file, "--no-window", *([] if sound else ["--no-sound"])]
    return [str(part) for part in (*usual, *more)]


def scan(world: World, *more: object, at: str = HERE, lang: str = "en") -> Result:
    where = ("--at", at) if at else ()
    result = CliRunner().invoke(scan_, arguments(world, "--now", NOW.isoformat(), "--lang", lang, *where, *more))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def picture(path: Path, image: Any) -> Path:
    cv2.imwrite(str(path), image)
    return path


def test_a_picture_gets_a_verdict_at_its_place_and_elsewhere(world: World, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(png(world.seal(world.license())))
    here, away, nowhere = scan(world, "--image", path), scan(world, "--image", path, at=AWAY), scan(world, "--image", path, at="")
    assert (here.exit_code, away.exit_code, nowhere.exit_code) == (0, 1, 3)
    assert "Valid at this place" in here.stdout
    assert "مخبز النور" in here.stdout
    assert "1 seal: 1 valid, 0 not valid, 0 undecided" in here.stdout
    assert "Genuine license, for another place" in away.stdout
    assert scan(world, "--image", path, "--no-site", at="").exit_code == 0


def test_several_codes_in_one_picture_get_a_verdict_each(world: World, tmp_path: Path) -> None:
    good, bad = world.seal(world.license()), world.seal(world.license(trade_name="صيدلية البحر"))
    world.set_status(bad, status.SUSPENDED)
    result = scan(world, "--image", picture(tmp_path / "two.png", side_by_side([good, bad])), "--jsonl")
    found = {row["reason"]: row for row in rows(result)}
    assert set(found) == {"site_here", "suspended"}
    assert all(row["several_codes"] for row in found.values())
    assert result.exit_code == 1


def test_pictures_are_scanned_one_by_one_and_a_bad_one_holds_up_nobody(world: World, tmp_path: Path) -> None:
    text = world.seal(world.license())
    good = picture(tmp_path / "good.jpg", photograph(text, Shot(tilt=0.2, turn=25, defocus=1.2)))
    blank = picture(tmp_path / "blank.jpg", np.full((200, 300), 255, np.uint8))
    (tmp_path / "broken.jpg").write_bytes(good.read_bytes()[:4000])
    result = scan(world, "--jsonl", "--image", good, blank, tmp_path / "broken.jpg", tmp_path / "nowhere.jpg", good)
    told = [row["error"]["code"] if "error" in row else row["decision"] for row in rows(result)]
    assert told == ["valid", "no_code", "picture_truncated", "image_missing", "valid"]
    assert result.exit_code == 2
    assert "picture_truncated" in result.stderr


def test_a_moving_code_in_a_video_is_one_scan(world: World, tmp_path: Path) -> None:
    path = film.write(tmp_path / "film.avi", film.moving(world.seal(world.license()), 14))
    result = scan(world, "--video", path, "--jsonl")
    (row,) = rows(result)
    assert (row["decision"], row["reason"], row["source"]) == ("valid", "site_here", "film.avi")
    assert row["license"]["trade_name"] == "مخبز النور"
    assert row["time"] == "2026-11-24T09:00:00.000+00:00"
    assert isinstance(row["frame"], int)
    assert result.exit_code == 0


def test_two_codes_in_a_video_are_two_scans(world: World, tmp_path: Path) -> None:
    texts = [world.seal(world.license()), world.forged(world.license())]
    shots = film.beside(*(film.moving(text, 6, width=640) for text in texts))
    result = scan(world, "--video", film.write(tmp_path / "film.avi", shots), "--jsonl")
    assert sorted(row["reason"] for row in rows(result)) == ["signature_invalid", "site_here"]
    assert result.exit_code == 1


def test_a_code_that_leaves_and_comes_back_is_scanned_again(world: World, tmp_path: Path) -> None:
    near = film.moving(world.seal(world.license()), 2)
    path = film.write(tmp_path / "film.avi", near + film.moving(None, 8) + near, fps=1.0)
    assert [row["frame"] for row in rows(scan(world, "--video", path, "--jsonl"))] == [0, 10]


def test_a_video_without_codes_decides_nothing(world: World, tmp_path: Path) -> None:
    result = scan(world, "--video", film.write(tmp_path / "film.avi", film.moving(None, 3)))
    assert result.exit_code == 3
    assert "0 seals" in result.stdout


def test_a_foreign_code_beside_a_seal_is_left_alone(world: World, tmp_path: Path) -> None:
    both = side_by_side([world.seal(world.license()), "https://SHOP.EXAMPLE/2026"])
    assert [row["decision"] for row in rows(scan(world, "--image", picture(tmp_path / "a.png", both), "--jsonl"))] == ["valid"]
    alone = picture(tmp_path / "b.png", side_by_side(["https://SHOP.EXAMPLE/2026"]))
    assert [row["reason"] for row in rows(scan(world, "--image", alone, "--jsonl"))] == ["not_a_seal"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ([], "one_source"),
        (["--camera", "0", "--video", "x.mp4"], "one_source"),
        (["x.png"], "one_source"),
        (["--camera", "0", "--now", NOW.isoformat()], "now_for_files"),
        (["--image", "x.png", "--at", "31,275"], "fix_invalid"),
        (["--image", "x.png", "--at", "131.2,29.9,5"], "latitude_range"),
        (["--camera", "97"], "camera_missing"),
        (["--video", "nowhere.mp4"], "video_missing"),
    ],
)
def test_what_cannot_be_done_is_refused_in_both_languages(world: World, more: list[str], code: str) -> None:
    result = CliRunner().invoke(scan_, arguments(world, *more))
    assert result.exit_code == 2
    assert f"{code}: " in result.stderr
    assert any("\u0600" <= letter <= "\u06ff" for letter in result.stderr)


def test_without_published_files_there_is_no_verdict(world: World, tmp_path: Path) -> None:
    missing = CliRunner().invoke(scan_, ["--image", "x.png", "--published", str(tmp_path / "nothing"), "--root", str(world.root_file)])
    assert (missing.exit_code, "trust_list_missing" in missing.stderr) == (2, True)
    (world.folder / "trust-list").write_bytes(b"something else")
    broken = CliRunner().invoke(scan_, arguments(world, "--image", "x.png"))
    assert (broken.exit_code, "trust_list_corrupt" in broken.stderr) == (2, True)
    world.root_file.write_text("{}")
    wrong = CliRunner().invoke(scan_, arguments(world, "--image", "x.png"))
    assert (wrong.exit_code, "root_invalid" in wrong.stderr) == (2, True)


def scanning(world: World, position: Any, said: list[str], *, now: Any = lambda: NOW) -> Scan:
    report = Report(out=said.append, err=said.append, language="en", as_json=False)
    watch = Watch(world.folder, root=world.root_file, now=lambda: LATER, check_seconds=0)
    return Scan(watch, position, True, now, report, None, "en")


def frame(text: str | None, at: float) -> Frame:
    return Frame(photograph(text, Shot(width=640, height=480, module=4)), "camera 0", round(at * 10), at)


def test_new_lists_are_picked_up_while_scanning(world: World) -> None:
    said: list[str] = []
    text = world.seal(world.license())

    def seen() -> Any:
        yield frame(text, 0.0)
        world.set_status(text, status.INVALID)
        yield frame(text, 0.5)
        (world.folder / "status" / "1").write_bytes(b"broken")
        yield frame(text, 1.0)

    run = scanning(world, Typed(HERE, now=NOW), said)
    run.live(seen(), None, pace=lambda _: 1)
    told = "\n".join(said)
    assert told.index("Valid at this place") < told.index("The new lists are in use") < told.index("Revoked") < told.index("corrupt")
    # A broken file never replaces a good one: what was revoked stays revoked.
    assert run.session.counts == {"valid": 1, "invalid": 1}


def test_a_measured_position_grows_old(world: World) -> None:
    from datetime import timedelta

    text = world.seal(world.license())
    position = Streamed([HERE], clock=lambda: NOW, refused=lambda _: None)
    position._thread.join(processes.PATIENCE_SECONDS)
    later = iter([NOW, NOW + timedelta(seconds=31)])
    for expected in ("site_here", "fix_old"):
        moment = next(later)
        run = scanning(world, position, [], now=lambda moment=moment: moment)
        run.live(iter([frame(text, 0.0)]), None, pace=lambda _: 1)
        (seen,) = run.session.in_view(at=0.0)
        assert seen.verdict.reason.code == expected


def test_positions_of_a_receiver_come_by_standard_input(world: World, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(png(world.seal(world.license())))
    command = [sys.executable, "-c", "from khatm import main; main()", "scan", "--image", str(path), "--at", "-", "--lang", "en"]
    running = subprocess.Popen(
        [*command, *arguments(world)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdin and running.stdout and running.stderr
    running.stdin.write(f"no position\n{HERE}\n")
    running.stdin.flush()
    # The receiver goes on: standard input stays open while the tool ends.
    out, err = running.stdout.read(), running.stderr.read()
    running.wait(processes.PATIENCE_SECONDS)
    for stream in (running.stdin, running.stdout, running.stderr):
        stream.close()
    assert "from the licensed site" in out
    assert "fix_invalid" in err
    assert "Fatal" not in err
    assert running.returncode in (0, 1, 3)  # by the real clock


def test_no_position_leaves_the_place_open(world: World) -> None:
    run = scanning(world, Nowhere(), [])
    run.live(iter([frame(world.seal(world.license()), 0.0)]), None, pace=lambda _: 1)
    assert run.session.counts == {"undecided": 1}


def test_interrupted_it_ends_with_a_summary(world: World, tmp_path: Path) -> None:
    path = film.write(tmp_path / "film.avi", film.moving(world.seal(world.license()), 2) + film.moving(None, 1) * 600)
    command = [sys.executable, "-c", "from khatm import main; main()", "scan", "--video", str(path), "--lang", "en"]
    running = processes.start(
        [*command, *arguments(world, "--now", NOW.isoformat(), "--at", HERE)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    told = iter(running.stdout.readline, "")
    assert "film.avi" in next(told)
    assert any("Valid at this place" in line for line in told), "it has judged, and a minute of the film is to come"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=processes.PATIENCE_SECONDS)
    assert "1 seal: 1 valid" in out
    assert "Traceback" not in err
    assert running.returncode == 0
