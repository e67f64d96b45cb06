"""A register on each kind of database, and the provider's simulator beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from office.database import open_register
from office.payments import soundness
from tests.office.payments import office
from tests.office.payments.office import Paying, Simulator


def _in_memory_of_the_system(connection: object, _: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined] # processes die here, the machine does not


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A register that takes money. Whatever a test did to it: at its end, money and bills agree."""
    opened = open_register(database_url)
    if opened.dialect.name == "sqlite":
        event.listen(opened, "connect", _in_memory_of_the_system)
        opened.dispose()
    office.prepare(opened)
    yield opened
    with opened.connect() as connection:
        assert soundness.check(connection) == ()
    opened.dispose()


@pytest.fixture(scope="module")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The provider, once for the tests of a module."""
    simulator = Simulator(tmp_path_factory.mktemp("provider"))
    simulator.start()
    yield simulator
    simulator.kill()


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[Simulator]:
    """The provider for one test, which may kill it."""
    simulator = Simulator(tmp_path / "provider")
    simulator.start()
    yield simulator
    simulator.kill()


@pytest.fixture
def paying(engine: Engine, database_url: str, running_simulator: Simulator) -> Paying:
    """A register with the provider beside it."""
    return Paying(engine, database_url, running_simulator)


@pytest.fixture
def own_paying(engine: Engine, database_url: str, own_simulator: Simulator) -> Paying:
    """The same with a provider of the test's own."""
    return Paying(engine, database_url, own_simulator)
