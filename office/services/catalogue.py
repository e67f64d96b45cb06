"""The services that an office offers, read from its file and held against the fee schedules and the types that may be licensed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from governorate import authorities, days_off, folder, identity, licensed, yaml_values
from governorate.authorities import Authority
from governorate.calendar import Calendar
from governorate.errors import Faults
from governorate.licensed import Licensed, Name
from governorate.yaml_values import YamlValue
from seal.license import AUTHORITY

from . import agreement, definitions, fee_loader, machine_loader, service_loader
from .fee_schedule import Schedules
from .service import Service, Services, Wave

_SECTIONS = ("breakdown", "fields", "documents", "groups", "actions", "machines", "procedures", "types", "waves")


class _Offered(NamedTuple):
    types: dict[str, Name]
    procedures: dict[str, Name]
    services: dict[str, Service]


def default() -> Services:
    """Return the services of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Services:
    """Return the services of a governorate's folder. Raises RuleError, with all that is wrong in any of its files."""
    faults = Faults()
    for part in (identity.of, authorities.of, licensed.of, days_off.of, fee_loader.of):
        with faults.noted():
            part(where)
    faults.settle()
    written = yaml_values.read(where / folder.SERVICES)
    services = read(written, fee_loader.of(where), licensed.of(where), days_off.of(where))
    _check_authorities(written.entries()["waves"], authorities.of(where))
    return services


def _check_authorities(waves: YamlValue, held: Mapping[str, Authority]) -> None:
    faults = Faults()
    for item in waves.items():
        for authority in item.entries()["authorities"].items():
            if authority.text() not in held:
                faults.add(authority.fault("rules_reference_unknown", f"authority {authority.text()[:40]}"))
    faults.settle()


def load(path: Path, *, fees: Schedules | None = None, types: Licensed | None = None, calendar: Calendar | None = None) -> Services:
    """Return the services of a file. `fees`, `types` and `calendar` are those of this process's governorate if not given.

    Raises RuleError, which names file and line: whatever is missing, unknown, double or contradicts something else.
    """
    defined = fees or fee_loader.default(), types or licensed.default(), calendar or days_off.default()
    return read(yaml_values.read(path), *defined)


def read(source: YamlValue, fees: Schedules, types: Licensed, calendar: Calendar) -> Services:
    """Return the services of a file that was read. Raises RuleError, with all that is wrong."""
    entries, faults = source.mapping(required=_SECTIONS, optional=("services", "grounds")), Faults()
    offered = _Offered({}, {}, {})
    waves: tuple[Wave, ...] = ()
    grounds: dict[str, Name] = {}
    with faults.noted():
        grounds = definitions.grounds(entries.get("grounds"))
    with faults.noted():
        offered = _offered(entries, _parts(entries), fees, types)
    with faults.noted():
        waves = _waves(entries["waves"])
    faults.settle()
    types_, procedures, services = offered
    offers = MappingProxyType(types_), MappingProxyType(procedures), MappingProxyType(services)
    return Services(*offers, waves, calendar, MappingProxyType(grounds))


def _parts(entries: Mapping[str, YamlValue]) -> service_loader.Parts:
    """Return what services are composed of. Sections that stand on a faulty one are not looked at: they would be blamed for it."""
    faults = Faults()
    with faults.noted():
        ours = entries["breakdown"].one_of(("ours", "governorate")) == "ours"
    with faults.noted():
        asked = Faults()
        with asked.noted():
            fields = definitions.fields(entries["fields"])
        with asked.noted():
            documents = definitions.documents(entries["documents"])
        asked.settle()
        groups = definitions.groups(entries["groups"], fields, documents)
    with faults.noted():
        machines = machine_loader.machines(entries["machines"], machine_loader.actions(entries["actions"]))
    faults.settle()
    return service_loader.Parts(fields, groups, machines, ours)


def _offered(entries: Mapping[str, YamlValue], parts: service_loader.Parts, fees: Schedules, types: Licensed) -> _Offered:
    faults, entered = Faults(), entries["procedures"].coded()
    procedures = faults.each(entered, lambda code, entry: service_loader.procedure(code, entry, parts, list(entered)))
    faults.settle()
    kinds = faults.each(entries["types"].coded(), lambda code, entry: service_loader.license_type(code, entry, parts, procedures, types))
    faults.settle()
    own = service_loader.overrides(entries.get("services"), kinds, procedures)
    services: dict[str, Service] = {}
    for kind in kinds.values():
        for procedure in procedures.values():
            with faults.noted():
                composed = service_loader.compose(kind, procedure, parts, own.get(f"{kind.code}.{procedure.code}"))
                agreement.check(composed, fees, types)
                services[composed.service.code] = composed.service
    faults.settle()
    return _Offered(
        {kind.code: kind.name for kind in kinds.values()},
        {procedure.code: procedure.short for procedure in procedures.values()},
        services,
    )


def _waves(source: YamlValue) -> tuple[Wave, ...]:
    """Return the waves, numbered without a gap and each later than the one before; an authority is in one only."""
    waves: list[Wave] = []
    seen: set[str] = set()
    faults = Faults()
    for item in source.items():
        with faults.noted():
            waves.append(_wave(item, waves, seen))
    faults.settle()
    return tuple(waves)


def _wave(item: YamlValue, before: Sequence[Wave], seen: set[str]) -> Wave:
    entries = item.mapping(required=("wave", "from", "authorities"))
    wave = Wave(entries["wave"].number(1), entries["from"].day(), tuple(entries["authorities"].texts()))
    if wave.number != len(before) + 1:
        entries["wave"].refuse("rules_gap", f"wave {len(before) + 1} is expected")
    if before and wave.first_day <= before[-1].first_day:
        entries["from"].refuse("rules_overlap", f"not after wave {before[-1].number}")
    for authority in entries["authorities"].items():
        if not AUTHORITY.fullmatch(authority.text()):
            authority.refuse("rules_value_invalid", "the code of an authority is expected")
        if authority.text() in seen:
            authority.refuse("rules_overlap", authority.text())
        seen.add(authority.text())
    return wave
