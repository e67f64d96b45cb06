"""A street on SQLite, or on SQLite and PostgreSQL, with an inspector whose phone is enrolled."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, cast

import pytest
from sqlalchemy.engine import make_url

from tests import postgres
from tests.inspections.enforcing import Precinct
from tests.inspections.phone import Phone
from tests.inspections.street import Street
from tests.inspections.town import Town

_Place = TypeVar("_Place", bound=Town)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database that is really empty: those of tests/postgres_pool.py have a register put by, which is not the database of inspections."""
    with postgres.fresh_database(postgres_url, f"test_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def each_street(tmp_path: Path, database_url: str) -> Iterator[Street]:
    made = Street(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def phone(street: Street) -> Phone:
    """Amal's phone, on which she is signed in."""
    return street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))


class Made:
    """A town and a precinct, each made once on each kind of database, to copy."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[tuple[type[Town], str], Town]()

    def like(self, kind: type[_Place], folder: Path, database_url: str, server: str | None = "") -> Iterator[_Place]:
        """A copy in a folder. The database at the URL is empty; on `server`, which has it, it is made anew. None: no copy is there."""
        if server is None:
            only = kind(folder, database_url)
            yield only
            only.close()
            return
        if (kind, server) not in self._made:
            self._made[kind, server] = self._make(kind, server)
        original = cast(_Place, self._made[kind, server])
        if server:
            name, template = (make_url(each).database for each in (database_url, original.locations.database))
            postgres.execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')
            postgres.execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        copied = original.copied(folder, database_url)
        yield copied
        copied.close()

    def _make(self, kind: type[_Place], server: str) -> _Place:
        folder = self._folder / f"{kind.__name__}-{'server' if server else 'file'}"
        folder.mkdir()
        url = _file(folder)
        if server:
            name = f"made_{uuid.uuid4().hex}"  # as long as the server
            postgres.execute(server, f'CREATE DATABASE "{name}"')
            url = server.replace("/postgres?", f"/{name}?")
        made = kind(folder, url)
        made.close()
        return made


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Of this process."""
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def server(database_url: str, request: pytest.FixtureRequest) -> str | None:
    """The server that has the test's database, "" for a file, None for a server of the test's own."""
    if database_url.startswith("sqlite"):
        return ""
    shared: str = request.getfixturevalue("postgres_url")
    return shared if make_url(shared).set(database="") == make_url(database_url).set(database="") else None


@pytest.fixture
def here(tmp_path: Path, database_url: str, server: str | None, made: Made) -> Iterator[Precinct]:
    """A precinct on each kind of database."""
    yield from made.like(Precinct, tmp_path, database_url, server)


@pytest.fixture
def quick(tmp_path: Path, made: Made) -> Iterator[Precinct]:
    """A precinct on SQLite, for what no database decides."""
    yield from made.like(Precinct, tmp_path, _file(tmp_path))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, made: Made) -> Iterator[Town]:
    """One town for all tests of a module that only read."""
    folder = tmp_path_factory.mktemp("town")
    yield from made.like(Town, folder, _file(folder))


@pytest.fixture
def own(tmp_path: Path, database_url: str, server: str | None, made: Made) -> Iterator[Town]:
    """A town that a test may change, on each kind of database."""
    yield from made.like(Town, tmp_path, database_url, server)


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / 'inspections.sqlite'}"
