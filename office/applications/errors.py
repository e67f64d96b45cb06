"""What applications refuse. Every code has its sentence in issuer/data/sentences.json.

IssuerError
├── ApplicationError  an action that is not possible now, or not for this actor
├── DocumentError     a file that is not taken
└── RefusedError      fields that are missing or wrong; it names each, and what was typed stays
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from issuer.errors import IssuerError
from issuer.sentences import say
from seal.catalogue import Language


class Fault(NamedTuple):
    """What is wrong with one field or document of a form, "" for the form as a whole. `detail` holds no personal data."""

    field: str
    code: str
    detail: str = ""

    def say(self, language: Language) -> str:
        """Return the sentence for a person."""
        return say(self.code, language, self.detail)


class ApplicationError(IssuerError):
    """An action that cannot be done.

    `application_unknown` (also for one that is not the actor's to see), `changed_meanwhile`, `not_settled`, `service_unknown`,
    `not_open_yet`, `action_refused`; those of services.errors.MoveError pass through as they are.
    """


class DocumentError(IssuerError):
    """A file that is not taken.

    `document_unknown` (the service asks for none of that name), `document_empty`, `document_too_large`, `document_too_many`,
    `document_type` (by its content), `document_broken`, `document_active` (scripts, embedded files, launch actions), `document_locked`
    (encrypted), `document_missing` (gone from the store), `document_altered` (what is there is not what was handed in).
    """


class RefusedError(IssuerError):
    """A form that cannot be submitted as it is. `service` is the code of what it counts as, which its case may have changed."""

    def __init__(self, faults: Sequence[Fault], service: str) -> None:
        super().__init__("form_refused", ", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)
        self.service = service
