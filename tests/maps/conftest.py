"""An invented town on the ground of two authorities, and its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from governorate import authorities
from maps import Archive, town
from seal.area import Area
from seal.site import Point


@pytest.fixture(scope="session")
def area() -> Area:
    return Area([Point(*corner) for corner in authorities.default()["MN1"].outline])


@pytest.fixture(scope="session")
def file(area: Area, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    path.write_bytes(town.build([area]))
    return path


@pytest.fixture(scope="session")
def archive(file: Path) -> Archive:
    return Archive(file)
