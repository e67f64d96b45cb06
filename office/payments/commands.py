"""`khatm office payments`: the worker and the reports of money. An edge: it reads the clock and files, and talks to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal, get_args

import click
from sqlalchemy import Engine

from acts import acting
from issuer.clock_guard import CLOCK, ClockGuard, dated
from issuer.errors import IssuerError
from issuer.locations import Locations, location_options
from issuer.refusing import Refusals, run_refusing
from issuer.sentences import say
from office import pounds
from seal import days
from storage.database import reading
from web import clock, logs
from web.moments import now_option
from web.staying import PASSING, Stay

from . import notifications, polling, reconciliation, refund_sender, refunds, reports, settings, soundness
from .fawry import FawryPay
from .notifications import Decision
from .settlement import Settled
from .settlement_file import BYTES_MAX

DISAGREES = 1  # the exit code of what a person must look at
_SILENT = "payments_unreachable"
_TAKINGS = ("authority", "method", "bills", "EGP", "on top", "refunded")
_provider = click.option(
    "--provider", "provider_file", type=click.Path(path_type=Path), required=True, help="Settings of the payment provider (TOML)."
)


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter("YYYY-MM-DD") from error


def _of_day(without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option of a day; `without` it, another one."""
    return click.option("--day", callback=_day, metavar="YYYY-MM-DD", help=f"A day in Cairo.  [default: {without}]")


def group(settled: Settled) -> click.Group:
    """Return the commands. `settled` is told of every bill that a payment settles, in the transaction that does it."""
    made = Refusals("payments", help="Electronic payments, refunds, and whether money and bills agree.")
    for command in (_poll(settled), _reconcile(settled), refunds_, report, waiting, decide, assign, check):
        made.add_command(command)
    return made


def _poll(settled: Settled) -> click.Command:
    @click.command("poll")
    @location_options
    @_provider
    @click.option("--every", type=click.IntRange(1, 3600), metavar="SECONDS", help="Go on until stopped; else ask once and end.")
    @dated
    def poll(locations: Locations, provider_file: Path, every: int | None, now: int, guard: ClockGuard) -> None:
        """Ask the provider about charges that nobody told us of, withdraw what nobody may pay any more, and send refunds.

        Several may run at once; end one with SIGTERM, or in any other way: nothing is charged or given back twice.
        By a clock that nobody keeps nothing is withdrawn, given up or sent.
        """
        provider = settings.load(provider_file)
        if every is None:
            with locations.engine() as engine:
                guard.check(engine, now=now)
                with acting.acting("program:poller", "round"):
                    _tell(_round(engine, provider, settled, now))
            return
        # A time that is stated counts for the first round
        moments = chain([(now, guard)], zip(iter(clock.seconds, None), repeat(guard.later()), strict=False))
        stay = Stay("poller", every, run_refusing, passing=PASSING | CLOCK | {_SILENT})
        stay.heed()
        with stay.opened(locations.engine) as engine:
            guard.confirm(engine, now=now)  # the act of whoever typed the time, not of the program
            with acting.acting("program:poller", "round"):
                stay.waiting = lambda: {"charges": polling.waiting(engine, now=clock.seconds())}
                stay.run(lambda: _heard(_guarded(engine, provider, settled, *next(moments)), provider))

    return poll


def _guarded(engine: Engine, provider: FawryPay, settled: Settled, now: int, guard: ClockGuard) -> Counter[str]:
    """Do a round, unless the clock must not end anything: a charge that looks over is withdrawn, a lease that looks over is sent again.

    Raises IssuerError `clock_unconfirmed`: it is told once and waited for, and is no success.
    """
    guard.check(engine, now=now)
    return _round(engine, provider, settled, now)


def _round(engine: Engine, provider: FawryPay, settled: Settled, now: int) -> Counter[str]:
    asked = polling.poll(engine, provider, settled=settled, now=now)
    gone = refund_sender.run(engine, provider, now=now)
    return asked + Counter({f"refund_{state}": count for state, count in gone.items()})


def _heard(outcomes: Counter[str], provider: FawryPay) -> None:
    """Tell what a round found; a provider that answers nothing is told once, and asked again after longer and longer pauses."""
    if set(outcomes) == {"unavailable"}:
        raise IssuerError(_SILENT, provider.name)
    _tell(outcomes)


def _tell(outcomes: Counter[str]) -> None:
    if outcomes:
        logs.tell("poller", ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))


def _reconcile(settled: Settled) -> click.Command:
    @click.command("reconcile")
    @click.argument("file", type=click.Path(path_type=Path))
    @location_options
    @_provider
    @_of_day("yesterday")
    @now_option
    def reconcile(file: Path, locations: Locations, provider_file: Path, day: date | None, now: int) -> None:
        """Compare the provider's FILE of a day with our books. Ends with 0 if both agree, with 1 if a person must look at something."""
        if file.stat().st_size > BYTES_MAX:
            raise IssuerError("settlement_too_large")
        chosen = day or days.day_of(days.start_of(days.day_of(now)) - 1)
        with locations.engine() as engine:
            made = reconciliation.reconcile(engine, settings.load(provider_file), file.read_bytes(), day=chosen, settled=settled, now=now)
        _tell_reconciliation(made)
        if not made.agrees:
            raise SystemExit(DISAGREES)

    return reconcile


def _tell_reconciliation(made: reconciliation.Reconciliation) -> None:
    click.echo(f"{made.day}: {made.matched} agree, {len(made.resolved)} resolved now")
    for title in ("resolved", "missing_here", "missing_there", "differing"):
        entry: reconciliation.Entry
        for entry in getattr(made, title):
            amounts = " / ".join("-" if piastres is None else pounds.plain(piastres) for piastres in (entry.ours, entry.theirs))
            click.echo(f"  {title:<13} {entry.kind:<7} {entry.reference} {entry.provider_reference or '-'}  {amounts} EGP  {entry.why}")


@click.group("refunds")
def refunds_() -> None:
    """Refunds: send them, and settle those that nobody can tell the end of."""


@refunds_.command("run")
@location_options
@_provider
@dated
def run(locations: Locations, provider_file: Path, now: int, guard: ClockGuard) -> None:
    """Send what is queued; `poll` does it too."""
    with locations.engine() as engine:
        guard.check(engine, now=now)
        _tell(refund_sender.run(engine, settings.load(provider_file), now=now))


@refunds_.command("decide")
@click.argument("refund", type=int)
@click.argument("decision", type=click.Choice(["done", "again"]))
@click.option("--by", required=True, help="Who looked at the provider's account.")
@location_options
@now_option
def decide_refund(refund: int, decision: Literal["done", "again"], by: str, locations: Locations, now: int) -> None:
    """Say of a refund that waits that it went back (done), or that it did not and is to be sent (again)."""
    with locations.engine() as engine, engine.begin() as connection:
        refunds.decide(connection, refund, decision=decision, by=by, now=now)
    _tell_decided(f"refund {refund}", f"refund_decided_{decision}")


def _tell_decided(what: str, code: str) -> None:
    """Say what became of it: whoever typed a wrong number sees which one was settled, and how."""
    click.echo(f"{what}: {say(code, 'en')} / {say(code, 'ar')}")


@click.command()
@location_options
@_of_day("today")
@click.option("--authority", help="The counter of this authority alone, by cashier.")
@now_option
def report(locations: Locations, day: date | None, authority: str | None, now: int) -> None:
    """What was taken on a day: by authority, or at one authority's counter by cashier with the receipts' numbers."""
    chosen = day or days.day_of(now)
    with locations.engine() as engine, reading(engine) as connection:
        rows: list[tuple[Any, ...]]
        if authority is not None:
            rows = [
                (line.by, line.method, line.receipts, pounds.plain(line.piastres), pounds.plain(line.refunded), line.first, line.last)
                for line in reports.cash(connection, authority.upper(), chosen).lines
            ]
        else:
            rows = [
                (taking.authority, taking.method, taking.bills, *map(pounds.plain, (taking.piastres, taking.on_top, taking.refunded)))
                for taking in reports.takings(connection, chosen)
            ]
    heads = ("by", "method", "receipts", "EGP", "refunded", "first", "last") if authority else _TAKINGS
    for row in (heads, *rows) if rows else ():
        click.echo("  ".join(f"{cell!s:<16}" for cell in row).rstrip())
    click.echo(f"{chosen}: {len(rows)} lines")


@click.command()
@location_options
def waiting(locations: Locations) -> None:
    """What waits for a person: messages that were not brought into the books, and refunds that nobody can tell the end of."""
    with locations.engine() as engine, reading(engine) as connection:
        notices, stuck = notifications.waiting(connection), refunds.waiting(connection)
    for notice in notices:
        amount = "-" if notice.piastres is None else pounds.plain(notice.piastres)
        click.echo(f"notice {notice.id}  {notice.reference}  {amount} EGP  {notice.outcome}: {say(f'notice_{notice.outcome}', 'en')}")
    for refund in stuck:
        amount = pounds.plain(refund.piastres)
        click.echo(f"refund {refund.id}  {refund.subject}  {amount} EGP  {refund.state} {refund.code or ''}".rstrip())
    click.echo(f"{len(notices)} notices, {len(stuck)} refunds")


@click.command()
@click.argument("notice", type=int)
@click.argument("decision", type=click.Choice(get_args(Decision)))
@click.option("--by", required=True, help="Who decides.")
@click.option("--note", required=True, help="Why.")
@location_options
@now_option
def decide(notice: int, decision: Decision, by: str, note: str, locations: Locations, now: int) -> None:
    """Settle a notice that waits: give the amount back, have the provider asked again, or note that somebody looked."""
    with locations.engine() as engine, engine.begin() as connection:
        notifications.decide(connection, notice, decision=decision, by=by, note=note, now=now)
    _tell_decided(f"notice {notice}", f"notice_decided_{decision}")


@click.command()
@click.argument("notice", type=int)
@click.argument("application")
@click.option("--by", required=True, help="Who found the application.")
@click.option("--note", required=True, help="How: the payer's receipt, their mobile number.")
@location_options
@now_option
def assign(notice: int, application: str, by: str, note: str, locations: Locations, now: int) -> None:
    """Let money that came for a reference nobody knows (a night that was lost) pay the open bill of APPLICATION, of the same amount.

    The provider is asked once more, by `poll`, before it counts. It is done once: the reference then belongs to that bill.
    """
    with locations.engine() as engine, engine.begin() as connection:
        notifications.assign(connection, notice, application.strip().upper(), by=by, note=note, now=now)
    click.echo(f"notice {notice}: for {application.strip().upper()}; paid once the provider confirms it (`khatm office payments poll`)")


@click.command()
@location_options
def check(locations: Locations) -> None:
    """Go over all money and bills, and say what does not agree. Ends with 0 if everything does."""
    with locations.engine() as engine, reading(engine) as connection:
        found = soundness.check(connection)
    for fault in found:
        click.echo(fault)
    click.echo(f"{len(found)} disagreements")
    if found:
        raise SystemExit(DISAGREES)
