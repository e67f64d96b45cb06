"""Requests: what one person prepared is sealed once another one approved exactly that (docs/adr/0057).

A request is known by a digest over everything that is to be done. Whoever does it computes the digest anew, and looks for an approval of
it: a file or a license that changed since is another request. An approval is used once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection, Row, select, update

from issuer.errors import IssuerError
from storage.locks import lock_writers

from .tables import sealing_requests

Kind = Literal["issue", "replace", "reinstate", "revoke", "recover", "adopt", "erase", "copy", "forget"]
State = Literal["waiting", "approved", "refused", "used", "lapsed"]
STATES: tuple[State, ...] = get_args(State)
#: Who approves where there is nobody yet who may.
CONSOLE = "console"
#: How actors begin who asked at a desk.
DESK = "account:"
LISTED_MOST = 200
_PURPOSE = b"khatm request 1"
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SUBJECT_MOST = 200


class Request(NamedTuple):
    """What was prepared, by whom (as acts name people), and what became of it. Times are seconds since 1970 UTC."""

    id: int
    kind: Kind
    digest: bytes
    subject: str
    authorities: tuple[str, ...]
    told: Mapping[str, Any]
    state: State
    prepared_by: str
    prepared_at: int
    decided_by: str | None
    decided_at: int | None
    used_at: int | None
    assertion: bytes | None = None  # the signatures under it, where approvals are signed


class Digesting:
    """The SHA-256 that stands for what is to be done, as far as that is known."""

    def __init__(self, kind: Kind) -> None:
        self._hashed = sha256(_PURPOSE + b"\0" + kind.encode())

    def add(self, octets: bytes) -> None:
        """Go on with what `octets_of` made of the next values."""
        self._hashed.update(octets)

    def digest(self) -> bytes:
        """Return the digest over all of it."""
        return self._hashed.digest()


def octets_of(part: object) -> bytes:
    """Return what a plain JSON value, one of several, adds to the digest."""
    return framed(_JSON.encode(part))


def framed(text: str) -> bytes:
    """Return what a JSON value adds that is written already: without spaces, the members of its objects in order of their names."""
    octets = text.encode()
    return len(octets).to_bytes(8, "big") + octets


def digest_of(kind: Kind, parts: Iterable[object]) -> bytes:
    """Return the SHA-256 that stands for what is to be done: plain JSON values, one after another."""
    digesting = Digesting(kind)
    for part in parts:
        digesting.add(octets_of(part))
    return digesting.digest()


def prepare(
    connection: Connection,
    kind: Kind,
    digest: bytes,
    *,
    subject: str,
    authorities: Collection[str],
    told: Mapping[str, Any],
    by: str,
    now: int,
) -> Request:
    """Ask for an approval; where the same is asked for already, by whomever, that request is returned."""
    lock_writers(connection)
    table = sealing_requests.c
    query = select(sealing_requests).where(table.digest == digest, table.state.in_(("waiting", "approved")))
    if (row := connection.execute(query.order_by(table.id.desc())).first()) is not None:
        return _of(row)
    values = {"kind": kind, "digest": digest, "subject": subject[:_SUBJECT_MOST], "authorities": sorted(authorities), "told": dict(told)}
    made = connection.execute(
        sealing_requests.insert().values(values | {"state": "waiting", "prepared_by": by, "prepared_at": now}).returning(table.id)
    ).scalar_one()
    return show(connection, made)


def decide(connection: Connection, id: int, *, approve: bool, by: str, now: int, assertion: bytes | None = None) -> None:
    """Approve or refuse a request, in the name of `by`. Whether they may is the caller's to know: it knows accounts.

    `assertion` is what their authenticator signed over the digest, where one was asked for; it is kept as it came.
    Raises IssuerError `request_unknown`, `request_decided`, `request_own` (whoever prepared it does not approve it).
    """
    lock_writers(connection)
    held = show(connection, id)
    if held.state != "waiting":
        raise IssuerError("request_decided", held.state)
    if approve and same_person(held.prepared_by, by):
        raise IssuerError("request_own")
    values: dict[str, Any] = {"state": "approved" if approve else "refused", "decided_by": by, "decided_at": now}
    if assertion is not None:
        values["assertion"] = assertion
    if not approve:
        values["told"] = _without_rows(held.told)
    connection.execute(update(sealing_requests).where(sealing_requests.c.id == id).values(values))


def keep(connection: Connection, id: int, assertion: bytes) -> None:
    """Keep the signatures under a request that waits. Raises IssuerError `request_decided`."""
    waits = sealing_requests.c.id == id, sealing_requests.c.state == "waiting"
    if connection.execute(update(sealing_requests).where(*waits).values(assertion=assertion)).rowcount != 1:
        raise IssuerError("request_decided")


def approved(connection: Connection, digest: bytes) -> Request | None:
    """Return the request over a digest that was approved and is not used yet, None without one."""
    table = sealing_requests.c
    row = connection.execute(select(sealing_requests).where(table.digest == digest, table.state == "approved")).first()
    return _of(row) if row else None


def used(connection: Connection, digest: bytes) -> Request | None:
    """Return the request over a digest that was done already, None without one."""
    table = sealing_requests.c
    query = select(sealing_requests).where(table.digest == digest, table.state == "used").order_by(table.id.desc())
    row = connection.execute(query).first()
    return _of(row) if row else None


def finish(connection: Connection, request: Request, *, now: int) -> None:
    """Use an approval up once a file is done, of which several runs may each have sealed a part."""
    lock_writers(connection)
    if show(connection, request.id).state != "used":
        use(connection, request, now=now)


def use(connection: Connection, request: Request, *, now: int) -> None:
    """Use an approval up, in the transaction of what it was for. Raises IssuerError `approval_used`."""
    table = sealing_requests.c
    mine = table.id == request.id, table.digest == request.digest, table.state == "approved"
    done = {"state": "used", "used_at": now, "told": _without_rows(request.told)}
    if connection.execute(update(sealing_requests).where(*mine).values(done)).rowcount != 1:
        raise IssuerError("approval_used", str(request.id))


def lapse(connection: Connection, request: Request, code: str, *, now: int) -> None:
    """End an approval that can no longer be carried out, with the code of why: what it was for is not what is there any more."""
    table = sealing_requests.c
    ended = {"state": "lapsed", "used_at": now, "told": {**_without_rows(request.told), "fault": code}}
    connection.execute(update(sealing_requests).where(table.id == request.id, table.state == "approved").values(ended))


def due(connection: Connection, *, most: int) -> list[Request]:
    """Return what was approved and is for a program to carry out: people at desks asked for it, who cannot seal."""
    table = sealing_requests.c
    query = select(sealing_requests).where(table.state == "approved", table.prepared_by.startswith(DESK))
    return [_of(row) for row in connection.execute(query.order_by(table.id).limit(most))]


def about(connection: Connection, subject: str, *, kinds: Collection[Kind]) -> list[Request]:
    """Return what was asked about a license, the newest first."""
    table = sealing_requests.c
    query = select(sealing_requests).where(table.subject == subject, table.kind.in_(kinds)).order_by(table.id.desc())
    return [_of(row) for row in connection.execute(query.limit(LISTED_MOST))]


def show(connection: Connection, id: int) -> Request:
    """Return a request. Raises IssuerError `request_unknown`."""
    row = connection.execute(select(sealing_requests).where(sealing_requests.c.id == id)).first()
    if row is None:
        raise IssuerError("request_unknown", str(id))
    return _of(row)


def listed(connection: Connection, *, open_: bool) -> list[Request]:
    """Return the requests that wait, the oldest first; not `open_`: the others, the newest first."""
    table = sealing_requests.c
    waits = table.state == "waiting"
    query = select(sealing_requests).where(waits if open_ else ~waits).order_by(table.id if open_ else table.id.desc())
    return [_of(row) for row in connection.execute(query.limit(LISTED_MOST))]


def same_person(one: str, other: str) -> bool:
    """Say whether two actors, as acts name them (`command:mona`, `account:mona`), bear one name: the system's user and the account too."""
    return one.rpartition(":")[2].casefold() == other.rpartition(":")[2].casefold()


def _without_rows(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stays of what was shown: numbers, and no license's data."""
    return {name: value for name, value in told.items() if name != "rows"}


def _of(row: Row[Any]) -> Request:
    values = {name: getattr(row, name) for name in Request._fields}
    signed = bytes(row.assertion) if row.assertion is not None else None
    return Request(**values | {"digest": bytes(row.digest), "authorities": tuple(row.authorities), "assertion": signed})
