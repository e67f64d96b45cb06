"""A recovery from beginning to end: what is lost, what witnesses say, whether the backup is sound; then everything in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from acts import guarded, replay, sweep
from acts.finding import Finding
from acts.lost import Lost
from acts.tables import acts
from governorate import authorities, identity
from issuer import approving
from issuer.errors import IssuerError
from issuer.guard import state
from issuer.locations import Locations
from issuer.log import stored
from issuer.recovery import carrying, lost, statuses, witnessed
from issuer.recovery.lost import Plan
from issuer.recovery.statuses import Differing
from issuer.recovery.witnessed import Said
from issuer.register import history, requests
from issuer.register.derived import Issued
from issuer.register.requests import Request
from seal import days, status
from seal.status import StatusList
from seal.trust import TrustList
from storage.database import reading
from storage.locks import lock_writers

from . import serials

_NAMED = 5


class Wanted(NamedTuple):
    """What a recovery would do, and what was found on the way. `lost_at` is when the disk was lost (seconds since 1970 UTC)."""

    plan: Plan
    gone: list[Lost]
    lists: dict[int, StatusList]
    differing: list[Differing]
    witnesses: list[Said]
    years: range
    lost_at: int

    @property
    def left_out(self) -> int:
        """How many numbers of applications, receipts and deposit slips are left out of each counter."""
        return serials.how_many(len(self.plan.acts.lost) if self.plan.acts else 0, logged_at=self.plan.heads.time, lost_at=self.lost_at)

    def lines(self) -> Iterator[str]:
        """Say it, a line each."""
        for each in self.witnesses:
            yield f"witness {each.witness}, {each.log}: {each.code}" + (f", at {each.size}" if each.size is not None else "")
        if not self.plan.needed:
            yield "nothing to recover: the register has all that was ever signed"
            return
        size = self.plan.heads.seals.checkpoint.size
        yield f"seals: the register has {self.plan.own}, the log {size}: {len(self.gone)} lost"
        by_status = {name: sum(each.status == code for each in self.gone) for code, name in history.STATUS_NAMES.items()}
        yield "  as published: " + ", ".join(f"{count} {name}" for name, count in by_status.items() if count) if self.gone else "  none"
        if unsure := statuses.unsure(self.gone, self.plan.heads.seals):
            yield f"  not valid until adopted, for no list is as new as the log: positions {', '.join(map(str, unsure[:20]))}"
        if self.plan.acts and self.plan.heads.acts:
            moved, gone = len(self.plan.acts.moved), len(self.plan.acts.lost)
            yield f"acts: the log has {self.plan.heads.acts.checkpoint.size}: {gone} lost, {moved} put to their places"
        kept = [each for each in self.differing if each.after == each.before]
        yield f"statuses: {len(self.differing) - len(kept)} carried forward from the published lists"
        if kept:
            yield f"  {len(kept)} stay more severe here than published (a suspension was lifted since): look at each"


def look(engine: Engine, locations: Locations, *, lost_at: int, now: int) -> Wanted:
    """Find out what is lost. It changes nothing. Raises what `lost`, `statuses` and `witnessed` raise; IssuerError `recovery_lost_at`."""
    trust = locations.trust()
    heads = lost.last_heads(locations, trust)
    if not min(heads.time, now) <= lost_at <= now:
        raise IssuerError("recovery_lost_at")
    with reading(engine) as connection:
        plan = lost.plan(connection, locations.published, heads)
        if not plan.needed:
            return Wanted(plan, [], {}, [], [], range(0), lost_at)
        sizes = {stored.NAME: heads.seals.checkpoint.size, stored.ACTS: heads.acts.checkpoint.size if heads.acts else 0}
        terms = {stored.NAME: trust.log, stored.ACTS: trust.acts}
        said = witnessed.ask(locations.published, terms, heads.notes, sizes, locations.log_witnesses)
        lists = statuses.lists_in(locations.published, trust, now=now)
        wanted = _wanted(connection, plan, lists, said, lost_at=lost_at, now=now)
    _refuse_changed_rows(engine, locations)
    return wanted


def _wanted(connection: Connection, plan: Plan, lists: dict[int, StatusList], said: list[Said], *, lost_at: int, now: int) -> Wanted:
    gone = statuses.of_lost(plan.lost, lists)
    newest = connection.scalar(select(func.max(acts.c.at))) or now
    years = range(days.day_of(min(newest, lost_at)).year, days.day_of(now).year + 1)
    return Wanted(plan, gone, lists, list(statuses.differing(connection, lists)), said, years, lost_at)


def _refuse_changed_rows(engine: Engine, locations: Locations) -> None:
    """Hold all rows of the backup to its own acts: what is not in a log any more is believed by them alone. Raises IssuerError."""
    tables = tuple(table for chain in locations.schema.chains for table in guarded.all_of(chain.metadata))
    found: list[Finding] = []
    with replay.scratch(sweep.TABLES) as kept:
        sweep.verify(engine, tables, replay=kept, derivation=Issued(identity.default().prefix), found=found.append)
    rows = [each for each in found if each.kind != "act_missing"]  # a place may be free for a moment in a publisher's turn
    if rows:
        raise IssuerError("recovery_rows", "; ".join(f"{each.table} {' '.join(map(str, each.key))} {each.kind}" for each in rows[:_NAMED]))


def asked(wanted: Wanted) -> approving.Asked:
    """Return what a second administrator is asked for."""
    plan = wanted.plan
    changes = {"seals": [plan.own, plan.heads.seals.checkpoint.size]}
    if plan.acts and plan.heads.acts:
        changes["acts"] = [plan.heads.acts.checkpoint.size - len(plan.acts.lost), plan.heads.acts.checkpoint.size]
    digest = requests.digest_of("recover", [plan.digest.hex()])
    invalid = sum(each.status != status.VALID for each in wanted.gone)
    told = {"changes": changes, "lost": len(wanted.gone), "not_valid": invalid, "statuses": len(wanted.differing)}
    return approving.Asked("recover", digest, "khatm register recover", frozenset(), told)


def recover(engine: Engine, locations: Locations, wanted: Wanted, request: Request, *, now: int) -> list[str]:
    """Carry everything forward in one transaction, and return what was done.

    Raises IssuerError `recovery_changed` where things are not as they were approved; `approval_used`; ActError, OSError of the publisher's
    store, which belongs to its user.
    """
    trust: TrustList = locations.trust()
    with engine.begin() as connection:
        lock_writers(connection)
        plan = lost.plan(connection, locations.published, lost.last_heads(locations, trust))
        if plan.digest != wanted.plan.digest:
            raise IssuerError("recovery_changed")
        lists = statuses.lists_in(locations.published, trust, now=now)
        again = _wanted(connection, plan, lists, [], lost_at=wanted.lost_at, now=now)
        requests.use(connection, request, now=now)
        carried = carrying.carry(connection, plan, gone=again.gone, lists=lists, differing=again.differing, years=again.years, now=now)
        names = {*authorities.default(), *(key.authority for key in trust.keys.values() if key.authority)}
        gaps = serials.leave_out(connection, again.left_out, authorities=names, years=again.years, now=now)
        state.forget(locations.store, plan.heads.seals.checkpoint.size)  # before the commit: killed here, nothing was done yet
    years = ", ".join(f"{year}: {many}" for year, many in carried.years.items())
    return [
        f"positions and acts are at the log; {carried.merged} statuses carried forward",
        f"license numbers left out: {years or 'none'}",
        f"numbers of applications, receipts and deposit slips left out: {again.left_out} in each of {len(gaps)} counters",
    ]
