"""Signing in with a real provider (oidc-provider in a process of its own): who is let in, and what is not believed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts import administration, directory, identities, oidc_settings
from accounts.errors import AccountError
from accounts.oidc import Attempt, Provider
from accounts.tables import identities as table
from inspections.web.app import create_app
from inspections.web.context import InspectionsContext
from tests import clock
from tests.accounts import provider
from tests.accounts.provider import CLIENT, Running, local
from tests.inspections.street import Street
from tests.inspections.town import Visitor, plain

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with provider.running() as made:
        yield made


@pytest.fixture
def signed(street: Street, running: Running, tmp_path: Path) -> Callable[..., Flask]:
    """The server with the provider, by the real clock; `second_factor` is what it trusts."""
    street.account("amal", ("MID", "supervisor"))
    with street.engine.begin() as connection:
        identities.tie(connection, "amal", running.issuer, "amal@eg", by=None, now=street.now)

    def made(**more: Any) -> Flask:
        path = running.settings(tmp_path / "oidc", **more)
        settings = replace(street.settings, oidc=path, now=lambda: int(clock.moment().timestamp()))
        context = InspectionsContext(settings)
        return create_app(settings, context)

    return made


def there_and_back(client: FlaskClient, running: Running, path: str = "/inspections/oidc") -> TestResponse:
    """Follow our page to the provider, and the provider back to us."""
    out = client.get(path)
    assert out.status_code == 303 and out.location.startswith(running.issuer)
    return client.get(local(running.visited(out.location)))


def refused(answer: TestResponse, code: str) -> bool:
    return f'data-code="{code}"' in answer.text and "/sign-in" in answer.text


def test_a_second_factor_that_is_trusted_is_not_asked_for_again(signed: Callable[..., Flask], running: Running) -> None:
    client = signed(second_factor=("mfa",)).test_client()
    assert "حساب المحافظة" in client.get("/inspections/sign-in").text
    running.person("amal@eg", "pwd", "mfa")
    answer = there_and_back(client, running, "/inspections/oidc?next=/inspections/visits")
    assert (answer.status_code, answer.location) == (303, "/inspections/visits")
    assert client.get("/inspections/visits").status_code == 200
    assert client.get_cookie("khatm_oidc") is None


@pytest.mark.parametrize(("trusted", "methods"), [((), ("pwd", "mfa")), (("mfa",), ("pwd",)), (("hwk",), ("mfa",))])
def test_without_one_our_code_is_asked_for(
    signed: Callable[..., Flask], running: Running, trusted: tuple[str, ...], methods: tuple[str, ...]
) -> None:
    client = signed(second_factor=trusted).test_client()
    running.person("amal@eg", *methods)
    answer = there_and_back(client, running)
    assert (answer.status_code, answer.location) == (303, "/inspections/code")
    assert client.get("/inspections/visits").status_code == 302, "half a session opens nothing"
    assert 'name="code"' in client.get("/inspections/code").text


def test_who_is_tied_to_no_account_is_told_what_to_tell_the_administrator(
    signed: Callable[..., Flask], street: Street, running: Running
) -> None:
    app = signed(second_factor=("mfa",))
    running.person("stranger-17", "mfa")
    answer = there_and_back(app.test_client(), running)
    assert answer.status_code == 403 and refused(answer, "identity_unknown") and "stranger-17" in plain(answer.text)
    with street.engine.begin() as connection:
        administration.close(connection, "amal", by=None, now=street.now)
    running.person("amal@eg", "mfa")
    assert refused(there_and_back(app.test_client(), running), "identity_unknown"), "a closed account"


def test_an_answer_is_believed_in_its_own_browser_once(signed: Callable[..., Flask], running: Running) -> None:
    app = signed(second_factor=("mfa",))
    running.person("amal@eg", "mfa")
    mine, other = app.test_client(), app.test_client()
    back = local(running.visited(mine.get("/inspections/oidc").location))
    assert refused(other.get(back), "oidc_refused"), "a browser that began nothing"
    other.get("/inspections/oidc")
    assert refused(other.get(back), "oidc_refused"), "or something else"
    kept = mine.get_cookie("khatm_oidc")
    assert kept is not None
    assert mine.get(back).status_code == 303
    assert refused(mine.get(back), "oidc_refused"), "its attempt is spent"
    mine.set_cookie("khatm_oidc", kept.value)
    assert refused(mine.get(back), "oidc_refused"), "and so is the code"


@pytest.mark.parametrize("part", [None, 0, 1, 2])
def test_state_nonce_and_verifier_are_each_held_to(signed: Callable[..., Flask], running: Running, part: int | None) -> None:
    client = signed(second_factor=("mfa",)).test_client()
    running.person("amal@eg", "mfa")
    back = local(running.visited(client.get("/inspections/oidc").location))
    kept = client.get_cookie("khatm_oidc")
    assert kept is not None
    held = json.loads(kept.decoded_value)
    if part is not None:
        held[part] = held[part][::-1]
    client.set_cookie("khatm_oidc", json.dumps(held))
    answer = client.get(back)
    assert answer.location == "/inspections/" if part is None else refused(answer, "oidc_refused")


@pytest.mark.parametrize("cookie", ["", "[]", "{}", "null", '["a","b","c","/"]', '[1,2,3,4]', "[" * 2000])
def test_a_browser_that_keeps_nonsense_is_refused(signed: Callable[..., Flask], cookie: str) -> None:
    client = signed().test_client()
    client.set_cookie("khatm_oidc", cookie)
    assert refused(client.get("/inspections/oidc/back?code=x&state=y"), "oidc_refused")


def test_turning_back_a_wrong_secret_and_another_issuer_let_nobody_in(signed: Callable[..., Flask], running: Running) -> None:
    client = signed(second_factor=("mfa",)).test_client()
    running.person("amal@eg", "mfa", deny=True)
    assert refused(there_and_back(client, running), "oidc_refused")
    running.person("amal@eg", "mfa")
    back = local(running.visited(client.get("/inspections/oidc").location))
    assert refused(client.get(f"{back.split('&iss=')[0]}&iss=https%3A%2F%2Fevil.example"), "oidc_refused"), "a mix-up (RFC 9207)"
    client = signed(second_factor=("mfa",), secret="another secret of enough octets").test_client()
    assert refused(there_and_back(client, running), "oidc_refused")


def test_a_provider_that_is_down_leaves_the_password(street: Street, tmp_path: Path) -> None:
    path = Running(None, 9).settings(tmp_path / "oidc")  # type: ignore[arg-type]
    settings = replace(street.settings, oidc=path)
    client = create_app(settings, InspectionsContext(settings)).test_client()
    answer = client.get("/inspections/oidc")
    assert answer.status_code == 503 and refused(answer, "oidc_unreachable")
    assert client.get("/inspections/sign-in").status_code == 200


def test_without_settings_there_is_no_such_way(street: Street) -> None:
    assert street.client().get("/inspections/oidc").status_code == street.client().get("/inspections/oidc/back").status_code == 404
    assert 'id="oidc"' not in street.client().get("/inspections/sign-in").text


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/inspections/", "/elsewhere"])
def test_the_way_back_leads_nowhere_else(signed: Callable[..., Flask], running: Running, wanted: str) -> None:
    client = signed(second_factor=("mfa",)).test_client()
    running.person("amal@eg", "mfa")
    out = client.get("/inspections/oidc", query_string={"next": wanted})
    assert client.get(local(running.visited(out.location))).location == "/inspections/"


def test_an_administrator_ties_people_and_an_invitation_unties_them(
    signed: Callable[..., Flask], street: Street, running: Running, tmp_path: Path
) -> None:
    path = running.settings(tmp_path / "more")
    settings = replace(street.settings, oidc=path)
    street.app = create_app(settings, InspectionsContext(settings))
    signed()
    street.account("badr", ("MID", "inspector"))
    admin = Visitor(street, street.account("karim", ("MID", "administrator")))
    assert "badr-7" in plain(admin.post("/people/badr/tie", 200, subject=" badr-7 ").text)
    assert 'data-code="identity_taken"' in admin.post("/people/badr/tie", 422, subject="amal@eg").text
    assert 'data-code="identity_invalid"' in admin.post("/people/badr/tie", 422, subject="x" * 256).text
    assert 'data-code="grant_refused"' in admin.post("/people/karim/tie", 422, subject="me").text, "nobody their own"
    other = Visitor(street, street.account("nadia", ("AGM", "administrator")))
    other.post("/people/badr/tie", 404, subject="evil")
    admin.post("/people/badr/untie", 200, subject="badr-7")
    assert subjects(street) == {"amal@eg"}
    admin.post("/people/badr/tie", 200, subject="badr-7")
    admin.post("/people/badr/invite", 200)
    assert subjects(street) == {"amal@eg"}, "an invitation makes everything anew"
    with street.engine.connect() as connection:
        badr = directory.find(connection, "badr")
        kinds = [event.kind for event in directory.history(connection, badr.id)]
    assert kinds.count("tied") == 2 and kinds.count("untied") == 1


def subjects(street: Street) -> set[str]:
    with street.engine.connect() as connection:
        return set(connection.scalars(select(table.c.subject)))


KEY = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})


def token(key: Any = KEY, alg: str = "ES256", **changes: Any) -> str:
    claims = {"iss": "http://127.0.0.1:9", "aud": CLIENT, "sub": "amal", "exp": NOW + 300, "iat": NOW, "nonce": ATTEMPT.nonce}
    held = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "one"}, held, key, algorithms=[alg])


ATTEMPT = Attempt.new()
SECRET = OctKey.import_key("a secret of sixteen octets or more")


@pytest.mark.parametrize(
    "forged",
    [
        token(iss="https://evil.example"),
        token(aud="another-client"),
        token(aud=[CLIENT, "another-client"]),
        token(azp="another-client"),
        token(exp=NOW - 120),
        token(exp=None),
        token(iat=NOW + 600),
        token(nonce="another"),
        token(nonce=None),
        token(sub=None),
        token(sub=""),
        token(sub=7),
        token(SECRET, "HS256"),
        token(ECKey.generate_key("P-256", {"kid": "one"})),
        token()[:-8] + "AAAAAAAA",
        "eyJhbGciOiJub25lIn0." + token().split(".")[1] + ".",
        "nonsense",
    ],
)
def test_a_token_that_is_not_for_this_is_not_believed(tmp_path: Path, forged: str) -> None:
    made = Provider(oidc_settings.load(Running(None, 9).settings(tmp_path / "oidc")))  # type: ignore[arg-type]
    made._keys, made._read_at = KeySet([KEY]), time.monotonic()
    assert made._named(made._claims(token(), ATTEMPT, NOW)).subject == "amal", "or this shows nothing"
    with pytest.raises(AccountError) as error:
        made._named(made._claims(forged, ATTEMPT, NOW))
    assert error.value.code == "oidc_refused"
