"""/docs, the API as a page, and docs/reference/api.md, what is promised of it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.browser import assert_accessible
from tests.conftest import ROOT
from tests.verifier.test_receipts import _answer
from verifier import described, schemas
from verifier.openapi import document
from verifier.problems import STATUS


def test_everything_of_the_document_is_on_the_page(client: FlaskClient) -> None:
    page = client.get("/docs?lang=en").text
    for path, methods in document()["paths"].items():
        assert f"<code>{path}</code>" in page
        for told in methods.values():
            assert told["summary"] in page
    for name, schema in document()["components"]["schemas"].items():
        assert f'id="{name}"' in page
        for member in schema.get("properties", {}):
            assert f"<code>{member}</code>" in page, (name, member)
    for named in re.findall(r'href="#(\w+)"', page):
        assert named == "content" or f'id="{named}"' in page


def test_nothing_on_it_comes_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/docs")
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', answer.text) == []
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert '<html lang="ar" dir="rtl">' in answer.text


NAMES = ("ReceiptVerdict", "LicenseAnswer", "TextQuestion", "PictureQuestion", "BatchItem", "FixQuestion", "Problem")


@pytest.mark.parametrize("name", NAMES)
def test_the_promise_names_every_member(name: str) -> None:
    told = (ROOT / "docs/reference/api.md").read_text()
    for member in document()["components"]["schemas"][name]["properties"]:
        assert f"`{member}`" in told, (name, member)


def test_the_promise_names_every_code_of_a_problem() -> None:
    told = (ROOT / "docs/reference/api.md").read_text()
    assert {code for code in STATUS if f"| `{code}` | {STATUS[code]} |" not in told} == set()
    assert set(re.findall(r"^\| `(\w+)` \| \d", told, re.M)) == set(STATUS)
    assert schemas.problem()["properties"]["code"]["enum"] == list(STATUS)


def test_it_reads_well_on_a_phone(chromium: Browser, app: Flask) -> None:
    client = app.test_client()
    context = chromium.new_context(locale="ar-EG", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.route("**/*", lambda route: _answer(route, client))
    for language in ("ar", "en"):
        page.goto(f"http://khatm.example/docs?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
    context.close()


def test_it_is_drawn_once_for_each_language_and_name_and_never_old(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = described.render_template

    def counted(name: str, **told: object) -> str:
        drawn.append(name)
        return real(name, **told)

    monkeypatch.setattr(described, "render_template", counted)
    client, context = app.test_client(), app.extensions["khatm"]
    first, again = client.get("/docs?lang=en"), client.get("/docs?lang=en&x=1")
    assert len(drawn) == 1 and first.data == again.data and first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache" and first.headers["Content-Type"] == "text/html; charset=utf-8"
    arabic = client.get("/docs")
    assert len(drawn) == 2 and arabic.headers["ETag"] != first.headers["ETag"]
    kept = client.get("/docs", headers={"If-None-Match": arabic.headers["ETag"]})
    assert (kept.status_code, kept.data) == (304, b"") and "default-src 'none'" in kept.headers["Content-Security-Policy"]
    monkeypatch.setattr(context, "governorate", lambda language: "<b>Giza</b>")
    monkeypatch.setitem(app.jinja_env.globals, "governorate", context.governorate)
    renamed = client.get("/docs?lang=en", headers={"If-None-Match": first.headers["ETag"]})
    assert renamed.status_code == 200 and "&lt;b&gt;Giza&lt;/b&gt;" in renamed.text, "lists that name another governorate draw it anew"


def test_what_somebody_asks_besides_makes_no_page_of_its_own(client: FlaskClient) -> None:
    tags = {client.get(f"/docs?lang={language}&q={number}").headers["ETag"] for number in range(20) for language in ("ar", "xx", "ar'\"<")}
    assert len(tags) == 1
