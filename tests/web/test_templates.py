"""A template is compiled once, however many visitors a server that has just begun has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import CodeType
from typing import Any

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader, Environment

from web.quiet import QuietFlask

VISITORS = 20
PAGES = {"page.html": "{% extends 'base.html' %}{% block body %}{% include 'part.html' %}{% endblock %}", "part.html": "part"}


def compiled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Let twenty ask for a page in one moment; the names of what was compiled."""
    app.jinja_loader = DictLoader(PAGES | {"base.html": "<p>{% block body %}{% endblock %}</p>" + "{% if x %}{{ x }}{% endif %}" * 200})
    monkeypatch.setattr(type(app), "jinja_options", {})  # without what the tests keep of other apps
    names, start, compile_ = list[str | None](), Barrier(VISITORS), Environment.compile

    def counted(self: Environment, source: Any, name: str | None = None, *words: Any, **more: Any) -> CodeType | str:
        names.append(name)
        return compile_(self, source, name, *words, **more)

    monkeypatch.setattr(Environment, "compile", counted)

    def visit(_: int) -> str:
        start.wait()
        with app.app_context():
            return render_template("page.html")

    with ThreadPoolExecutor(VISITORS) as people:
        assert set(people.map(visit, range(VISITORS))) == {"<p>part</p>"}
    return names


def test_each_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(map(str, compiled(QuietFlask("app"), monkeypatch))) == ["base.html", "page.html", "part.html"]


def test_a_plain_flask_compiles_them_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(compiled(Flask("app"), monkeypatch)) > len(PAGES) + 1, "what this guards against is there"
