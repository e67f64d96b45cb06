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
from office.enforcement import papers
from office.enforcement.service import Service
from office.enforcement.worker import Worker
from tests import clock
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE, SECONDS, Office
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
        path = self.office.folder / "inspections.toml"
        path.write_text(f'address = "{self.address}"\ntoken_file = "office-token"\nseconds = 5\n', "utf-8")
        token = path.with_name("office-token")
        token.write_text(TOKEN + "\n", "utf-8")
        token.chmod(0o600)
        return path


@pytest.fixture(scope="session")
def notice_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of every authority, and of notices for MN1 alone, with their trust list."""
    folder = tmp_path_factory.mktemp("notice-keys")
    offices.make_keys(folder)
    custody = Custody(folder / "keys")
    entry = policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE)
    custody.add(PASSPHRASE, {**entry, "roles": ["notice"], "authority": "MN1"})
    published.write(folder / "published", {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 1800)})
    return folder


@pytest.fixture
def there() -> OverThere:
    return OverThere()


@pytest.fixture
def desk(tmp_path: Path, notice_keys: Path, database_url: str, there: OverThere) -> Iterator[Desk]:
    office = offices.furnish(tmp_path, notice_keys, database_url)
    with listening(there.app) as address, office.locations.engine(create=True) as engine:
        yield Desk(office, engine, Service(address, TOKEN, seconds=5), there, address)
