"""What a person writes into a field of an application, read strictly and kept without loss."""

from __future__ import annotations

from .service import Field

#: A text, choice, day (ISO), license number, or a whole number in the field's unit.
Value = int | str


def parse(field: Field, text: str) -> Value | None:
    """Return what `text` says in `field`, None for an empty field that may be empty. Raises LicenseError that names the field.

    Codes: those of issuer.intake for its columns; `field_missing`, `field_invalid`, `field_too_long`, `field_range` for the rest.
    """
    raise NotImplementedError
