"""Whether a composed service asks for all that it needs: what the register must know, and what its fees are reckoned with."""

from __future__ import annotations

from governorate.licensed import Licensed
from governorate.yaml_values import YamlValue

from .fee_schedule import LAPSED_DAYS, Maximum, Minimum, Rate, Rebate, Rule, Schedules, Slabs
from .service import Effect, Kind, Service
from .service_loader import Composed

#: Columns without which nothing is licensed (issuer.intake.rows).
_LICENSED = ("trade_name", "activity", "holder", "address", "latitude", "longitude", "valid_from")
_TERM = ("days", "months")


def check(composed: Composed, fees: Schedules, types: Licensed) -> None:
    """Return if nothing is missing. Raises RuleError where it would have to stand."""
    service = composed.service
    required = {field.code for field in service.fields if field.required}
    for code in _needed(service, types):
        if code not in required:
            composed.groups.refuse("rules_gap", f"{service.code} does not ask for {code}")
    if service.effect is not Effect.ISSUE and not any(each.kind is Kind.LICENSE and each.required for each in service.fields):
        composed.groups.refuse("rules_gap", f"{service.code} does not ask for the license it is about")
    _check_fees(composed, fees)


def _needed(service: Service, types: Licensed) -> list[str]:
    needed = [*_LICENSED, *types.types[service.type].requires] if service.effect is Effect.ISSUE else []
    if service.effect in (Effect.ISSUE, Effect.RENEW) and service.longest_days is not None:
        needed.append("valid_until")
    return needed


def _check_fees(composed: Composed, fees: Schedules) -> None:
    """Return if each rule is known, charged once, reckoned from what is asked for, and after the rules that it looks at."""
    service = composed.service
    facts = {field.fact for field in service.fields if field.fact and field.required}
    if any(field.code == "valid_until" and field.required for field in service.fields):
        facts |= {*_TERM}
    before: list[str] = []
    for item in composed.fees:
        rule = fees.rules.get(item.text())
        if rule is None:
            item.refuse("rules_reference_unknown", f"fee {item.text()[:40]}")
        if rule.code in before:
            item.refuse("rules_key_twice", f"{service.code}: {rule.code}")
        _check_rule(rule, item, service, facts, before, fees)
        before.append(rule.code)
    if service.effect is Effect.ISSUE and service.lapse_fined and not any(fees.rules[each].fine for each in before):
        composed.type.refuse("rules_gap", f"{service.code} has no fine among its fees")


def _check_rule(rule: Rule, item: YamlValue, service: Service, facts: set[str], before: list[str], fees: Schedules) -> None:
    if rule.fine and not service.lapse_fined:
        item.refuse("rules_value_invalid", f"{service.code}: {rule.code} is a fine")
    given = facts | {LAPSED_DAYS} if rule.fine else facts
    for version in rule.versions:
        match version.charge:
            case Rebate(of) | Minimum(of) | Maximum(of):
                late = [each for each in of if each not in before]
                if late:
                    item.refuse("rules_gap", f"{service.code}: {rule.code} looks at {late[0]}, which is not charged before it")
            case Rate() | Slabs() as charge:
                counted = charge.times if isinstance(charge, Rate) else (charge.by, *charge.times)
                missing = [fact for each in counted for fact in fees.quantities[each].facts if fact not in given]
                if missing:
                    item.refuse("rules_gap", f"{service.code} does not ask for {missing[0]}, which {rule.code} counts")
