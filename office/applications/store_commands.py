"""`khatm office documents`: whether all are there, and copying them into another store. An edge: it talks to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Engine, select

from issuer.locations import Locations, location_options
from issuer.refusing import Refusals
from objects import naming, opening
from objects.commands import copy_command, tell_check
from storage.database import reading

from . import retention
from .documents import KEPT_MAX
from .tables import applications, attachments

_path = click.Path(path_type=Path)


@click.group("documents", cls=Refusals)
def documents_() -> None:
    """The store of uploaded documents: check it, copy it into another one."""


@documents_.command("check")
@location_options
@click.option("--documents", type=_path, default=Path("var/documents"), show_default=True, help="A folder, or a file (TOML) of a bucket.")
@click.option("--read", is_flag=True, help="Read each one and compare it with its digest; without this only whether it is there.")
@click.pass_context
def check(context: click.Context, locations: Locations, documents: Path, read: bool) -> None:
    """Say whether every document that the register names is in the store. Exit code 1 if one is missing or altered."""
    with locations.engine() as engine:
        store = opening.open_(documents, naming.DOCUMENTS, most=KEPT_MAX)
        if not tell_check(store, lambda part: _named(engine, part), read=read, belongs=lambda digest: _cases(engine, digest)):
            context.exit(1)


documents_.add_command(copy_command("documents", naming.DOCUMENTS, most=KEPT_MAX))


def _named(engine: Engine, part: str) -> set[bytes]:
    with reading(engine) as connection:
        return set(retention.named_within(connection, bytes.fromhex(part)))


def _cases(engine: Engine, digest: bytes) -> Iterator[str]:
    """Yield the applications that a document is of; a draft has no number."""
    both = attachments.join(applications, applications.c.id == attachments.c.application_id)
    with reading(engine) as connection:
        for number in connection.scalars(select(applications.c.number).select_from(both).where(attachments.c.digest == digest).distinct()):
            yield number or "a draft"
