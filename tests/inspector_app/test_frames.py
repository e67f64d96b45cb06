"""Sources of pictures, and how they fail."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector_app import frames
from inspector_app.errors import SourceError
from qr.errors import PictureError
from tests.inspector_app import film


def refusal(source) -> str:
    with pytest.raises(SourceError) as caught:
        list(source)
    return caught.value.code


def test_a_video_gives_its_frames_with_its_own_time(tmp_path: Path) -> None:
    path = film.write(tmp_path / "film.avi", film.moving(None, 5))
    seen = list(frames.video(path))
    assert [frame.number for frame in seen] == [0, 1, 2, 3, 4]
    assert [round(frame.at, 3) for frame in seen] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert {frame.picture.shape for frame in seen} == {(540, 960, 3)}
    assert {frame.source for frame in seen} == {"film.avi"}


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    text, empty = tmp_path / "notes.mp4", tmp_path / "empty.mp4"
    text.write_text("not a video")
    empty.touch()
    assert refusal(frames.video(tmp_path / "nowhere.mp4")) == "video_missing"
    assert refusal(frames.video(tmp_path)) == "video_missing"
    assert refusal(frames.video(text)) == "video_unreadable"
    assert refusal(frames.video(empty)) == "video_unreadable"


def test_a_video_cut_off_gives_what_is_there_or_is_refused(tmp_path: Path) -> None:
    whole = film.write(tmp_path / "film.avi", film.moving(None, 6)).read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) // 2])
    assert 0 < len(list(frames.video(cut))) < 6
    cut.write_bytes(whole[:2000])
    assert refusal(frames.video(cut)) == "video_unreadable"


def test_there_is_no_such_camera() -> None:
    assert refusal(frames.camera(97, clock=lambda: 0.0)) == "camera_missing"


def test_a_camera_that_is_unplugged_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(film.write(tmp_path / "film.avi", film.moving(None, 3)))
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda source, *_: real(path, cv2.CAP_FFMPEG))
    times = iter([10.0, 10.5, 11.0])
    seen = []
    with pytest.raises(SourceError) as caught:
        seen.extend(frame.at for frame in frames.camera(0, clock=lambda: next(times)))
    assert caught.value.code == "camera_lost"


def test_a_picture_file_comes_grey_and_upright(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.zeros((30, 40, 3), np.uint8))
    (frame,) = frames.pages(path)
    assert frame.picture.shape == (30, 40)
    assert frame.source == "photo.png"


def test_picture_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="image_missing"):
        frames.pages(tmp_path / "nowhere.png")
    with pytest.raises(SourceError, match="image_unreadable"):
        frames.pages(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(PictureError, match="picture_empty"):
        frames.pages(tmp_path / "empty.png")
