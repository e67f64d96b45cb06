"""No page gives one of its own things the name of what every page is given: the frame around it would show that instead."""

from __future__ import annotations

import ast
from pathlib import Path

import lxml.html
import pytest
from jinja2 import Environment, nodes

from tests.conftest import ROOT
from tests.office.desk.house import House


def rendered(file: Path) -> set[str]:
    """The names that a module's pages are given by keyword."""
    calls = (each for each in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(each, ast.Call))
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "render_template")
    return {word.arg for call in named for word in call.keywords if word.arg}


def put(template: Path) -> set[str]:
    """The names that a template gives a value as it begins: what it stands in sees them, unlike those of a block or macro."""
    tree = Environment(autoescape=True).parse(template.read_text("utf-8"))
    extends = any(isinstance(each, nodes.Extends) for each in tree.body)
    targets = [each.target for each in tree.body if isinstance(each, nodes.Assign | nodes.AssignBlock)] if extends else []
    return {name.name for target in targets for name in (target, *target.find_all(nodes.Name)) if isinstance(name, nodes.Name)}


def test_no_page_puts_something_else_in_the_place_of_what_every_page_is_given(house: House) -> None:
    with house.app.test_request_context("/centre/"):
        given: dict[str, object] = {}
        house.app.update_template_context(given)
    files = [*(ROOT / "office/desk/templates").glob("*.html")]
    assert {file.name: both for file in files if (both := put(file) & set(given))} == {}
    assert {"file", "base", "staff"} <= put(ROOT / "office/desk/templates/document.html"), "the search finds what pages put"


def test_no_page_takes_the_name_of_what_every_page_is_given(house: House) -> None:
    with house.app.test_request_context("/centre/"):
        given: dict[str, object] = {}
        house.app.update_template_context(given)
    assert {"here", "say", "visitor", "lang", "csrf"} <= set(given)
    modules = [*(ROOT / "office/desk").rglob("*.py")]
    taken = {file.name: both for file in modules if (both := rendered(file) & set(given))}
    assert taken == {"resuming.py": {"csrf"}}, "there it is meant: the token of a session that is not this request's"
    assert any("application" in rendered(file) for file in modules), "the search finds what pages are given"


@pytest.mark.parametrize("path", ["/centre/sites", "/centre/licenses/map", "/centre/queue"])
def test_the_other_language_leads_to_the_page_itself(house: House, path: str) -> None:
    page = house.staff("tarek", ("MN1", "reviewer"), ("MN1", "clerk")).get(path).text
    (link,) = lxml.html.fromstring(page).xpath("//a[@class='switch']/@href")
    assert link.split("?")[0] == path
