"""`khatm license`: look at one license, and change what it is worth. An edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seal import trust as trusts
from seal.claims import position_text
from storage.database import reading
from web import clock
from web.moments import now_option

from . import approving
from .cards import outputs
from .clock_guard import ClockGuard, dated
from .guard import releases
from .intake import corrections as corrections_
from .locations import Locations, location_options
from .operations import gate, release, signing_context
from .refusing import Refusals
from .register import history, requests, waiting
from .sentences import say

_ALONE = "Without a second person: only while nobody in the register may approve."
_TEXTS = ("trade_name", "activity", "holder", "address")


@click.group("license", cls=Refusals)
def license_() -> None:
    """Show, suspend, reinstate, revoke or replace a license; decide on near twins."""


@license_.command()
@click.argument("number")
@location_options
@click.option("--out", type=click.Path(path_type=Path), help="Write its code and card into this folder again.")
def show(number: str, locations: Locations, out: Path | None) -> None:
    """Show a license, its newest seal and its history."""
    with locations.engine() as engine:
        record = history.show(engine, number)
        if out is not None:
            gate(locations, engine, now=clock.seconds()).require(record.claims)
    _print(record)
    if out is not None:
        made = outputs.write(
            out,
            record.message.to_bytes(),
            host=locations.custody().policy["hosts"][0],
            trust=locations.trust(),
            outputs=outputs.ALL,
        )
        click.echo("\n".join(str(path) for path in made))


def _print(record: history.Record) -> None:
    held_ = record.claims.license
    click.echo(f"{record.number}  {record.status}  edition {record.claims.edition}")
    for name in ("authority", "type", *_TEXTS):
        click.echo(f"  {name:<11} {getattr(held_, name)}")
    site = held_.site
    reach = f"footprint of {len(site.footprint)} corners" if site.footprint else f"{site.radius_m} m around"
    click.echo(f"  {'site':<11} {reach} {position_text(site.point)}")
    for name, value in held_.details.items():
        click.echo(f"  {name:<11} {value}")
    click.echo(f"  {'valid':<11} {held_.first_day} to {held_.last_day or 'open-ended'}")
    for name, numbers in (("follows", record.follows), ("followed by", record.followed_by)):
        for number, kind in numbers:
            click.echo(f"  {name:<11} {number} ({kind})")
    for event in record.events:
        click.echo(f"  {trusts.moment(event.at):%Y-%m-%d %H:%M}Z  {event.kind} (edition {event.edition})  {event.reason}")


def _changing(kind: str, verb: str, help_: str) -> click.Command:
    @click.argument("number")
    @location_options
    @click.option("--reason", required=True, help="Why; kept for ever.")
    @now_option
    def command(number: str, locations: Locations, reason: str, now: int) -> None:
        with locations.engine() as engine:
            history.change(engine, number, kind, reason=reason, now=now)
        click.echo(f"{number}: {kind}. It counts with the next `khatm publish`.")

    command.__doc__ = help_
    return click.command(verb)(command)


@license_.command()
@click.argument("number")
@location_options
@click.option("--reason", required=True, help="Why; kept for ever.")
@click.option("--alone", is_flag=True, help=_ALONE)
@now_option
def reinstate(number: str, locations: Locations, reason: str, alone: bool, now: int) -> None:
    """Lift a suspension.

    The first run asks for an approval and ends with 3; once somebody else gave it, run it again.
    """
    with locations.engine() as engine:
        before = history.show(engine, number)
        history.refuse_change(before.status, "reinstated", reason)
        request = approving.approval(engine, approving.of_reinstating(before, reason), locations=locations, alone=alone, now=now)
        with engine.begin() as connection:
            requests.use(connection, request, now=now)
            history.change_within(connection, number, "reinstated", reason=reason, now=now)
    click.echo(f"{number}: reinstated. It counts with the next `khatm publish`.")


for _kind, _verb, _help in (
    ("suspended", "suspend", "Suspend a license for a while."),
    ("revoked", "revoke", "Revoke a license for good."),
):
    license_.add_command(_changing(_kind, _verb, _help))


@license_.command()
@click.argument("number")
@location_options
@click.option("--reason", required=True, help="Which mistake; kept for ever.")
@click.option("--trade-name")
@click.option("--activity")
@click.option("--holder")
@click.option("--address")
@click.option("--latitude", help="Both coordinates, in any usual notation.")
@click.option("--longitude")
@click.option("--radius-m")
@click.option("--footprint", help="Its outline as WKT, longitude first.")
@click.option("--width-m")
@click.option("--height-m")
@click.option("--faces")
@click.option("--floors")
@click.option("--valid-from")
@click.option("--valid-until")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/out"), show_default=True)
@click.option("--alone", is_flag=True, help=_ALONE)
@dated
def replace(
    number: str, locations: Locations, reason: str, out: Path, alone: bool, now: int, guard: ClockGuard, **corrections: str | None
) -> None:
    """Correct a mistake: a new seal replaces the old one, which becomes superseded.

    The first run asks for an approval and ends with 3; once somebody else gave it, run it again.
    """
    with locations.engine() as engine:
        before = history.show(engine, number)
        changes, faults = corrections_.read(before.claims.license, {name: text for name, text in corrections.items() if text is not None})
        for fault in faults:
            raise fault
        trust, signer, rules, secret = signing_context(locations, now=now)
        guard.require(locations, engine, now=now)
        history.refuse_correction(before, changes, reason=reason, rules=rules)
        request = approving.approval(engine, approving.of_correction(before, changes, reason), locations=locations, alone=alone, now=now)
        house = gate(locations, engine, now=now, passphrase=secret)
        with reading(engine) as connection:
            newest = history.current(connection, number)
            edition = history.next_edition(connection, newest.edition, newest.position)
        release(locations, house, releases.of_seal(newest.number, edition))
        with engine.begin() as connection:
            requests.use(connection, request, now=now)
            history.replace_within(connection, number, changes, sealer=signer, rules=rules, reason=reason, now=now)
        record = history.show(engine, number)
        _print(record)
        house.require(record.claims)
    made = outputs.write(out, record.message.to_bytes(), host=signer.host, trust=trust, outputs=outputs.ALL)
    click.echo("\n".join(str(path) for path in made))
    click.echo("Run `khatm publish` so that verifiers learn of it.")


@license_.group("held", cls=Refusals)
def held_() -> None:
    """Rows held back: they look like a license that is there already, change one, or their place is in doubt."""


_ACCEPTED = "  (accepted at the desk: the worker seals it)"


def _why(twin: str, waits: dict[str, Any]) -> str:
    """Return why a row waits: the license that it looks like, what it changes of which, or a doubt about where it is."""
    if twin and (fields := waits.get("changed")):
        return f"changed: {', '.join(fields)} — {twin}"
    if twin:
        return f"looks like {twin}"
    _, code, detail = waits["doubt"]
    return f"{say(code, 'en', detail)} / {say(code, 'ar', detail)}"


@held_.command("list")
@location_options
def list_(locations: Locations) -> None:
    """Show the rows that wait for a decision."""
    with locations.engine() as engine, reading(engine) as connection:
        rows = waiting.undecided(connection)
    for each in rows:
        row, more = each.row, _ACCEPTED if each.decision else ""
        click.echo(f"{each.id:>4}  line {each.line}  {row['trade_name']}  {row['address']}  {_why(each.twin, row)}{more}")
    click.echo(f"{len(rows)} rows wait")


@held_.command()
@click.argument("ids", type=int, nargs=-1, required=True)
@location_options
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/out"), show_default=True)
@dated
def accept(ids: tuple[int, ...], locations: Locations, out: Path, now: int, guard: ClockGuard) -> None:
    """Issue the held rows IDS: each is a license of its own, or a change that is right, and its place was looked at."""
    with locations.engine() as engine:
        trust, signer, rules, secret = signing_context(locations, now=now)
        guard.require(locations, engine, now=now)
        house = gate(locations, engine, now=now, passphrase=secret)
        with reading(engine) as connection:
            sources = {each.id: each.source for each in waiting.undecided(connection)}
        for waiting_id in ids:
            if waiting_id in sources:
                release(locations, house, releases.of_file(sources[waiting_id]))
            record = history.show(engine, waiting.accept(engine, waiting_id, sealer=signer, rules=rules, now=now))
            _print(record)
            house.require(record.claims)
            made = outputs.write(out, record.message.to_bytes(), host=signer.host, trust=trust, outputs=outputs.ALL)
            click.echo("\n".join(str(path) for path in made))
    click.echo("Run `khatm publish` so that verifiers learn of it.")


@held_.command()
@click.argument("id", type=int)
@location_options
def dismiss(id: int, locations: Locations) -> None:
    """Drop the held row ID: it is the license that is there already, or it comes again with its place corrected."""
    with locations.engine() as engine:
        waiting.dismiss(engine, id)
    click.echo(f"{id}: dismissed")
