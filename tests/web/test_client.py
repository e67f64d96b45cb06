"""The one HTTP client against a real server: what it bounds, what it refuses, what it tells of a call that failed."""

from __future__ import annotations

import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from demo import certificates
from tests import clock
from tests.processes import PATIENCE_SECONDS
from web.client import Answer, Client, ClientError

MOST = 1000


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers by the path; counts who came."""

    came: list[str]

    def do_GET(self) -> None:
        self.came.append(self.path)
        if self.path.startswith("/drip"):
            self._drip(b"HTTP/1.1 200 OK\r\nX: y\r\n" if self.path == "/drip-head" else b"HTTP/1.1 200 OK\r\n\r\n")
            return
        if self.path == "/gone":
            self.close_connection = True
            return
        status = 302 if self.path == "/elsewhere" else 503 if self.path == "/busy" else 200
        body = b"x" * (int(self.path[1:]) if self.path[1:].isdigit() else 2)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-AFTER", "7")
        self.send_header("Location", "/2")
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, begun: bytes) -> None:
        """Begin an answer, and send an octet now and then, for as long as anybody listens."""
        self.close_connection = True
        try:
            self.wfile.write(begun)
            while True:
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(made: certificates.Certificates | None = None) -> Iterator[tuple[str, list[str]]]:
    """The base of a server, and the paths that were asked for."""
    handler = type("Handler", (Pages,), {"came": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if made is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(made.server, made.server_key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"{'https' if made else 'http'}://127.0.0.1:{server.server_port}", handler.came
        server.shutdown()
        thread.join()


def test_an_answer_comes_whole_up_to_the_bound_and_is_cut_beyond_it() -> None:
    with serving() as (base, _):
        client = Client(seconds=PATIENCE_SECONDS, most_octets=MOST)
        assert client.request("GET", f"{base}/{MOST}")[2:] == (b"x" * MOST, True)
        assert client.request("GET", f"{base}/{MOST + 1}")[2:] == (b"x" * MOST, False)
        assert client.request("GET", f"{base}/3").body == b"xxx", "what was left of the answer before is no part of this one"


def test_no_redirect_is_followed_and_nothing_is_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving() as (base, came):
        client = Client(seconds=PATIENCE_SECONDS, most_octets=MOST, keep=False)
        assert client.request("GET", f"{base}/elsewhere").status == 302
        answer = client.request("GET", f"{base}/busy")
        assert (type(answer), answer.status, answer.headers["retry-after"]) == (Answer, 503, "7")
        with pytest.raises(ClientError, match="no_answer") as lost:
            client.request("GET", f"{base}/gone")
        assert lost.value.sent
        assert came == ["/elsewhere", "/busy", "/gone"]


def test_where_nobody_listens_nothing_was_sent() -> None:
    with serving() as (base, _):
        pass
    with pytest.raises(ClientError, match="no_connection") as failed:
        Client(seconds=PATIENCE_SECONDS, most_octets=MOST).request("GET", base)
    assert not failed.value.sent


def test_a_certificate_must_be_valid_for_the_host(tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "a", [IPv4Address("127.0.0.1")], now=clock.moment())
    other = certificates.make(tmp_path / "b", [IPv4Address("127.0.0.2")], now=clock.moment())
    with serving(made) as (base, came):
        assert Client(seconds=PATIENCE_SECONDS, most_octets=MOST, authority=made.authority).request("GET", f"{base}/2").body == b"xx"
        for authority in (None, other.authority):
            with pytest.raises(ClientError):
                Client(seconds=PATIENCE_SECONDS, most_octets=MOST, authority=authority).request("GET", f"{base}/3")
    with serving(other) as (base, came), pytest.raises(ClientError):
        Client(seconds=PATIENCE_SECONDS, most_octets=MOST, authority=other.authority).request("GET", f"{base}/2")
    assert came == []


@pytest.mark.parametrize("path", ["/drip-head", "/drip-body"])
@pytest.mark.parametrize("keep", [True, False])
def test_who_answers_an_octet_now_and_then_holds_nobody(path: str, keep: bool) -> None:
    """Each octet comes in time; the whole call has its end."""
    with serving() as (base, _):
        client = Client(seconds=0.3, most_octets=10_000_000, keep=keep)
        with pytest.raises(ClientError, match="no_answer"):
            client.request("GET", base + path)
        assert client.request("GET", f"{base}/2").body == b"xx", "and the next call is as good as ever"
        with pytest.raises(ClientError, match="no_answer"):
            client.request("GET", base + path)
