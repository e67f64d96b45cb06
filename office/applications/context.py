"""Everything that work on applications needs besides the database."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from acts.approvals import Terms
from issuer.intake.rows import Rules
from office.applicants.keyring import Keyring
from office.services.fee_schedule import Schedules
from office.services.service import Service, Services
from seal.cose import Signer

from .actors import Actor
from .documents import Store
from .errors import ApplicationError


class Receipts(NamedTuple):
    """Who signs application receipts: a key of the trust list with the role `receipt`, and the host under which they are read."""

    kid: bytes
    signer: Signer
    host: str


class OfficeContext(NamedTuple):
    """The rules and locations of the office; `prefix` stands before license numbers.

    `receipts` None: none are signed, because this process holds no key for them. `approvals` None: whoever is signed in decides.
    `drawers`: cash and cards are taken into an open drawer, and nowhere else.
    `applicants` None: nobody is asked who applies, and what others kept of it is not readable here.
    `away`: the register is elsewhere, so nobody can say anything here of a license that an application names.
    """

    services: Services
    schedules: Schedules
    rules: Rules
    store: Store
    host: str
    prefix: str
    receipts: Receipts | None = None
    approvals: Terms | None = None
    drawers: bool = False
    applicants: Keyring | None = None
    away: bool = False

    def service(self, code: str) -> Service:
        """Return a service by its code. Raises ApplicationError `service_unknown`."""
        try:
            return self.services.services[code]
        except KeyError as error:
            raise ApplicationError("service_unknown", code[:48]) from error

    @property
    def authorities(self) -> frozenset[str]:
        """The codes of all authorities that take applications, today or later."""
        return frozenset(code for wave in self.services.waves for code in wave.authorities)


class UnitOfWork(NamedTuple):
    """What somebody does in one transaction: they, the office's rules that hold for it, and when it is, in seconds since 1970 UTC.

    Whoever opened the transaction commits it, or undoes all that was done in it.
    """

    connection: Connection
    office: OfficeContext
    actor: Actor
    now: int
