"""Films of codes, as a hand with a phone makes them: turning, tilting, coming closer, blurred now and then."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.qr.camera import Gray, Shot, photograph

FPS = 10.0
SIZE = (960, 540)


def moving(text: str | None, count: int, *, width: int = SIZE[0]) -> list[Gray]:
    """`count` frames of a code that turns, tilts and comes closer; every fourth one is smeared beyond reading."""
    return [
        photograph(
            text,
            Shot(
                seed=5,
                width=width,
                height=SIZE[1],
                module=3.5 + 0.05 * i,
                turn=3.0 * i - 20,
                tilt=0.01 * i,
                defocus=0.8,
                motion=22.0 if i % 4 == 3 else 0.0,
            ),
        )
        for i in range(count)
    ]


def beside(left: Sequence[Gray], right: Sequence[Gray]) -> list[Gray]:
    """Two films in one picture."""
    return [np.hstack(pair) for pair in zip(left, right, strict=True)]


def write(path: Path, frames: Iterable[Gray], *, fps: float = FPS) -> Path:
    """The frames as a video file: Motion JPEG, in colours."""
    writer = None
    for frame in frames:
        if writer is None:
            height, width = frame.shape
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    assert writer is not None
    writer.release()
    return path
