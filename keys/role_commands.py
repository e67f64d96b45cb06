"""`khatm keys status`, `receipts`, `notices`: add, renew, retire, compromise, for each kind of key that is no authority's seal. An edge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from seal import notices as notice_slips
from seal import receipt
from web import clock

from . import making, policy, replacing
from .asking import COUNTS, Refusals, folder_option
from .custody import Custody
from .lifetimes import Lifetime, Overlap, lifetime_options, overlap_option
from .making import place_options
from .passphrase import passphrase_options, read_passphrase


class _Kind(NamedTuple):
    """The keys of one role. `entry` is told the authority and the time, `stolen` is what to say of a theft."""

    name: str
    role: str
    whose: str
    entry: Callable[[Custody, str, int], dict[str, Any]]
    stolen: str
    of_authorities: bool = False

    def authority_option(self, command: Callable[..., Any]) -> Callable[..., Any]:
        """Add the option that says whose key it is: needed where authorities have some, else nobody's to choose."""
        if self.of_authorities:  # click takes a default of None for an answer, so a needed option names none
            return click.option("--authority", "code", required=True, help=self.whose)(command)
        return click.option("--authority", "code", default="GOV", hidden=True)(command)


def _group(kind: _Kind) -> click.Group:
    """Return the commands for the keys of one role."""
    group = Refusals(kind.name, help=f"Keys of {kind.name}." if kind.of_authorities else f"Keys of {kind.name}: {kind.whose}")
    for made in (_add, _renew, _retire, _compromise):
        group.add_command(made(kind))
    return group


def _add(kind: _Kind) -> click.Command:
    @click.command()
    @folder_option
    @passphrase_options
    @place_options
    @kind.authority_option
    @lifetime_options
    def add(
        folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, where: making.Where, code: str, lifetime: Lifetime
    ) -> None:
        """Make a key beside those that there are. Nothing is signed with it before a list that names it is published."""
        custody, now = Custody(folder), clock.seconds()
        fresh = kind.entry(custody, code, now) | {"not_after": lifetime.not_after(now=now)}
        kid = making.make(custody, fresh, where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False)).hex()
        click.echo(f"{kind.name}{f' of {code}' if kind.of_authorities else ''}: key {kid}. {COUNTS}")

    return add


def _renew(kind: _Kind) -> click.Command:
    @click.command()
    @folder_option
    @passphrase_options
    @place_options
    @kind.authority_option
    @lifetime_options
    @overlap_option
    def renew(
        folder: Path,
        passphrase_file: Path | None,
        passphrase_fd: int | None,
        where: making.Where,
        code: str,
        lifetime: Lifetime,
        overlap: Overlap,
    ) -> None:
        """Make a key in the place of the newest, which ends after the overlap; what it signed stays good."""
        make = making.maker(where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))
        renew_newest(Custody(folder), kind.role, code, make, lifetime, overlap, name=kind.name)

    return renew


def _retire(kind: _Kind) -> click.Command:
    @click.command()
    @folder_option
    @click.argument("kid")
    def retire(folder: Path, kid: str) -> None:
        """Let the key KID sign no more, from now on; what it signed stays good. One that no list has had yet is taken out."""
        tell_retired(kid, replacing.retire(Custody(folder), kid, kind.role, now=clock.seconds()))

    return retire


def _compromise(kind: _Kind) -> click.Command:
    @click.command()
    @folder_option
    @click.argument("kid")
    def compromise(folder: Path, kid: str) -> None:
        """Mark the key KID as stolen: from the next trust list on nothing that it signed is believed."""
        replacing.compromise(Custody(folder), kid, kind.role)
        click.echo(f"{kid}: compromised. {kind.stolen}")

    return compromise


def renew_newest(custody: Custody, role: str, code: str, make: replacing.Make, lifetime: Lifetime, overlap: Overlap, *, name: str) -> None:
    """Make a key in the place of the newest of a role and an authority, and say so. Raises as `replacing.renew`."""
    now = clock.seconds()
    old = replacing.newest(custody, role, code)
    kid = replacing.renew(custody, old, role, make, overlap, not_after=lifetime.not_after(now=now), now=now)
    click.echo(f"{name}: key {kid} in the place of {old}. {COUNTS}")


def tell_retired(kid: str, listed: bool) -> None:
    """Say what became of a key."""
    click.echo(f"{kid}: retired. {COUNTS}" if listed else f"{kid}: no list has had it; it is taken out, and its file is removed.")


status_ = _group(
    _Kind(
        "status",
        replacing.STATUS,
        "they sign status lists, sites and packs",
        lambda custody, _, now: policy.status_entry(policy.governorate(custody), now=now),
        stolen="Where there is no other: khatm keys status add. Then khatm keys request, and khatm publish once the list is accepted.",
    )
)
receipts = _group(
    _Kind(
        "receipts",
        receipt.ROLE,
        "they sign receipts of applications and seal nothing, so the office's web server may hold one",
        lambda custody, _, now: policy.receipt_entry(policy.governorate(custody), now=now),
        stolen='Receipts under it read "cannot tell" from then on. khatm keys receipts add, then khatm keys request.',
    )
)
notices = _group(
    _Kind(
        "notices",
        notice_slips.ROLE,
        "Whose notices: an authority with a license key, or GOV, for every authority's.",
        lambda custody, code, now: policy.notice_entry(custody, code, now=now),
        stolen='Notices under it read "cannot tell" from then on. khatm keys notices add, then khatm keys request.',
        of_authorities=True,
    )
)
