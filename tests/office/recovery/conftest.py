"""A house in the morning after its register was lost: made once in a file, and where a test asks for it on each kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuer import offices
from tests.issuer.conftest import each_office, made_keys
from tests.issuer.offices import Office
from tests.office.recovery.house import Lost, backed_up, begun, brought_back, night, numbers_of, texts_of

__all__ = ["each_office", "made_keys"]


@pytest.fixture(scope="session")
def lost_once(made_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """The house, in files, for tests to copy."""
    folder = tmp_path_factory.mktemp("lost")
    office = begun(offices.furnish(folder, made_keys, str(folder / "register.sqlite")))
    backed_up(office)
    night(office)
    return Lost(office, texts_of(office), numbers_of(office))


@pytest.fixture
def house(lost_once: Lost, tmp_path: Path) -> Iterator[Lost]:
    """The house in a file, in the morning."""
    shutil.copytree(lost_once.office.folder, tmp_path / "house")
    with brought_back(Office(tmp_path / "house", str(tmp_path / "house/register.sqlite")), "") as office:
        yield lost_once._replace(office=office)


@pytest.fixture
def each_house(each_office: Office, postgres_of: str) -> Iterator[Lost]:
    """The same on each kind of database."""
    begun(each_office)
    backed_up(each_office)
    night(each_office)
    texts, numbers = texts_of(each_office), numbers_of(each_office)
    with brought_back(each_office, postgres_of) as office:
        yield Lost(office, texts, numbers)


@pytest.fixture
def postgres_of(each_office: Office, request: pytest.FixtureRequest) -> str:
    """The server that `each_office` has its database on, "" for one in a file."""
    return "" if each_office.register.startswith("sqlite") else request.getfixturevalue("postgres_url")
