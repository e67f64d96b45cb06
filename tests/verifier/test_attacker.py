"""The attacker's view: whoever prints a code, names a shop, sends a request or stands between."""

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from seal import claims, cose, wire
from tests.verifier.conftest import path_of
from tests.world import World
from verifier.app import create_app
from verifier.headers import closed
from verifier.settings import Settings

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(1)",
    "&lt;b&gt;",
    "javascript:alert(1)",
]


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def scripts(page: str) -> Iterator[str]:
    """Everything in a page that could run, or style it inline."""
    for tag, attributes in Elements(page).seen:
        if tag == "script" and not str(attributes.get("src")).startswith("/static/"):
            yield tag
        if tag in {"style", "iframe", "object", "embed", "base"}:
            yield tag
        for name, value in attributes.items():
            goes = name in {"href", "src", "action", "formaction"} and not str(value).startswith(("/", "?", "#", "geo:", "https:"))
            if name.startswith("on") or name == "style" or goes:
                yield f"{tag} {name}"


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_sealed_name_is_only_text(client: FlaskClient, world: World, name: str, language: str) -> None:
    # Sealed by an authority, so it is shown: but never as anything but text.
    held = world.license(trade_name=name, holder=name, address=name, activity=name[:40])
    text = world.seal(held)
    pages = [client.get(f"{path_of(text)}?lang={language}").text, client.post("/check", data={"text": text, "lang": language}).text]
    for page in pages:
        assert list(scripts(page)) == []
        shown = re.findall(r"<bdi>(.*?)</bdi>", page)
        assert str(escape(name)) in shown
        assert "49" not in "".join(shown)


@pytest.mark.parametrize("text", [*NASTY, "\u202eabc", "https://khatm.example/1'\"><script>alert(1)</script>"])
def test_pasted_text_is_only_text(client: FlaskClient, text: str) -> None:
    page = client.post("/check", data={"text": text}).text
    assert list(scripts(page)) == []
    assert "<script>alert" not in page


@pytest.mark.parametrize("path", ["/1%3Cscript%3Ealert(1)%3C/script%3E", "/1%22%3E%3Csvg onload=alert(1)%3E", "/1%0d%0aX-Evil:1", "/1%00"])
def test_a_path_is_only_text(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert list(scripts(response.text)) == []
    assert "X-Evil" not in response.headers
    assert "<script>alert" not in response.text


@pytest.mark.parametrize("query", ["?lang=en%0d%0aX-Evil:1", "?lang=%22%3E%3Cscript%3E", "?lang=en&lang=ar", "?x=" + "y" * 500])
def test_a_query_changes_the_language_at_most(client: FlaskClient, query: str) -> None:
    response = client.get("/" + query)
    assert response.status_code == 200
    assert "X-Evil" not in response.headers
    assert list(scripts(response.text)) == []


def test_what_nobody_vouches_for_is_never_shown(client: FlaskClient, world: World) -> None:
    held = world.license(trade_name="متجر مزور", holder="مجهول", address="شارع وهمي")
    forged = world.forged(held)
    message = wire.token(world.seal(held))
    real = claims.from_bytes(message.payload)
    changed = wire.write(message._replace(payload=claims.to_bytes(real._replace(holder="مجهول 2"))), "khatm.example")
    unknown_key = wire.write(
        cose.sign(cose.protected(b"\x77"), message.payload, world.signer(b"\x01")), "khatm.example"
    )
    foreign = world.seal(held, host="evil.example")
    for text in (forged, changed, unknown_key, foreign):
        answers = [
            client.get(path_of(text)).text if text != foreign else "",
            client.post("/check", data={"text": text}).text,
            client.post("/api/v1/verify", json={"text": text}).text,
        ]
        for answer in answers:
            for word in ("متجر", "مزور", "مجهول", "وهمي", "31.2001", "ALX-"):
                assert word not in answer
        assert client.post("/api/v1/verify", json={"text": text}).get_json()["license"] is None


@pytest.mark.parametrize("host", ["evil.example", "KHATM.EXAMPLE", "127.0.0.1:8000", "khatm.example.evil.example", "a b", "<script>", ""])
def test_the_host_name_of_a_request_changes_nothing(client: FlaskClient, world: World, host: str) -> None:
    path = path_of(world.seal(world.license()))
    usual, other = client.get(path), client.get(path, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
    assert other.text == usual.text
    assert "evil" not in other.text
    foreign = world.seal(world.license(), host="evil.example")
    answer = client.post("/api/v1/verify", json={"text": foreign}, headers={"Host": "evil.example"})
    assert answer.get_json()["reason"] == "foreign_host", "nobody makes his host ours by asking for it"


def test_no_redirect_goes_where_the_request_says(client: FlaskClient) -> None:
    for path in ("/check/", "/health/live/", "/api/v1/verify/", "/.//evil.example/", "/%2f%2fevil.example/%2e%2e"):
        response = client.get(path, headers={"Host": "evil.example"})
        assert "Location" not in response.headers


def test_an_operator_may_refuse_other_host_names(settings: Settings, world: World) -> None:
    client = create_app(dataclasses.replace(settings, served_hosts=frozenset({"khatm.example"}))).test_client()
    path = path_of(world.seal(world.license()))
    assert client.get(path, headers={"Host": "Khatm.example:443"}).status_code == 200
    refused = client.get(path, headers={"Host": "evil.example"})
    assert (refused.status_code, 'data-code="misdirected"' in refused.text) == (421, True)
    assert client.get("/health/live", headers={"Host": "10.0.0.7"}).status_code == 200


def test_forwarded_headers_count_only_behind_a_proxy(settings: Settings, app: Flask) -> None:
    claimed = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"}
    assert "Strict-Transport-Security" not in app.test_client().get("/", headers=claimed).headers
    behind = create_app(dataclasses.replace(settings, trusted_proxies=1)).test_client()
    assert "Strict-Transport-Security" in behind.get("/", headers=claimed).headers


@pytest.mark.parametrize("path", ["/", "/1234", "/check", "/nope", "/robots.txt", "/static/page.css", "/health/live"])
def test_every_page_keeps_the_browser_strict(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        headers = response.headers
    assert headers.getlist("Content-Security-Policy") == [closed()[1]]
    assert "unsafe" not in closed()[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "Set-Cookie" not in headers


def test_a_seal_page_is_kept_nowhere(client: FlaskClient, world: World) -> None:
    for response in (client.get(path_of(world.seal(world.license()))), client.post("/check", data={"text": "a"})):
        assert response.headers["Cache-Control"] == "no-store"
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_other_sites_may_ask_the_api(client: FlaskClient) -> None:
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/api/v1/verify", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    for answer in (client.post("/api/v1/verify", json={"text": "a"}), client.post("/api/v1/verify", data="x")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_fault_of_ours_tells_nothing(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    text = world.seal(world.license())
    message = f"secret {text}"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr("verifier.answers.verify.verify", broken)
    client = app.test_client()
    page, answer = client.get(path_of(text)), client.post("/api/v1/verify", json={"text": text})
    assert (page.status_code, answer.status_code) == (500, 500)
    assert 'data-code="internal"' in page.text
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "internal"
    for told in (page.text, answer.text, caplog.text):
        assert "secret" not in told
        assert text.rsplit("/", 1)[1] not in told
    assert "RuntimeError at route /<seal:path>" in caplog.text
