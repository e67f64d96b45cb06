"""The office that is attacked: on each kind of database, with real keys."""

import pytest

from tests.drills import town as towns
from tests.office.applications.conftest import here, unlocked
from tests.office.applications.workplace import Workplace

__all__ = ["here", "unlocked"]


@pytest.fixture
def town(here: Workplace) -> Workplace:
    """Two licenses that were applied for, paid, approved and issued; the second was revoked since. All of it is published."""
    return towns.build(here)
