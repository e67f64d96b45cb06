"""How the demo tells what it does: numbered steps, verdicts as boxes, addresses. English with the Arabic that people will meet."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seal import sentences
from seal.verdict import Decision, Verdict

_LOOKS: dict[Decision, tuple[str, str]] = {"valid": ("green", "✔"), "invalid": ("red", "✘"), "undecided": ("yellow", "?")}
_WORDS: dict[Decision, str] = {"valid": "VALID", "invalid": "NOT VALID", "undecided": "CANNOT TELL"}
_LABEL = 11


class Teller:
    """Counts steps and prints them."""

    def __init__(self, steps: int) -> None:
        self._steps, self._step = steps, 0

    def title(self, title: str, *warnings: str) -> None:
        """Print what this is, and what it is not."""
        click.secho(f"\n  {title}\n", bold=True)
        for line in warnings:
            click.secho(f"  ! {line}", fg="yellow")
        click.echo()

    def step(self, title: str) -> None:
        """Begin a step."""
        self._step += 1
        click.secho(f" {self._step}/{self._steps}  {title}", bold=True)

    def line(self, text: str) -> None:
        """Print one thing that was done."""
        click.echo(f"      {text}")

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Print names and values, aligned."""
        for name, value in facts:
            self.line(f"{name + ':':<{_LABEL}}{value}")

    def verdict(self, question: str, verdict: Verdict) -> None:
        """Print a verdict in its colour, with icon, word and reason in both languages."""
        colour, icon = _LOOKS[verdict.decision]
        bar = click.style("┃", fg=colour, bold=True)
        word = click.style(f"{icon} {_WORDS[verdict.decision]}", fg=colour, bold=True)
        click.echo(f"      {bar} {question}")
        click.echo(f"      {bar} {word}: {sentences.headline(verdict, 'en')}")
        click.echo(f"      {bar}   {sentences.finding(verdict.reason, 'en')}")
        click.echo(f"      {bar}   {sentences.headline(verdict, 'ar')}: {sentences.finding(verdict.reason, 'ar')}")
        click.echo()

    def addresses(self, title: str, addresses: Sequence[tuple[str, str]]) -> None:
        """Print what to open."""
        click.secho(f"  {title}", bold=True)
        for name, address in addresses:
            click.echo(f"    {name}")
            click.secho(f"      {address}", fg="cyan")
        click.echo()
