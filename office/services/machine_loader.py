"""The machines of services.yaml, read and held to what every machine must keep.

Each state that can be reached has a way on to the end and a deadline; what a deadline does is possible; nothing is issued
unless it was paid or free; and nobody approves what he entered, took money for or inspected himself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from governorate.errors import gathered
from governorate.yaml_values import YamlValue, named

from .deadlines import ESCALATE, SHUT, Count, Deadline
from .state_machine import ENTER, TAKE_PAYMENT, Action, Machine, Role, State, final

_BACK = "back"
#: The actions that say that nothing is owed.
_PAID = ("pay", "accept")
_DAYS_MAX = 3650


class Timed(NamedTuple):
    """A machine with its deadlines. `silent` are those that take a deadline's place where silence is approval."""

    machine: Machine
    deadlines: Mapping[State, Deadline]
    silent: Mapping[State, Deadline]


def actions(written: YamlValue) -> dict[str, Action]:
    """Return the actions by code. Raises RuleError."""
    entries = written.coded()
    return gathered(entries, lambda code, entry: _action(code, entry, entries))


def _action(code: str, written: YamlValue, known: Mapping[str, YamlValue]) -> Action:
    entries = written.mapping(required=("ar", "en", "from", "to", "by"), optional=("apart_from", "reason"))
    before = frozenset(State(item.one_of(list(State))) for item in entries["from"].items())
    to = entries["to"].one_of([*State, _BACK])
    roles = frozenset(Role(item.one_of(list(Role))) for item in entries["by"].items())
    if not before or not roles:
        written.refuse("rules_value_invalid", "somebody must be able to do it from somewhere")
    apart_from = frozenset(entries["apart_from"].known([*known, ENTER, TAKE_PAYMENT], "action")) if "apart_from" in entries else frozenset()
    after = None if to == _BACK else State(to)
    others = {ENTER, TAKE_PAYMENT, "submit"} | ({"resubmit", "record_inspection"} & known.keys())
    if after in (State.APPROVED, State.ISSUED) and roles != {Role.SYSTEM} and not apart_from >= others:
        written.refuse("rules_not_separated", code)
    reason = "reason" in entries and entries["reason"].yes()
    return Action(code, MappingProxyType(named(entries)), before, after, roles, apart_from, reason)


def machines(written: YamlValue, known: Mapping[str, Action]) -> dict[str, Timed]:
    """Return the machines with their deadlines, by code. Raises RuleError."""
    return gathered(written.coded(), lambda code, entry: _timed(code, entry, known))


def _timed(code: str, written: YamlValue, known: Mapping[str, Action]) -> Timed:
    entries = written.mapping(required=("actions", "deadlines"))
    names = entries["actions"].known(known, "action")
    machine = _narrowed(Machine(code, {name: known[name] for name in names}), entries["actions"])
    _check_whole(machine, entries["actions"])
    timed = deadlines(entries["deadlines"], machine)
    for state in sorted(reached(machine)):
        if not final(machine, state) and state not in timed.deadlines:
            entries["deadlines"].refuse("rules_gap", f"{state} has no deadline")
    return timed


def reached(machine: Machine) -> set[State]:
    """Return the states an application can get into. An action that leads back leads to none that is new."""
    found = {State.DRAFT}
    while more := {each.after for each in machine.actions.values() if each.after and each.before & found} - found:
        found |= more
    return found


def _narrowed(machine: Machine, written: YamlValue) -> Machine:
    """Return the machine with each action from the states that this machine knows: an action may serve several."""
    found = reached(machine)
    for action in machine.actions.values():
        if not action.before & found:
            written.refuse("rules_machine_stuck", f"{action.code} is never possible")
    narrowed = {code: action._replace(before=action.before & found) for code, action in machine.actions.items()}
    return Machine(machine.code, MappingProxyType(narrowed))


def _check_whole(machine: Machine, written: YamlValue) -> None:
    found = reached(machine)
    if State.ISSUED not in found:
        written.refuse("rules_machine_stuck", "issued is never reached")
    unpaid = {code: action for code, action in machine.actions.items() if code not in _PAID}
    if State.ISSUED in reached(Machine(machine.code, unpaid)):
        written.refuse("rules_unpaid", "issued is reached without pay or accept")
    ending = {state for state in found if final(machine, state)}
    while more := {
        state
        for action in machine.actions.values()
        for state in action.before - ending
        if action.after is not None and action.after in ending
    }:
        ending |= more
    if found - ending:
        written.refuse("rules_machine_stuck", f"{min(found - ending)} has no way to the end")


def deadlines(written: YamlValue, machine: Machine) -> Timed:
    """Return deadlines by state: of a machine, or those that a type has instead. Raises RuleError."""
    plain: dict[State, Deadline] = {}
    silent: dict[State, Deadline] = {}
    possible = {state for state in reached(machine) if not final(machine, state)}
    for name, entry in written.entries().items():
        if name not in possible:
            entry.refuse("rules_reference_unknown", f"state {name[:40]}")
        state = State(name)
        entries = entry.mapping(required=("then",), optional=("silence", *Count))
        plain[state] = _deadline(entry, entries, _consequence(entries["then"], machine, state))
        if "silence" in entries:
            silent[state] = plain[state]._replace(then=_consequence(entries["silence"], machine, state))
    return Timed(machine, plain, silent)


def _deadline(written: YamlValue, entries: Mapping[str, YamlValue], then: str) -> Deadline:
    """Return a deadline by the one way of counting that is given."""
    given = [count for count in Count if count in entries]
    if len(given) != 1:
        written.refuse("rules_value_invalid" if given else "rules_key_missing", f"one of {', '.join(Count)}")
    return Deadline(entries[given[0]].number(1, _DAYS_MAX), then, given[0])


def _consequence(written: YamlValue, machine: Machine, state: State) -> str:
    """Return what a deadline does, if the program may do it from `state`."""
    then = written.text()
    action = machine.actions.get(then)
    allowed = action is not None and state in action.before and Role.SYSTEM in action.roles and not action.reason
    if then not in (ESCALATE, SHUT) and not allowed:
        written.refuse("rules_value_invalid", f"{then[:40]}: not an action of the program from {state}")
    return then
