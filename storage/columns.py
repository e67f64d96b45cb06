"""Kinds of columns that the tables of every room are made of, and the names of their keys and indices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, MetaData

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key


class Octets(LargeBinary):
    """Bytes that go to the driver as they are: both drivers take them, and a wrapper for each would cost a tenth of issuing."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Return no processor."""
        return


def new_metadata() -> MetaData:
    """Return a room's list of tables, yet empty. Everything in it has the same name on every database, so that a revision can name it."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
