"""Whoever types what a page shows is understood: each command of the code blocks has these words and options, and may be run as it says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import khatm
from deploy import by_hand
from tests.conftest import ROOT
from web.later import Later

PAGES = [ROOT / "README.md", *(ROOT / "docs" / name for name in ("operations.md", "handover.md", "tutorial.md", "privacy.md"))]
PAGES += sorted((ROOT / "docs/how-to").glob("*.md"))
#: What stands before a command on a line of a page: who it is run as, what it is told, where a unit has it.
_BEFORE = re.compile(
    r"^(?:sudo (?:-u \S+ )?|runuser -u \S+ -- |env -u \S+ |[A-Z_]+=\S+ |ExecStart(?:Pre)?=|/opt/khatm/(?:\.venv/)?bin/|\.venv/bin/)+"
)
_APART = re.compile(r"\s(?:&&|;|\||>|>>|<)\s|;\s|\$\(")
PLACEHOLDER = "…"


def blocks(text: str) -> Iterator[str]:
    """The lines of the code blocks, those that go on joined."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = [line.strip() for line in re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)]
    lines = iter([*indented, *(line.strip() for block in fenced for line in block.splitlines())])
    for line in lines:
        whole = line
        while whole.endswith("\\"):
            whole = whole[:-1] + next(lines)
        yield whole


def commands(line: str) -> Iterator[list[str]]:
    """The commands of ours on a line of a page, as words; what only stands for something, as `…`, is left out."""
    for part in _APART.split(re.sub(r"\s+#\s.*$", "", line)):
        told = _BEFORE.sub("", part.strip())
        if re.match(r"khatm [a-z-]", told):
            yield [word for word in shlex.split(told) if PLACEHOLDER not in word][1:]


def inline(text: str) -> Iterator[str]:
    """What stands between backticks in running text."""
    yield from re.findall(r"`(khatm [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def understood(words: list[str], *, whole: bool) -> None:
    """Let the commands read their words, without running them. `whole` is false in running text, where a value may be left out."""
    if words[:1] == ["as"]:
        program, words = next(iter(words[1:]), "PROGRAM"), words[2:]
        if program == "PROGRAM" or not words:
            return
        assert program in by_hand.PROGRAMS, program
        by_hand.allow(program, words)
    group: click.Command = khatm.main
    context, rest = click.Context(group, info_name="khatm"), words
    while isinstance(group, click.Group):
        rest = group.make_parser(context).parse_args(args=list(rest))[1]
        if not rest or rest[0].isupper():  # the group itself is spoken of, or all of its commands
            return
        found = group.get_command(context, rest[0])
        assert found is not None, f"no command {rest[0]}"
        found = found.real() if isinstance(found, Later) else found
        context, group, rest = click.Context(found, parent=context, info_name=rest[0]), found, rest[1:]
    try:
        values, left, _ = group.make_parser(context).parse_args(args=list(rest))
    except click.BadOptionUsage:
        if whole:
            raise
        return
    assert not [word for word in left if word.startswith("--")], left
    if whole:
        for parameter in group.params:
            if isinstance(parameter, click.Argument) and parameter.required and parameter.nargs == 1:
                assert isinstance(values.get(parameter.name or ""), str), f"{parameter.name} is missing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_understood(page: Path) -> None:
    text = page.read_text("utf-8")
    wrong: list[str] = []
    shown = [(words, line, PLACEHOLDER not in line) for line in blocks(text) for words in commands(line)]
    shown += [(words, line, False) for line in inline(text) for words in commands(line)]
    for words, line, whole in shown:
        try:
            understood(words, whole=whole)
        except (AssertionError, click.UsageError, by_hand.SetupError) as error:
            wrong.append(f"{line}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "khatm keys authority compromise KID --att 5",
        "khatm keys athority add MN1",
        "khatm as publisher keys list",
        "khatm as nobody doctor",
        "khatm as root publish",
        "khatm keys accept --published /srv/published",
        "systemctl stop x && khatm backup restore --registr a.sqlite FILE",
    ],
)
def test_what_is_misspelt_would_be_seen(line: str) -> None:
    (words,) = commands(line)
    with pytest.raises((AssertionError, click.UsageError, by_hand.SetupError)):
        understood(words, whole=True)


def test_there_are_many() -> None:
    assert sum(len(list(commands(line))) for page in PAGES for line in blocks(page.read_text("utf-8"))) > 150
