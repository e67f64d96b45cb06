"""Commands for accounts, as every program that lets people in offers them: make, give roles, invite again, close."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import click
from sqlalchemy import Connection, Engine

from web.moments import now_option

from . import administration, confirming, directory, identities
from .errors import SENTENCES, AccountError
from .roles import Account, Role


class Located(Protocol):
    """Where a program's database is, as its options name it."""

    def engine(self, *, create: bool = False) -> AbstractContextManager[Engine]:
        """Open the database for as long as a command needs it."""


class Refusals(click.Group):
    """Turns what accounts refuse into a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except AccountError as error:
            raise click.UsageError(SENTENCES.both(error.code)) from error


@dataclass(frozen=True, slots=True)
class _Program:
    """The program that the commands are of, as `group` is told of it."""

    located: Callable[..., Any]
    offered: Collection[Role]
    authorities: Callable[[], Collection[str]]
    welcome: str

    def grant(self, connection: Connection, name: str, pairs: Sequence[tuple[str, str]], now: int) -> None:
        """Give an account exactly these roles."""
        administration.set_roles(connection, name, pairs, offered=self.offered, authorities=self.authorities(), by=None, now=now)

    def invited(self, name: str, invitation: str) -> None:
        """Print an invitation."""
        click.echo(f"{name}: open {self.welcome}/{invitation} within three days; it works once.")


def group(
    located: Callable[..., Any], *, offered: Collection[Role], authorities: Callable[[], Collection[str]], welcome: str
) -> click.Group:
    """Return the commands of one program.

    `located` adds the options of its locations to a command, which gets them as `locations`; `offered` are its roles, `authorities` gives
    the codes there are; `welcome` is the path at which invitations are opened.
    """
    made = Refusals("account", help="Accounts: make, give roles, invite again, close.")
    program = _Program(located, offered, authorities, welcome)
    for commands in (_making, _roles, _inviting, _ending, _tying, _listing):
        commands(made, program)
    return made


def _making(made: click.Group, program: _Program) -> None:
    roles_help = f"Such as MN1:{next(iter(program.offered))}, or *:administrator."

    @made.command()
    @click.argument("name")
    @click.option("--display", required=True, help="The person's name.")
    @click.option("--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help=roles_help)
    @program.located
    @now_option
    def add(name: str, display: str, granted: Sequence[str], locations: Located, now: int) -> None:
        """Make an account and print its invitation, to be opened within three days."""
        pairs = _pairs(granted, program.offered)
        with locations.engine(create=True) as engine, engine.begin() as connection:
            account, invitation = administration.make(connection, name, display, by=None, now=now)
            if pairs:
                program.grant(connection, name, pairs, now)
        program.invited(account.name, invitation)


def _roles(made: click.Group, program: _Program) -> None:
    @made.command()
    @click.argument("name")
    @click.option(
        "--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help="All that the account shall have; none takes all away."
    )
    @program.located
    @now_option
    def roles(name: str, granted: Sequence[str], locations: Located, now: int) -> None:
        """Give an account exactly these roles. Its sessions end."""
        pairs = _pairs(granted, program.offered)
        with locations.engine() as engine, engine.begin() as connection:
            program.grant(connection, name, pairs, now)
        with locations.engine() as engine, engine.connect() as connection:
            _print(directory.find(connection, name))

    @made.command()
    @click.argument("name")
    @program.located
    @now_option
    def confirm(name: str, locations: Located, now: int) -> None:
        """Confirm a person, their passkeys, and the roles that an administrator gave, where there is no second administrator yet."""
        with locations.engine() as engine, engine.begin() as connection:
            confirming.by_console(connection, name, now=now)
            _print(directory.find(connection, name))


def _inviting(made: click.Group, program: _Program) -> None:
    @made.command()
    @click.argument("name")
    @program.located
    @now_option
    def invite(name: str, locations: Located, now: int) -> None:
        """Invite somebody again, as after a lost phone. Password and phone so far no longer count."""
        with locations.engine() as engine, engine.begin() as connection:
            invitation = administration.invite(connection, name, by=None, now=now)
        program.invited(name, invitation)


def _ending(made: click.Group, program: _Program) -> None:
    @made.command()
    @click.argument("name")
    @program.located
    @now_option
    def close(name: str, locations: Located, now: int) -> None:
        """Close an account. Its sessions end; nothing is deleted."""
        with locations.engine() as engine, engine.begin() as connection:
            administration.close(connection, name, by=None, now=now)
        click.echo(f"{name}: closed")


def _tying(made: click.Group, program: _Program) -> None:
    @made.command()
    @click.argument("name")
    @click.argument("issuer")
    @click.argument("subject")
    @click.option("--take-away", is_flag=True, help="No longer let them in.")
    @program.located
    @now_option
    def tie(name: str, issuer: str, subject: str, take_away: bool, locations: Located, now: int) -> None:
        """Let the person SUBJECT of a sign-in provider (ISSUER, its address) sign in as an account."""
        change = identities.untie if take_away else identities.tie
        with locations.engine() as engine, engine.begin() as connection:
            change(connection, name, issuer, subject, by=None, now=now)
        click.echo(f"{name}: {'no longer ' if take_away else ''}{subject} of {issuer}")


def _listing(made: click.Group, program: _Program) -> None:
    @made.command("list")
    @program.located
    def list_(locations: Located) -> None:
        """List the accounts with their roles."""
        with locations.engine() as engine, engine.connect() as connection:
            for account in directory.everyone(connection):
                _print(account)


def _print(account: Account) -> None:
    held = ", ".join(f"{authority}:{role}" for authority, each in sorted(account.roles.items()) for role in sorted(each))
    standing = "closed" if account.closed else "invited" if not account.enrolled else "" if account.confirmed else "to be confirmed"
    waiting = "".join(f", {each.authority}:{each.role} (to be confirmed)" for each in account.waiting)
    click.echo(f"{account.name:<20} {account.display}  {f'{held}{waiting}'.removeprefix(', ') or '-'}  {standing}".rstrip())


def _pairs(granted: Sequence[str], offered: Collection[Role]) -> list[tuple[str, str]]:
    pairs = [tuple(each.split(":", 1)) for each in granted]
    if any(len(pair) != 2 or pair[1] not in offered for pair in pairs):
        raise click.BadParameter(f"AUTHORITY:ROLE, where a role is one of {', '.join(offered)}")
    return [(pair[0], pair[1]) for pair in pairs]
