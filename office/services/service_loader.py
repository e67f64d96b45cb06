"""One service out of its type and its procedure, as services.yaml composes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from governorate.licensed import Licensed, Name
from governorate.yaml_values import YamlValue, named

from . import definitions, machine_loader
from .deadlines import Deadline
from .definitions import Group
from .machine_loader import Timed
from .service import Effect, Field, Service
from .state_machine import State

_OPEN = "open"
_DAYS_MAX = 36_525
#: In a procedure's groups and fees, what the type adds.
_TYPE = "type"
_PROCEDURE = ("ar", "en", "short", "effect", "machine", "groups", "fees")
APPLICANTS = ("person", "company", "agent")


class Parts(NamedTuple):
    """What types and procedures are composed of."""

    fields: Mapping[str, Field]
    groups: Mapping[str, Group]
    machines: Mapping[str, Timed]
    ours: bool


class Procedure(NamedTuple):
    """What is done about a license, of whatever type. `name` has a place for the type's name, `short` goes without."""

    code: str
    name: Name
    short: Name
    effect: Effect
    machine: Timed
    groups: YamlValue
    fees: YamlValue
    labels: Mapping[str, Name]
    difference_of: str
    applicant: tuple[str, ...]
    documents_accepted: bool


class LicenseType(NamedTuple):
    """A type of license. `groups` and `fees` are what it adds to procedures, `deadlines` its own by machine, `own` its whole entry."""

    code: str
    name: Name
    longest_days: int | None
    lapse_fined: bool
    silence_is_approval: bool
    groups: Mapping[str, YamlValue]
    fees: Mapping[str, YamlValue]
    labels: Mapping[str, Name]
    deadlines: Mapping[str, Timed]
    own: YamlValue


class Override(NamedTuple):
    """What one service has of its own, in place of what is composed."""

    fees: YamlValue | None
    longest_days: YamlValue | None


class Composed(NamedTuple):
    """A service, and where its parts stand in the file. `fees` are the items of its fee lines."""

    service: Service
    fees: tuple[YamlValue, ...]
    groups: YamlValue
    type: YamlValue


def procedure(code: str, written: YamlValue, parts: Parts, others: Collection[str]) -> Procedure:
    """Return a procedure, which may name one of `others`. Raises RuleError."""
    entries = written.mapping(
        required=_PROCEDURE, optional=("labels", "difference_of", "applicant", "documents_accepted")
    )
    for language in ("ar", "en"):
        if entries[language].text().count("{type}") != 1:
            entries[language].refuse("rules_value_invalid", "{type} is expected once")
    effect = Effect(entries["effect"].one_of(list(Effect)))
    machine = parts.machines[entries["machine"].one_of(list(parts.machines))]
    short = named(entries["short"].mapping(required=("ar", "en")))
    own = definitions.labels(entries.get("labels"), parts.fields)
    larger = entries["difference_of"].one_of(others) if "difference_of" in entries else ""
    who = _applicant(entries.get("applicant"))
    accepted = "documents_accepted" in entries and entries["documents_accepted"].yes()
    names = named(entries), MappingProxyType(short)
    return Procedure(code, *names, effect, machine, entries["groups"], entries["fees"], own, larger, who, accepted)


def _applicant(written: YamlValue | None) -> tuple[str, ...]:
    """Return who may apply: an agent only for somebody."""
    found = tuple(dict.fromkeys(item.one_of(APPLICANTS) for item in written.items())) if written else ()
    if written and not set(found) & {"person", "company"}:
        written.refuse("rules_value_invalid", "person or company is expected")
    return found


def license_type(code: str, written: YamlValue, parts: Parts, procedures: Mapping[str, Procedure], types: Licensed) -> LicenseType:
    """Return a type, which must be one that can be licensed. Raises RuleError."""
    optional = ("lapse_fined", "silence_is_approval", "labels", "deadlines")
    entries = written.mapping(required=("ar", "en", "longest_days", "groups", "fees"), optional=optional)
    if code not in types.types:
        written.refuse("rules_reference_unknown", f"type {code}")
    slots = {definitions.split(item)[0] for each in procedures.values() for item in each.groups.items()}
    return LicenseType(
        code=code,
        name=MappingProxyType(named(entries)),
        longest_days=_longest(entries["longest_days"], types.types[code].longest_days),
        lapse_fined="lapse_fined" in entries and entries["lapse_fined"].yes(),
        silence_is_approval="silence_is_approval" in entries and entries["silence_is_approval"].yes(),
        groups=entries["groups"].mapping(optional={slot.removeprefix(f"{_TYPE}.") for slot in slots if slot.startswith(f"{_TYPE}.")}),
        fees=entries["fees"].mapping(optional=procedures),
        labels=definitions.labels(entries.get("labels"), parts.fields),
        deadlines=_own_deadlines(entries.get("deadlines"), parts),
        own=written,
    )


def _own_deadlines(written: YamlValue | None, parts: Parts) -> dict[str, Timed]:
    entries = written.mapping(optional=parts.machines) if written else {}
    return {code: machine_loader.deadlines(entry, parts.machines[code].machine) for code, entry in entries.items()}


def overrides(written: YamlValue | None, types: Mapping[str, LicenseType], procedures: Mapping[str, Procedure]) -> dict[str, Override]:
    """Return what single services have of their own, by their codes. Raises RuleError."""
    known = {f"{type_}.{each}" for type_ in types for each in procedures}
    found: dict[str, Override] = {}
    for code, entry in (written.entries() if written else {}).items():
        if code not in known:
            entry.refuse("rules_reference_unknown", f"service {code[:80]}")
        entries = entry.mapping(optional=("fees", "longest_days"))
        found[code] = Override(entries.get("fees"), entries.get("longest_days"))
    return found


def compose(kind: LicenseType, procedure: Procedure, parts: Parts, own: Override | None) -> Composed:
    """Return the service of a type and a procedure. Raises RuleError."""
    groups = list(_groups(kind, procedure, parts))
    asked = [_labelled(field, kind, procedure) for group in groups for field in group.fields]
    papers = [document for group in groups for document in group.documents]
    for codes in ([each.code for each in asked], [each.code for each in papers]):
        twice = [each for each in codes if codes.count(each) > 1]
        if twice:
            procedure.groups.refuse("rules_overlap", f"{kind.code}.{procedure.code}: {twice[0]}")
    fees = tuple(_fees(kind, procedure, own))
    longest = _longest(own.longest_days, kind.longest_days) if own and own.longest_days else kind.longest_days
    service = Service(
        code=f"{kind.code}.{procedure.code}",
        type=kind.code,
        procedure=procedure.code,
        name=MappingProxyType({language: procedure.name[language].replace("{type}", kind.name[language]) for language in ("ar", "en")}),
        effect=procedure.effect,
        fields=tuple(asked),
        documents=tuple(papers),
        fees=tuple(item.text() for item in fees),
        longest_days=longest,
        deadlines=_deadlines(kind, procedure),
        machine=procedure.machine.machine,
        lapse_fined=kind.lapse_fined,
        silence_is_approval=kind.silence_is_approval,
        ours=parts.ours,
        difference_of=procedure.difference_of,
        applicant=procedure.applicant,
        documents_accepted=procedure.documents_accepted,
    )
    return Composed(service, fees, procedure.groups, kind.own)


def _longest(written: YamlValue, limit: int | None) -> int | None:
    days = None if written.text() == _OPEN else written.number(1, _DAYS_MAX)
    if limit is not None and (days is None or days > limit):
        written.refuse("rules_longest_exceeded", f"{written.text()} > {limit}")
    return days


def _groups(kind: LicenseType, procedure: Procedure, parts: Parts) -> Iterator[Group]:
    for item in procedure.groups.items():
        name, needed = definitions.split(item)
        for group in _named_groups(name, item, kind, parts):
            yield group if needed else group.optional()


def _named_groups(name: str, item: YamlValue, kind: LicenseType, parts: Parts) -> list[Group]:
    slot = name.removeprefix(f"{_TYPE}.")
    if slot == name:
        if name not in parts.groups:
            item.refuse("rules_reference_unknown", f"group {name[:40]}")
        return [parts.groups[name]]
    if slot not in kind.groups:
        kind.own.refuse("rules_key_missing", f"groups: {slot[:40]}")
    return [parts.groups[each] for each in kind.groups[slot].known(parts.groups, "group")]


def _labelled(field: Field, kind: LicenseType, procedure: Procedure) -> Field:
    name = procedure.labels.get(field.code) or kind.labels.get(field.code) or field.name
    return field._replace(name=name)


def _fees(kind: LicenseType, procedure: Procedure, own: Override | None) -> Iterator[YamlValue]:
    source = own.fees if own and own.fees else procedure.fees
    for item in source.items():
        if item.text() != _TYPE:
            yield item
        elif procedure.code in kind.fees:
            yield from kind.fees[procedure.code].items()


def _deadlines(kind: LicenseType, procedure: Procedure) -> MappingProxyType[State, Deadline]:
    """Return the deadlines of the machine, the type's own in their place, and silence as approval where the type says so."""
    timed = procedure.machine
    plain, silent = dict(timed.deadlines), dict(timed.silent)
    own = kind.deadlines.get(timed.machine.code)
    if own:
        plain |= own.deadlines
        silent = {state: each for state, each in silent.items() if state not in own.deadlines} | dict(own.silent)
    return MappingProxyType(plain | silent if kind.silence_is_approval else plain)
