"""Commands for accounts, as every program that lets people in offers them: make, give roles, invite again, close."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import click
from sqlalchemy import Engine

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


def group(
    located: Callable[..., Any], *, offered: Collection[Role], authorities: Callable[[], Collection[str]], welcome: str
) -> click.Group:
    """Return the commands of one program.

    `located` adds the options of its locations to a command, which gets them as `locations`; `offered` are its roles, `authorities` gives
    the codes there are; `welcome` is the path at which invitations are opened.
    """
    made = Refusals("account", help="Accounts: make, give roles, invite again, close.")
    roles_help = f"Such as MN1:{next(iter(offered))}, or *:administrator."

    def grant(locations: Located, name: str, granted: Sequence[str], now: int) -> None:
        pairs = _pairs(granted, offered)
        with locations.engine() as engine, engine.begin() as connection:
            administration.set_roles(connection, name, pairs, offered=offered, authorities=authorities(), by=None, now=now)

    @made.command()
    @click.argument("name")
    @click.option("--display", required=True, help="The person's name.")
    @click.option("--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help=roles_help)
    @located
    @now_option
    def add(name: str, display: str, granted: Sequence[str], locations: Located, now: int) -> None:
        """Make an account and print its invitation, to be opened within three days."""
        pairs = _pairs(granted, offered)
        with locations.engine(create=True) as engine, engine.begin() as connection:
            account, invitation = administration.make(connection, name, display, by=None, now=now)
            if pairs:
                administration.set_roles(connection, name, pairs, offered=offered, authorities=authorities(), by=None, now=now)
        _invite(welcome, account.name, invitation)

    @made.command()
    @click.argument("name")
    @click.option(
        "--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help="All that the account shall have; none takes all away."
    )
    @located
    @now_option
    def roles(name: str, granted: Sequence[str], locations: Located, now: int) -> None:
        """Give an account exactly these roles. Its sessions end."""
        grant(locations, name, granted, now)
        with locations.engine() as engine, engine.connect() as connection:
            _print(directory.find(connection, name))

    @made.command()
    @click.argument("name")
    @located
    @now_option
    def invite(name: str, locations: Located, now: int) -> None:
        """Invite somebody again, as after a lost phone. Password and phone so far no longer count."""
        with locations.engine() as engine, engine.begin() as connection:
            invitation = administration.invite(connection, name, by=None, now=now)
        _invite(welcome, name, invitation)

    @made.command()
    @click.argument("name")
    @located
    @now_option
    def confirm(name: str, locations: Located, now: int) -> None:
        """Confirm a person and the roles that an administrator gave, where there is no second administrator yet."""
        with locations.engine() as engine, engine.begin() as connection:
            confirming.by_console(connection, name, now=now)
            _print(directory.find(connection, name))

    @made.command()
    @click.argument("name")
    @located
    @now_option
    def close(name: str, locations: Located, now: int) -> None:
        """Close an account. Its sessions end; nothing is deleted."""
        with locations.engine() as engine, engine.begin() as connection:
            administration.close(connection, name, by=None, now=now)
        click.echo(f"{name}: closed")

    @made.command()
    @click.argument("name")
    @click.argument("issuer")
    @click.argument("subject")
    @click.option("--take-away", is_flag=True, help="No longer let them in.")
    @located
    @now_option
    def tie(name: str, issuer: str, subject: str, take_away: bool, locations: Located, now: int) -> None:
        """Let the person SUBJECT of a sign-in provider (ISSUER, its address) sign in as an account."""
        change = identities.untie if take_away else identities.tie
        with locations.engine() as engine, engine.begin() as connection:
            change(connection, name, issuer, subject, by=None, now=now)
        click.echo(f"{name}: {'no longer ' if take_away else ''}{subject} of {issuer}")

    @made.command("list")
    @located
    def list_(locations: Located) -> None:
        """List the accounts with their roles."""
        with locations.engine() as engine, engine.connect() as connection:
            for account in directory.everyone(connection):
                _print(account)

    return made


def _print(account: Account) -> None:
    held = ", ".join(f"{authority}:{role}" for authority, each in sorted(account.roles.items()) for role in sorted(each))
    standing = "closed" if account.closed else "invited" if not account.enrolled else "" if account.confirmed else "to be confirmed"
    waiting = "".join(f", {each.authority}:{each.role} (to be confirmed)" for each in account.waiting)
    click.echo(f"{account.name:<20} {account.display}  {f'{held}{waiting}'.removeprefix(', ') or '-'}  {standing}".rstrip())


def _invite(welcome: str, name: str, invitation: str) -> None:
    click.echo(f"{name}: open {welcome}/{invitation} within three days; it works once.")


def _pairs(granted: Sequence[str], offered: Collection[Role]) -> list[tuple[str, str]]:
    pairs = [tuple(each.split(":", 1)) for each in granted]
    if any(len(pair) != 2 or pair[1] not in offered for pair in pairs):
        raise click.BadParameter(f"AUTHORITY:ROLE, where a role is one of {', '.join(offered)}")
    return [(pair[0], pair[1]) for pair in pairs]
