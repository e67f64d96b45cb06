"""A form that somebody may still change: a draft by its key, or an application that was returned by its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from office.applications import records, submitting, workflow
from office.applications.actors import Actor
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.errors import ApplicationError
from office.applications.paperwork.opened import opened
from office.services.service import Service
from office.services.state_machine import State


class OpenForm(NamedTuple):
    """What was typed so far. `name` is a draft's key or an application's number; `id` is its application.

    `locked`: it came back for some documents alone, and nothing of the form can be changed.
    """

    id: int
    name: str
    version: int
    service: Service
    authority: str
    mobile: str
    fields: Mapping[str, str]
    returned: bool
    locked: bool = False

    def send(self, unit: UnitOfWork, *, version: int | None) -> str:
        """Submit it, for the first time or again, and return the application's number. Raises as `submitting.submit`."""
        if self.returned:
            workflow.resubmit(unit, self.name, version=version)
            return self.name
        return submitting.submit(unit, self.name, version=version)


def open_form(connection: Connection, office: OfficeContext, name: str, *, actor: Actor) -> OpenForm:
    """Return the form. Raises ApplicationError `application_unknown`, or `action_refused` once it may not be changed any more."""
    application = records.find(connection, name, actor=actor)
    if application.state not in (State.DRAFT, State.RETURNED):
        raise ApplicationError("action_refused")
    service, returned = office.service(application.service), application.state == State.RETURNED
    number = application.number if returned else application.key
    locked = not opened(connection, application).form
    named = application.authority, application.mobile, application.fields
    return OpenForm(application.id, number, application.version, service, *named, returned, locked)
