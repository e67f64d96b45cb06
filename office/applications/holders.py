"""Who else must learn that a license is to change: the mobile last linked to it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from issuer.register import history
from office.messages import notices
from office.services.service import Effect

from .tables import applications

#: What somebody must learn of whose license it is.
TOLD = (Effect.REPLACE, Effect.REVOKE)


def linked_mobile(connection: Connection, number: str, *, but: str) -> str:
    """Return the mobile last linked to a license, of another application than the one numbered `but`; "" where there is none."""
    table = applications.c
    mine = select(table.mobile).where(table.issued == number, table.mobile != "", table.number != but)
    return connection.scalar(mine.order_by(table.id.desc()).limit(1)) or ""


def mobile_of(connection: Connection, number: str) -> str:
    """Return the mobile last linked to a license, "" where there is none."""
    return linked_mobile(connection, number, but="")


def tell(connection: Connection, kind: str, license_number: str, *, application: str, mobile: str, now: int) -> None:
    """Tell the mobile last linked to a license that somebody asks (`change_asked`) for a change of it, or that it `changed`."""
    linked = linked_mobile(connection, license_number, but=application)
    if linked and linked != mobile:
        place = history.current(connection, license_number).position  # a new seal is not told of before it is in the log
        notices.enqueue(connection, kind, event=f"{application}/{kind}", to=linked, now=now, number=license_number, position=place)
