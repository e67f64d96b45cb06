"""`khatm governorate`: look a folder over before anybody works by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import combinations
from pathlib import Path

import click

from governorate import authorities, changes, checklists, counter, days_off, details, identity, licensed, outlines, retention, violations
from governorate import folder as folders
from governorate.authorities import Authority
from governorate.errors import Faults, RuleError
from governorate.violations import Violation
from issuer.refusing import Refusals
from issuer.sentences import say
from keys.errors import told as told_of_path
from office import pounds
from office.privacy import columns
from office.services import catalogue, fee_loader
from office.services.fee_schedule import Charge, Flat, Schedules
from seal import days
from web.moments import now_option

_FAULTY = 2


@click.group("governorate", cls=Refusals)
def governorate_() -> None:
    """A governorate's folder: names, areas, types, services, fees, days off."""


@governorate_.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@now_option
def check(folder: Path | None, now: int) -> None:
    """Read FOLDER (or this process's) and print every fault with file and line, or what it says. Ends with 0 if it may be used, else 2."""
    where = folder or folders.chosen()
    if not where.is_dir():
        raise click.UsageError(told_of_path("path_missing", str(where)))
    try:
        _look_over(where)
    except RuleError as error:
        for fault in error.all:
            click.echo(_told(fault), err=True)
        left = "What builds on a faulty part was not looked at: mend it, then check again."
        click.echo(f"faults in {where}: {len(error.all)}. {left}", err=True)
        raise SystemExit(_FAULTY) from error
    for line in _summary(where, days.day_of(now)):
        click.echo(line)


def _look_over(where: Path) -> None:
    """Read everything in a folder. Raises RuleError, with all that is wrong."""
    faults = Faults()
    with faults.noted():
        catalogue.of(where)
    with faults.noted():
        changes.load(where)
    with faults.noted():
        counter.of(where)
    with faults.noted():
        columns.check(where)
    with suppress(RuleError):  # a fault of the types is told already
        licensed.of(where)
        with faults.noted():
            checklists.of(where)
            violations.of(where)
    faults.settle()


def _told(fault: RuleError) -> str:
    """Return a fault as a line: where, what, and what it means in both languages."""
    what = fault.detail.removeprefix(f"{fault.file}:{fault.line}").removeprefix(": ")
    told = ((say(fault.code, "en"), what), (say(fault.code, "ar"), details.arabic(what)))
    return f"{fault.file}:{fault.line}: {fault.code}: " + " / ".join(f"{said} ({named})" if named else said for said, named in told)


def _summary(where: Path, today: date) -> Iterator[str]:
    """Yield what a folder says, so that whoever wrote it sees whether it is what was meant."""
    whose, held, types = identity.of(where), authorities.of(where), licensed.of(where)
    services, fees = catalogue.of(where), fee_loader.of(where)
    yield f"{whose.prefix}  {whose.name['en']} / {whose.name['ar']}"
    yield f"hosts: {', '.join(whose.hosts) or 'none yet'}; reports to: {whose.contact.name['en'] if whose.contact else 'the district'}"
    yield f"{len(held)} authorities"
    yield from _overlaps(held)
    for wave in services.waves:
        yield f"  wave {wave.number} from {wave.first_day}: {', '.join(wave.authorities)}"
    waved = {code for wave in services.waves for code in wave.authorities}
    if without := [code for code in held if code not in waved]:
        yield f"  in no wave, so they take no application: {', '.join(without)}"
    yield f"{len(types.types)} types: {', '.join(types.types)}; {len(types.activities)} activities"
    yield f"{len(services.services)} services: {len(services.types)} types in {len(services.procedures)} procedures"
    lists = checklists.of(where)
    yield f"{len(lists)} checklists: {', '.join(f'{code} {each.version}' for code, each in lists.items())}"
    for each in violations.of(where).values():
        yield _violation(each, today)
    kept = retention.of(where)
    timed = [f"{code} {each.days}" for code, each in kept.kinds.items() if each.days is not None]
    yield f"{len(kept.kinds)} kinds of personal data; days kept: {', '.join(timed)}"
    held_changes = changes.of(where)
    yield f"two people: {', '.join(each for each in changes.CHANGES if each in held_changes.two_hands)}"
    ahead = sorted(day for day in days_off.of(where).holidays if day >= today)
    yield f"{len(ahead)} days off ahead" + (f", the last known is {ahead[-1]}" if ahead else ": enter the official holidays")
    yield f"fees in force on {today}:"
    for code in fees.rules:
        yield _fee(fees, code, today)
        yield from _changes(fees, code, today)


def _overlaps(held: Mapping[str, Authority]) -> Iterator[str]:
    """Yield which authorities have ground in common: they may seal the same types there, unless their keys are told otherwise."""
    for one, other in combinations(held.values(), 2):
        if outlines.overlap(one.outline, other.outline):
            both = f"{one.code}, {other.code}"
            yield f"  notice: two areas overlap, both may license there / تنبيه: نطاقان متداخلان، ولكليهما إصدار التراخيص هناك ({both})"


def _changes(fees: Schedules, code: str, today: date) -> Iterator[str]:
    """Yield what a fee changes to, and when."""
    for version in fees.rules[code].versions:
        if version.first_day > today:
            sample = "  SAMPLE" if version.sample else ""
            yield f"  {'':<28} {_amount(version.charge)}  {version.name} from {version.first_day}{sample}"


def _fee(fees: Schedules, code: str, today: date) -> str:
    version = fees.rules[code].version_on(today)
    if version is None:
        return f"  {code:<28} none today"
    until = f", until {version.last_day}" if version.last_day else ""
    sample = "  SAMPLE" if version.sample else ""
    return f"  {code:<28} {_amount(version.charge)}  {version.name} from {version.first_day}{until}{sample}"


def _violation(each: Violation, today: date) -> str:
    """Return what a kind of violation costs today, the first, second and third time."""
    held = each.amounts_on(today)
    told = "no amounts today" if held is None else f"{', '.join(map(pounds.plain, held.piastres))} EGP  {held.version}"
    sample = "  SAMPLE" if held is not None and held.sample else ""
    return f"  violation {each.code:<22} {told}, {each.window_months} months{sample}"


def _amount(charge: Charge) -> str:
    """Return a flat amount in pounds, else how it is reckoned."""
    return f"{pounds.plain(charge.piastres)} EGP" if isinstance(charge, Flat) else type(charge).__name__.lower()
