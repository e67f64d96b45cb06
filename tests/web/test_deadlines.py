"""The servers as they are shipped, without a proxy: sockets that send nothing, send slowly or never close hold nobody up."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from qr.write import png
from tests import clock
from tests.processes import PATIENCE_SECONDS
from tests.verifier.served import environment_of, gunicorn
from tests.world import World
from web import arriving
from web.arriving import Arrival, Arriving

THREADS = 4
#: Fewer threads than the connections of any of these tests, and one process: whoever holds a thread is missed.
FEW = {"KHATM_THREADS": str(THREADS)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"), now=clock.moment())


@pytest.fixture(scope="module")
def port(world: World) -> Iterator[int]:
    log = world.root_file.with_name("log")
    with gunicorn("verifier.wsgi", log, environment=environment_of(world) | FEW, workers=1) as (port, _):
        yield port


def live(port: int) -> float:
    """How long a request takes, in seconds; it must be answered."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/health/live")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - began


def connected(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS))


HEAD = b"POST /api/v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n",
        HEAD + b"Content-Length: 5000\r\n\r\n{",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",  # answered, and kept open
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",  # answered, and never closed by the client
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health",  # and half of the next one at once
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_sockets_that_wait_hold_nobody_up(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(4 * THREADS):
            connected(stack, port).sendall(sent)
        time.sleep(0.2)  # they are all where they will be
        assert max(live(port) for _ in range(4 * THREADS)) < 4, "gunicorn itself waits five seconds for a first octet, and two for a close"


@pytest.mark.parametrize("more", [b"Transfer-Encoding: chunked\r\n\r\n5\r\n", b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"])
def test_bodies_whose_end_nobody_knows_have_some_of_the_threads(port: int, more: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(4 * THREADS):
            connected(stack, port).sendall(HEAD + more)
        time.sleep(0.2)
        assert max(live(port) for _ in range(2 * THREADS)) < 4


def asked(port: int, data: bytes, *, piece: int | None = None, read: int = 1) -> bytes:
    """Send a request, perhaps in pieces, and return the answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        for place in range(0, len(data), piece or len(data)):
            connection.sendall(data[place : place + (piece or len(data))])
        came = b""
        while came.count(b"HTTP/1.1 ") < read or not came.endswith(b"}"):
            octets = connection.recv(65_536)
            if not octets:
                break
            came += octets
        return came


def question(text: str) -> bytes:
    return json.dumps({"text": text}).encode()


def test_pieces_and_requests_one_behind_the_other_are_answered_in_turn(port: int, world: World) -> None:
    body = question(world.seal(world.license()))
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert asked(port, whole, piece=7).startswith(b"HTTP/1.1 200 ")
    answers = asked(port, 3 * whole + b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", read=4)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200"] * 4
    assert answers.endswith(b'{"status":"alive"}\n') or b"alive" in answers


def test_a_large_upload_in_small_pieces_is_whole(port: int, world: World) -> None:
    text = world.seal(world.license())
    part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n' + png(text) + b"\r\n"
    filling = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"x" * 150_000 + b"\r\n--b--\r\n"
    head = b"POST /api/v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    body = part + filling
    answer = asked(port, head + b"Content-Length: %d\r\n\r\n" % len(body) + body, piece=1400)
    assert re.match(rb"HTTP/1.1 (200|4\d\d) ", answer), answer[:200]
    assert b"internal" not in answer


def test_chunked_bodies_and_expectations_are_answered(port: int, world: World) -> None:
    body = question(world.seal(world.license()))
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert asked(port, chunked).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_whoever_never_says_what_they_want_is_let_go(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET /")
        assert connection.recv(100) == b""


def kinds(data: bytes, piece: int) -> list[Arrival]:
    request = Arriving()
    found = [request.add(data[place : place + piece]) for place in range(0, len(data), piece)]
    request.close()
    return found


@pytest.mark.parametrize("piece", [1, 3, 1000])
@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Arrival.WHOLE),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r", Arrival.PART),
        (b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab", Arrival.PART),
        (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", Arrival.WHOLE),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", Arrival.WHOLE),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", Arrival.OPEN),
        (b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", Arrival.OPEN),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", Arrival.OPEN),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 300 + b"\r\n\r\n", Arrival.OPEN),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", Arrival.OPEN),
        (b"POST / HTTP/1.1\r\nX: Content-Length: 3\r\n\r\n", Arrival.WHOLE),
        (b"\x00" * 900, Arrival.PART),
        (b"\x00" * (arriving.HEAD_MOST + 1), Arrival.OPEN),
    ],
)
def test_where_a_request_ends(data: bytes, end: Arrival, piece: int) -> None:
    if len(data) > arriving.HEAD_MOST and piece < 1000:
        piece = 500
    assert kinds(data, piece)[-1] is end


def test_a_stopping_server_does_not_wait_for_idle_sockets(world: World, tmp_path: Path) -> None:
    with ExitStack() as stack:
        with gunicorn("verifier.wsgi", tmp_path / "log", environment=environment_of(world) | FEW, workers=1) as (port, _):
            idle = [connected(stack, port) for _ in range(8)]
            live(port)
            began = time.monotonic()
        assert time.monotonic() - began < 9, "its grace is ten seconds"
        assert all(each.recv(10) == b"" for each in idle)
