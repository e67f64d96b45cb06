"""Who did what with a license: its events in whose name, and the requests that two people had a hand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from governorate.licensed import Name
from issuer.register import requests
from issuer.register.history import Event, Record
from issuer.register.requests import Request
from issuer.register.tables import licenses, sealing_requests

from . import changing


class Step(NamedTuple):
    """An event with its reason in words, and who had a hand in it: in whose name, or who asked and who agreed.

    `reason` is a name of the governorate's, `words` what somebody wrote beside it.
    """

    event: Event
    reason: Name | None
    words: str
    request: Request | None = None


def of(connection: Connection, record: Record) -> tuple[Step, ...]:
    """Return the history of a license, the oldest first."""
    asked = _requests(connection, {event.request for event in record.events if event.request is not None})
    origin = _origin(connection, record.number)
    return tuple(_step(event, origin if event.kind == "issued" else asked.get(event.request or 0)) for event in record.events)


def _step(event: Event, request: Request | None) -> Step:
    name, words = changing.told(event.kind, event.reason)
    return Step(event, name, words, request)


def _requests(connection: Connection, ids: set[int]) -> Mapping[int, Request]:
    return {id_: requests.show(connection, id_) for id_ in sorted(ids)}


def _origin(connection: Connection, number: str) -> Request | None:
    """Return the request over the rows that a license came from; None for one that an application led to, or a file of before."""
    query = select(sealing_requests.c.id).join(licenses, licenses.c.source == sealing_requests.c.digest).where(licenses.c.number == number)
    id_ = connection.scalar(query.where(sealing_requests.c.state.in_(("approved", "used"))).order_by(sealing_requests.c.id.desc()).limit(1))
    return None if id_ is None else requests.show(connection, id_)
