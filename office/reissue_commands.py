"""`khatm reissue`: honest licenses under a stolen key get a code by another key. An edge: it reads the clock and talks to people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Connection, Engine

from issuer import operations, reissuing
from issuer.cards import outputs
from issuer.clock_guard import ClockGuard, dated
from issuer.errors import IssuerError
from issuer.guard import releases
from issuer.locations import Locations, location_options
from issuer.log.gate import Gate
from issuer.refusing import RefusingCommand
from issuer.register import reissuing as register
from issuer.register.reissuing import Again, Due, Printed
from issuer.sentences import say
from keys.errors import CustodyError
from office.applications.holders import linked_mobile
from office.messages import notices


@click.command(cls=RefusingCommand)
@location_options
@click.option("--key", "kid", required=True, metavar="KID", help="The stolen key, as `khatm keys list` has it.")
@click.option("--from", "start", type=click.IntRange(0), help="From which position of the log on.  [default: where the key was stolen]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("var/out"), show_default=True, help="For the codes.")
@click.option("--output", "wanted", type=click.Choice(outputs.ALL), multiple=True, default=outputs.ALL, show_default=True)
@click.option("--no-messages", is_flag=True, help="Send no message to those who applied with a mobile.")
@dated
def reissue(
    locations: Locations,
    kid: str,
    start: int | None,
    out: Path,
    wanted: tuple[outputs.Output, ...],
    no_messages: bool,
    now: int,
    guard: ClockGuard,
) -> None:
    """Seal again what a stolen key sealed too late to count: same numbers, next editions, by another key of the same authority.

    Only what the programs wrote into the register, and only what is in force. Their holders are told, and KID-print-list.csv in the
    folder of codes says what to print and hang up. Stopped anywhere, run it again: nothing is sealed twice, and what is missing is made.
    """
    custody = locations.custody()
    entry = custody.policy["keys"].get(kid)
    if entry is None:
        raise CustodyError("key_unknown", kid)
    begin = entry.get("stolen_at") if start is None else start
    if begin is None:
        raise IssuerError("stolen_at_unknown", kid)
    key = bytes.fromhex(kid)
    with locations.engine() as engine:
        due = register.due(engine, key, begin)
        context = operations.signing_context(locations, now=now)
        guard.require(locations, engine, now=now)
        house = operations.gate(locations, engine, now=now, passphrase=context.passphrase)
        if due:
            _release(locations, house, due)
            _seal(engine, key, due, context, tell=_nobody if no_messages else partial(_tell, context.sealer.host, now), now=now)
        printed = register.to_print(engine, key, begin)
        target = out / f"{kid}-print-list.csv"
        out.mkdir(parents=True, exist_ok=True)
        reissuing.write_print_list(target, printed)
        _write_codes(house, context, printed, out=out, wanted=wanted)
    click.echo(f"{len(printed)} licenses to print and hang up: {target}")
    if printed:
        click.echo("Run `khatm publish` so that verifiers learn that the old codes are superseded.")


def _seal(engine: Engine, key: bytes, due: Sequence[Due], context: operations.SigningContext, *, tell: register.Tell, now: int) -> None:
    suspect = reissuing.suspects(engine, context.sealer.prefix, progress=lambda _: None)
    refused: list[Again] = []
    sealed = 0
    again = register.again(engine, key, due, sealer=context.sealer, rules=context.rules, suspect=suspect, tell=tell, now=now)
    with click.progressbar(length=len(due), label=f"key {key.hex()}", show_pos=True) as bar:
        for done in again:
            refused += [each for each in done if each.refused]
            sealed += sum(each.edition > 0 for each in done)
            bar.update(len(done))
    click.echo(f"{sealed} sealed again, {len(refused)} not")
    for each in refused:
        click.echo(f"  {each.number}  {each.refused}: {say(each.refused, 'en')} / {say(each.refused, 'ar')}")


def _nobody(connection: Connection, number: str, edition: int) -> None:
    pass


def _tell(host: str, now: int, connection: Connection, number: str, edition: int) -> None:
    """Tell the mobile last linked to a license; the message waits until the new seal is in the log."""
    if mobile := linked_mobile(connection, number, but=""):
        notices.issued(connection, number, edition=edition, to=mobile, host=host, now=now, kind="reissued")


def _release(locations: Locations, house: Gate, due: Sequence[Due]) -> None:
    """Let the publisher know that these seals have no applications of their own; where its keys are elsewhere, it has been told.

    Raises IssuerError `release_missing` before anything is sealed (`khatm audit release --reissue`).
    """
    for each in due:
        operations.release(locations, house, releases.of_seal(each.number, each.next))


def _write_codes(
    house: Gate, context: operations.SigningContext, printed: Sequence[Printed], *, out: Path, wanted: Sequence[outputs.Output]
) -> None:
    """Write the codes that are not there yet, of what is in the log."""
    if not printed:
        return
    if not house.open(each.position for each in printed):
        click.echo(f"{say('log_awaited', 'en')} / {say('log_awaited', 'ar')}")
        return
    with click.progressbar(printed, label="codes", show_pos=True) as bar:
        for each in bar:
            paths = outputs.paths(out, each.number, each.edition, wanted)
            if missing := [output for output, path in paths.items() if not path.exists()]:
                outputs.write(out, each.token, host=context.sealer.host, trust=context.trust, outputs=missing)
