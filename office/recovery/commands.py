"""`khatm register`: what to do once the register is an old backup. An edge: it reads the clock and files, and talks to people."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import click
from sqlalchemy import Connection, Engine

import published
from acts import acting
from acts import lost as lost_places
from issuer import approving
from issuer.errors import IssuerError
from issuer.locations import Locations, location_options
from issuer.log import stored
from issuer.recovery import adopting, inputs
from issuer.recovery.adopting import Found
from issuer.refusing import Refusals
from issuer.register import positions, requests
from issuer.sentences import say
from keys.custody import ROOT_PUBLIC
from published.log import Log
from seal import days
from storage.database import reading
from storage.locks import lock_writers
from web.cells import neutral
from web.moments import Moment, now_option

from . import recovering

REFUSED = 1  # the exit code of what a person must look at: some inputs were read back in, others were refused
_SHOWN = 20
_ALONE = "Without a second person: only while nobody in the register may approve."


@click.group("register", cls=Refusals)
def register_() -> None:
    """Go on with a register that was brought back from a backup older than what was published."""


@register_.command()
@location_options
@click.option("--lost-at", type=Moment(), metavar="ISO", help="When the old disk was lost, if that is known: fewer numbers are left out.")
@click.option("--alone", is_flag=True, help=_ALONE)
@now_option
def recover(locations: Locations, lost_at: datetime | None, alone: bool, now: int) -> None:
    """Carry forward what the published files say: positions, statuses, numbers. Then nothing is ever used twice.

    The first run shows what would be done, asks for a second administrator's approval of exactly that, and ends with 3; once it was
    given, run it again. Run it as the publisher's user. Where nothing is lost, it says so and changes nothing.
    """
    with acting.acting(acting.current().actor, "register recover"), locations.engine() as engine:
        wanted = recovering.look(engine, locations, lost_at=days.seconds_of(lost_at) if lost_at else now, now=now)
        for line in wanted.lines():
            click.echo(line)
        if not wanted.plan.needed:
            _tell_remaining(engine)
            return
        request = approving.approval(engine, recovering.asked(wanted), locations=locations, alone=alone, now=now)
        done = recovering.recover(engine, locations, wanted, request, now=now)
    for line in done:
        click.echo(line)
    with locations.engine() as engine:
        _tell_remaining(engine)
    click.echo("Now: khatm audit verify, khatm publish, khatm register adopt PHOTOGRAPHS.")


@register_.command()
@click.argument("arguments", nargs=-1, required=True, metavar="IMAGE|FOLDER|TEXT...")
@location_options
@click.option("--alone", is_flag=True, help=_ALONE)
@now_option
def adopt(arguments: tuple[str, ...], locations: Locations, alone: bool, now: int) -> None:
    """Read lost licenses back in from photographs or scans of their codes, from texts, or from folders of them.

    Only a seal that is exactly the leaf at its lost position, under a head that witnesses signed, is taken; all others are named with
    the reason, and nothing of them is kept. The first run asks for an approval and ends with 3; once it was given, run it again. Ends
    with 0 if every input was taken or is in the register already, with 1 if some were refused, with 2 if nothing could be taken.
    """
    trust = locations.trust()
    memory = published.Memory()
    log = published.load(locations.published, root=published.read_root(locations.keys / ROOT_PUBLIC), memory=memory, now=now).log
    if log is None:
        raise IssuerError("adopt_no_head")
    prefix = trust.governorate.prefix
    with acting.acting(acting.current().actor, "register adopt"), locations.engine() as engine:
        found, refused = dict[int, Found](), 0
        for given in inputs.of(arguments, hosts=trust.hosts, prefix=prefix):
            with reading(engine) as connection:
                judged = [adopting.judge(connection, text, trust=trust, log=log, prefix=prefix) for text in given.texts]
            for each in judged or [given.code]:
                if isinstance(each, Found):
                    found[each.position] = each
                else:
                    refused += each != "adopt_known"
                    click.echo(_said(given.name, each, given.detail), err=each != "adopt_known")
        if found:
            request = approving.approval(engine, _asked(list(found.values())), locations=locations, alone=alone, now=now)
            with engine.begin() as connection:
                lock_writers(connection)
                requests.use(connection, request, now=now)
                for position in sorted(found):
                    _adopt_one(connection, found[position], log, trust_prefix=prefix, now=now)
            for each in found.values():
                click.echo(f"{each.number}  edition {each.held.edition}  position {each.position}: read back in")
        _tell_remaining(engine)
    if found:
        click.echo("It counts with the next `khatm publish`.")
    if refused:
        click.get_current_context().exit(REFUSED if found else 2)


def _adopt_one(connection: Connection, found: Found, log: Log, *, trust_prefix: str, now: int) -> None:
    """Put one in, unless somebody else did meanwhile."""
    if not adopting.there(connection, found.position):
        adopting.adopt(connection, found, prefix=trust_prefix, now=now)


def _asked(found: list[Found]) -> approving.Asked:
    """Return what is approved: exactly these seals."""
    ordered = sorted(found, key=lambda each: each.position)
    digest = requests.digest_of("adopt", [[each.position, each.message.to_bytes().hex()] for each in ordered])
    by_authority = Counter(each.held.license.authority for each in ordered)
    rows = [
        [each.position, each.held.license.authority, each.held.license.type, each.held.license.trade_name, each.held.license.address]
        for each in ordered[:50]
    ]
    told = {"authorities": dict(by_authority), "seals": len(ordered), "rows": rows}
    return approving.Asked("adopt", digest, ordered[0].number, frozenset(by_authority), told)


def _said(name: str, code: str, detail: str) -> str:
    return f"{neutral(name)}: {code}: {say(code, 'en')} / {say(code, 'ar')}" + (f" ({neutral(detail)})" if detail else "")


@register_.command("lost")
@location_options
def lost_(locations: Locations) -> None:
    """Show which positions of the log are lost and were not read back in. A register that is behind the log is recovered first."""
    with locations.engine() as engine:
        with reading(engine) as connection:
            positions.refuse_behind(connection, locations.logged())  # it does not know yet what it lost
        _tell_remaining(engine, most=None)


def _tell_remaining(engine: Engine, most: int | None = _SHOWN) -> None:
    """Say what is lost and was not read back in."""
    with reading(engine) as connection:
        left = adopting.remaining(connection)
        acts = lost_places.count(connection, stored.ACTS)
    shown = left if most is None else left[:most]
    more = f", … (+{len(left) - len(shown)})" if len(shown) < len(left) else ""
    click.echo(f"{len(left)} seals lost, not yet adopted" + (f": positions {', '.join(map(str, shown))}{more}" if left else ""))
    click.echo(f"{acts} acts lost for good: their entries stay in the log")
