"""A web office of each test's own, on SQLite, or on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House

__all__ = ["unlocked"]


@pytest.fixture
def house(tmp_path: Path, unlocked: Keys) -> Iterator[House]:
    """A web office on SQLite."""
    made = _house(tmp_path, unlocked, str(tmp_path / "register.sqlite"))
    yield made
    made.close()


@pytest.fixture
def each_house(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[House]:
    """A web office on each kind of database."""
    made = _house(tmp_path, unlocked, database_url)
    yield made
    made.close()


@pytest.fixture
def browsers(chromium: Browser) -> Iterator[Browsers]:
    """Browsers of people's own; what they opened is closed at the end."""
    made = Browsers(chromium)
    yield made
    made.close()


def _house(folder: Path, keys: Keys, register: str) -> House:
    made, clerk, _ = keys
    furnished = offices.furnish(folder / "office", made, register)
    return House(furnished.folder, register, clerk)
