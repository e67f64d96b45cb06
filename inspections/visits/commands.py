"""`khatm inspections photographs`: whether all are there, and copying them into another store. An edge: it talks to people."""

from __future__ import annotations

from collections.abc import Iterator

import click
from sqlalchemy import Engine, select

from inspections.locations import Locations, location_options
from objects import naming
from objects.commands import copy_command, tell_check
from seal.inspection import PHOTOGRAPH_MAX
from storage.database import reading

from .photographs import Store
from .tables import inspection_photographs, photographs


@click.group("photographs")
def photographs_() -> None:
    """The store of photographs: check it, copy it into another one."""


@photographs_.command("check")
@location_options
@click.option("--read", is_flag=True, help="Read each one and compare it with its hash; without this only whether it is there.")
@click.pass_context
def check(context: click.Context, locations: Locations, read: bool) -> None:
    """Say whether every photograph that the database names is in the store. Exit code 1 if one is missing or altered."""
    with locations.engine() as engine:
        store = Store(locations.photographs).objects
        if not tell_check(store, lambda part: _named(engine, part), read=read, belongs=lambda digest: _inspections(engine, digest)):
            context.exit(1)


photographs_.add_command(copy_command("photographs", naming.PHOTOGRAPHS, most=PHOTOGRAPH_MAX))


def _named(engine: Engine, part: str) -> set[bytes]:
    """Return the photographs that came and whose time is not over, of one part."""
    digest, first = photographs.c.sha256, bytes.fromhex(part)
    query = select(digest).where(digest >= first, digest <= first + b"\xff" * 31, photographs.c.removed_at.is_(None))
    with reading(engine) as connection:
        return set(map(bytes, connection.scalars(query)))


def _inspections(engine: Engine, digest: bytes) -> Iterator[str]:
    named = inspection_photographs.c
    with reading(engine) as connection:
        yield from (f"inspection {id_}" for id_ in connection.scalars(select(named.inspection_id).where(named.sha256 == digest)))
