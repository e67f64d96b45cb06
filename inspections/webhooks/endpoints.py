"""Endpoints: where events go, which ones, and of which authorities."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select, update

from accounts.roles import EVERYWHERE
from inspections.errors import InspectionError
from web.outside import Outside, OutsideError

from . import signing
from .tables import endpoints

#: What is told. Whoever adds one names it here and calls `outbox.emit` in the transaction of its event.
Event = Literal["inspection.violation", "license.seen_revoked", "alert.raised", "notice.changed"]
EVENTS: tuple[Event, ...] = get_args(Event)
NAME_MAX, URL_MAX = 100, 500
_HTTPS = 443


class Endpoint(NamedTuple):
    """One endpoint. Times are seconds since 1970 UTC."""

    id: int
    name: str
    url: str
    salt: bytes
    events: frozenset[str]
    authorities: frozenset[str]
    state: Literal["active", "disabled"]
    state_by: str
    state_at: int
    made_by: str
    made_at: int
    failing_since: int | None

    def wants(self, event: str, authorities: Collection[str]) -> bool:
        """Say whether an event about things of these authorities goes there."""
        return event in self.events and (EVERYWHERE in self.authorities or not self.authorities.isdisjoint(authorities))


def register(
    connection: Connection, way: Outside, name: str, url: str, *, events: Collection[str], authorities: Collection[str], by: str, now: int
) -> Endpoint:
    """Register an endpoint. The caller checks that the authorities are known and its own.

    Raises InspectionError `token_name`, `token_authority`, `hook_events`, `hook_url`, `hook_host_unknown`, `hook_address_private`.
    """
    named = " ".join(name.split())
    if not 0 < len(named) <= NAME_MAX or not named.isprintable():
        raise InspectionError("token_name")
    if not events or not set(events) <= set(EVENTS):
        raise InspectionError("hook_events")
    if not authorities:
        raise InspectionError("token_authority")
    check(way, url)
    kept = [EVERYWHERE] if EVERYWHERE in authorities else sorted(set(authorities))
    values: dict[str, object] = {"name": named, "url": url, "events": sorted(set(events)), "authorities": kept}
    values |= {"salt": secrets.token_bytes(signing.SALT_BYTES), "made_by": by, "made_at": now}
    values |= {"state": "active", "state_by": by, "state_at": now}
    return _endpoint(connection.execute(endpoints.insert().values(values).returning(endpoints)).one())


def check(way: Outside, url: str) -> None:
    """Refuse an address that is none, or that leads elsewhere than to the public internet. Raises InspectionError."""
    if len(url) > URL_MAX or not way.takes(url):
        raise InspectionError("hook_url")
    parts = urlsplit(url)
    try:
        way.addresses(parts.hostname or "", parts.port or _HTTPS)
    except OutsideError as error:
        raise InspectionError(f"hook_{error.code}") from error


def listed(connection: Connection, scope: Collection[str] | None = None) -> list[Endpoint]:
    """Return the endpoints whose authorities all are among these (None: all), the newest first."""
    found = [_endpoint(row) for row in connection.execute(select(endpoints).order_by(endpoints.c.id.desc()))]
    return [each for each in found if scope is None or each.authorities <= frozenset(scope)]


def one(connection: Connection, endpoint_id: int, scope: Collection[str] | None = None) -> Endpoint:
    """Return one of them. Raises InspectionError `hook_unknown`."""
    row = connection.execute(select(endpoints).where(endpoints.c.id == endpoint_id)).first()
    found = _endpoint(row) if row is not None else None
    if found is None or not (scope is None or found.authorities <= frozenset(scope)):
        raise InspectionError("hook_unknown")
    return found


def set_state(connection: Connection, endpoint: Endpoint, state: Literal["active", "disabled"], *, by: str, now: int) -> None:
    """Stop an endpoint, or let it go on: what waits for it stays where it is meanwhile."""
    values: dict[str, object] = {"state": state, "state_by": by, "state_at": now}
    if state == "active":
        values["failing_since"] = None
    mine = endpoints.c.id == endpoint.id, endpoints.c.state != state
    connection.execute(update(endpoints).where(*mine).values(values))


def _endpoint(row: Row[tuple[object, ...]]) -> Endpoint:
    held = {name: getattr(row, name) for name in Endpoint._fields}
    made = {"salt": bytes(held["salt"]), "events": frozenset(held["events"]), "authorities": frozenset(held["authorities"])}
    return Endpoint(**held | made)
