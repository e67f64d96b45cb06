"""An office that seals notices, on each kind of database, and inspections that it is connected to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine

import published
from keys import policy
from keys.custody import Custody
from office.enforcement import papers
from office.enforcement.service import Service
from office.enforcement.worker import Worker
from tests import clock
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE, SECONDS, Office
from tests.office.applications.conftest import Keys, unlock
from tests.office.desk.house import House
from tests.office.enforcement.over_there import TOKEN, OverThere, listening


class Desk(NamedTuple):
    """The office's side."""

    office: Office
    engine: Engine
    service: Service
    there: OverThere
    address: str

    def worker(self) -> Worker:
        return Worker(self.office.locations, self.service, papers.paper, Random(1))

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


def settings_in(folder: Path, address: str) -> Path:
    """Write the file that names inspections, and the token's."""
    path = folder / "inspections.toml"
    path.write_text(f'address = "{address}"\ntoken_file = "office-token"\nseconds = 5\n', "utf-8")
    token = path.with_name("office-token")
    token.write_text(TOKEN + "\n", "utf-8")
    token.chmod(0o600)
    return path


class Connected(House):
    """A web office and the worker beside it."""

    there: OverThere

    def round(self) -> dict[str, int]:
        """What a round of the worker does."""
        service = self.context.inspections
        assert service is not None
        office = Office(self.folder, self.settings.register)
        return dict(Worker(office.locations, service, papers.paper, Random(1)).round(self.context.engine, self.now))

    def sealed(self, serial: int = 1, **changes: Any) -> tuple[str, str]:
        """Number and text of a notice that was approved, sealed and handed over."""
        number = self.there.approve(serial, **changes)
        assert self.round()["delivered"] == 1
        return number, self.there.seals[number][0]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys of every authority and of receipts, opened, and one of notices for MN1 alone, with their trust list."""
    opened = unlock(tmp_path_factory.mktemp("notice-keys"))
    custody = Custody(opened[0] / "keys")
    entry = policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE)
    custody.add(PASSPHRASE, {**entry, "roles": ["notice"], "authority": "MN1"})
    data = policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 1200)
    published.write(opened[0] / "published", {published.TRUST_LIST: data})
    return opened


@pytest.fixture
def there() -> OverThere:
    return OverThere()


@pytest.fixture
def desk(tmp_path: Path, keys: Keys, database_url: str, there: OverThere) -> Iterator[Desk]:
    office = offices.furnish(tmp_path, keys[0], database_url)
    with listening(there.app) as address, office.locations.engine(create=True) as engine:
        yield Desk(office, engine, Service(address, TOKEN, seconds=5), there, address)


@pytest.fixture
def house(tmp_path: Path, keys: Keys, database_url: str, there: OverThere) -> Iterator[Connected]:
    """A web office that is connected to inspections, on each kind of database."""
    folder = offices.furnish(tmp_path / "office", keys[0], database_url).folder
    with listening(there.app) as address:
        made = Connected(folder, database_url, keys[1], inspections=settings_in(folder, address))
        made.there = there
        yield made
        made.close()
