"""`khatm keys authority`: which authorities may seal, where and what. An edge: it reads the clock, asks and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from governorate import folder as folders
from governorate import identity, outlines
from web import clock

from . import changes, making, policy, replacing
from .asking import COUNTS, Refusals, ask, consent_options, folder_option, take_over
from .custody import Custody
from .errors import CustodyError
from .lifetimes import Lifetime, Overlap, lifetime_options, overlap_option
from .making import place_options
from .passphrase import passphrase_options, read_passphrase
from .replacing import LICENSE
from .role_commands import renew_newest, tell_retired


@click.group(cls=Refusals)
def authority() -> None:
    """Authorities that may seal."""


@authority.command()
@folder_option
@passphrase_options
@place_options
@click.argument("code")
@click.option("--area", type=click.Path(path_type=Path), help="GeoJSON: the feature whose `code` is CODE.  [default: the governorate's]")
@click.option("--name-ar", default="", help="Arabic name (else from the GeoJSON).")
@click.option("--name-en", default="", help="English name (else from the GeoJSON).")
@click.option("--type", "types", multiple=True, help="License types it may seal (else all).")
@lifetime_options
@click.option("--yes", is_flag=True, help="Do not ask whether an authority that has a key shall get another.")
def add(
    code: str,
    area: Path | None,
    name_ar: str,
    name_en: str,
    types: tuple[str, ...],
    lifetime: Lifetime,
    yes: bool,
    where: making.Where,
    folder: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make a license key for the authority CODE. One that has a key gets another only if you say so: the newest seals."""
    custody = Custody(folder)
    if area is None:
        identity.must_be(policy.governorate(custody))
    feature = policy.feature(area or folders.chosen() / folders.AREAS, code)
    properties = feature.get("properties") or {}
    name = {"ar": name_ar or properties.get("name_ar") or code, "en": name_en or properties.get("name_en") or code}
    _another(custody, code, yes=yes)
    now = clock.seconds()
    entry = policy.authority_entry(custody, code, name, policy.ring(feature["geometry"]), types=types, now=now)
    entry["not_after"] = lifetime.not_after(now=now)
    _tell_overlaps(custody, entry)
    kid = making.make(custody, entry, where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))
    click.echo(f"{code}: key {kid.hex()}. {COUNTS}")


@authority.command()
@folder_option
@passphrase_options
@consent_options
@click.argument("code")
@click.option("--area", type=click.Path(path_type=Path), help="GeoJSON: the feature whose `code` is CODE.")
@click.option("--name-ar", default="", help="Arabic name.")
@click.option("--name-en", default="", help="English name.")
@click.option("--type", "types", multiple=True, help="All license types it may seal from now on.")
def change(code: str, area: Path | None, name_ar: str, name_en: str, types: tuple[str, ...], folder: Path, **consent: Any) -> None:
    """Give the authority CODE another name, area or types. It counts with the next trust list."""
    custody = Custody(folder)
    known = [entry for entry in custody.policy["keys"].values() if entry["authority"] == code]
    seals = any("license" in entry["roles"] and entry["state"] == "active" for entry in known)
    if not known or ((area or types) and not seals):
        raise CustodyError("authority_unknown", code)
    name = {"ar": name_ar or known[-1]["name"]["ar"], "en": name_en or known[-1]["name"]["en"]}
    outline = policy.ring(policy.feature(area, code).get("geometry") or {}) if area else None
    wanted = changes.Wanted(name, outline, types or None)
    take_over(custody, changes.Files(authorities={code: wanted}), **consent)


@authority.command()
@folder_option
@passphrase_options
@place_options
@click.argument("code")
@lifetime_options
@overlap_option
def renew(
    code: str,
    folder: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    where: making.Where,
    lifetime: Lifetime,
    overlap: Overlap,
) -> None:
    """Make a key for the authority CODE in the place of its newest, which ends after the overlap; what that sealed stays good."""
    custody = Custody(folder)
    if not custody.kids(LICENSE, code):
        raise CustodyError("authority_unknown", code)
    make = making.maker(where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))
    renew_newest(custody, LICENSE, code, make, lifetime, overlap, name=code)


@authority.command()
@folder_option
@click.argument("kid")
def retire(folder: Path, kid: str) -> None:
    """Let the key KID seal no more, from now on; what it sealed stays good. One that no list has had yet is taken out."""
    tell_retired(kid, replacing.retire(Custody(folder), kid, LICENSE, now=clock.seconds()))


def _another(custody: Custody, code: str, *, yes: bool) -> None:
    """Say what a second key of an authority does, and ask: as after a theft, or before the first ends, and not by mistake."""
    if kids := ", ".join(kid.hex() for kid in custody.kids("license", code)):
        click.echo(f"  {code} has a key: {kids}. Another one seals in its place once it is published; what {kids} sealed stays good.")
        click.echo(f"  للجهة {code} مفتاح: {kids}. يختم المفتاح الجديد بدلًا منه بعد نشره، وما خُتم به يبقى صحيحًا.")
        click.echo(
            "  To change its name, area or types instead: khatm keys authority change; to end a key: khatm keys authority retire KID."
        )
        ask(f"Make another key for {code}?", yes=yes)


def _tell_overlaps(custody: Custody, entry: Mapping[str, Any]) -> None:
    """Say which other authority may seal the same types on some of the same ground."""
    for kid in custody.kids("license"):
        other = custody.policy["keys"][kid.hex()]
        shared = [type_ for type_ in entry["types"] if type_ in other["types"]]
        if other["authority"] != entry["authority"] and shared and outlines.overlap(entry["area"], other["area"]):
            both = f"{entry['authority']}, {other['authority']}: {', '.join(shared)}"
            click.echo(f"  notice: two areas overlap, and both may seal there / تنبيه: نطاقان متداخلان، ولكليهما أن يختم هناك ({both})")
