"""A centre with a laptop of a van, on SQLite, or on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.van.centre import Centre

__all__ = ["unlocked"]


@pytest.fixture
def centre(tmp_path: Path, unlocked: Keys) -> Iterator[Centre]:
    """On SQLite."""
    yield from _made(tmp_path, unlocked, str(tmp_path / "register.sqlite"))


@pytest.fixture
def each_centre(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Centre]:
    """On each kind of database."""
    yield from _made(tmp_path, unlocked, database_url)


def _made(folder: Path, keys: Keys, register: str) -> Iterator[Centre]:
    made, clerk, _ = keys
    furnished = offices.furnish(folder / "office", made, register)
    centre = Centre(furnished.folder, register, clerk)
    yield centre
    centre.close()
