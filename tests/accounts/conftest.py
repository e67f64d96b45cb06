"""A database with nothing but the tables of accounts, on SQLite and on PostgreSQL, and somebody who works there."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Engine, create_engine

from accounts import administration, authentication, directory
from accounts.roles import ROLES, Account
from accounts.schema import ACCOUNTS
from accounts.tables import metadata
from storage.database import open_database
from storage.schema import Schema

NOW = 1_800_000_000
PASSWORD = "كوبري ستانلي 1904"
AUTHORITIES = ("MN1", "MN2", "SHQ")


class Staff:
    """Somebody with an account: password and phone."""

    def __init__(self, engine: Engine, name: str, *granted: tuple[str, str], now: int = NOW) -> None:
        self.engine, self.name = engine, name
        with engine.begin() as connection:
            _, invitation = administration.make(connection, name, name.title(), by=None, now=now)
            administration.set_roles(connection, name, granted, offered=ROLES, authorities=AUTHORITIES, by=None, now=now)
        half = authentication.by_invitation(engine, invitation, PASSWORD, now=now)
        self.key = pyotp.random_base32()
        self.token, self.recovery = authentication.enrol(engine, self.account, self.key, self.code(now), half=half, now=now)

    @property
    def account(self) -> Account:
        with self.engine.connect() as connection:
            return directory.find(connection, self.name)

    def code(self, now: int) -> str:
        return pyotp.TOTP(self.key).at(now)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of the accounts' own, without any register."""
    made = create_engine(database_url)
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Engine]:
    """A database of the accounts' own whose transactions begin as a writer's."""
    made = open_database(Schema((ACCOUNTS,)), str(tmp_path / "accounts.sqlite"))
    yield made
    made.dispose()


@pytest.fixture
def mona(engine: Engine) -> Staff:
    """A clerk in MN1."""
    return Staff(engine, "mona", ("MN1", "clerk"))
