"""`khatm keys pkcs11`: keys inside tokens. An edge: it reads the clock, asks for PINs and writes files."""

from __future__ import annotations

from pathlib import Path

import click

from web import clock

from . import pins, places, policy, replacing
from .asking import Refusals, folder_option
from .custody import Custody
from .errors import CustodyError, told
from .making import token_options
from .places import Token


@click.group(cls=Refusals)
def pkcs11() -> None:
    """Keys in tokens: made inside, never outside."""


@pkcs11.command()
@folder_option
@token_options
@click.argument("kid")
def generate(folder: Path, token: Token, kid: str) -> None:
    """Make the key that follows KID inside a token: for the same authority and role, with the same types and area.

    Both count until KID is retired. The newest published one signs.
    """
    custody = Custody(folder)
    before = custody.policy["keys"].get(kid)
    if before is None:
        raise CustodyError("key_unknown", kid)
    new = custody.add_in(token, policy.following(before, now=clock.seconds()))
    click.echo(f"{kid} is followed by {new.hex()}, in {token.label}. It counts once a trust list with it is signed and published.")
    click.echo(f"Once it is, end the one before it: khatm keys {replacing.group_of(before)} retire {kid}")


@pkcs11.command("list")
@folder_option
@token_options
def list_(folder: Path, token: Token) -> None:
    """Show the keys for ECDSA in a token, whether they can leave it, and which of them the key store knows."""
    from . import tokens  # noqa: PLC0415 - it loads a library in C, which only those with a token need

    ours = {place.id: kid for kid, place in _places(folder) if place.token == token.label}
    held = tokens.keys_in(token, pins.read)
    for each in held:
        kept = "stays inside" if each.kept else told("token_key_extractable")
        click.echo(f"{ours.get(each.id, '-'):>4}  {each.id.hex()}  {each.label}  {kept}")
    click.echo(f"{token.label}: {len(held)} keys, {sum(each.id in ours for each in held)} of them known here")


@pkcs11.command()
@folder_option
@click.pass_context
def check(context: click.Context, folder: Path) -> None:
    """Open every key of the key store that is in a token, and let it sign once. Exit code 1 if one of them fails."""
    custody, failed, found = Custody(folder), 0, _places(folder)
    for kid, place in found:
        try:
            custody.signer(bytes.fromhex(kid), b"")
        except CustodyError as error:
            failed += 1
            click.echo(f"{kid:>4}  {place.token}  {told(error.code, error.detail)}")
        else:
            click.echo(f"{kid:>4}  {place.token}  stays inside, signs, is the key of the policy")
    click.echo(f"{len(found)} keys in tokens, {failed} faults")
    if failed:
        context.exit(1)


def _places(folder: Path) -> list[tuple[str, places.Place]]:
    named = ((file.name.removesuffix(places.ENDING), places.read(file)) for file in places.files(folder))
    return [(kid, place) for kid, place in named if place is not None]
