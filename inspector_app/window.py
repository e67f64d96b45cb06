"""A window for the live picture, where there is a display.

OpenCV's Qt aborts the whole process if it finds no display that it can use, and no exception can be caught then. So a process
of its own tries first.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import cv2

from qr.read import Gray

TITLE = "Khatm"
TRIAL_SECONDS = 30
_TRIAL = f"import cv2; cv2.namedWindow({TITLE!r}); cv2.waitKey(1); cv2.destroyAllWindows()"
_ESCAPE = 27
#: On a busy machine Qt may never paint a window whose size does not change after it came up: a row more or less, by frame, makes it.
_RESIZED_AT = {0: 0, 5: 1, 10: 0, 20: 1, 40: 0}


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
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._shown = 0
        self._was_visible = False  # a slow desktop takes some frames to bring the window up: that is not "closed"

    def show(self, picture: Gray, *, wait_ms: int = 1) -> bool:
        """Show one picture for at least `wait_ms`. False once somebody pressed Q or Escape or closed the window."""
        if self._shown in _RESIZED_AT:
            cv2.resizeWindow(TITLE, picture.shape[1], picture.shape[0] + _RESIZED_AT[self._shown])
        self._shown += 1
        cv2.imshow(TITLE, picture)
        key = cv2.waitKey(max(1, wait_ms)) & 0xFF
        visible = cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1
        closed = self._was_visible and not visible
        self._was_visible |= visible
        return not closed and key not in (ord("q"), ord("Q"), _ESCAPE)

    def close(self) -> None:
        """Close the window."""
        cv2.destroyAllWindows()
