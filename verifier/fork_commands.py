"""`khatm fork`: what a verifier does about a log that was shown to it in two forms. An edge: it reads files and asks people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import published
from published import Memory, evidence
from published.log import load
from published.memory import Seen
from seal import trust
from seal.dating import Dates
from seal.errors import ListError
from web import clock

from . import words

_state_option = click.option("--state", type=click.Path(path_type=Path), required=True, help="The verifier's state file (KHATM_STATE).")


class _Refusals(click.Group):
    """A group whose commands end in a sentence in both languages and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ListError as error:
            said = f"{error.code}: {words.say(error.code, 'en')} / {words.say(error.code, 'ar')}"
            raise click.UsageError(f"{said} ({error.detail})" if error.detail else said) from error


@click.group(cls=_Refusals)
def fork() -> None:
    """A log that was shown to a verifier in two forms: what was kept of it, and going on once it is known which one is true."""


@fork.command()
@_state_option
def show(state: Path) -> None:
    """Show which logs forked, what head is held of each, and the files that prove it."""
    memory = Memory(_there(state))
    for origin in sorted(memory.log_forked):
        click.echo(f"{origin}: {words.say('log_forked', 'en')}")
        click.echo(f"  held: {_told(memory.log.get(origin))}")
    if not memory.log_forked:
        click.echo("No log forked here.")
    for path in evidence.found(state):
        click.echo(f"  kept: {path}")


@fork.command()
@_state_option
@click.option("--published", "folder", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
@click.option("--root", type=click.Path(path_type=Path), help="Pinned root; else root.cose or root.jwk beside the published folder.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def settle(state: Path, folder: Path, root: Path | None, yes: bool) -> None:
    """Say that the log as it is published now is the true one, and go on with it: the other head that is held is given up.

    Stop the verifier first, and have the governorate and the witnesses say which of the two is true. The files that prove the fork stay.
    """
    trusted, memory = published.trust_list(folder, root=published.read_root(root or published.beside(folder.parent))), Memory(_there(state))
    if trusted.sequence < memory.trust_sequence:
        raise ListError("trust_list_older", f"sequence {trusted.sequence}")
    origin = trusted.log.origin if trusted.log else ""
    if trusted.log is None or origin not in memory.log_forked:
        raise ListError("log_not_forked", origin)
    fresh = Memory()
    _, fault = load(folder, trusted.log, fresh, Dates(clock.seconds()))
    if fault or origin not in fresh.log:
        raise ListError(fault or "log_unreadable", str(folder))
    click.echo(f"{origin}")
    click.echo(f"  held:      {_told(memory.log.get(origin))}")
    click.echo(f"  published: {_told(fresh.log[origin])}")
    if not (yes or click.confirm("Is the published one the true one? The one that is held is given up")):
        raise ListError("fork_left", origin)
    memory.settle(origin, fresh.log[origin])
    click.echo("Settled. Start the verifier again.")


def _there(state: Path) -> Path:
    if not state.exists():
        raise ListError("memory_missing", str(state))
    return state


def _told(seen: Seen | None) -> str:
    return f"{seen.size} seals, root {seen.root.hex()}, signed {trust.moment(seen.time):%Y-%m-%d %H:%M} UTC" if seen else "nothing"
