"""The papers are current: they name every command and every setting, and every link in them leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from khatm import main
from tests.house import commands_doc

HOUSE = Path(__file__).parents[2]
PAPERS = [HOUSE / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")] + sorted((HOUSE / "docs").rglob("*.md"))
GUIDES = "\n".join(
    path.read_text("utf-8") for path in (HOUSE / "README.md", HOUSE / "docs/tutorial.md", *(HOUSE / "docs/how-to").glob("*.md"))
)


def commands(group: click.Command, path: str = "khatm") -> Iterator[str]:
    if isinstance(group, click.Group):
        for name, command in commands_doc.inner(group):
            yield from commands(command, f"{path} {name}")
    else:
        yield path


def test_the_guides_name_every_command() -> None:
    words = GUIDES.replace("`", " ")
    missing = [command for command in commands(main) if not all(word in words for word in command.split())]
    assert missing == []
    assert "khatm no-such-command" not in words


def test_every_command_explains_itself() -> None:
    def helps(command: click.Command) -> Iterator[tuple[str | None, str | None]]:
        yield command.name, command.help
        if isinstance(command, click.Group):
            for _, each in commands_doc.inner(command):
                yield from helps(each)

    assert [name for name, text in helps(main) if not text] == []


def test_commands_in_the_guides_exist() -> None:
    known = {command.split()[1] for command in commands(main)}
    named = set(re.findall(r"(?:^|\s|`)khatm ([a-z][a-z-]+)", GUIDES))
    assert named <= known


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", paper.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (paper.parent / target).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_to_a_heading(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", paper.read_text("utf-8"))
    lost = [(name, anchor) for name, anchor in targets if anchor not in anchors((paper.parent / name) if name else paper)]
    assert lost == []


def anchors(paper: Path) -> set[str]:
    """The names that a page's headings have in links: small letters, hyphens for blanks, no other signs."""
    headings = re.findall(r"^#+ (.*)$", paper.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_map_leads_to_every_paper() -> None:
    """Whatever stands in docs/ is a line of the map, beneath one of the four kinds."""
    page = HOUSE / "docs/README.md"
    told = page.read_text("utf-8")
    linked = {(page.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)\)", told) if "://" not in target}
    papers = {path.resolve() for path in (HOUSE / "docs").rglob("*.md") if path != page and path.parent.name != "adr"}
    assert papers - linked == set()
    assert re.findall(r"^## (\S+)", told, re.MULTILINE)[:4] == ["Tutorial", "How-to", "Reference", "Explanation"]


def test_decisions_fit_on_a_page() -> None:
    assert [path.name for path in (HOUSE / "docs/adr").glob("*.md") if len(path.read_text("utf-8").splitlines()) > 45] == []


def test_the_route_of_a_license_leads_into_the_code() -> None:
    route = re.findall(r"`(\w+)` in \[([\w/.]+)\]", (HOUSE / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(route) >= 9
    for name, file in route:
        assert re.search(rf"^(def|class) {name}\b", (HOUSE / file).read_text("utf-8"), re.MULTILINE), (name, file)


def test_the_page_of_commands_is_the_program_s() -> None:
    assert commands_doc.PATH.read_text("utf-8") == commands_doc.page(), "python -m tests.house.commands_doc"
