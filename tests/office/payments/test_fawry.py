"""FawryPay's protocol: what is signed, what is believed, and what a call means that did not end well."""

from __future__ import annotations

import hashlib
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import certificates
from issuer.errors import IssuerError
from office import pounds
from office.payments import fawry, settings
from office.payments import fawry_messages as messages
from office.payments.fawry import FawryPay
from office.payments.provider import ChargeRequest, NotificationError, RefusedError, UnavailableError
from tests.office.payments.office import PAYER, Simulator, now
from tests.ports import free_port
from web.faults import SettingsError

KEY = b"259af31fc2f74453b3a55739b21ae9ef"
SAID = {
    "requestId": "c72827d084ea4b88949d91dd2db4996e",
    "fawryRefNumber": "970177",
    "merchantRefNumber": "KH9708F1CEA8B5426CB5792201",
    "customerMobile": "1",
    "paymentAmount": 152.00,
    "orderAmount": 150,
    "fawryFees": 2.00,
    "orderStatus": "PAID",
    "paymentMethod": "PayAtFawry",
    "paymentTime": 1_795_600_000_123,
    "paymentRefrenceNumber": "1234",
    "orderItems": [{"itemCode": "x", "price": 150.0, "quantity": 1}],
}
# By hand, as the document says: fields, two decimals, the key; then sha256sum.
SIGNED = b"970177KH9708F1CEA8B5426CB5792201152.00150.00PAIDPayAtFawry1234" + KEY


def notification(*, signed: bytes = SIGNED, **changes: object) -> bytes:
    return json.dumps(SAID | {"messageSignature": hashlib.sha256(signed).hexdigest()} | changes).encode()


def refusal(body: bytes) -> str:
    with pytest.raises(NotificationError) as error:
        messages.verify(body, KEY)
    return error.value.code


def test_a_notification_says_what_was_signed() -> None:
    order = messages.verify(notification(), KEY)
    assert (order.provider_reference, order.reference, order.status) == ("970177", "KH9708F1CEA8B5426CB5792201", "paid")
    assert (order.piastres, order.paid_piastres, order.paid_at) == (15_000, 15_200, 1_795_600_000)
    texts = notification(paymentAmount="152.00", orderAmount="150.00", paymentRefrenceNumber=1234, fawryRefNumber=970177)
    assert messages.verify(texts, KEY)._replace(body=b"") == order._replace(body=b""), "the documents show both forms"
    without = notification(signed=SIGNED.replace(b"1234" + KEY, KEY), paymentRefrenceNumber=None)
    assert messages.verify(without, KEY).status == "paid"


@pytest.mark.parametrize(
    "changes",
    [
        {"fawryRefNumber": "970178"},
        {"merchantRefNumber": "KH9708F1CEA8B5426CB5792202"},
        {"paymentAmount": 152.01},
        {"orderAmount": 15},
        {"orderStatus": "REFUNDED"},
        {"paymentMethod": "CARD"},
        {"paymentRefrenceNumber": ""},
        {"messageSignature": "0" * 64},
        {"messageSignature": hashlib.sha256(SIGNED.removesuffix(KEY)).hexdigest()},
        {"messageSignature": hashlib.sha256(SIGNED.removesuffix(KEY) + b"somebody else's").hexdigest()},
    ],
)
def test_a_signature_covers_every_field_that_counts(changes: dict[str, object]) -> None:
    assert refusal(notification(**changes)) == "forged"


@pytest.mark.parametrize(
    "changes",
    [
        # The same octets, cut elsewhere: without separators they would still be signed.
        {"fawryRefNumber": "970177K", "merchantRefNumber": "H9708F1CEA8B5426CB5792201"},
        {"merchantRefNumber": "KH9708F1CEA8B5426CB579220115", "paymentAmount": "2.00"},
        {"paymentAmount": "152.001", "orderAmount": "50.00"},
        {"paymentAmount": "152.0", "orderAmount": "0150.00"},
        {"paymentMethod": "PayAtFawry1", "paymentRefrenceNumber": "234"},
        {"paymentMethod": "PayAtFawry1234", "paymentRefrenceNumber": ""},
        {"orderStatus": "PAIDPayAt", "paymentMethod": "Fawry"},
        {"orderStatus": "PAI", "paymentMethod": "DPayAtFawry"},
    ],
)
def test_a_message_that_is_cut_differently_is_not_believed(changes: dict[str, object]) -> None:
    body = notification(**changes)
    if changes.get("merchantRefNumber", "").startswith("KH"):  # type: ignore[attr-defined]
        # This form is allowed; but a reference of ours has one length, and there is none of that length plus two.
        assert messages.verify(body, KEY).reference != SAID["merchantRefNumber"]
    elif changes.get("paymentAmount") == "152.0":
        assert messages.verify(body, KEY).piastres == 15_000, "the same amounts, written otherwise"
    else:
        assert refusal(body) == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff{}",
        notification()[:-1],
        notification() + b"{}",
        notification()[:-1] + b', "orderStatus": "PAID"}',
        notification(orderAmount=float("nan")),
        notification(orderAmount=float("inf")),
        notification(orderAmount=-150),
        notification(orderAmount="1e2"),
        notification(orderAmount="150.001"),
        notification(orderAmount=True),
        notification(orderAmount=None),
        notification(orderAmount="١٥٠"),
        notification(orderStatus="SETTLED"),
        notification(orderStatus=["PAID"]),
        notification(merchantRefNumber=""),
        notification(merchantRefNumber="../x"),
        notification(messageSignature=""),
        notification(messageSignature=None),
        notification(padding="x" * messages.BODY_MAX),
        b'{"a":' * 4_000 + b"1" + b"}" * 4_000,
        b'{"orderAmount": 1' + b"0" * 5_000 + b"}",
    ],
)
def test_what_is_not_of_the_documented_form_is_malformed(body: bytes) -> None:
    assert refusal(body) == "malformed"


@given(st.binary(max_size=400) | st.builds(lambda text: json.dumps(text).encode(), st.recursive(st.none() | st.text(), st.lists)))
def test_nothing_but_a_refusal_comes_of_noise(body: bytes) -> None:
    assert refusal(body) in {"malformed", "forged"}


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_piastres_survive_the_way_through_pounds(piastres: int) -> None:
    assert messages.piastres_of(messages.parse(json.dumps({"n": messages.number(piastres)}).encode())["n"]) == piastres
    assert messages.piastres_of(pounds.plain(piastres)) == piastres


def test_the_key_is_read_from_a_file_that_is_nobody_else_s(tmp_path: Path) -> None:
    file = tmp_path / "fawry.key"
    file.write_bytes(KEY + b"\n")
    file.chmod(0o640)
    with pytest.raises(IssuerError, match="provider_key_open"):
        fawry.read_key(file)
    file.chmod(0o600)
    assert fawry.read_key(file) == KEY
    file.write_bytes(b"short\n")
    with pytest.raises(IssuerError, match="provider_key"):
        fawry.read_key(file)


@pytest.mark.parametrize(
    "base", ["http://www.atfawry.com", "ftp://127.0.0.1", "https://", "//x", "https://u@x.example", "http://127.0.0.1.x.example"]
)
def test_the_key_s_signatures_go_over_https_or_stay_here(base: str) -> None:
    with pytest.raises(IssuerError, match="provider_address"):
        FawryPay(base, "code", KEY)
    assert KEY.decode() not in repr(FawryPay("https://www.atfawry.com", "code", KEY))


def test_settings_name_the_provider_and_not_its_key(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(KEY)
    (tmp_path / "k").chmod(0o600)
    file = tmp_path / "provider.toml"
    good = 'address = "https://www.atfawry.com"\nmerchant = "m"\nkey_file = "k"\n'
    file.write_text(good)
    assert settings.load(file).name == "fawry"
    for wrong, code, where in (
        (good + "surplus = 1\n", "setting_unknown", "surplus"),
        (good + "seconds = 0\n", "setting_out_of_bounds", "seconds: ≥ 1"),
        (good + "seconds = 61\n", "setting_out_of_bounds", "seconds: ≤ 60"),
        (good + 'seconds = "20"\n', "setting_not_number", "seconds"),
        (good + "seconds = true\n", "setting_not_number", "seconds"),
        (good[:40], "settings_syntax", ""),
        ("", "setting_missing", "address"),
        (good.replace('"m"', "1"), "setting_not_text", "merchant"),
        (good.replace('"m"', '""'), "setting_empty", "merchant"),
        (good.replace("https://", "http://"), "setting_not_address", "address: https://HOST/PATH"),
        (good.replace('"k"', '"k\\u0000"'), "setting_invalid", "key_file"),
    ):
        file.write_text(wrong)
        with pytest.raises(SettingsError) as refused:
            settings.load(file)
        told = refused.value.detail.partition(": line")[0]
        assert (refused.value.code, told) == (code, f"provider.toml: {where}" if where else "provider.toml")
    file.write_text("")
    with pytest.raises(SettingsError) as refused:
        settings.load(file)
    assert [each.detail for each in refused.value.all] == [f"provider.toml: {name}" for name in ("address", "merchant", "key_file")]


# From here on against the simulator, which has a signature code of its own.


def request(reference: str, piastres: int = 12_345) -> ChargeRequest:
    return ChargeRequest(reference, piastres, now() + 3600, "رسوم", PAYER)


def test_a_charge_is_one_order_however_often_it_is_asked_for(running_simulator: Simulator) -> None:
    provider = running_simulator.provider()
    number = provider.charge(request("KH-ONE"))
    with pytest.raises(RefusedError):
        provider.charge(request("KH-ONE"))
    order = provider.status("KH-ONE")
    assert (order.provider_reference, order.status, order.piastres) == (number, "new", 12_345)
    assert provider.status("KH-NONE") is None


def test_an_order_is_cancelled_or_paid_and_given_back(running_simulator: Simulator) -> None:
    provider = running_simulator.provider()
    cancelled, paid = provider.charge(request("KH-C")), provider.charge(request("KH-P"))
    provider.cancel(cancelled)
    assert provider.status("KH-C").status == "cancelled"
    running_simulator.till("pay", order=paid)
    with pytest.raises(RefusedError):
        provider.cancel(paid)
    provider.refund(paid, 2_345, "سبب")
    assert provider.status("KH-P").status == "partly_refunded"
    with pytest.raises(RefusedError) as too_much:
        provider.refund(paid, 10_001, "سبب")
    assert too_much.value.code == "9935"
    provider.refund(paid, 10_000, "سبب")
    assert provider.status("KH-P").status == "refunded"


def test_another_key_or_merchant_is_refused(running_simulator: Simulator) -> None:
    for provider in (FawryPay(running_simulator.address, "khatm-test", KEY), FawryPay(running_simulator.address, "other", KEY)):
        with pytest.raises(RefusedError) as refused:
            provider.charge(request("KH-X"))
        assert refused.value.code in {"9946", "9901"}
        with pytest.raises(RefusedError):
            provider.status("KH-X")
        with pytest.raises(RefusedError):
            provider.refund("990076205", 1, "x")
        with pytest.raises(RefusedError):
            provider.cancel("990076205")
    assert running_simulator.provider().status("KH-X") is None


@contextmanager
def answering(status: int, body: bytes, tls: ssl.SSLContext | None = None, heard: list[bytes] | None = None) -> Iterator[str]:
    """A server that gives everybody one answer, and keeps what it is sent in `heard`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if heard is not None:
                heard.append(sent)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            pass  # whoever does not trust the certificate hangs up

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# What a client of another maker holds itself to (github.com/fawry-api/fawry, spec/spec_helper.rb): signatures, and answers.
THEIRS, THEIR_REFERENCE = b"fawry_secure_key", "io5jxf3jp27kfh8m719arcqgw7izo7db"


def test_a_charge_is_signed_as_another_maker_s_client_signs_it() -> None:
    fields = "merchant_code", THEIR_REFERENCE, "ocvsydvbu2gcp528wvl64i9z5srdalg5", fawry.METHOD, pounds.plain(2_050)
    assert messages.signature(*fields, key=THEIRS) == "68a1ff1e7189137f1b3c98784399b3adc49bd644d159593a8ed2fc70a810bd7b"


def test_a_refund_goes_out_as_another_maker_s_client_sends_it() -> None:
    heard = list[bytes]()
    done = b'{"type": "ResponseDataModel", "statusCode": 200, "statusDescription": "Operation done successfully"}'
    with answering(200, done, heard=heard) as address:
        FawryPay(address, "merchant_code", THEIRS).refund("931337410", 2_050, "")
    assert [{name: value for name, value in json.loads(sent).items() if value != ""} for sent in heard] == [
        {
            "merchantCode": "merchant_code",
            "referenceNumber": "931337410",
            "refundAmount": 20.5,
            "signature": "3ddbaf9457ed9b5f6e048e1775ff7eaccd477070e31cf28a90d879e8f9689323",
        }
    ]


def test_the_answers_that_another_maker_s_client_reads_are_read() -> None:
    taken = {"type": "ChargeResponse", "referenceNumber": "931215518", "merchantRefNumber": THEIR_REFERENCE, "statusCode": 200}
    with answering(200, json.dumps(taken | {"expirationTime": 1_572_884_477_505}).encode()) as address:
        assert FawryPay(address, "merchant_code", THEIRS).charge(request(THEIR_REFERENCE)) == "931215518"
    refused = {"type": "ChargeResponse", "statusCode": 9946, "statusDescription": "INVALID_SIGNATURE"}
    with answering(200, json.dumps(refused).encode()) as address, pytest.raises(RefusedError) as told:
        FawryPay(address, "merchant_code", THEIRS).charge(request(THEIR_REFERENCE))
    assert told.value.code == "9946"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>welcome to the hotel's network</html>"),
        (200, b"{}"),
        (200, b'{"statusCode": "two hundred"}'),
        (200, b'{"statusCode": 200}'),
        (200, b'{"statusCode": 200, "referenceNumber": "12", "merchantRefNumber": "another"}'),
        (200, b'{"statusCode": 200, "referenceNumber": "12; DROP", "merchantRefNumber": "KH-1"}'),
        (200, b"x" * (messages.BODY_MAX + 1)),
        (302, b'{"statusCode": 200}'),
        (500, b'{"statusCode": 9938}'),
        (503, b""),
    ],
)
def test_an_answer_that_does_not_say_what_happened_is_no_answer(status: int, body: bytes) -> None:
    with answering(status, body) as address:
        provider = FawryPay(address, "m", KEY)
        calls = [lambda: provider.charge(request("KH-1")), lambda: provider.status("KH-1")]
        if status != 200 or not body.startswith(b'{"statusCode": 200'):  # which says that a refund was done
            calls += [lambda: provider.refund("1", 1, "x"), lambda: provider.cancel("1")]
        for call in calls:
            with pytest.raises(UnavailableError) as unclear:
                call()
            assert unclear.value.sent, "nobody may think that it did not arrive"


def test_a_status_is_believed_only_if_it_is_signed_and_of_our_order() -> None:
    for body in (notification(messageSignature="0" * 64), notification(), json.dumps(SAID).encode()):
        with answering(200, body) as address, pytest.raises(UnavailableError):
            FawryPay(address, "m", KEY).status("KH-ANOTHER")
    with answering(200, notification()) as address:
        assert FawryPay(address, "m", KEY).status("KH9708F1CEA8B5426CB5792201").status == "paid"


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(UnavailableError) as refused:
        FawryPay(f"http://127.0.0.1:{free_port()}", "m", KEY).refund("1", 1, "x")
    assert not refused.value.sent


def test_a_certificate_that_nobody_vouches_for_gets_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificates.make(tmp_path, [IPv4Address("127.0.0.1")], now=datetime.fromtimestamp(now(), UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server, made.server_key)
    with answering(200, notification(), context) as address:
        with pytest.raises(UnavailableError):
            FawryPay(address, "m", KEY).status("KH9708F1CEA8B5426CB5792201")
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        assert FawryPay(address, "m", KEY).status("KH9708F1CEA8B5426CB5792201").status == "paid"
