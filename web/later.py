"""Commands that are imported when they are asked for: a group knows of each where it is, and what to say of it in a line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Brought(NamedTuple):
    """Where a command is, its module and its name there, and what its group says of it: the beginning of what it says of itself."""

    module: str
    name: str
    words: str = ""


class Later(click.Command):
    """A command of a group that does without what it imports: until somebody asks for it, the group has its first words only."""

    def __init__(self, name: str, brought: Brought) -> None:
        """Take the command's name, and where it is."""
        super().__init__(name, short_help=brought.words)
        self._brought = brought

    def real(self) -> click.Command:
        """Import the command."""
        found: click.Command = getattr(import_module(self._brought.module), self._brought.name)
        return found

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """Begin the command itself."""
        return self.real().make_context(info_name, args, parent, **extra)


def gather(group: click.Group, brought: Mapping[str, Brought]) -> None:
    """Let a group have commands that are elsewhere, by their names."""
    for name, each in brought.items():
        group.add_command(Later(name, each))
