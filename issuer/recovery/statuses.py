"""What the published status lists say of seals, merged with what the register says: the more severe counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

import published
from acts.lost import Lost
from issuer.errors import IssuerError
from issuer.register.tables import seals
from published import listed
from seal import leaves, status
from seal.dating import Dates
from seal.errors import ListError
from seal.status import StatusList
from seal.trust import TrustList
from transparency.heads import Head

#: The more severe stands later. What was replaced can be revoked besides, and what was suspended can be both.
SEVERITY = (status.VALID, status.SUSPENDED, status.SUPERSEDED, status.INVALID)
_FILE_MAX = 8 << 20


class Differing(NamedTuple):
    """A seal in the register whose published status is not the register's."""

    id: int
    license_id: int
    edition: int
    before: int
    published: int

    @property
    def after(self) -> int:
        """The more severe of both."""
        return max(self.before, self.published, key=SEVERITY.index)


def lists_in(folder: Path, trust: TrustList, *, now: int) -> dict[int, StatusList]:
    """Return the published status lists by their numbers, of whatever age. Raises IssuerError `recovery_list_refused`, OSError."""
    found: dict[int, StatusList] = {}
    for path in sorted((folder / published.folder.STATUS).glob("[1-9]*")):
        if not path.name.isdecimal():
            continue
        with path.open("rb") as stream:
            data = stream.read(_FILE_MAX + 1)
        try:
            entry = status.verify(data, trust=trust)
            listed.require(data, folder, trust, Dates(now))
            if trust.keys[entry.kid].voids(entry.sequence):
                raise ListError("status_list_voided", path.name)
        except ListError as error:
            raise IssuerError("recovery_list_refused", f"status/{path.name}: {error.code}") from error
        if entry.uri.rpartition("/")[2] != path.name:
            raise IssuerError("recovery_list_refused", f"status/{path.name}")
        found[int(path.name)] = entry
    return found


def differing(connection: Connection, lists: Mapping[int, StatusList]) -> Iterator[Differing]:
    """Yield the seals of the register about which a list says something else; of those that are younger than the list, none does."""
    table = seals.c
    columns = table.id, table.license_id, table.edition, table.status, table.idx
    for number, held in lists.items():
        query = select(*columns).where(table.list == number, table.iat < held.iat)
        for row in connection.execute(query):
            said = held.at(row.idx)
            if said is not None and said != row.status:
                yield Differing(row.id, row.license_id, row.edition, row.status, said)


def of_lost(lost: Sequence[Lost], lists: Mapping[int, StatusList]) -> list[Lost]:
    """Return lost seals with their statuses as published.

    A list says "invalid" of what was revoked, and of what it does not have yet. Which of both, only the seal tells, by its time: until it
    is read back in, it is what the list says. A place whose list was never published is valid: nobody ever said anything else.
    """
    found = []
    for each in lost:
        number, index = leaves.slot_of(each.place)
        held = lists.get(number)
        if each.entry == leaves.VOID:
            found.append(each._replace(status=status.INVALID))
        elif held is None:
            found.append(each._replace(status=status.VALID))
        else:
            said = held.at(index)
            found.append(each._replace(status=status.INVALID if said is None else said, listed_at=held.iat))
    return found


def unsure(lost: Sequence[Lost], head: Head) -> list[int]:
    """Return lost positions that count as not valid though nobody may have revoked them: their list is older than the log's head."""
    return [each.place for each in lost if each.status == status.INVALID and 0 < each.listed_at < head.timestamp]
