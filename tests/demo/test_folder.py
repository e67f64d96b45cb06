"""Nothing is deleted that the demo did not make."""

from pathlib import Path

import pytest

from demo.errors import DemoError
from demo.folder import MARKER, fresh


def refusal(folder: Path) -> str:
    with pytest.raises(DemoError) as caught, fresh(folder):
        pass
    return caught.value.code


def test_a_folder_is_made_and_made_afresh(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "demo"
    with fresh(folder) as made:
        (made / "register").write_text("old")
    with fresh(folder) as made:
        assert [path.name for path in made.iterdir()] == [MARKER]
        assert made.stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    with fresh(tmp_path) as made:
        assert made == tmp_path


def test_what_others_made_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    assert refusal(kept) == "folder_not_ours"
    (kept / MARKER).write_text("a marker, but not the demo's")
    assert refusal(kept) == "folder_not_ours"
    assert refusal(kept / "file") == "folder_not_ours"
    (tmp_path / "link").symlink_to(kept)
    assert refusal(tmp_path / "link") == "folder_not_ours"
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert refusal(tmp_path / "dangling") == "folder_not_ours"
    assert (kept / "file").read_text() == "mine"


def test_a_demo_that_runs_keeps_its_folder(tmp_path: Path) -> None:
    with fresh(tmp_path / "demo"):
        assert refusal(tmp_path / "demo") == "folder_in_use"
    with fresh(tmp_path / "demo"):
        pass
