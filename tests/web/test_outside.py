"""Addresses that strangers named: the public internet only, checked where it is connected to, and for a bounded time."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from demo import certificates
from tests import clock
from tests.processes import PATIENCE_SECONDS as LONG
from tests.web.test_client import serving
from web.client import Client, ClientError
from web.outside import Outside, OutsideError, public

PRIVATE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254"),
    *("198.18.0.1", "192.0.0.1", "192.0.2.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "fe80::1", "fe80::1%lo"),
    *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "100::1", "fec0::1", "localhost", "", "1", "0x7f.1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "41.33.0.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])
def test_what_is(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://police.example/hook?x=1", True),
        ("https://police.example:8443/", True),
        ("http://inside.example/", True),
        ("http://police.example/", False),
        ("https://user@police.example/", False),
        ("https://police.example/#a", False),
        ("https://police.example\\@inside.example/", False),
        ("https://[::1/", False),
        ("https://police.example:99999/", False),
        ("https:///hook", False),
        ("ftp://police.example/", False),
        ("https://شرطة.example/", False),
        ("https://police.example/a b", False),
        ("https://police.example/\n", False),
    ],
)
def test_which_addresses_are_taken(url: str, taken: bool) -> None:
    assert Outside({"Inside.example"}, seconds=LONG).takes(url) is taken


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_host_that_leads_here_is_refused_however_it_is_written(host: str) -> None:
    with serving() as (base, came):
        port = base.rsplit(":", 1)[1]
        client = Client(seconds=LONG, most_octets=100, keep=False, outside=Outside(seconds=LONG))
        with pytest.raises(OutsideError, match=r"address_private|host_unknown"):
            client.request("GET", f"http://{host}:{port}/2")
        assert came == []


class Resolver:
    """A name server that says something else each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers, self.asked, real = list(answers), list[str](), socket.getaddrinfo

        def resolve(host: Any, port: Any, *args: Any, **more: Any) -> Any:
            if not str(host).endswith(".example"):
                return real(host, port, *args, **more)
            self.asked.append(host)
            found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_name_that_is_private_by_the_time_of_connecting_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    outside = Outside(seconds=LONG)
    with serving() as (base, came):
        port = int(base.rsplit(":", 1)[1])
        assert outside.addresses("rebinding.example", port) == ["93.184.215.14"]
        with pytest.raises(OutsideError, match="address_private"):
            Client(seconds=LONG, most_octets=100, keep=False, outside=outside).request("GET", f"http://rebinding.example:{port}/2")
        assert came == [] and resolver.asked == ["rebinding.example"] * 2


def test_one_private_address_among_others_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(OutsideError, match="address_private"):
        Outside(seconds=LONG).addresses("two.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked_and_asks_for_the_name_s_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved once; a second answer, to another address, would be seen."""
    resolver = Resolver(monkeypatch, ["127.0.0.1"], ["127.0.0.9"])
    made = certificates.make(tmp_path, [IPv4Address("127.0.0.1")], now=clock.moment())
    client = Client(seconds=LONG, most_octets=100, authority=made.authority, keep=False, outside=Outside({"hook.example"}, seconds=LONG))
    with serving(made) as (base, came):
        port = base.rsplit(":", 1)[1]
        with pytest.raises(ClientError):
            client.request("GET", f"https://hook.example:{port}/2")  # the certificate is of the address, not of the name
        assert came == [] and resolver.asked == ["hook.example"]
        inside = Client(seconds=LONG, most_octets=100, authority=made.authority, keep=False, outside=Outside({"127.0.0.1"}, seconds=LONG))
        assert inside.request("GET", f"{base}/2").body == b"xx"


@contextmanager
def dripping(header: bool) -> Iterator[int]:
    """The port of a server that never ends to answer, an octet at a time."""

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X: " if header else b"\r\n"))
            try:
                while True:
                    self.wfile.write(b"a")
                    time.sleep(0.05)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("header", [True, False])
def test_who_answers_for_ever_is_left(header: bool) -> None:
    client = Client(seconds=30, most_octets=1 << 20, keep=False, outside=Outside({"127.0.0.1"}, seconds=0.5))
    with dripping(header) as port, pytest.raises(OutsideError, match="too_slow"):
        client.request("GET", f"http://127.0.0.1:{port}/")
