"""The services that an office offers, read from its file and held against the fee schedules and the types that may be licensed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

from governorate import days_off, folder, licensed, yaml_values
from governorate.calendar import Calendar
from governorate.licensed import Licensed, Name
from governorate.yaml_values import YamlValue
from seal.license import AUTHORITY

from . import agreement, definitions, fee_loader, machine_loader, service_loader
from .fee_schedule import Schedules
from .service import Services, Wave

_SECTIONS = ("breakdown", "fields", "documents", "groups", "actions", "machines", "procedures", "types", "waves")


def default() -> Services:
    """Return the services of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Services:
    """Return the services of a governorate's folder. Raises RuleError."""
    fees = fee_loader.of(where)
    types, calendar = licensed.of(where), days_off.of(where)
    return load(where / folder.SERVICES, fees=fees, types=types, calendar=calendar)


def load(path: Path, *, fees: Schedules | None = None, types: Licensed | None = None, calendar: Calendar | None = None) -> Services:
    """Return the services of a file. `fees`, `types` and `calendar` are those of this process's governorate if not given.

    Raises RuleError, which names file and line: whatever is missing, unknown, double or contradicts something else.
    """
    defined = fees or fee_loader.default(), types or licensed.default(), calendar or days_off.default()
    return read(yaml_values.read(path), *defined)


def read(source: YamlValue, fees: Schedules, types: Licensed, calendar: Calendar) -> Services:
    """Return the services of a file that was read. Raises RuleError."""
    entries = source.mapping(required=_SECTIONS, optional=("services",))
    ours = entries["breakdown"].one_of(("ours", "governorate")) == "ours"
    fields, documents = definitions.fields(entries["fields"]), definitions.documents(entries["documents"])
    actions = machine_loader.actions(entries["actions"])
    parts = service_loader.Parts(
        fields,
        definitions.groups(entries["groups"], fields, documents),
        machine_loader.machines(entries["machines"], actions),
        ours,
    )
    entered = entries["procedures"].coded()
    procedures = {code: service_loader.procedure(code, entry, parts, list(entered)) for code, entry in entered.items()}
    kinds = {code: service_loader.license_type(code, entry, parts, procedures, types) for code, entry in entries["types"].coded().items()}
    own = service_loader.overrides(entries.get("services"), kinds, procedures)
    composed = [
        service_loader.compose(kind, procedure, parts, own.get(f"{kind.code}.{procedure.code}"))
        for kind in kinds.values()
        for procedure in procedures.values()
    ]
    for each in composed:
        agreement.check(each, fees, types)
    return Services(
        _names({kind.code: kind.name for kind in kinds.values()}),
        _names({procedure.code: procedure.short for procedure in procedures.values()}),
        MappingProxyType({each.service.code: each.service for each in composed}),
        _waves(entries["waves"]),
        calendar,
    )


def _names(names: dict[str, Name]) -> MappingProxyType[str, Name]:
    return MappingProxyType(names)


def _waves(source: YamlValue) -> tuple[Wave, ...]:
    """Return the waves, numbered without a gap and each later than the one before; an authority is in one only."""
    waves: list[Wave] = []
    seen: set[str] = set()
    for item in source.items():
        entries = item.mapping(required=("wave", "from", "authorities"))
        wave = Wave(entries["wave"].number(1), entries["from"].day(), tuple(entries["authorities"].texts()))
        if wave.number != len(waves) + 1:
            entries["wave"].refuse("rules_gap", f"wave {len(waves) + 1} is expected")
        if waves and wave.first_day <= waves[-1].first_day:
            entries["from"].refuse("rules_overlap", f"not after wave {waves[-1].number}")
        for authority in entries["authorities"].items():
            if not AUTHORITY.fullmatch(authority.text()):
                authority.refuse("rules_value_invalid", "the code of an authority is expected")
            if authority.text() in seen:
                authority.refuse("rules_overlap", authority.text())
            seen.add(authority.text())
        waves.append(wave)
    return tuple(waves)
