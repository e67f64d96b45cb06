"""The services of the governorate: a license type and a procedure each, with what is asked for, charged and due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from governorate.calendar import Calendar
from governorate.licensed import Name

from .deadlines import Deadline
from .state_machine import Machine, State


class Effect(StrEnum):
    """What the register does when a service is issued: the procedures are data, these five are what a program can do."""

    ISSUE = "issue"  # a license of its own
    RENEW = "renew"  # a license of its own that begins when the old one ends
    REPLACE = "replace"  # the same number and last day, a new seal
    REVOKE = "revoke"
    PRINT = "print"  # the same seal on paper


class Kind(StrEnum):
    """How a field is written, read and kept (office.services.fields reads it)."""

    TEXT = "text"
    CHOICE = "choice"
    COUNT = "count"
    METRES = "metres"  # kept in whole centimetres
    DAY = "day"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    FOOTPRINT = "footprint"
    LICENSE = "license"  # the number of an earlier license
    ACTIVITY = "activity"


class Field(NamedTuple):
    """One thing a form asks for. Codes that issuer.intake has as columns mean the same here.

    `least` and `most` bound a number in the unit it is kept in, `most` also the length of a text; `fact` is its name in the fee schedules.
    """

    code: str
    name: Name
    kind: Kind
    required: bool
    least: int | None = None
    most: int | None = None
    choices: Mapping[str, Name] = MappingProxyType({})
    fact: str = ""


class Document(NamedTuple):
    """A paper to attach."""

    code: str
    name: Name
    required: bool


class Service(NamedTuple):
    """One of the 42. `fees` are rules of the schedules, in the order of the bill; `longest_days` counts both days, None is open-ended.

    `lapse_fined`: an advertisement that stays up after its permit ended is fined (office.services.cases). `ours`: the breakdown is this
    project's, not the governorate's. `difference_of` is the procedure by whose fees what becomes larger costs the difference, "" for none.
    `applicant` is who may apply, of `person`, `company` and `agent` (for one of these); nothing: nobody is asked who applies.
    `documents_accepted`: nothing is approved before somebody accepted each document that is required.
    """

    code: str
    type: str
    procedure: str
    name: Name
    effect: Effect
    fields: tuple[Field, ...]
    documents: tuple[Document, ...]
    fees: tuple[str, ...]
    longest_days: int | None
    deadlines: Mapping[State, Deadline]
    machine: Machine
    lapse_fined: bool
    silence_is_approval: bool
    ours: bool
    difference_of: str
    applicant: tuple[str, ...] = ()
    documents_accepted: bool = False


class Wave(NamedTuple):
    """Authorities that begin on the same Cairo day."""

    number: int
    first_day: date
    authorities: tuple[str, ...]


class Services(NamedTuple):
    """Everything services.yaml says, and the days off. Types and procedures are in the order of the file, with their names.

    `grounds` are why a document is returned, by code.
    """

    types: Mapping[str, Name]
    procedures: Mapping[str, Name]
    services: Mapping[str, Service]
    waves: tuple[Wave, ...]
    calendar: Calendar
    grounds: Mapping[str, Name] = MappingProxyType({})

    def of(self, type_: str, procedure: str) -> Service:
        """Return the service of a type and a procedure. Raises KeyError."""
        return self.services[f"{type_}.{procedure}"]

    def open_on(self, authority: str, day: date) -> bool:
        """Return whether `authority` takes applications on `day` (of Cairo). An authority in no wave does not."""
        return any(authority in wave.authorities and wave.first_day <= day for wave in self.waves)
