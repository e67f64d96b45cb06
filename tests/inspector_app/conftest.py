"""What most tests of the phone app stand in: one street for each module, or a precinct of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inspector_app.precinct import Precinct
from tests.inspector_app.street import Street


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A street that is served; whoever changes a status there gives the old one back."""
    with Street(tmp_path_factory.mktemp("street")) as served:
        yield served


@pytest.fixture
def precinct(tmp_path: Path) -> Iterator[Precinct]:
    """The same with a server of inspections beside it, for one test."""
    with Precinct(tmp_path) as served:
        yield served
