"""What most tests of the phone app stand in: one street for each module."""

from collections.abc import Iterator

import pytest

from tests.inspector_app.street import Street


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A street that is served; whoever changes a status there gives the old one back."""
    with Street(tmp_path_factory.mktemp("street")) as served:
        yield served
