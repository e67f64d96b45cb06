"""An office that seals notices, on each kind of database, and inspections that it is connected to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from sqlalchemy import Engine

import published
from keys import policy
from keys.custody import Custody
from office.enforcement.service import Service
from office.enforcement.worker import Worker
from tests import clock
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE, SECONDS, Office
from tests.office.applications.conftest import Keys, unlocked
from tests.office.enforcement.connected import Connected, blank, settings_in
from tests.office.enforcement.over_there import TOKEN, OverThere, listening
from tests.processes import PATIENCE_SECONDS

__all__ = ["unlocked"]


class Desk(NamedTuple):
    """The office's side."""

    office: Office
    engine: Engine
    service: Service
    there: OverThere
    address: str

    def worker(self) -> Worker:
        return Worker(self.office.locations, self.service, blank, Random(1))

    def round(self, now: int = SECONDS) -> dict[str, int]:
        """What a round of a worker that has just started does."""
        return dict(self.worker().round(self.engine, now))

    def sign_today(self) -> None:
        """Publish a trust list for commands, which go by the machine's clock."""
        custody = Custody(self.office.locations.keys)
        data = policy.sign_trust_list(custody, PASSPHRASE, now=clock.seconds() - 60)
        published.write(self.office.locations.published, {published.TRUST_LIST: data})

    def settings(self) -> Path:
        """The file that names inspections."""
        return settings_in(self.office.folder, self.address)


@pytest.fixture
def there() -> OverThere:
    return OverThere()


@pytest.fixture
def desk(tmp_path: Path, unlocked: Keys, database_url: str, there: OverThere) -> Iterator[Desk]:
    office = offices.furnish(tmp_path, unlocked[0], database_url)
    with listening(there.app) as address, office.locations.engine(create=True) as engine:
        yield Desk(office, engine, Service(address, TOKEN, seconds=PATIENCE_SECONDS), there, address)


@pytest.fixture
def house(tmp_path: Path, unlocked: Keys, database_url: str, there: OverThere) -> Iterator[Connected]:
    """A web office that is connected to inspections, on each kind of database."""
    folder = offices.furnish(tmp_path / "office", unlocked[0], database_url).folder
    with listening(there.app) as address:
        made = Connected(folder, database_url, unlocked[1], inspections=settings_in(folder, address))
        made.there = there
        yield made
        made.close()
