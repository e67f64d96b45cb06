"""What a form asks about who applies, and what of it is wrong. Everything is kept as typed; what it says is read here.

An applicant is a person, who has a national ID, or a company, which has a commercial register and a tax number. Without a name the
license's holder applies. Whoever names an agent, or a power of attorney, says that one acts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from issuer.errors import IssuerError
from issuer.intake import texts
from office import mobiles
from seal.errors import LicenseError

from . import national_id

PERSON, COMPANY, AGENT = "person", "company", "agent"
NAME_MAX, TYPED_MAX = 100, 200
#: The fields by the column that keeps them.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "person": ("applicant_kind", "applicant_name", "applicant_mobile"),
    "numbers": ("applicant_national_id", "applicant_commercial_register", "applicant_tax_number"),
    "agent": ("agent_name", "agent_national_id", "agent_poa_number", "agent_poa_year", "agent_poa_office"),
}
FIELDS = tuple(code for codes in COLUMNS.values() for code in codes)
_REGISTER = re.compile(r"[0-9]{1,10}", re.ASCII).fullmatch
_TAX = re.compile(r"[0-9]{9}", re.ASCII).fullmatch
_POWER = re.compile(r"[^\W_](?:[ /-]?[^\W_]){0,19}").fullmatch
_FIRST_YEAR = 1900


class Wrong(NamedTuple):
    """What is wrong with a field. Nothing that was typed is in it."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who acts by a power of attorney: its number, the year, and the notary's office that holds it."""

    name: str
    national_id: str
    number: str
    year: int
    office: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies. `name` is "" where the license's holder does; `mobile` is E.164 or "". A company has no national ID."""

    kind: str
    name: str
    mobile: str
    national_id: str = ""
    commercial_register: str = ""
    tax_number: str = ""
    agent: Agent | None = None


class Judged(NamedTuple):
    """A form as it was read: the applicant, or None with what is wrong."""

    applicant: Applicant | None
    wrong: tuple[Wrong, ...]


def by_agent(typed: Mapping[str, str]) -> bool:
    """Say whether somebody typed anything about an agent."""
    return any(typed.get(code, "").strip() for code in COLUMNS["agent"])


def judge(typed: Mapping[str, str], *, allowed: Collection[str], today: date) -> Judged:
    """Read a form. `allowed` is who may apply by the service's rules, `today` the Cairo day. It names every field that is wrong."""
    reader = _Reader(typed, today)
    kind = typed.get("applicant_kind", "") or next((each for each in (PERSON, COMPANY) if each in allowed), PERSON)
    if kind not in (PERSON, COMPANY) or kind not in allowed:
        return Judged(None, (Wrong("applicant_kind", "field_invalid"),))
    name = reader.text("applicant_name", required=False)
    mobile = reader.mobile("applicant_mobile")
    found = {"national_id": reader.national_id("applicant_national_id")} if kind == PERSON else {}
    if kind == COMPANY:
        found["commercial_register"] = reader.digits("applicant_commercial_register", _REGISTER, "commercial_register_invalid")
        found["tax_number"] = reader.digits("applicant_tax_number", _TAX, "tax_number_invalid")
    agent = _agent(reader, allowed) if by_agent(typed) else None
    wrong = tuple(reader.wrong)
    return Judged(None if wrong else Applicant(kind, name, mobile, **found, agent=agent), wrong)


def _agent(reader: _Reader, allowed: Collection[str]) -> Agent | None:
    if AGENT not in allowed:
        reader.wrong.append(Wrong("agent_name", "applicant_no_agent"))
        return None
    return Agent(
        reader.text("agent_name"),
        reader.national_id("agent_national_id"),
        reader.power("agent_poa_number"),
        reader.year("agent_poa_year"),
        reader.text("agent_poa_office"),
    )


def numbers(typed: Mapping[str, str], *, today: date) -> Iterator[tuple[str, str]]:
    """Yield those numbers of a form, by what they are (`applicant`, `agent`, `company`), that are whole, for finding it by them."""
    reader = _Reader(typed, today)
    company = typed.get("applicant_kind") == COMPANY
    found = {
        "applicant": "" if company else reader.national_id("applicant_national_id"),
        "agent": reader.national_id("agent_national_id"),
        "company": reader.digits("applicant_tax_number", _TAX, "tax_number_invalid") if company else "",
    }
    yield from ((what, number) for what, number in found.items() if number)


def tax_number(text: str) -> str:
    """Return the nine digits of a tax number, "" if it is none."""
    number = national_id.digits(text)
    return number if _TAX(number) else ""


class _Reader:
    """Reads fields, and gathers what is wrong with them."""

    def __init__(self, typed: Mapping[str, str], today: date) -> None:
        self._typed, self._today = typed, today
        self.wrong: list[Wrong] = []

    def _given(self, field: str, *, required: bool = True) -> str:
        text = self._typed.get(field, "")
        if not texts.figures(text):
            if required:
                self.wrong.append(Wrong(field, "field_missing"))
            return ""
        return text

    def text(self, field: str, *, required: bool = True) -> str:
        """A name, tidied."""
        text = texts.tidy(self._given(field, required=required))
        try:
            if text:
                texts.refuse_false(text, field)
                texts.refuse_nameless(text, field)
        except LicenseError as error:
            self.wrong.append(Wrong(field, error.code))
        if len(text) > NAME_MAX:
            self.wrong.append(Wrong(field, "field_too_long"))
        return text

    def national_id(self, field: str) -> str:
        """Fourteen digits."""
        return self._parsed(field, lambda text: national_id.parse(text, today=self._today))

    def mobile(self, field: str) -> str:
        """E.164; it need not be given."""
        return self._parsed(field, mobiles.parse, required=False)

    def digits(self, field: str, shape: Callable[[str], object], code: str) -> str:
        """A number of digits."""
        number = national_id.digits(self._given(field))
        if number and not shape(number):
            self.wrong.append(Wrong(field, code))
        return number

    def power(self, field: str) -> str:
        """The number of a power of attorney, which may have letters: 1234/ب."""
        number = texts.figures(self._given(field))
        if number and not _POWER(number):
            self.wrong.append(Wrong(field, "poa_number_invalid"))
        return number

    def year(self, field: str) -> int:
        """A year that has begun."""
        text = national_id.digits(self._given(field))
        year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
        if text and not _FIRST_YEAR <= year <= self._today.year:
            self.wrong.append(Wrong(field, "poa_year_invalid"))
        return year

    def _parsed(self, field: str, parse: Callable[[str], str], *, required: bool = True) -> str:
        text = self._given(field, required=required)
        try:
            return parse(text) if text else ""
        except IssuerError as error:
            self.wrong.append(Wrong(field, error.code))
            return ""
