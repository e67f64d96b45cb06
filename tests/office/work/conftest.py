"""An office with people who have accounts: who shares the work of MN1, and somebody of another authority."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from accounts import administration, directory
from accounts.roles import OFFICE_ROLES
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.tables import applications
from office.work import dealing, people
from tests.office.applications.conftest import here, sqlite, unlocked
from tests.office.applications.workplace import NOW, Workplace, shop

__all__ = ["here", "sqlite", "unlocked"]

TEAM = {
    "mona": ("MN1", "clerk"),
    "reem": ("MN1", "reviewer"),
    "adel": ("MN1", "reviewer"),
    "sara": ("MN1", "reviewer"),
    "tarek": ("MN1", "cashier"),
    "hoda": ("MN1", "manager"),
    "karim": ("*", "administrator"),
    "nour": ("SHQ", "reviewer"),
}


class Team:
    """A workplace with its people. `ids` are their accounts, `actor` is one of them as the rules know them."""

    def __init__(self, work: Workplace) -> None:
        self.work, self.engine, self.ids, self._places = work, work.engine, dict[str, int](), 0
        with self.engine.begin() as connection:
            for name, granted in TEAM.items():
                self._add(connection, name, granted)

    def _add(self, connection: Any, name: str, *granted: tuple[str, str]) -> None:
        administration.make(connection, name, name.title(), by=None, now=NOW)
        known = sorted(self.work.office.authorities)
        administration.set_roles(connection, name, granted, offered=OFFICE_ROLES, authorities=known, by=None, now=NOW)
        self.ids[name] = directory.find(connection, name).id

    def join(self, name: str, *granted: tuple[str, str]) -> None:
        with self.engine.begin() as connection:
            self._add(connection, name, *granted)

    def actor(self, name: str) -> Actor:
        with self.engine.connect() as connection:
            return people.actor_of(directory.find(connection, name))

    @contextmanager
    def acts(self, name: str, now: int = NOW) -> Iterator[UnitOfWork]:
        """A transaction in which somebody acts."""
        actor = self.actor(name)
        with self.engine.begin() as connection:
            yield UnitOfWork(connection, self.work.office, actor, now)

    def do(self, name: str, step: Callable[..., Any], *given: Any, now: int = NOW, **more: Any) -> Any:
        """One step of somebody's, in a transaction of its own."""
        with self.acts(name, now) as unit:
            return step(unit, *given, **more)

    def review(self, *, entered_by: Actor | None = None, now: int = NOW, paid: bool = True) -> str:
        """The number of a case that waits for a decision."""
        self._places += 1
        fields = shop(trade_name=f"مخبز {self._places}", latitude=f"{31.2601 + self._places * 0.0012:.4f}")
        actor = {"actor": entered_by} if entered_by else {}
        number = self.work.submitted("shop.first", fields, now=now, **actor)
        if paid:
            self.work.pay(number, now=now)
        return number

    def holder(self, number: str) -> str:
        """Who has a case, "" for nobody."""
        with self.engine.connect() as connection:
            found = connection.scalar(select(applications.c.assigned).where(applications.c.number == number))
        return next((name for name, id_ in self.ids.items() if id_ == found), "")

    def deal(self, now: int = NOW) -> int:
        """A round of the worker: how many cases it dealt out."""
        return dealing.run(self.engine, self.work.office, now)[dealing.DEALT]


@pytest.fixture
def team(here: Workplace) -> Team:
    """People on each kind of database."""
    return Team(here)


@pytest.fixture
def small(sqlite: Workplace) -> Team:
    """People on SQLite, for what no database does in its own way."""
    return Team(sqlite)
