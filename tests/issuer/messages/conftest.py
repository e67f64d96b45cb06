"""A message centre for each module, and an outbox on each kind of database."""

from collections.abc import Iterator

import pytest

from tests.issuer.messages import smsc
from tests.issuer.messages.smsc import Smsc


@pytest.fixture
def centre() -> Iterator[Smsc]:
    """An SMPP message centre."""
    with smsc.running() as running:
        yield running
