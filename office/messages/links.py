"""Links to the page where a citizen keeps a license's code. Who has one sees the license: it cannot be guessed, and it can be withdrawn.

The register holds the SHA-256 of a token, never the token: who reads this table, or an old copy of it, has no link. The token is in the
text of the message alone, until that is forgotten. Looking up a digest tells nothing by the time it takes: nobody can choose its octets.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from sqlalchemy import Connection, select, update

from issuer.errors import IssuerError
from issuer.register.tables import licenses

from .tables import links

# No signs, which phones cut off the end of a link; and no 0 O o 1 l I, for those who type it.
_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 23  # 56^23 > 2^133
_TOKEN = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}", re.ASCII)


def of(connection: Connection, license_number: str, *, now: int) -> str:
    """Make a link's token for a license; those made before stay good. Raises IssuerError `number_unknown`."""
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    connection.execute(links.insert().values(digest=_digest(token), license_id=_license_id(connection, license_number), made_at=now))
    return token


def find(connection: Connection, token: str) -> str | None:
    """Return the number of the license that `token` opens; None if it opens nothing, or no longer."""
    if _TOKEN.fullmatch(token) is None:
        return None
    open_ = (links.c.digest == _digest(token)) & links.c.withdrawn_at.is_(None)
    return connection.scalar(select(licenses.c.number).join(links, links.c.license_id == licenses.c.id).where(open_))


def withdraw(connection: Connection, license_number: str, *, now: int) -> int:
    """Let no link of a license open anything any more, as when it goes to another holder. Return how many those were.

    Raises IssuerError `number_unknown`.
    """
    open_ = (links.c.license_id == _license_id(connection, license_number)) & links.c.withdrawn_at.is_(None)
    return connection.execute(update(links).where(open_).values(withdrawn_at=now)).rowcount


def address(host: str, token: str) -> str:
    """Return the address of a keep page on the official host."""
    return f"https://{host}/k/{token}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _license_id(connection: Connection, number: str) -> int:
    found = connection.scalar(select(licenses.c.id).where(licenses.c.number == number))
    if found is None:
        raise IssuerError("number_unknown", number)
    return int(found)
