"""`khatm office work`: what the office does by itself; `khatm office repay`: money back. An edge: it reads the clock, talks to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Engine

from acts import acting
from governorate import licensed
from governorate import retention as governed
from issuer import clock_guard
from issuer.clock_guard import CLOCK, STATED, UNCONFIRMED, ClockGuard
from issuer.errors import IssuerError
from issuer.guard import releases
from issuer.intake.rows import Rules
from issuer.locations import Locations, competences, location_options, sealer
from issuer.refusing import RefusingCommand, run_refusing
from issuer.register.sealing import Sealer
from office import pounds, signed_requests
from office.licenses import carrying, holding, indexing
from office.licenses.carrying import Hands
from office.licenses.imports import issuing as importing
from office.queue import appointments
from office.services import catalogue as services
from office.services import fee_loader
from storage.database import reading
from storage.errors import StorageError
from storage.faults import DATABASE_ERRORS, refusal
from web import clock, logs
from web.moments import confirmed_option, now_option
from web.staying import PASSING, Stay

from . import counts, deadlines, holders, issuing, reminding, repaying, retention
from .actors import SYSTEM
from .books import books
from .context import OfficeContext, UnitOfWork
from .documents import Store
from .retention import Kept

_REFRESH_SECONDS = 3_600  # keys end and trust lists change while the worker runs
_SWEEP_SECONDS = 3_600
_INDEX_SECONDS = 5.0  # of each round, where a register of before is not in the index yet
_Command = TypeVar("_Command", bound=Callable[..., Any])
#: What a room above this one does in each round, at a time in seconds since 1970 UTC: how often what.
Round = Callable[[Engine, OfficeContext, int], Counter[str]]
BUSY = ("database_locked", "database_unreachable")  # tried again in the next round


def _keep(name: str, what: str, *, most: int = 3_650) -> Callable[[_Command], _Command]:
    """Return the option that says how many days something is kept, if not as long as the governorate's file says."""
    told = f"Keep {what} so long.  [default: what retention.yaml says]"
    return click.option(name, type=click.IntRange(1, most), metavar="DAYS", help=told)


@click.command(cls=RefusingCommand)
@location_options
@click.option("--documents", type=click.Path(path_type=Path), default=Path("var/documents"), show_default=True)
@click.option("--once", is_flag=True, help="Do what is due and end; else go on until stopped.")
@click.option("--every", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="Seconds between two rounds.")
@_keep("--keep-codes", "one-time codes")
@_keep("--keep-messages", "numbers and texts of messages")
@_keep("--keep-browsers", "which browsers somebody signed in with", most=180)
@_keep("--keep-documents", "documents that no draft and no application names any more")
@_keep("--keep-applicants", "who applied, after the end of the application, and who looked at it")
@confirmed_option
def work(
    locations: Locations,
    documents: Path,
    once: bool,
    every: float,
    keep_codes: int | None,
    keep_messages: int | None,
    keep_browsers: int | None,
    keep_documents: int | None,
    keep_applicants: int | None,
    clock_confirmed: int | None,
    also: Sequence[Round] = (),
) -> None:
    """Issue what is approved and paid, carry out what the desk's people approved, do what deadlines ask for, deal out new work, remind of
    what ends, delete hourly what is over.

    It alone holds the authorities' keys; stop it in any way.
    """
    kept = Kept.of(
        codes=keep_codes,
        messages=keep_messages,
        browsers=keep_browsers,
        documents=keep_documents,
        applicants=keep_applicants,
        looks=keep_applicants,
    )
    guard = ClockGuard(confirmed=clock_confirmed)
    worker = Worker(locations, documents, kept, guard, also)
    if once:
        with locations.engine(create=True) as engine:
            guard.confirm(engine, now=clock.seconds())  # the act of whoever typed the time, not of the program
            with acting.acting("program:worker", "round"):
                _round(worker, engine, once=True)
        return
    stay = Stay("worker", every, run_refusing, passing=PASSING | CLOCK)
    stay.heed()
    with stay.opened(partial(locations.engine, create=True)) as engine:
        guard.confirm(engine, now=clock.seconds())
        with acting.acting("program:worker", "round"):
            stay.run(lambda: _round(worker, engine, once=False))


def joined(*also: Round) -> click.Command:
    """Return the command of the worker that does the rounds of other rooms too."""
    made = copy(work)
    made.callback = partial(work.callback, also=also) if work.callback else None
    return made


def _round(worker: Worker, engine: Engine, *, once: bool) -> None:
    done = worker.round(engine, clock.seconds())
    if not once and (waits := next((code for code in (UNCONFIRMED, *BUSY) if done[code]), "")):
        raise IssuerError(waits) if waits == UNCONFIRMED else StorageError(waits)  # told once, and tried again; no success
    if done[UNCONFIRMED]:
        clock_guard.tell("worker")
    if done or once:
        logs.tell("worker", ", ".join(f"{count} {what}" for what, count in sorted(done.items())) or "nothing to do")


def _piastres(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    amount = None if text is None else pounds.typed(text)
    if text is not None and amount is None:
        raise click.BadParameter("pounds, such as 5.50 / بالجنيه، مثل 5.50")
    return amount


@click.command(cls=RefusingCommand)
@click.argument("number")
@click.option("--payment", type=int, help="Of which payment; without it, say what may go back.")
@click.option("--amount", callback=_piastres, metavar="EGP", help="How much, in pounds.")
@click.option("--reason", default="", help="Why.")
@click.option("--by", default="", help="Whose drawer it leaves, or who decided.")
@location_options
@now_option
def repay(number: str, payment: int | None, amount: int | None, reason: str, by: str, locations: Locations, now: int) -> None:
    """Give money back that application NUMBER paid too much, or that was withdrawn or rejected: the way it came."""
    with locations.engine() as engine:
        if payment is not None:
            if amount is None or not by.strip():
                raise click.UsageError("--amount and --by are needed with --payment")
            with engine.begin() as connection:
                refund = repaying.give_back(
                    UnitOfWork(connection, books(), SYSTEM, now), number, payment_id=payment, amount=amount, reason=reason, by=by.strip()
                )
            click.echo(f"refund {refund}  {pounds.plain(amount)} EGP")
        with reading(engine) as connection:
            left = repaying.returnable(connection, books(), number, actor=SYSTEM)
    for paid, piastres in left.payments if left.piastres else ():
        click.echo(f"payment {paid.id}  {paid.method}  {paid.receipt or '-'}  {pounds.plain(piastres)} EGP left")
    click.echo(f"{pounds.plain(left.piastres)} EGP may go back")


class Worker:
    """Holds the unlocked keys of the newest trust list."""

    def __init__(
        self,
        locations: Locations,
        documents: Path,
        kept: Kept | None = None,
        guard: ClockGuard = STATED,
        also: Sequence[Round] = (),
    ) -> None:
        self._guard, self._also = guard, also
        self._rooms, self._documents, self._kept = locations, documents, kept
        self._swept, self._reminded = 0, 0
        self._passphrase = locations.passphrase()
        self._until, self._sequence = 0, 0
        self._hands: tuple[OfficeContext, Sealer] | None = None

    def round(self, engine: Engine, now: int) -> Counter[str]:
        """Do once what is due at `now` (seconds since 1970 UTC), and say how often what.

        Raises IssuerError, StorageError, CustodyError, ListError.
        """
        try:
            if doubted := self._doubted(engine, now):
                return doubted
            office, sealer_ = self._ready(now)
            done = deadlines.run(engine, office, now=now) + self._issue(engine, office, sealer_, now)
            for each in self._also:
                done += each(engine, office, now)
            done += self._remind(engine, office, now) + self._sweep(engine, office, now)
            counts.fold(engine)
            return done + self._index(engine)
        except DATABASE_ERRORS as error:
            told = refusal(error)
            if told.code not in BUSY:
                raise told from error
            return Counter({told.code: 1})

    def _remind(self, engine: Engine, office: OfficeContext, now: int) -> Counter[str]:
        """Remind hourly of what ends, until nobody is left to be reminded."""
        if 0 <= now - self._reminded < _SWEEP_SECONDS:
            return Counter()
        reminded = reminding.run(engine, office, now=now) + appointments.remind(engine, now=now)
        if not reminded:
            self._reminded = now
        return reminded

    def _doubted(self, engine: Engine, now: int) -> Counter[str]:
        """Count that the clock must not date anything, if so.

        Then nothing lapses, nobody is reminded and nothing is deleted by it either: none of that can be taken back.
        """
        try:
            self._guard.require(self._rooms, engine, now=now)
        except IssuerError as error:
            return Counter({error.code: 1})
        return Counter()

    def _issue(self, engine: Engine, office: OfficeContext, sealer_: Sealer, now: int) -> Counter[str]:
        """Issue what is due, and carry out what was approved."""
        hands = self._carrying(office, sealer_)
        done = issuing.run(engine, office, sealer=sealer_, now=now) + carrying.run(engine, hands, now=now)
        return done + importing.run(engine, hands, now=now) + holding.run(engine, hands, now=now)

    def _carrying(self, office: OfficeContext, sealer_: Sealer) -> Hands:
        """Return what requests of the desk are carried out with: where approvals are signed, those that are, or that were released."""

        def released(name: str) -> bool:
            return office.approvals is None or releases.released(self._rooms.store, name)

        terms = office.approvals
        signing = (lambda connection, request: signed_requests.fault(connection, request, terms)) if terms else None
        return Hands(sealer_, office.rules, office.host, holders.mobile_of, released, signing)

    @staticmethod
    def _index(engine: Engine) -> Counter[str]:
        """Let the desk's index of licenses follow the register; what is told is only how a large one of before is taken in."""
        indexed = indexing.run(engine, seconds=_INDEX_SECONDS)
        return +Counter({"licenses_indexed": indexed.done if indexed.left or indexed.done >= indexing.BATCH else 0})

    def _sweep(self, engine: Engine, office: OfficeContext, now: int) -> Counter[str]:
        """Delete hourly what is no longer needed, after licenses and deadlines."""
        if 0 <= now - self._swept < _SWEEP_SECONDS:
            return Counter()
        queued = appointments.sweep(engine, now=now, kept_days=governed.default().days("queue"))
        retention.record(engine, queued, now=now)
        swept = retention.sweep(engine, office.store, now=now, kept=self._kept) + queued
        self._swept = now
        return swept

    def _ready(self, now: int) -> tuple[OfficeContext, Sealer]:
        """Return the rules and keys by the trust list in force."""
        trust = self._rooms.trust()
        if self._hands is None or trust.sequence != self._sequence or now >= self._until:
            sealer_ = sealer(self._rooms, trust, self._passphrase, now=now)
            rules = Rules(competences(trust, sealer_), licensed.default())
            store, signed = Store(self._documents), self._rooms.signed(trust)
            office = OfficeContext(services.default(), fee_loader.default(), rules, store, sealer_.host, sealer_.prefix, approvals=signed)
            self._hands, self._sequence, self._until = (office, sealer_), trust.sequence, now + _REFRESH_SECONDS
        return self._hands
