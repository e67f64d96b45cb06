"""`khatm governorate`: what is data about a governorate, checked before anybody works with it. An edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import click

from governorate import authorities, days_off, identity, licensed
from governorate import folder as folders
from governorate.errors import RuleError
from issuer.commands import Refusals
from issuer.sentences import say
from office.services import catalogue, fee_loader
from seal import days
from web import clock


@click.group("governorate", cls=Refusals)
def governorate_() -> None:
    """A governorate's folder: names, areas, types, services, fees, days off."""


@governorate_.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.pass_context
def check(context: click.Context, folder: Path | None) -> None:
    """Check every file of FOLDER and how they fit together. Exit code 1 if something is wrong. It changes nothing.

    Each file's first fault is told with its line. Without FOLDER, this process's governorate is checked.
    """
    where = folder or folders.chosen()
    faults = list(_faults(where))
    for fault in faults:
        click.echo(f"{fault.detail}  {fault.code}: {say(fault.code, 'en')} / {say(fault.code, 'ar')}")
    if faults:
        context.exit(1)
    for line in _summary(where, days.day_of(clock.seconds())):
        click.echo(line)


def _faults(where: Path) -> Iterator[RuleError]:
    """Yield what is wrong: each file by itself, then what the services say of the others."""
    alone: tuple[Callable[[Path], object], ...] = (identity.of, authorities.of, licensed.of, days_off.of, fee_loader.of)
    found = [fault for read in alone if (fault := _fault(read, where))]
    yield from found
    if not any(fault.file in (folders.LICENSES, folders.FEES, folders.HOLIDAYS) for fault in found):
        services = _fault(catalogue.of, where)
        if services:
            yield services
        elif not any(fault.file == folders.AREAS for fault in found):
            yield from _without_area(where)


def _fault(read: Callable[[Path], object], where: Path) -> RuleError | None:
    try:
        read(where)
    except RuleError as error:
        return error
    return None


def _without_area(where: Path) -> Iterator[RuleError]:
    """Yield the authorities that take applications and have no area."""
    held = authorities.of(where)
    lines = (where / folders.SERVICES).read_text("utf-8").splitlines()
    for wave in catalogue.of(where).waves:
        for code in wave.authorities:
            if code not in held:
                line = next((number for number, text in enumerate(lines, 1) if f"wave: {wave.number}" in text), 1)
                yield RuleError("rules_reference_unknown", folders.SERVICES, line, f"{code} has no area in {folders.AREAS}")


def _summary(where: Path, today: date) -> Iterator[str]:
    """Yield what the folder says, so that whoever wrote it sees whether it is what was meant."""
    whose, services, fees = identity.of(where), catalogue.of(where), fee_loader.of(where)
    yield f"{whose.prefix}  {whose.name['en']} / {whose.name['ar']}"
    for wave in services.waves:
        yield f"wave {wave.number} from {wave.first_day}: {', '.join(wave.authorities)}"
    today_s = [version for rule in fees.rules.values() if (version := rule.version_on(today))]
    samples = sum(version.sample for version in today_s)
    yield f"{len(authorities.of(where))} authorities, {len(licensed.of(where).types)} license types, {len(services.services)} services"
    yield f"{len(today_s)} fee rules in force on {today}, {samples} of them samples; {len(days_off.of(where).holidays)} holidays"
