"""A witness for gunicorn that dies at a chosen step, once: SIGKILL, as a power cut would have it.

`<folder>/die` names the step: `written` (on the disk, not answered), `staged` (beside its place). It is removed first, so it is once.
While there is a `<folder>/hurry` a request has a second: whoever works meanwhile on a busy machine needs longer.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from published import whole
from web.deadlines import DeadlineWorker
from witness import record
from witness.environment import Variables

DeadlineWorker.seconds = property(lambda _: 1.0 if (Variables().folder / "hurry").exists() else 120.0)  # type: ignore[assignment]
_write, _settle = record.write, whole._settle


def _die(folder: Path, step: str) -> None:
    told = folder / "die"
    if told.exists() and told.read_text() == step:
        told.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _written(folder: Path, *words: Any) -> None:
    _write(folder, *words)
    _die(folder, "written")


def _settled(*streams: Any, durable: bool) -> None:
    _settle(*streams, durable=durable)
    _die(Variables().folder, "staged")


record.write, whole._settle = _written, _settled

from witness.wsgi import application  # noqa: E402

__all__ = ["application"]
