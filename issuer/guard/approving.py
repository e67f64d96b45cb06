"""What lets a seal out: an approval, told by the room that has applications, or a release by whoever keeps the publisher's store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from acts.approvals import Terms
from acts.bodies import Key
from storage.schema import Schema


class Sought(NamedTuple):
    """A seal that needs an approval: its position in the log, its license's row, and its token (tagged COSE_Sign1)."""

    position: int
    id: int
    edition: int
    license_id: int
    number: str
    identity: bytes
    source: bytes
    token: bytes


class Approval(NamedTuple):
    """An approval by the name of its application, which is good for one seal, and the rows that it stands on, by table and key."""

    name: str
    rows: tuple[tuple[str, Key], ...]


class Approvals(Protocol):
    """Finds what approves a seal."""

    def of(self, connection: Connection, sought: Sought) -> Approval | str:
        """Return the approval of a seal, or the code of what is wrong: `approval_missing`, `approval_same_hands`, `approval_unpaid`,
        `approval_other` (what was approved is not what was sealed); where decisions are signed, what acts.approvals.check raises.
        """


@dataclass(frozen=True, slots=True)
class RegisterSchema(Schema):
    """A register's database, and who tells of approvals there, by how they have to be signed; None where nobody applies for anything."""

    approvals: Callable[[Terms | None], Approvals] | None = field(default=None, hash=False, compare=False)
