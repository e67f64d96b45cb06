"""Servers that are killed in the middle of requests, and a network that cuts them: real processes, real sockets, real databases."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Timer
from typing import Any

from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from inspections.visits.tables import evaluations, inspection_photographs, inspections, photographs
from inspections.web.app import create_app
from seal.chain import Head
from seal.inspection import digest
from tests.inspections.phone import Answer, Phone
from tests.inspections.street import Street
from tests.processes import PATIENCE_SECONDS

NO_ANSWER: Answer = (0, {})


class Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


class Servers:
    """Server processes behind one address: forked, so that a new one costs milliseconds."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.children: list[int] = []

    def start(self) -> None:
        child = os.fork()
        if child:
            self.children.append(child)
            return
        try:
            logging.disable(logging.CRITICAL)
            app = create_app(replace(self.street.settings, now=lambda now=self.street.now: now))  # type: ignore[misc]
            server = make_server("127.0.0.1", self.port, app, threaded=True, fd=self.socket.fileno(), request_handler=Silent)
            server.serve_forever()
        finally:
            os._exit(1)

    def kill(self) -> None:
        """Kill the oldest server, whatever it does just now."""
        if self.children:
            child = self.children.pop(0)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def close(self) -> None:
        while self.children:
            self.kill()
        self.socket.close()


class Line:
    """A phone's connection. `cut` is how likely a request is cut off: while it is sent, or before its answer was read."""

    def __init__(self, port: int, chance: random.Random, *, cut: float = 0.0) -> None:
        self.port, self.chance, self.cut = port, chance, cut
        self.unanswered = 0

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            if self.chance.random() < self.cut:
                return self._cut_off(connection, method, path, body, headers)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            self.unanswered += 1
            return NO_ANSWER
        finally:
            connection.close()

    def _cut_off(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection.putrequest(method, path)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[: self.chance.randrange(len(body) + 1)] if self.chance.random() < 0.5 else body)
        if self.chance.random() < 0.5:
            time.sleep(self.chance.random() * 0.02)  # the server may be anywhere in its work
        return NO_ANSWER


@contextlib.contextmanager
def served(street: Street, servers: int) -> Iterator[Servers]:
    running = Servers(street)
    try:
        for _ in range(servers):
            running.start()
        yield running
    finally:
        running.close()


def storm(street: Street, phones: list[Phone], running: Servers, *, kills: int, chance: random.Random) -> None:
    """Let phones record and send while servers are killed at random moments, `kills` times."""
    for _ in range(kills):
        timer = Timer(chance.random() * 0.06, running.kill)
        timer.start()
        for phone in phones:
            phone.record(photographs=int(chance.random() < 0.3))
            if chance.random() < 0.4:
                chance.shuffle(phone.outbox)  # whatever order the app sends in
            phone.sync()
        timer.join()
        running.start()
        for phone in phones:
            assert_not_behind(phone, chance)


def assert_not_behind(phone: Phone, chance: random.Random) -> None:
    """The server never forgets what it confirmed, and a phone that lost its tail is told so."""
    status, told = phone.contact()
    if not status:
        return
    known = phone.head
    head = phone.heed(told["head"]).head
    assert head.sequence >= known.sequence
    assert told["chain"] in ("agrees", "phone_ahead")
    assert head.digest == (digest(phone.messages[head.sequence - 1]) if head.sequence else None)
    if head.sequence > 1:
        lost = chance.randrange(1, head.sequence)
        kept, phone.messages = phone.messages, phone.messages[: head.sequence - lost]
        status, told = phone.contact()
        phone.messages = kept
        assert not status or told["chain"] == "phone_behind"


def assert_both_sides_agree(street: Street, phone: Phone) -> None:
    """None is lost, none is double: what the phone signed is what the server has, photographs too."""
    for _ in range(20):
        if not phone.outbox:
            break
        phone.sync()
    assert phone.outbox == []
    wanted = [digest(each) for each in phone.messages]
    assert phone.contact()[1]["chain"] == "agrees"
    assert phone.head == Head(phone.kid, len(wanted), wanted[-1])
    with street.engine.connect() as connection:
        table = inspections.c
        mine = select(table.digest, table.message, table.chain, table.state).order_by(table.sequence)
        rows = [row for row in connection.execute(mine) if bytes(row.digest) in set(wanted)]
        assert [bytes(row.digest) for row in rows] == wanted
        assert [bytes(row.message) for row in rows] == phone.messages
        assert {(row.chain, row.state) for row in rows} == {("linked", "confirmed")}
        named = set(map(bytes, connection.scalars(select(inspection_photographs.c.sha256))))
        here = set(map(bytes, connection.scalars(select(photographs.c.sha256))))
    assert set(phone.photographs) <= named & here
    for hash_, data in phone.photographs.items():
        assert street.context.photographs.read(hash_) == data


def assert_nothing_else(street: Street, phones: list[Phone]) -> None:
    """No row is there that no phone signed."""
    with street.engine.connect() as connection:
        count = connection.scalar(select(func.count()).select_from(inspections))
        twice = select(evaluations.c.inspection_id).group_by(evaluations.c.inspection_id).having(func.count() > 1)
        assert connection.execute(twice).all() == []
    assert count == sum(len(phone.messages) for phone in phones)
