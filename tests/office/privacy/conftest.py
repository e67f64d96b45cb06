"""An office that asks who applies, with people who may approve, on each kind of database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.office.applicants.invented import keys
from tests.office.applications.conftest import here, sqlite, unlocked
from tests.office.applications.workplace import Workplace

__all__ = ["here", "sqlite", "unlocked"]


@pytest.fixture
def asking(here: Workplace, tmp_path: Path) -> Iterator[Workplace]:
    """An office that asks who applies."""
    yield replace(here, office=here.office._replace(applicants=keys(tmp_path)))
