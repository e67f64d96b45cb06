"""What is made once for all apps and engines of a process is nobody else's: another text, other manners, another kind of database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import flask
import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, event, insert, select

from office.papers import fonts
from tests import kept
from tests.conftest import ROOT

TABLE = Table("thing", MetaData(), Column("id", Integer, primary_key=True), Column("name", String))


def app(folder: Path, **filters: object) -> flask.Flask:
    made = flask.Flask(__name__, template_folder=str(folder))
    made.jinja_env.filters |= filters
    made.add_url_rule("/a/<int:number>", "a", lambda number: flask.render_template("a.html", number=number))
    return made


def shown(of: flask.Flask) -> str:
    return of.test_client().get("/a/7").text


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the templates that were compiled since."""
    names: list[str] = []
    original = flask.templating.Environment.compile

    def noted(self: object, source: str, name: str, *rest: object, **more: object) -> object:
        names.append(name)
        return original(self, source, name, *rest, **more)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(flask.templating.Environment, "compile", noted)
    return names


def test_a_template_is_compiled_once_for_two_apps(tmp_path: Path, compiled: list[str]) -> None:
    (tmp_path / "a.html").write_text("<b>{{ number }}</b>")
    assert shown(app(tmp_path)) == shown(app(tmp_path)) == "<b>7</b>"
    assert compiled == ["a.html"]


def test_another_text_and_another_filter_are_another_template(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("{{ 'x' | louder }} {% if 1 %}\n{% endif %}")
    assert shown(app(tmp_path, louder=str.upper)).startswith("X")
    assert shown(app(tmp_path, louder=str.lower)).startswith("x"), "what is constant is computed when it is compiled"
    trimmed = app(tmp_path, louder=str.upper)
    trimmed.jinja_env.trim_blocks = True
    assert "\n" in shown(app(tmp_path, louder=str.upper)) and "\n" not in shown(trimmed)
    page.write_text("new")
    assert shown(app(tmp_path, louder=str.upper)) == "new"


def test_escaping_is_by_the_kind_of_page(tmp_path: Path) -> None:
    for name, wanted in (("a.html", "&lt;"), ("a.txt", "<")):
        (tmp_path / name).write_text("{{ said }}")
        made = app(tmp_path)
        with made.test_request_context():
            assert flask.render_template(name, said="<") == wanted


def test_the_same_route_is_written_by_each_app_s_own_converters(tmp_path: Path) -> None:
    one, other = app(tmp_path), app(tmp_path)
    other.url_map.converters["int"] = type("Three", (other.url_map.converters["int"],), {"to_url": lambda _, value: f"{value:03}"})
    other.add_url_rule("/b/<int:number>", "b", str)
    one.add_url_rule("/b/<int:number>", "b", str)
    for each, wanted in ((other, "/b/007?q=1"), (one, "/b/7?q=1")):
        with each.test_request_context():
            assert flask.url_for("b", number=7, q=1) == wanted


def asked(engine: Engine) -> list[str]:
    """The statements that the database got."""
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *words: statements.append(words[2]))
    with engine.begin() as connection:
        TABLE.metadata.create_all(connection)
        connection.execute(insert(TABLE), [{"name": "first"}, {"name": "second"}])
        found = connection.execute(select(TABLE.c.name).where(TABLE.c.id > 1).limit(5)).scalars().all()
        connection.execute(TABLE.delete())
    assert found == ["second"]
    engine.dispose()
    return statements[-3:]


def test_statements_are_compiled_once_for_a_kind_of_database(tmp_path: Path, postgres_database: str) -> None:
    with kept.once():
        engines = [create_engine(url) for url in ("sqlite://", f"sqlite:///{tmp_path / 'a'}", postgres_database, "sqlite://")]
        lite, same, other, again = map(asked, engines)
        shared = engines[0]._compiled_cache._shared  # type: ignore[union-attr]
        assert lite == same == again and other != lite
        assert len([each for each in shared.values() if "SELECT thing" in str(each)]) == 2, "one for each kind"


def test_a_program_of_a_test_keeps_what_was_compiled(tmp_path: Path) -> None:
    """Whatever the shell says: it is read anew where its text changed."""
    program = "import tests, sys, os; sys.exit(sys.dont_write_bytecode or 'PYTHONDONTWRITEBYTECODE' in os.environ)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env={"PYTHONDONTWRITEBYTECODE": "1"})


def test_the_fonts_of_papers_are_made_once_for_all_processes_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[int]()
    monkeypatch.setattr(fonts, "_made", lambda: (made.append(1), "@font-face {}")[1])
    monkeypatch.setattr(fonts, "_KEPT", [])
    for _ in "ab":  # two processes
        with kept.papers(tmp_path):
            assert fonts.style() == "@font-face {}"
        fonts._KEPT.clear()
    assert made == [1]
