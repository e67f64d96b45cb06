"""The HTTP gateway: a real server in a process of its own, and receipts that somebody else may send."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from issuer.errors import IssuerError
from office.messages import gateway, leases, receipts, report
from office.messages.gateway import Account, Gateway
from office.messages.providers import WHOLE, PostponedError, RefusedError, UnreachableError
from office.messages.sender import Tally
from office.messages.smpp import Smpp
from seal import days
from tests.conftest import ROOT
from tests.issuer.offices import SECONDS
from tests.office.messages.posting import ARABIC, LONG, Clock, message, number, piece, put, sender, states
from tests.office.messages.smsc import Smsc
from tests.office.messages.talking import Talking

TOKEN, KEY = "a-token-made-up", "a shared word of some length"


@pytest.fixture
def server() -> Iterator[Talking]:
    """A gateway."""
    words = [sys.executable, "-m", "tests.office.messages.gateway_process", TOKEN, KEY]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        talking = Talking(process)
        yield talking
        talking.kill()


def account(server: Talking, **more: object) -> Account:
    usual = Account(f"http://127.0.0.1:{server.port}/messages", TOKEN, KEY.encode(), "KHATM")
    return usual._replace(**more)  # type: ignore[arg-type]


def provider(server: Talking, **more: object) -> Gateway:
    return Gateway(account(server, **more), clock=lambda: SECONDS)


def test_a_message_goes_whole_with_a_key_and_a_signature(server: Talking) -> None:
    assert provider(server).submit(piece(LONG, key="k-9", seconds=300)) == "g1"
    told = server.wait("submitted")
    expected = {"key": "k-9", "to": number(), "from": "KHATM", "text": LONG, "seconds": 300, "path": "/messages", "again": False}
    assert told == told | expected


@pytest.mark.parametrize("wrong", [{"token": "other"}, {"secret": b"another word of some length"}])
def test_who_does_not_know_the_secrets_is_refused_for_good(server: Talking, wrong: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match="http_401"):
        provider(server, **wrong).submit(piece())
    assert server.of("submitted") == []


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_the_gateway_will_never_take_is_refused(server: Talking, status: int) -> None:
    server.tell({"status": status})
    with pytest.raises(RefusedError) as refused:
        provider(server).submit(piece())
    assert (type(refused.value), refused.value.code) == (RefusedError, f"http_{status}")


@pytest.mark.parametrize(
    ("answer", "code", "seconds"),
    [
        ({"status": 429, "headers": {"Retry-After": "90"}}, "http_429", 90),
        ({"status": 503, "headers": {"Retry-After": "99999999"}}, "http_503", 3_600),
        ({"status": 503, "headers": {"Retry-After": "Wed, 25 Nov 2026 09:00:00 GMT"}}, "http_503", 0),
        ({"status": 500}, "http_500", 0),
        ({"status": 408}, "http_408", 0),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/elsewhere"}}, "http_302", 0),  # nobody is followed with a token
    ],
)
def test_what_it_does_not_take_now_is_postponed(server: Talking, answer: dict[str, object], code: str, seconds: int) -> None:
    server.tell(answer)
    with pytest.raises(PostponedError) as postponed:
        provider(server).submit(piece())
    assert (postponed.value.code, postponed.value.seconds) == (code, seconds)


NAMELESS = ("", "[]", "{", '{"id": ""}', '{"id": 7}', '{"id": "\\u0000"}', json.dumps({"id": "x" * 65}), "[" * 50_000)


@pytest.mark.parametrize("body", NAMELESS, ids=range(len(NAMELESS)))
def test_an_answer_without_a_name_is_as_good_as_none(server: Talking, body: str) -> None:
    server.tell({"body": body})
    with pytest.raises(UnreachableError, match="http_no_id"):
        provider(server).submit(piece())


def test_nobody_there(server: Talking) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError, match="http_unreachable"):
            provider(server, url=f"http://127.0.0.1:{unused.getsockname()[1]}/").submit(piece())


def test_a_lost_answer_does_not_send_twice_for_the_gateway_knows_the_key(register: Engine, server: Talking) -> None:
    put(register, "a/issued")
    clock = Clock()
    server.tell({"silent": True})
    assert sender(register, provider(server), clock).step().postponed == 1
    assert message(register, "a/issued").error == "http_unreachable"
    clock.now += 3_600
    assert sender(register, provider(server), clock, seed=2).step().sent == 1
    first, second = (server.wait("submitted", count=count) for count in (1, 2))
    assert (first["key"], first["again"], second["again"]) == (second["key"], False, True)
    assert states(register) == {"a/issued": "sent"}


# Receipts


def signed(body: bytes, *, at: int = SECONDS, secret: str = KEY) -> tuple[bytes, str, str]:
    """A receipt as the gateway sends it: body, signature, timestamp."""
    return body, gateway.sign(secret.encode(), str(at), body), str(at)


def bring(register: Engine, body: bytes, signature: str, timestamp: str) -> None:
    with register.begin() as connection:
        gateway.receipt(connection, body, signature, timestamp, secret=KEY.encode(), now=SECONDS)


DELIVERED = json.dumps({"id": "g1", "status": "delivered"}).encode()


def test_a_signed_receipt_decides_and_a_second_one_changes_nothing(register: Engine, server: Talking) -> None:
    put(register, "a/issued")
    assert sender(register, provider(server), Clock()).step().sent == 1
    for _ in range(2):
        bring(register, *signed(DELIVERED))
    assert states(register) == {"a/issued": "delivered"}


def test_a_failure_is_kept_with_its_reason(register: Engine, server: Talking) -> None:
    put(register, "a/issued")
    sender(register, provider(server), Clock()).step()
    bring(register, *signed(json.dumps({"id": "g1", "status": "failed", "error": "absent"}).encode()))
    assert (message(register, "a/issued").state, message(register, "a/issued").error) == ("failed", "network_absent")


FOREIGN = (
    (*signed(DELIVERED, secret="a guess that is long enough"), "signature"),
    (DELIVERED, "", str(SECONDS), "signature"),
    (DELIVERED, "é" * 64, str(SECONDS), "signature"),
    (DELIVERED + b" ", signed(DELIVERED)[1], str(SECONDS), "signature"),
    (DELIVERED, signed(DELIVERED)[1], str(SECONDS + 1), "signature"),
    (DELIVERED, signed(DELIVERED)[1], f"{SECONDS}\n", "signature"),
    (DELIVERED, signed(DELIVERED)[1], "٣", "signature"),
    (DELIVERED, signed(DELIVERED)[1], "", "signature"),
    (*signed(DELIVERED, at=SECONDS - 301), "time"),
    (*signed(DELIVERED, at=SECONDS + 301), "time"),
    (*signed(b"{"), "form"),
    (*signed(b"[]"), "form"),
    (*signed(b"[" * 60_000), "form"),
    (*signed(b'{"id": "g1", "status": "read"}'), "form"),
    (*signed(b'{"id": "", "status": "delivered"}'), "form"),
    (*signed(b'{"id": "g1", "status": "failed", "error": 27}'), "form"),
    (*signed(DELIVERED + b" " * 65_536), "signature"),
)


def test_a_receipt_that_is_not_the_gateway_s_own_changes_nothing(register: Engine, server: Talking) -> None:
    put(register, "a/issued")
    sender(register, provider(server), Clock()).step()
    for body, signature, timestamp, why in FOREIGN:
        with pytest.raises(IssuerError) as refused:
            bring(register, body, signature, timestamp)
        assert (refused.value.code, refused.value.detail) == ("receipt_refused", why)
    assert states(register) == {"a/issued": "sent"}


def test_a_receipt_names_a_message_of_the_gateway_and_of_no_other_provider(register: Engine, server: Talking) -> None:
    put(register, "a/issued", text=ARABIC)
    sender(register, provider(server), Clock()).step()
    with register.begin() as connection:
        receipts.keep(connection, "smpp", receipts.Receipt("g1", "failed", ""), now=SECONDS)
    assert states(register) == {"a/issued": "sent"}


def test_a_text_that_the_gateway_splits_is_counted_in_the_parts_that_it_charges(register: Engine, server: Talking) -> None:
    put(register, "long", text=LONG)
    put(register, "short")
    at_work = sender(register, provider(server), Clock())
    at_work.step()
    server.wait("submitted", count=2)
    with register.connect() as connection:
        assert report.daily(connection, days.day_of(SECONDS), now=SECONDS).parts == {"http": 3 + 1}


@pytest.mark.parametrize("first", ["part by part", "whole"])
def test_settings_that_change_between_two_attempts_lose_nothing(register: Engine, server: Talking, centre: Smsc, first: str) -> None:
    """A centre takes one of three parts and then nothing; the office goes on with a gateway. Or a gateway had all, and its sender died."""
    put(register, "long", text=LONG)
    clock = Clock()
    smpp, http = sender(register, Smpp(centre.account()), clock), sender(register, provider(server), clock)
    if first == "whole":
        with register.begin() as connection:
            (taken,) = leases.take(connection, "dead", limit=1, now=clock.now)
            leases.accepted(connection, taken, WHOLE, "http", "g0", now=clock.now)
        clock.now += leases.LEASE_SECONDS
        assert smpp.step() == Tally(sent=1)
        assert centre.heard("submitted") == []
    else:
        centre.do("answers", list=[{}, {"status": 0x58}])
        assert smpp.step() == Tally(postponed=1)
        clock.now += 3_600
        assert http.step() == Tally(sent=1)
        assert server.wait("submitted")["text"] == LONG
    smpp.provider.close()
