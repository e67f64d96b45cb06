"""/docs, the API as a page, and docs/reference/api.md, what is promised of it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.browser import assert_accessible
from tests.conftest import ROOT
from tests.verifier.test_receipts import _answer
from verifier import schemas
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
