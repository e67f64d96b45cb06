"""What a comparison says, and who reads the databases for it: past our own rooms, by SQL."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from tests.week.agenda import Books
from tests.week.city import City
from tests.week.street import engine


class Checked(NamedTuple):
    """One comparison: of what, how many things were compared, and what does not agree. `least`: with fewer it says nothing."""

    name: str
    count: int
    wrong: tuple[str, ...]
    note: str = ""
    least: int = 1

    @property
    def against(self) -> tuple[str, ...]:
        """What speaks against it; to have compared nothing does, too."""
        return (
            (*self.wrong, f"only {self.count} were compared, at least {self.least} should have been")
            if self.count < self.least
            else self.wrong
        )


class Reader:
    """The two databases of a city, and what people hold."""

    def __init__(self, city: City, books: Books) -> None:
        self.city, self.books = city, books
        self.office: Engine = engine(city.register)
        self.street: Engine = engine(city.inspections)

    def rows(self, query: str, where: Engine | None = None) -> list[Any]:
        with (where or self.office).connect() as connection:
            return list(connection.execute(text(query)))
