"""A real window on a display of the test's own, and what happens without one."""

import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageColor

from inspector_app import window
from inspector_app.signs import COLOURS
from tests.conftest import ROOT, unavailable
from tests.inspector_app import film
from tests.processes import PATIENCE_SECONDS
from tests.world import NOW, World


class Screen:
    """A running Xvfb, and what is on it."""

    def __init__(self, display: str, folder: Path) -> None:
        self.display, self._file = display, folder / "Xvfb_screen0"

    def pixels(self) -> np.ndarray:
        """(height, width, 3) RGB, from the XWD dump that Xvfb keeps of its screen."""
        data = self._file.read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, width, height, stride, colours = head[0], head[4], head[5], head[12], head[19]
        start = size + colours * 12
        rows = np.frombuffer(data[start : start + stride * height], np.uint8).reshape(height, stride)
        return rows.reshape(height, -1, 4)[:, :width, 2::-1]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    if not shutil.which("Xvfb"):
        unavailable("no Xvfb: run .ci/system-packages test")
    reading, writing = os.pipe()
    # -noreset: a display starts afresh when its last program leaves, and would throw out who comes at that moment.
    options = ["-screen", "0", "1400x900x24", "-fbdir", str(tmp_path), "-nolisten", "tcp", "-noreset"]
    command = ["Xvfb", "-displayfd", str(writing), *options]
    running = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as stream:
        display = stream.readline().strip()
    try:
        assert display, "Xvfb did not start"
        yield Screen(f":{display}", tmp_path)
    finally:
        running.terminate()
        running.wait(PATIENCE_SECONDS)


def test_without_a_display_there_is_no_window() -> None:
    assert not window.can_open({}, platform="linux")
    assert not window.can_open({"DISPLAY": ""}, platform="linux")
    assert not window.can_open({"WAYLAND_DISPLAY": "wayland-0"}, platform="linux")


def test_a_display_that_nobody_serves_is_found_out_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    assert not window.can_open(os.environ, platform="linux")  # noqa: TID251


def scan(world: World, path: Path, environment: dict[str, str], *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from khatm import main; main()", "scan", "--video", str(path), "--no-sound"]
    usual = ["--published", str(world.folder), "--root", str(world.root_file), "--now", NOW.isoformat(), "--at", "31.2001,29.9187,5"]
    cleaned = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}  # noqa: TID251
    return subprocess.Popen(
        [*command, *usual, *more], cwd=ROOT, env=cleaned | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":4711"}, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_a_scan_without_a_display_prints_lines(tmp_path: Path, environment: dict[str, str]) -> None:
    world = World(tmp_path)
    path = film.write(tmp_path / "film.avi", film.moving(world.seal(world.license()), 3))
    running = scan(world, path, environment, "--lang", "en")
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert "Valid at this place" in out
    assert "no display" in err


def test_the_verdict_is_on_the_screen(tmp_path: Path, screen: Screen) -> None:
    world = World(tmp_path)
    near = film.moving(world.seal(world.license()), 3)
    path = film.write(tmp_path / "film.avi", near + [near[-1]] * 600)  # a minute
    running = scan(world, path, {"DISPLAY": screen.display})
    green = np.array(ImageColor.getrgb(COLOURS["valid"][0]))
    shown = 0.0
    try:
        for _ in range(120):
            shown = float((np.abs(screen.pixels().astype(int) - green) < 6).all(axis=2).mean())
            if shown > 0.05 or running.poll() is not None:
                break
            time.sleep(0.5)
    finally:
        running.terminate()
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert shown > 0.05, out + err
    assert "سارٍ في هذا المكان" in out
    assert running.returncode == 0, err
