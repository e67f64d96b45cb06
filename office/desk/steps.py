"""What people do to an application, from a sent form to a step of the workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from issuer.intake import dates
from office.applications import workflow
from office.applications.attaching import Upload
from office.applications.context import UnitOfWork
from office.applications.errors import Fault
from office.applications.signing import Click
from office.applications.views import Casefile
from office.services.state_machine import Action
from seal.errors import LicenseError

from .problems import ProblemError

NO_VERSION = -1
_STEPS: Mapping[str, Callable[..., Any]] = {
    "withdraw": workflow.withdraw,
    "return": workflow.return_,
    "request_inspection": workflow.request_inspection,
    "record_inspection": workflow.record_inspection,
    "approve": workflow.approve,
    "reject": workflow.reject,
    "object": workflow.object_,
    "uphold": workflow.decide,
    "dismiss": workflow.decide,
    "reopen": workflow.reopen,
}
REASON_MAX = 500
OUTCOMES = ("fits", "differs")
STAYED = ("yes", "no", "unknown")


class StepError(Exception):
    """A field of the step's own form is missing or wrong."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(code)
        self.fault = Fault(field, code)


class Step(NamedTuple):
    """A step with everything its form said."""

    function: Callable[..., Any]
    more: Mapping[str, Any]

    def __call__(self, unit: UnitOfWork, number: str) -> None:
        """Take the step. Raises what the workflow raises."""
        self.function(unit, number, **self.more)


def parse(action: str, typed: Mapping[str, str], upload: Upload | None = None, *, click: Click | None = None) -> Step:
    """Return the step that a form asks for; of the steps, an objection alone takes a file, an approval alone a signature.

    Raises StepError; ProblemError `not_found` for an action that no form has.
    """
    if action not in _STEPS:
        raise ProblemError("not_found")
    if len(typed.get("reason", "")) > REASON_MAX:
        raise StepError("reason", "field_too_long")
    more: dict[str, Any] = {"reason": typed.get("reason", ""), "version": version_of(typed.get("version", ""))}
    if action == "object":
        more["document"] = upload
    if action == "return":
        more["scope"] = "documents" if typed.get("scope") == "documents" else "form"
    if action == "approve":
        more["click"] = click
    if action in ("uphold", "dismiss"):
        more["upheld"] = action == "uphold"
    if action == "record_inspection":
        more |= _inspection(typed)
    return Step(_STEPS[action], more)


def version_of(text: str) -> int | None:
    """Return the version that a page showed, None if its form does not say: then the step is taken as things are.

    What is no number is a version that nothing ever has: it does not pass for a form that does not say.
    """
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else NO_VERSION


def _inspection(typed: Mapping[str, str]) -> dict[str, Any]:
    outcome, stayed = typed.get("outcome", ""), typed.get("stayed_up", "")
    if outcome not in OUTCOMES:
        raise StepError("outcome", "field_missing")
    return {"outcome": outcome, "stayed_up": stayed if stayed in STAYED else None, "removed_on": _day(typed.get("removed_on", ""))}


def _day(text: str) -> date | None:
    try:
        return dates.parse(text, "removed_on")
    except LicenseError as error:
        raise StepError("removed_on", error.code) from error


def offered(application: Casefile) -> tuple[Action, ...]:
    """Return the actions that have a form of their own here; sending again has the application's."""
    return tuple(action for action in application.actions if action.code in _STEPS)
