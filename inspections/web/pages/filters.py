"""The filters of lists, maps and exports, as an address holds them: one way to read them for all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple, get_args

from werkzeug.datastructures import MultiDict

from inspections.visits.asked import GRAVITIES, Asked, Scope
from inspections.web.context import InspectionsContext
from inspections.web.problems import ProblemError
from inspections.web.visitor import staff
from seal import days, license
from seal.inspection import Result

from . import scope

USUAL_DAYS = 30
LONGEST_DAYS = 1100
EARLIEST = date(2000, 1, 1)
DECISIONS = ("valid", "invalid", "undecided", "none")
RESULTS = get_args(Result)
STATES = ("confirmed", "set_apart")
#: What stands for a word that is none of ours.
NOWHERE = "?"
_TEXT_MAX = 64
_ITEM = re.compile(r"[a-z][a-z0-9_.]{0,47}")  # a checklist's, as inspections name it


class Wanted(NamedTuple):
    """What was asked. `typed` is as the form shows it again; `code` says why the days are not taken so."""

    asked: Asked
    since: date
    until: date
    typed: dict[str, str]
    code: str = ""


def read(context: InspectionsContext, args: MultiDict[str, str]) -> Wanted:
    """Return what an address asks for among what a supervisor sees, as `of`."""
    return of(context, args, scope.of(staff()))


def of(context: InspectionsContext, args: MultiDict[str, str], mine: Scope) -> Wanted:
    """Return what an address asks for among the authorities `mine`.

    Words that are none of ours ask for nothing that is there (NOWHERE); wrong days are told (`code`).
    """
    today = days.day_of(context.now())
    typed = {name: args.get(name, "").strip()[:_TEXT_MAX] for name in ("since", "until")}
    since, until, code = _days(typed, today)
    picked: dict[str, Any] = {
        "type": _code(args.get("type", ""), license.TYPE),
        "decision": _one_of(args.get("decision", ""), DECISIONS),
        "result": _one_of(args.get("result", ""), RESULTS),
        "gravity": _one_of(args.get("finding", ""), GRAVITIES),
        "item": _code(args.get("item", ""), _ITEM),
        "officer": args.get("officer", "").strip().lower()[:_TEXT_MAX],
        "number": args.get("number", "").strip().upper()[:_TEXT_MAX],
        "state": _one_of(args.get("state", ""), STATES),
    }
    authorities = scope.among(mine, args.get("authority", "").strip()[:_TEXT_MAX])
    asked = Asked(authorities, days.start_of(since), days.exp_of(until), differs=args.get("differs") == "1", **picked)
    return Wanted(asked, since, until, {"since": typed["since"] or since.isoformat(), "until": typed["until"] or until.isoformat()}, code)


def of_file(context: InspectionsContext, args: MultiDict[str, str]) -> Asked:
    """Return what a file is asked for. Raises ProblemError: a file has no place to say that it is of other days."""
    wanted = read(context, args)
    if wanted.code:
        raise ProblemError(wanted.code)
    return wanted.asked


def require_known(asked: Asked) -> None:
    """Refuse words that are none of ours: a program would take an empty list for an answer. Raises ProblemError `filter_unknown`."""
    if NOWHERE in (asked.type, asked.decision, asked.result, asked.gravity, asked.item, asked.state):
        raise ProblemError("filter_unknown")


def _days(typed: dict[str, str], today: date) -> tuple[date, date, str]:
    usual = today - timedelta(days=USUAL_DAYS), today
    try:
        since = date.fromisoformat(typed["since"]) if typed["since"] else usual[0]
        until = date.fromisoformat(typed["until"]) if typed["until"] else usual[1]
    except ValueError:
        return *usual, "day_invalid"
    if not (EARLIEST <= since <= until <= today + timedelta(days=366)) or (until - since).days > LONGEST_DAYS:
        return *usual, "period_refused"
    return since, until, ""


def _one_of(text: str, known: tuple[str, ...]) -> str:
    """Return a word of ours; another is asked for as it is not there, so that nothing is shown under a filter that is none."""
    return text if not text or text in known else NOWHERE


def _code(text: str, form: re.Pattern[str]) -> str:
    return text if not text or form.fullmatch(text) else NOWHERE


def boxed(asked: Asked, box: tuple[float, float, float, float]) -> Asked:
    """Return the same question within south, west, north and east, degrees WGS 84."""
    return replace(asked, box=box)
