"""What a verdict sounds like: two rising tones, three low ones, or one long one. A terminal rings its bell 1, 3 or 2 times instead.

The tones are made here; a player of the system's plays them. Nobody waits for a sound.
"""

from __future__ import annotations

import io
import math
import shutil
import struct
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from seal.verdict import Decision

RATE = 22_050  # samples a second
_LOUDNESS = 0.5
_FADE = 0.008  # seconds; a tone cut off clicks

#: (hertz, seconds) in turn; 0 hertz is a pause.
TUNES: Mapping[Decision, Sequence[tuple[int, float]]] = {
    "valid": ((660, 0.10), (990, 0.18)),
    "invalid": ((220, 0.16), (0, 0.06), (220, 0.16), (0, 0.06), (180, 0.30)),
    "undecided": ((440, 0.40),),
}
BELLS: Mapping[Decision, int] = {"valid": 1, "undecided": 2, "invalid": 3}
_BELL_PAUSE = 0.3
#: Players that take a WAV on standard input, with the arguments that make them do so.
PLAYERS: Sequence[Sequence[str]] = (("pw-cat", "-p", "-"), ("paplay",), ("aplay", "-q"), ("play", "-q", "-t", "wav", "-"))


@cache
def tune(decision: Decision) -> bytes:
    """Return the sound of a decision as a WAV file, mono, 16 bits."""
    samples: list[int] = []
    for hertz, seconds in TUNES[decision]:
        count = round(seconds * RATE)
        for i in range(count):
            envelope = min(1.0, i / (_FADE * RATE), (count - i) / (_FADE * RATE))
            samples.append(round(32_767 * _LOUDNESS * envelope * math.sin(2 * math.pi * hertz * i / RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def player() -> Sequence[str] | None:
    """Return the first player that this machine has."""
    return next((command for command in PLAYERS if shutil.which(command[0])), None)


class Speaker:
    """Tells verdicts by sound. One sound at a time: what comes while one plays is left out, but for a worse verdict."""

    def __init__(self, command: Sequence[str] | None, *, bell: Callable[[], None] | None) -> None:
        """Play through `command`; without one, or if it fails, ring `bell`."""
        self._command, self._bell = command, bell
        self._thread: threading.Thread | None = None
        self._playing = 0

    def tell(self, decision: Decision) -> None:
        """Start the sound of a decision."""
        if self._thread and self._thread.is_alive() and BELLS[decision] <= self._playing:
            return
        self._playing = BELLS[decision]
        self._thread = threading.Thread(target=self._sound, args=(decision,), daemon=True)
        self._thread.start()

    def wait(self, seconds: float = 2.0) -> None:
        """Let the last sound end."""
        if self._thread:
            self._thread.join(seconds)

    def _sound(self, decision: Decision) -> None:
        if self._command and _played(self._command, tune(decision)):
            return
        self._command = None  # a player without a sound card stays without one
        for turn in range(BELLS[decision] if self._bell else 0):
            if turn:
                time.sleep(_BELL_PAUSE)
            if self._bell:
                self._bell()


def _played(command: Sequence[str], sound: bytes) -> bool:
    try:
        return subprocess.run(command, check=False, input=sound, capture_output=True, timeout=5).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
