"""A window for the live picture, where there is a display.

OpenCV's Qt aborts the whole process if it finds no display that it can use, and no exception can be caught then. So a process
of its own tries first.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence

import cv2
from PIL import ImageGrab

from qr.read import Gray

TITLE = "Khatm"
TRIAL_SECONDS = 30
_TRIAL = f"import cv2; cv2.namedWindow({TITLE!r}); cv2.waitKey(1); cv2.destroyAllWindows()"
_ESCAPE = 27
_LOOK_EVERY, _LOOKS_MOST = 5, 40  # frames between two looks at the screen, and after how many looks it is left as it is


def can_open(environment: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Say whether a window can be opened here. `environment` is the process's own."""
    # On Linux OpenCV's wheel speaks X11 only; a Wayland desktop offers that as DISPLAY too.
    if platform == "linux" and not environment.get("DISPLAY"):
        return False
    try:
        trial = [sys.executable, "-c", _TRIAL]
        return subprocess.run(trial, check=False, capture_output=True, timeout=TRIAL_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Window:
    """One window. `show` is called for each frame and says whether to go on."""

    def __init__(self) -> None:
        """Open the window. Ask `can_open` first."""
        self._frames = 0
        self._painted = False
        self._open()

    def _open(self) -> None:
        cv2.destroyAllWindows()
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._sized = False
        self._was_visible = False  # a slow desktop takes some frames to bring the window up: that is not "closed"

    def show(self, picture: Gray, *, wait_ms: int = 1) -> bool:
        """Show one picture for at least `wait_ms`. False once somebody pressed Q or Escape or closed the window."""
        self._frames += 1
        if not self._painted and self._frames % _LOOK_EVERY == 0:
            self._look()
        if not self._sized:
            cv2.resizeWindow(TITLE, picture.shape[1], picture.shape[0])
            self._sized = True
        cv2.imshow(TITLE, picture)
        key = cv2.waitKey(max(1, wait_ms)) & 0xFF
        visible = cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1
        closed = self._was_visible and not visible
        self._was_visible |= visible
        return not closed and key not in (ord("q"), ord("Q"), _ESCAPE)

    def _look(self) -> None:
        """Open the window again if the screen shows nothing where it is: on a busy machine Qt may lose the event that it came up."""
        self._painted = self._frames >= _LOOK_EVERY * _LOOKS_MOST or _shows_something(cv2.getWindowImageRect(TITLE))
        if not self._painted:
            self._open()

    def close(self) -> None:
        """Close the window."""
        cv2.destroyAllWindows()


def _shows_something(rectangle: Sequence[int]) -> bool:
    """Say whether the screen has more than one colour in `rectangle` (x, y, width, height). Where nobody can tell: yes."""
    x, y, width, height = rectangle
    try:
        seen = ImageGrab.grab((x, y, x + width, y + height), xdisplay="")
    except OSError:
        return True
    darkest, brightest = seen.convert("L").getextrema()
    return bool(darkest != brightest)
