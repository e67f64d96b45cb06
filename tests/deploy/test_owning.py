"""Folders are their users' again on another machine, and what links lead to is left alone. Owners are root's to give."""

import os
from pathlib import Path

import pytest

from deploy import owning

SOMEBODY = 45_678


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_links_lead_to_is_not_given_away(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for path in (outside / "a", folder / "within/b"):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    (folder / "file").symlink_to(outside / "a")
    (folder / "within/out").symlink_to(outside)
    owning.give(folder, SOMEBODY, SOMEBODY)
    assert {path.lstat().st_uid for path in (folder, *folder.rglob("*"))} == {SOMEBODY}
    assert {path.lstat().st_uid for path in (outside, *outside.rglob("*"))} == {0}
    (linked := tmp_path / "linked").symlink_to(outside)
    owning.give(linked, SOMEBODY, SOMEBODY)
    assert linked.lstat().st_uid == SOMEBODY and (outside / "a").lstat().st_uid == 0, "also where the folder itself is a link"
    owning.give(outside / "a", SOMEBODY, SOMEBODY)
    assert (outside / "a").lstat().st_uid == SOMEBODY


def test_the_table_says_each_folder_once() -> None:
    table = owning.folders()
    assert len({each.path for each in table}) == len(table)
    assert all(each.path.is_absolute() and 0o700 <= each.mode <= 0o2770 for each in table)
