"""Makes docs/reference/commands.md from the commands themselves: `python -m tests.house.commands_doc`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

import khatm
from tests.conftest import ROOT
from web.later import Later

PATH = ROOT / "docs/reference/commands.md"
_HEAD = """# Commands

Every command of `khatm`, as `--help` says it. How they go together is in the [how-to pages](../README.md).
Exit codes: 0 done; 2 not done, with a code and a sentence in both languages; `verify` and `scan`: 0 valid, 1 invalid, 3 undecided,
4 no license code.

This page is made from the program (`python -m tests.house.commands_doc`); a test compares the two.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(_sections(khatm.main, "khatm", None))


def inner(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by their names, which may be imported only now."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        assert command, name
        if isinstance(command, Later):
            words = command.get_short_help_str(80)
            command = command.real()
            assert (command.help or "").startswith(words.removesuffix(".")), f"{name}: its group says something else of it"
        yield name, command


def _sections(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rsplit(" ", 1)[-1], parent=parent)
    if isinstance(command, click.Group):
        for name, each in inner(command):
            yield from _sections(each, f"{path} {name}", context)
        return
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    usage = " ".join([path, *(each.make_metavar(context) for each in arguments)])
    yield f"\n## {path}\n\n    {usage}\n\n{' '.join((command.help or '').split())}\n"
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield "\n| option | what | default |\n|---|---|---|\n"
        yield from (_row(each, context) for each in options)


def _row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    marks = (" (needed)" if option.required else "") + (" (repeatable)" if option.multiple else "")
    said = " ".join((option.help or "").split()).replace("|", "\\|")
    return f"| {names}{marks} | {said} | {_default(option, context)} |\n"


def _default(option: click.Option, context: click.Context) -> str:
    """Return a default as people read it; what depends on the machine or the moment has none here, a switch is off."""
    default = option.get_default(context, call=False)
    told = isinstance(default, str | int | float | Path) and not isinstance(default, bool) and default != ""
    return f"`{default}`" if told and not Path(str(default)).is_absolute() else ""


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
