"""`khatm office`: the license office's commands, joined from its rooms; its web server and its accounts. An edge: it starts processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from errno import ENOENT
from pathlib import Path

import click
from sqlalchemy import Connection

from accounts import administration, directory
from accounts.errors import SENTENCES, AccountError
from accounts.roles import EVERYWHERE, OFFICE_ROLES, Account
from issuer.commands import Refusals
from issuer.locations import Locations, location_options
from office.applications import workflow
from office.applications.commands import books, repay, work
from office.messages.commands import messages_, send
from office.papers.commands import paper
from office.payments import commands as payments
from office.services import catalogue as services
from web.moments import now_option

_path = click.Path(path_type=Path)


@click.group("office", cls=Refusals)
def office() -> None:
    """The license office: its web server, its worker, its messages, its money, its people."""


@office.command()
@location_options
@click.option("--root", type=_path, help="Pinned root (JWK).  [default: root.jwk in the key store]")
@click.option("--documents", type=_path, default=Path("var/documents"), show_default=True, help="The folder of uploaded documents.")
@click.option("--receipts", type=_path, help="A key store with the key for application receipts, and no other.")
@click.option("--provider", type=_path, help="Settings of the payment provider (TOML).")
@click.option("--bind", default="127.0.0.1:8010", show_default=True, help="Address and port.")
@click.option("--host", "hosts", multiple=True, help="Answer to this host name only; may be given more than once.")
@click.option("--proxies", type=click.IntRange(0, 10), default=0, show_default=True, help="How many proxies are before it.")
@click.option("--plain-http", is_flag=True, help="For a machine of one's own: cookies without HTTPS.")
def serve(
    locations: Locations,
    root: Path | None,
    documents: Path,
    receipts: Path | None,
    provider: Path | None,
    bind: str,
    hosts: Sequence[str],
    proxies: int,
    plain_http: bool,
) -> None:
    """Serve the portal and the centre. It needs no license key: `khatm office work` seals what is approved."""
    _there(root, receipts, provider, locations.passphrase_file)
    settings = {
        "REGISTER": locations.register,
        "PUBLISHED": str(locations.published),
        "ROOT": str(root or locations.keys / "root.jwk"),
        "DOCUMENTS": str(documents),
        "RECEIPTS": str(receipts or ""),
        "PASSPHRASE_FILE": str(locations.passphrase_file or "") if receipts else "",
        "PROVIDER": str(provider or ""),
        "BIND": bind,
        "SERVED_HOSTS": ",".join(hosts),
        "TRUSTED_PROXIES": str(proxies),
        "HTTPS": "no" if plain_http else "yes",
    }
    with locations.engine(create=True):
        pass  # made once, before the workers ask for it
    environment = dict(os.environ) | {f"KHATM_OFFICE_{name}": text for name, text in settings.items() if text}  # noqa: TID251 - an edge
    command = [sys.executable, "-m", "gunicorn", "-c", "python:office.desk.gunicorn_conf", "office.desk.wsgi"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes the server


def _there(*paths: Path | None) -> None:
    """Raise FileNotFoundError for what was named and is not there: the server's workers would tell it to a log."""
    for path in filter(None, paths):
        if not path.exists():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path))


class AccountRefusals(click.Group):
    """Turns what accounts refuse into a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except AccountError as error:
            raise click.UsageError(SENTENCES.both(error.code)) from error


@office.group("account", cls=AccountRefusals)
def account_() -> None:
    """Staff accounts: make, give roles, invite again, close."""


@account_.command()
@click.argument("name")
@click.option("--display", required=True, help="The person's name.")
@click.option("--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help="Such as MN1:clerk, or *:administrator.")
@location_options
@now_option
def add(name: str, display: str, granted: Sequence[str], locations: Locations, now: int) -> None:
    """Make an account and print its invitation, to be opened within three days."""
    with locations.engine(create=True) as engine, engine.begin() as connection:
        account, invitation = administration.make(connection, name, display, by=None, now=now)
        if granted:
            _grant(connection, name, granted, now)
    _invite(account.name, invitation)


@account_.command("roles")
@click.argument("name")
@click.option("--role", "granted", multiple=True, metavar="AUTHORITY:ROLE", help="All that the account shall have; none takes all away.")
@location_options
@now_option
def roles_(name: str, granted: Sequence[str], locations: Locations, now: int) -> None:
    """Give an account exactly these roles. Its sessions end."""
    with locations.engine() as engine, engine.begin() as connection:
        _grant(connection, name, granted, now)
        _print(directory.find(connection, name))


@account_.command()
@click.argument("name")
@location_options
@now_option
def invite(name: str, locations: Locations, now: int) -> None:
    """Invite somebody again, as after a lost phone. Password and phone so far no longer count."""
    with locations.engine() as engine, engine.begin() as connection:
        invitation = administration.invite(connection, name, by=None, now=now)
    _invite(name, invitation)


@account_.command()
@click.argument("name")
@location_options
@now_option
def close(name: str, locations: Locations, now: int) -> None:
    """Close an account. Its sessions end; nothing is deleted."""
    with locations.engine() as engine, engine.begin() as connection:
        administration.close(connection, name, by=None, now=now)
    click.echo(f"{name}: closed")


@account_.command("list")
@location_options
def list_(locations: Locations) -> None:
    """List the accounts with their roles."""
    with locations.engine() as engine, engine.connect() as connection:
        for account in directory.everyone(connection):
            _print(account)


def _print(account: Account) -> None:
    held = ", ".join(f"{authority}:{role}" for authority, each in sorted(account.roles.items()) for role in sorted(each))
    standing = "closed" if account.closed else "" if account.enrolled else "invited"
    click.echo(f"{account.name:<20} {account.display}  {held or '-'}  {standing}".rstrip())


def _invite(name: str, invitation: str) -> None:
    click.echo(f"{name}: open /centre/welcome/{invitation} within three days; it works once.")


def _grant(connection: Connection, name: str, granted: Sequence[str], now: int) -> None:
    pairs = _pairs(granted)
    administration.set_roles(connection, name, pairs, offered=OFFICE_ROLES, authorities=_authorities(), by=None, now=now)


def _pairs(granted: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [tuple(each.split(":", 1)) for each in granted]
    if any(len(pair) != 2 or pair[1] not in OFFICE_ROLES for pair in pairs):
        raise click.BadParameter(f"AUTHORITY:ROLE, where a role is one of {', '.join(OFFICE_ROLES)}")
    return [(pair[0], pair[1]) for pair in pairs]


def _authorities() -> frozenset[str]:
    return frozenset(code for wave in services.default().waves for code in wave.authorities) | {EVERYWHERE}


def _settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
    """Lead an application on whose bill was settled by what the command found out."""
    workflow.paid(books())(connection, subject, bill_id, now)


for _command in (work, repay, send, messages_, paper, payments.group(_settled)):
    office.add_command(_command)
