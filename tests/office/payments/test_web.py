"""The one address that nobody signs in for: bounded, strict, signed, and answered so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from issuer.errors import IssuerError
from office.database import open_register
from office.payments import web
from office.payments.fawry_messages import BODY_MAX
from tests.office.payments.office import Paying, now, settled, show, told

ADDRESS = "/payments/fawry/notification"
JSON = "application/json"


@pytest.fixture
def client(paying: Paying) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    assert web.path(paying.provider) == ADDRESS
    app.register_blueprint(web.blueprint(paying.engine, paying.provider, settled=settled, now=now))
    with app.test_client() as made:
        yield made


def paid(paying: Paying) -> tuple[int, bytes]:
    charge = paying.charged("A-1")
    paying.simulator.till("pay", order=charge.reference, quiet=True)
    return charge.bill_id, paying.simulator.body(charge.reference)


def test_what_is_signed_is_kept_and_answered(paying: Paying, client: FlaskClient) -> None:
    bill_id, body = paid(paying)
    for _ in range(2):
        answer = client.post(ADDRESS, data=body, content_type=JSON + "; charset=utf-8")
        assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert told(paying.engine) == [bill_id]


def test_what_waits_for_a_person_is_answered_too(paying: Paying, client: FlaskClient) -> None:
    charge = paying.charged("A-1")
    paying.simulator.till("pay", order=charge.reference, quiet=True, piastres=1)
    assert client.post(ADDRESS, data=paying.simulator.body(charge.reference), content_type=JSON).status_code == 200
    assert show(paying.engine, charge.bill_id).state == "open"


def test_what_is_not_the_provider_s_is_refused_without_a_word(paying: Paying, client: FlaskClient) -> None:
    bill_id, body = paid(paying)
    forged = body.replace(b'"messageSignature": "', b'"messageSignature": "0')[:-3] + b'"}'
    for data, kind, status in (
        (forged, JSON, 403),
        (body.replace(b"PAID", b"NEW "), JSON, 400),
        (b"", JSON, 411),
        (b"[1]", JSON, 400),
        (b"x" * (BODY_MAX + 1), JSON, 413),
        (body, "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
    ):
        answer = client.post(ADDRESS, data=data, content_type=kind)
        assert (answer.status_code, answer.data) == (status if status != 411 else 411, b""), data[:40]
    for method in (client.get, client.put, client.delete):
        assert method(ADDRESS).status_code == 405
    assert show(paying.engine, bill_id).state == "open"


def test_a_body_without_a_length_is_not_read(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, content_type=JSON, headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


def test_what_cannot_be_kept_now_is_to_be_told_again(paying: Paying) -> None:
    bill_id, body = paid(paying)

    def refuses(*_: object) -> None:
        raise IssuerError("transition_refused")

    app = Flask(__name__)
    app.register_blueprint(web.blueprint(paying.engine, paying.provider, settled=refuses, now=now))
    assert app.test_client().post(ADDRESS, data=body, content_type=JSON).status_code == 503
    gone = open_register(paying.url)
    with gone.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE notification RENAME TO elsewhere")
    try:
        app = Flask(__name__)
        app.register_blueprint(web.blueprint(gone, paying.provider, settled=settled, now=now))
        assert app.test_client().post(ADDRESS, data=body, content_type=JSON).status_code == 503
    finally:
        with gone.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO notification")
        gone.dispose()
    assert show(paying.engine, bill_id).state == "open"
