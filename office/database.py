"""The one database of register, accounts and office, and its opening. Everything else about opening is storage's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine

from accounts.schema import ACCOUNTS
from acts import capture, genesis, guarded
from acts.approvals import Terms
from acts.tables import ACTS
from issuer.guard.approving import Approvals, RegisterSchema
from issuer.register.schema import REGISTER
from storage.database import WORK, open_database
from storage.postgresql import Patience
from storage.schema import Chain
from web import clock

from .applicants import tables as _applicants
from .applications import tables as _applications
from .applications.paperwork import tables as _paperwork
from .citizens import tables as _citizens
from .enforcement import tables as _enforcement
from .licenses import tables as _licenses
from .messages import tables as _messages
from .papers import tables as _papers
from .payments import tables as _payments
from .payments.drawers import tables as _drawers
from .privacy import tables as _privacy
from .queue import tables as _queue
from .tables import metadata
from .van import tables as _van
from .work import tables as _work

#: Imported, each has put its tables on the list.
_ROOMS = (
    *(_applicants, _applications, _paperwork, _citizens, _drawers, _enforcement, _licenses, _messages, _papers, _payments),
    *(_privacy, _queue, _van, _work),
)


def _faults(connection: Connection) -> list[str]:
    from .applications import counts  # noqa: PLC0415 - only who checks a database needs it

    return counts.faults(connection)


OFFICE = Chain("office", Path(__file__).parent / "migrations", metadata, "alembic_version_office", faults=_faults)

#: Every table whose rows leave acts, and are held to them.
GUARDED = tuple(table for chain in (ACCOUNTS, REGISTER, OFFICE, ACTS) for table in guarded.all_of(chain.metadata))


def _attach(engine: Engine) -> None:
    capture.attach(engine, tables=GUARDED, now=clock.seconds)


def _made(engine: Engine) -> None:
    genesis.mark(engine, now=clock.seconds())


def _approvals(signed: Terms | None) -> Approvals:
    from .applications.approvals import OfficeApprovals  # noqa: PLC0415 - it loads the services, which nearly no command needs

    return OfficeApprovals(signed)


#: The office refers to licenses, so the register comes before it.
DATABASE = RegisterSchema(
    (ACCOUNTS, REGISTER, OFFICE, ACTS),
    former=tuple(f"{number:04d}" for number in range(1, 12)),
    attach=_attach,
    made=_made,
    approvals=_approvals,
)


def open_register(text: str, *, create: bool = True, patience: Patience = WORK) -> Engine:
    """Open the database at a URL or path. Raises as `storage.database.open_database`."""
    return open_database(DATABASE, text, create=create, patience=patience)
