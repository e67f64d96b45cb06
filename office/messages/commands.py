"""`khatm office send` and `khatm office messages`. An edge: it reads the clock, draws chances and talks to people."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Engine

from acts import acting
from issuer import clock_guard, operations
from issuer.clock_guard import ClockGuard
from issuer.errors import IssuerError
from issuer.locations import Locations, location_options
from issuer.refusing import Refusals, RefusingCommand, run_refusing
from issuer.sentences import say
from office import mobiles
from seal import days
from storage.database import reading
from web import clock
from web.moments import confirmed_option, now_option
from web.staying import PASSING, Stay

from . import backoff, outbox, report, settings
from .console import Console
from .outbox import STATES, State
from .providers import Provider, UnreachableError
from .sender import Sender, Tally

_SILENT = "provider_unreachable"
_NAME_ONE = "name the provider: --gateway FILE, or --print, which sends nothing / حدِّد مزود الرسائل: --gateway FILE، أو --print بلا إرسال"


@click.command(cls=RefusingCommand)
@location_options
@click.option("--gateway", type=click.Path(path_type=Path), help="Settings of the provider (TOML).")
@click.option("--print", "printed", is_flag=True, help="To try things out: send nothing, print codes and links here.")
@click.option("--once", is_flag=True, help="Send what is due and end; else go on until stopped.")
@click.option("--per-second", type=click.FloatRange(0.1, 1000), help="At most so many parts in a second.")
@confirmed_option
def send(
    locations: Locations, gateway: Path | None, printed: bool, once: bool, per_second: float | None, clock_confirmed: int | None
) -> None:
    """Send the messages in the outbox. Several may run at once; end one with SIGTERM, or in any other way: nothing is lost."""
    if (gateway is not None) == printed:
        raise click.UsageError(_NAME_ONE)
    provider: Provider = settings.load(gateway, clock=clock.seconds) if gateway else Console(click.echo)
    logged, guard = partial(operations.leaving, locations), ClockGuard(confirmed=clock_confirmed)
    stay = Stay("sender", 0, run_refusing, passing=PASSING | {_SILENT}, shortest={_SILENT: backoff.FIRST_SECONDS})
    stay.heed()
    with locations.engine() if once else stay.opened(locations.engine) as engine:
        guard.confirm(engine, now=clock.seconds())  # the act of whoever typed the time, not of the program
        sure = _Sure(guard, engine)
        _send(Sender(engine, provider, clock.seconds, stay.chance, stay.stop, per_second, logged, sure), stay, once=once)


def _send(sender: Sender, stay: Stay, *, once: bool) -> None:
    with acting.acting("program:sender", "round"):
        if not once:
            stay.run(lambda: _turn(sender))
            sender.provider.close()
        elif not _send_once(sender):
            raise IssuerError(_SILENT, sender.provider.name)
        else:
            _tell_held(sender.engine, sender.logged())


class _Sure:
    """Whether the clock may end a message, told once when it may not."""

    def __init__(self, guard: ClockGuard, engine: Engine) -> None:
        self._guard, self._engine, self._told = guard, engine, False

    def __call__(self, now: int) -> bool:
        sure = self._guard.allows(self._engine, now=now)
        if not sure and not self._told:
            clock_guard.tell("sender")
        self._told = not sure
        return sure


def _turn(sender: Sender) -> None:
    """Send what is due; a provider that is away is told once, and tried again after longer and longer pauses."""
    if sender.turn().lost:
        raise IssuerError(_SILENT, sender.provider.name)


def _tell_held(engine: Engine, logged: int | None) -> None:
    with reading(engine) as connection:
        held = report.held(connection, logged)
    if held:
        click.echo(f"{held} wait: {say('log_awaited', 'en')} / {say('log_awaited', 'ar')}", err=True)


def _send_once(sender: Sender) -> bool:
    """Send until nothing is due. Return False if the provider cannot be reached."""
    total = Tally()
    try:
        while (step := sender.step()) != Tally() and not sender.stop.is_set():
            total = Tally(*map(sum, zip(total, step, strict=True)))
            sender.provider.listen(0.05)
    except UnreachableError:
        return False
    finally:
        sender.provider.close()
        click.echo(f"{total.sent} sent, {total.postponed} to be tried again, {total.given_up} given up", err=True)
    return True


@click.group("messages", cls=Refusals)
def messages_() -> None:
    """See what became of messages to citizens, and send again what failed."""


@messages_.command("list")
@location_options
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, default=("failed", "given_up"), show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_(locations: Locations, states: tuple[State, ...], limit: int) -> None:
    """Show messages, the newest first, without their text and with masked numbers."""
    with locations.engine() as engine, reading(engine) as connection:
        found = outbox.search(connection, states=states, limit=limit)
    logged = operations.leaving(locations)
    for message in found:
        to = mobiles.masked(message.recipient) or "(forgotten)"
        why = "log_awaited" if message.waits_for_log(logged) else message.error or ""
        click.echo(f"{message.id:>6}  {message.state:<9}  {message.event}  {to}  {why}".rstrip())
    click.echo(f"{len(found)} messages")


@messages_.command()
@click.argument("id", type=int)
@location_options
@click.option("--to", metavar="MOBILE", help="Another mobile number than before.")
@now_option
def resend(id: int, locations: Locations, to: str | None, now: int) -> None:
    """Put the message ID into the outbox again: what failed, was given up, or got no receipt."""
    with locations.engine() as engine, engine.begin() as connection:
        outbox.resend(connection, id, now=now, to=mobiles.parse(to) if to else None)
    click.echo(f"{id}: will be sent again")


@messages_.command("report")
@location_options
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day of Cairo; without it, today.")
@now_option
def report_(locations: Locations, day: datetime | None, now: int) -> None:
    """Show what became of a day's messages, and how many parts each provider took."""
    with locations.engine() as engine, reading(engine) as connection:
        told = report.daily(connection, day.date() if day else days.day_of(now), now=now)
    click.echo(told.day.isoformat())
    for name, count in [*told.messages.items(), ("no receipt", told.no_receipt)]:
        click.echo(f"  {name:<12} {count:>8}")
    for name, count in told.parts.items():
        click.echo(f"  parts by {name:<10} {count}")
    click.echo(f"  receipts about no message {told.strange}")
    for reason, count in sorted(told.unread.items()):
        click.echo(f"  receipts not understood ({reason}) {count}")
    click.echo(f"now waiting: {told.waiting}" + (f", the oldest for {told.oldest_seconds} s" if told.waiting else ""))
