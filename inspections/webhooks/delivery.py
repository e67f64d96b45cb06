"""Delivery: takes what is due, signs it, sends it, and writes down what became of it. Any number may run at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from storage.database import reading
from web.client import Client, ClientError
from web.outside import Outside, OutsideError

from . import endpoints, outbox, signing
from .endpoints import Endpoint
from .outbox import WAITS, Message

SECONDS = 15.0  # for a whole attempt, once connected
_ANSWER_MOST = 4096  # octets of an answer that are read
IDLE_SECONDS = 2.0
_JITTER = 0.2
_IN_A_ROW = 20  # to one endpoint, before the others have their turn


def way_outside(hosts: frozenset[str]) -> Outside:
    """Return the way to endpoints: the public internet, and the hosts that the operator named."""
    return Outside(hosts, seconds=SECONDS)


class Tally(NamedTuple):
    """What became of what was due."""

    delivered: int = 0
    postponed: int = 0
    failed: int = 0


@dataclass
class Deliverer:
    """One deliverer. `clock` gives seconds since 1970 UTC, `sure` whether one of them may end something; `stop` ends it and its pauses."""

    engine: Engine
    key: ec.EllipticCurvePrivateKey
    way: Outside
    clock: Callable[[], int]
    chance: Random
    sure: Callable[[int], bool]
    client: Client = field(init=False)
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """Make the client: one connection for each message, no redirect followed, an answer's first octets read."""
        self.client = Client(seconds=SECONDS / 1.5, most_octets=_ANSWER_MOST, keep=False, outside=self.way)

    def step(self) -> Tally:
        """Send what is due, each endpoint in its turn: one that fails keeps nobody waiting for its other messages."""
        with reading(self.engine) as connection:
            waiting = outbox.due(connection, now=self.clock())
        total = Tally()
        for endpoint_id in waiting:
            for _ in range(_IN_A_ROW):
                state = None if self.stop.is_set() else self._next(endpoint_id)
                if state is None:
                    break
                total = total._replace(**{state: getattr(total, state) + 1})
                if state != "delivered":
                    break
        return total

    def _next(self, endpoint_id: int) -> str | None:
        """Send one message; return what became of it, None if there was none to take."""
        with self.engine.begin() as connection:
            endpoint = endpoints.one(connection, endpoint_id)
            message = outbox.take(connection, endpoint_id, now=self.clock()) if endpoint.state == "active" else None
        if message is None:
            return None
        began = time.monotonic()
        status, fault = self._send(endpoint, message)
        milliseconds = int((time.monotonic() - began) * 1000)
        with self.engine.begin() as connection:
            times = {"wait": self._wait(message), "now": self.clock()}
            state = outbox.settle(connection, message, status, fault, milliseconds, **times, sure=self.sure)
        return "postponed" if state == "waiting" else state

    def _send(self, endpoint: Endpoint, message: Message) -> tuple[int | None, str]:
        """Return the answer's status, None without one, and what was wrong, empty for nothing."""
        body = message.body.encode()
        signed = signing.headers(signing.secret(self.key, endpoint.salt), message.name, body, now=self.clock())
        headers = {"Content-Type": "application/json", "User-Agent": "khatm-webhooks/1", **signed}
        if not self.way.takes(endpoint.url):
            return None, "url"  # of a host that was allowed, and is no more
        try:
            answer = self.client.request("POST", endpoint.url, body=body, headers=headers)
        except OutsideError as error:
            return None, error.code
        except ClientError as error:
            return None, "no_answer" if error.sent else "no_connection"
        return answer.status, "" if 200 <= answer.status < 300 else "status"

    def _wait(self, message: Message) -> int:
        wait = WAITS[min(message.attempts, len(WAITS) - 1)]
        return max(1, round(wait * self.chance.uniform(1 - _JITTER, 1 + _JITTER)))
