"""One layer adds every application's headers; what they are is each application's policy."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from office.desk import headers as desk
from verifier import headers as verifier
from web.headers import Headers, content_policy


def answered(
    path: str = "/", *, by: Any = verifier.policy, base: str = "http://localhost", method: str = "GET", **said: str
) -> TestResponse:
    """An application that says `said`, behind the headers of a policy."""
    app = Flask(__name__, static_folder=None)
    answer = Response("x", headers=[(name.replace("_", "-"), value) for name, value in said.items()])
    app.before_request(lambda: answer)
    app.wsgi_app = Headers(app.wsgi_app, by)  # type: ignore[method-assign]
    return app.test_client().open(path, base_url=base, method=method)


@pytest.mark.parametrize("by", [verifier.policy, desk.policy])
def test_every_page_lets_in_nothing_of_others(by: Any) -> None:
    said = answered(by=by).headers
    assert said["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in said["Content-Security-Policy"]
    assert (said["X-Content-Type-Options"], said["Cross-Origin-Opener-Policy"]) == ("nosniff", "same-origin")
    assert said["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in said


def test_the_policies_differ_where_the_pages_do() -> None:
    """The verifier tells no other page where somebody was; the desk must know that its own forms are its own."""
    assert answered().headers["Referrer-Policy"] == "no-referrer"
    assert answered(by=desk.policy).headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answered(by=desk.policy).headers["Permissions-Policy"]
    assert answered("/api/v1/verify").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Max-Age" not in answered("/api/v1/verify").headers
    assert answered("/api/v1/verify", method="OPTIONS").headers["Access-Control-Max-Age"] == "86400"
    assert "'wasm-unsafe-eval'" in answered("/app/").headers["Content-Security-Policy"]


def test_what_an_answer_says_itself_stays_and_is_said_once() -> None:
    said = answered(by=desk.policy, content_security_policy="sandbox", cache_control="private").headers
    assert said.getlist("Content-Security-Policy") == ["sandbox"]
    assert said.getlist("Cache-Control") == ["private"]


def test_browsers_are_held_to_https_only_where_it_is() -> None:
    assert "Strict-Transport-Security" not in answered().headers
    assert answered(base="https://localhost").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_policy_names_kinds_and_more() -> None:
    assert content_policy("img", forms=False, more=("media-src blob:",)) == (
        "Content-Security-Policy",
        "default-src 'none'; img-src 'self'; media-src blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    )
