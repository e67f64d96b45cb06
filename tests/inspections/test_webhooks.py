"""Webhooks: put into the outbox with their event, signed as a foreign verifier wants it, sent again for days, never to a private net."""

from __future__ import annotations

import http.server
import json
import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import standardwebhooks.webhooks
from click.testing import CliRunner
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import khatm
from inspections import server_key
from inspections.alerts import store as alerts
from inspections.visits import evaluating
from inspections.webhooks import endpoints, outbox, signing
from inspections.webhooks.delivery import Deliverer, Tally, way_outside
from inspections.webhooks.endpoints import EVENTS, Endpoint
from inspections.webhooks.tables import attempts, messages
from seal import status
from tests import clock, processes
from tests.conftest import ROOT
from tests.inspections.enforcing import HOLDER, Precinct
from tests.inspections.phone import Phone
from tests.inspections.street import Street
from tests.inspections.town import Town, Visitor

HOSTS = frozenset({"127.0.0.1"})


class Receiver:
    """Somebody's server: keeps what it was sent, and answers with `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.arrived, self.hold = 204, threading.Event(), threading.Event()
        self.hold.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.arrived.set()
                receiver.hold.wait(processes.PATIENCE_SECONDS)
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.hold.set()
    made.server.shutdown()
    made.server.server_close()


def registered(street: Street, receiver: Receiver, *authorities: str, events: tuple[str, ...] = EVENTS) -> Endpoint:
    with street.engine.begin() as connection:
        given: dict[str, Any] = {"events": events, "authorities": authorities or ("MID",), "by": "console", "now": street.now}
        return endpoints.register(connection, way_outside(HOSTS), "Police", receiver.url, **given)


def deliverer(street: Street, **more: Any) -> Deliverer:
    key = server_key.read(street.locations.server_key)
    given: dict[str, Any] = {"way": way_outside(HOSTS), "clock": lambda: street.now, "chance": Random(7), "sure": lambda _: True}
    return Deliverer(street.engine, key, **given | more)


def verified(street: Street, endpoint: Endpoint, headers: dict[str, str], body: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the verifier of the specification's own authors says, by its clock at the street's hour."""

    class At(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(street.now, tz)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", At)
    secret = signing.written(signing.secret(server_key.read(street.locations.server_key), endpoint.salt))
    return Webhook(secret).verify(body, headers)


def kept(street: Street) -> list[Any]:
    with street.engine.connect() as connection:
        return list(connection.execute(select(messages).order_by(messages.c.id)))


def tried(street: Street) -> list[Any]:
    with street.engine.connect() as connection:
        return list(connection.execute(select(attempts).order_by(attempts.c.id)))


def ping(street: Street, endpoint: Endpoint, *, now: int | None = None) -> None:
    with street.engine.begin() as connection:
        outbox.ping(connection, endpoint, now=street.now if now is None else now)


def test_a_violation_is_told_signed_and_once(each_street: Street, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    endpoint = registered(street, receiver)
    phone.record(result="cannot_tell")
    name, message = phone.record(seen_name="مخبز الأمل")
    phone.sync()
    phone.put(name, message)  # again: it is one
    assert deliverer(street).step() == Tally(delivered=1)
    ((headers, body),) = receiver.got
    told = verified(street, endpoint, headers, body, monkeypatch)
    assert (told["type"], told["data"]["authority"], told["data"]["kind"], told["data"]["license"]) == (
        "inspection.violation", "MID", "unlicensed", None,
    )  # fmt: skip
    assert "مخبز" not in body.decode() and "amal" not in body.decode(), "who and where are asked for by who may"
    for broken in (body.replace(b"MID", b"AGM"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            verified(street, endpoint, headers, broken, monkeypatch)
    with pytest.raises(WebhookVerificationError):
        verified(street, endpoint, headers | {"webhook-id": "msg_other"}, body, monkeypatch)
    assert deliverer(street).step() == Tally()


def test_where_a_notice_stands_is_told_and_not_about_whom(tmp_path: Path, receiver: Receiver) -> None:
    precinct = Precinct(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    registered(precinct, receiver, events=("notice.changed",))
    violation = precinct.report()
    assert deliverer(precinct).step() == Tally(), "a report is no notice yet"
    precinct.approve(violation)
    precinct.seal(violation)
    precinct.serve(violation)
    precinct.object_(violation)
    step = deliverer(precinct)
    while step.step().delivered:
        pass
    told = [each["data"] for each in receiver.told()]
    assert sorted(each["state"] for each in told) == ["approved", "objected", "sealed", "served"]
    assert {each["notice"] for each in told} == {precinct.get(violation).number} and {each["authority"] for each in told} == {"MID"}
    kind = precinct.get(violation)
    assert all((each["violation"], each["violation_name"]) == (kind.code, dict(kind.terms.names)) for each in told)
    assert kind.terms.names["ar"] and kind.terms.names["en"] and kind.code not in kind.terms.names.values()
    assert not [body for _, body in receiver.got if HOLDER in body.decode()]
    precinct.close()


def test_what_is_told_of_a_town(tmp_path: Path, database_url: str, receiver: Receiver) -> None:
    town = Town(tmp_path, database_url)
    registered(town, receiver)
    amal = town.phones["amal"]
    town.scan(amal, "bakery", 1)  # revoked; her phone does not know
    town.scan(amal, "bakery", 1, result="violation")
    badr = town.phones["badr"]
    badr.record(officer="badr")  # of another authority
    for phone in (amal, badr):
        phone.now = town.now
        phone.sync()
    with town.engine.begin() as connection:
        given: dict[str, Any] = {"rule": "too_fast", "subject": "amal", "authority": "MID", "evidence": {"code": "too_fast"}}
        raised = alerts.keep(connection, inspections=[1], now=town.now, **given)
        alerts.keep(connection, inspections=[1], now=town.now, **given)  # found again it is the same
        alerts.close(connection, alerts.one(connection, raised, None), reason="mistake_in_data", note="", by="x", now=town.now)
        alerts.keep(connection, inspections=[1, 2], now=town.now + 1, **given)
    town.now += 1
    deliverer(town).step()
    told = receiver.told()
    assert [each["type"] for each in told] == ["license.seen_revoked"] * 2 + ["inspection.violation"] + ["alert.raised"] * 2
    assert {each["data"]["license"] for each in told[:3]} == {town.numbers["bakery"]}
    assert told[0]["data"]["difference"] == "revoked_before_scan"
    assert told[3]["data"] == {"alert": raised, "rule": "too_fast", "code": "too_fast", "authority": "MID", "license": None}
    town.close()


def test_lists_that_come_later_tell_of_a_revoked_license_once(street: Street, phone: Phone, receiver: Receiver) -> None:
    registered(street, receiver)
    text = street.world.seal(street.world.license())
    phone.record(kind="license", result="in_order", code=text)
    phone.sync()
    assert kept(street) == []
    street.world.set_status(text, status.INVALID)
    street.now += 7200
    street.world.publish_status(iat=street.now - 60)
    lists = street.context.loaded()
    assert lists is not None
    for _ in range(2):
        list(evaluating.settle(street.engine, lists, street.context.archive, now=street.now + 1, since=0))
    assert [row.event for row in kept(street)] == ["license.seen_revoked"]


def test_what_was_not_committed_is_not_told(street: Street, receiver: Receiver) -> None:
    registered(street, receiver)
    with street.engine.connect() as connection:
        outbox.emit(connection, "alert.raised", "1", {"MID"}, {}, now=street.now)
        connection.rollback()
    assert kept(street) == [] and deliverer(street).step() == Tally()


def test_it_is_sent_again_later_and_later_under_one_id_and_given_up_after_days(each_street: Street, receiver: Receiver) -> None:
    street = each_street
    ping(street, registered(street, receiver))
    receiver.status, began, worker = 500, street.now, deliverer(street)
    for wait in outbox.WAITS:
        assert worker.step() == Tally(postponed=1)
        (row,) = kept(street)
        assert 0.79 * wait <= row.next_at - street.now <= 1.21 * wait and row.state == "waiting"
        street.now = row.next_at - 1
        assert worker.step() == Tally(), "not before"
        street.now += 1
    assert worker.step() == Tally(failed=1)
    assert 2.5 * 86_400 < street.now - began < 5 * 86_400
    assert len(receiver.got) == len(outbox.WAITS) + 1 and len(set(receiver.ids())) == 1
    assert {(row.status, row.fault) for row in tried(street)} == {(500, "status")}
    assert worker.step() == Tally() and kept(street)[0].state == "failed"


def test_an_endpoint_that_fails_for_days_is_disabled_keeps_its_messages_and_goes_on_when_a_person_says_so(
    street: Street, receiver: Receiver
) -> None:
    endpoint, worker = registered(street, receiver), deliverer(street)
    receiver.status = 503
    ping(street, endpoint)
    worker.step()
    street.now += outbox.DISABLED_AFTER_SECONDS
    worker.step()
    with street.engine.connect() as connection:
        found = endpoints.one(connection, endpoint.id)
    assert (found.state, found.state_by) == ("disabled", "delivery")
    receiver.status = 200
    street.now += 86_400
    assert worker.step() == Tally()
    with street.engine.begin() as connection:
        endpoints.set_state(connection, found, "active", by="hoda", now=street.now)
    assert worker.step() == Tally(delivered=1)
    with street.engine.connect() as connection:
        assert endpoints.one(connection, endpoint.id).failing_since is None


def test_by_a_clock_that_nobody_keeps_no_endpoint_is_disabled(street: Street, receiver: Receiver) -> None:
    endpoint, worker = registered(street, receiver), deliverer(street, sure=lambda _: False)
    receiver.status = 503
    ping(street, endpoint)
    worker.step()
    street.now += 365 * 86_400
    worker.step()
    with street.engine.connect() as connection:
        assert endpoints.one(connection, endpoint.id).state == "active"
    deliverer(street).step()
    street.now += outbox.WAITS[-1]
    receiver.status = outbox.GONE
    worker.step()
    with street.engine.connect() as connection:
        assert endpoints.one(connection, endpoint.id).state == "disabled", "one that says so itself is gone by any clock"


def test_what_a_clock_that_was_ahead_put_off_is_sent_once_it_is_right(each_street: Street, receiver: Receiver) -> None:
    street, right = each_street, each_street.now
    endpoint = registered(street, receiver)
    ping(street, endpoint)
    street.now, receiver.status = right + 365 * 86_400, 503
    assert deliverer(street).step() == Tally(postponed=1)
    street.now, receiver.status = right, 204
    assert deliverer(street).step() == Tally(delivered=1)
    with street.engine.connect() as connection:
        assert outbox.waiting(connection, now=street.now) == 0


def test_one_that_is_gone_is_disabled_at_once_and_one_that_fails_keeps_no_other_waiting(street: Street, receiver: Receiver) -> None:
    gone, other = registered(street, receiver), Receiver()
    second = registered(street, other)
    for _ in range(3):
        ping(street, gone)
        ping(street, second)
    receiver.status = 410
    assert deliverer(street).step() == Tally(delivered=3, postponed=1)
    with street.engine.connect() as connection:
        assert endpoints.one(connection, gone.id).state == "disabled"
    other.server.shutdown()
    other.server.server_close()


@pytest.mark.parametrize("answered", [301, 302, 307, 308])
def test_no_redirect_is_followed(street: Street, receiver: Receiver, answered: int) -> None:
    ping(street, registered(street, receiver))
    receiver.status = answered
    assert deliverer(street).step() == Tally(postponed=1)
    assert len(receiver.got) == 1 and (tried(street)[0].status, tried(street)[0].fault) == (answered, "status")


def test_a_host_that_is_no_more_allowed_or_leads_inside_now_is_sent_nothing(street: Street, receiver: Receiver) -> None:
    endpoint = registered(street, receiver)
    ping(street, endpoint)
    assert deliverer(street, way=way_outside(frozenset())).step() == Tally(postponed=1)
    with street.engine.begin() as connection:
        secure = receiver.url.replace("http://", "https://")
        connection.execute(endpoints.endpoints.update().values(url=secure))
    street.now += 10
    assert deliverer(street, way=way_outside(frozenset())).step() == Tally(postponed=1)
    assert [row.fault for row in tried(street)] == ["url", "address_private"] and receiver.got == []


def test_killed_in_the_middle_it_is_sent_again_under_the_same_id(each_street: Street, receiver: Receiver) -> None:
    street = each_street
    began = clock.seconds()
    ping(street, registered(street, receiver), now=began - 5)
    receiver.hold.clear()
    where = ("--database", street.locations.database, "--files", street.locations.files, "--hook-host", "127.0.0.1")
    worker = processes.start([sys.executable, "-c", "import khatm; khatm.main()", "inspections", "deliver", *map(str, where)], cwd=ROOT)
    try:
        assert receiver.arrived.wait(processes.PATIENCE_SECONDS)
    finally:
        worker.kill()
        worker.wait()
    receiver.hold.set()
    assert [row.state for row in kept(street)] == ["waiting"]
    street.now = began
    assert deliverer(street).step() == Tally(), "its lease is not over"
    street.now = clock.seconds() + outbox.LEASE_SECONDS + 1
    assert deliverer(street).step() == Tally(delivered=1)
    assert len(receiver.ids()) == 2 and len(set(receiver.ids())) == 1


def test_two_deliverers_send_each_message_once(each_street: Street, receiver: Receiver) -> None:
    endpoint = registered(each_street, receiver)
    for _ in range(20):
        ping(each_street, endpoint)
    workers = [deliverer(each_street) for _ in range(2)]
    threads = [threading.Thread(target=lambda made=made: [made.step() for _ in range(6)]) for made in workers]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while deliverer(each_street).step() != Tally():
        pass
    assert len(receiver.ids()) == len(set(receiver.ids())) == 20


def test_what_was_delivered_long_ago_is_forgotten(street: Street, receiver: Receiver) -> None:
    endpoint = registered(street, receiver)
    ping(street, endpoint)
    deliverer(street).step()
    street.now += outbox.KEPT_SECONDS + 1
    ping(street, endpoint)
    with street.engine.begin() as connection:
        assert outbox.sweep(connection, now=street.now) == 1
    assert [row.state for row in kept(street)] == ["waiting"] and tried(street) == []


@pytest.mark.parametrize(("kept_", "left"), [(False, 2), (True, 1)])
def test_a_copy_is_removed_by_a_clock_that_somebody_keeps_alone(
    street: Street, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, kept_: bool, left: int
) -> None:
    """A machine whose clock is a year ahead would remove what was delivered this morning."""
    endpoint, where = registered(street, receiver), ["--database", street.locations.database, "--files", str(street.locations.files)]
    ping(street, endpoint)
    deliverer(street).step()
    ping(street, endpoint)
    monkeypatch.setattr("web.clock.now", lambda: datetime.fromtimestamp(street.now + 365 * 86_400, UTC))
    monkeypatch.setattr("web.clock.synchronised", lambda: kept_)
    words = ["inspections", "deliver", "--once", *where, "--published", str(street.world.folder), "--root", str(street.world.root_file)]
    said = CliRunner().invoke(khatm.main, words)
    assert said.exit_code == 0 and ("clock_unconfirmed" in said.output) == (not kept_), said.output
    assert len(kept(street)) == left
    gone = CliRunner().invoke(khatm.main, [*words[:-4], "--published", str(street.world.folder / "nowhere")])
    assert gone.exit_code == 2 and "nowhere" in gone.output, gone.output


@pytest.fixture
def admin(street: Street) -> Visitor:
    street.settings.__dict__["hook_hosts"] = HOSTS
    return Visitor(street, street.account("admin", ("*", "administrator")))


FIELDS = {"name": "غرفة العمليات", "event": ["alert.raised"], "authority": ["*"]}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://localhost/hook", "hook_address_private"),
        ("https://10.0.0.8/", "hook_address_private"),
        ("https://169.254.169.254/latest/meta-data/", "hook_address_private"),
        ("https://[::1]/", "hook_address_private"),
        ("https://[::ffff:192.168.1.1]/", "hook_address_private"),
        ("https://[fd00:ec2::254]/", "hook_address_private"),
        ("https://2130706433/", "hook_address_private"),
        ("https://nowhere.invalid/", "hook_host_unknown"),
        ("http://93.184.215.14/", "hook_url"),
        ("https://me:secret@93.184.215.14/", "hook_url"),
        ("file:///etc/passwd", "hook_url"),
        ("https://93.184.215.14/" + "a" * 600, "hook_url"),
        ("", "hook_url"),
    ],
)
def test_what_leads_inside_is_refused_at_registration(admin: Visitor, url: str, code: str) -> None:
    page = admin.post("/webhooks", 422, **FIELDS, url=url).text
    assert f'data-code="{code}"' in page and 'value="غرفة العمليات"' in page
    assert "whsec_" not in page


def test_the_pages_show_the_secret_once_each_attempt_and_send_again(street: Street, admin: Visitor, receiver: Receiver) -> None:
    shown = admin.post("/webhooks", 200, **FIELDS, url=receiver.url).text
    secret = re.search(r"whsec_[A-Za-z0-9+/]{43}=", shown.replace("&#43;", "+"))
    assert secret
    (number,) = re.findall(r'href="/inspections/webhooks/(\d+)"', shown)
    admin.post(f"/webhooks/{number}/ping")
    receiver.status = 500
    deliverer(street).step()
    page = admin.get(f"/webhooks/{number}").text
    assert secret[0] not in page and "500" in page and "message_is" not in page
    (message,) = re.findall(rf"/webhooks/{number}/messages/(\d+)/again", page)
    receiver.status = 200
    admin.post(f"/webhooks/{number}/messages/{message}/again")
    assert deliverer(street).step() == Tally(delivered=1)
    Webhook(secret[0])
    assert len(set(receiver.ids())) == 1
    page = admin.get(f"/webhooks/{number}").text
    assert page.count("<li>") >= 2 and "سُلِّمت" in page
    admin.post(f"/webhooks/{number}/stop")
    admin.post(f"/webhooks/{number}/ping")
    assert deliverer(street).step() == Tally()
    admin.post(f"/webhooks/{number}/resume")
    assert deliverer(street).step() == Tally(delivered=1)
    admin.post(f"/webhooks/{number}/messages/999/again", 404)


def test_another_authority_s_administrator_sees_no_endpoint(street: Street, receiver: Receiver) -> None:
    endpoint = registered(street, receiver)
    other = Visitor(street, street.account("other", ("AGM", "administrator")))
    assert "Police" not in other.get("/webhooks").text
    other.get(f"/webhooks/{endpoint.id}", 404)
    for step in ("stop", "resume", "ping", "messages/1/again"):
        other.post(f"/webhooks/{endpoint.id}/{step}", 404)


def test_the_secret_is_not_in_the_database(street: Street, receiver: Receiver) -> None:
    endpoint = registered(street, receiver)
    held = signing.secret(server_key.read(street.locations.server_key), endpoint.salt)
    assert held.hex() not in repr(endpoint) and held not in repr(endpoint).encode()
    assert held != endpoint.salt and len(held) == 32
