"""What a setting is refused for: a stable code with a sentence in both languages, where it stands, and what would be right.

The values themselves are never told: one of them may be a secret that was put in the wrong place.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("web")

#: pydantic's kinds of faults by our codes; a validator of ours names its code itself.
_CODES = {
    "missing": "setting_missing",
    "extra_forbidden": "setting_unknown",
    "string_type": "setting_not_text",
    "path_type": "setting_not_text",
    "int_type": "setting_not_number",
    "int_parsing": "setting_not_number",
    "bool_type": "setting_not_boolean",
    "literal_error": "setting_not_one_of",
    "greater_than_equal": "setting_out_of_bounds",
    "less_than_equal": "setting_out_of_bounds",
    "string_too_short": "setting_empty",
    "string_too_long": "setting_too_long",
    "model_type": "setting_not_table",
}
#: What would be right, by the parts of pydantic's context, in a notation that needs no language.
_RIGHT = {"ge": "≥ {}", "le": "≤ {}", "max_length": "≤ {}", "expected": "{}"}


class SettingsError(KhatmError):
    """A setting cannot be gone by: `setting_*`, `settings_*`. `all` holds every fault of the same file or environment, this one first."""

    def __init__(self, code: str, where: str, right: str = "") -> None:
        super().__init__(code, f"{where}: {right}" if right else where)
        self.all: tuple[SettingsError, ...] = (self,)


def wrong(code: str, right: str = "") -> PydanticCustomError:
    """Return the fault that a validator of ours raises: a code of SENTENCES, and what would be right."""
    return PydanticCustomError("setting", "{code}", {"code": code, "right": right})


def of(error: ValidationError, file: str = "") -> SettingsError:
    """Return pydantic's refusal as ours, with every fault in it. `file`: where the settings stand, "" for the environment."""
    first, *others = (_fault(each, file) for each in error.errors(include_url=False, include_input=False))
    first.all = (first, *others)
    return first


def _fault(each: ErrorDetails, file: str) -> SettingsError:
    name = ".".join(str(part) for part in each["loc"])
    where = ": ".join(part for part in (file, name) if part)
    context: dict[str, Any] = each.get("ctx", {})
    if each["type"] == "setting":
        return SettingsError(context["code"], where, context["right"])
    right = [form.format(str(context[part]).replace(" or ", ", ")) for part, form in _RIGHT.items() if part in context]
    return SettingsError(_CODES.get(each["type"], "setting_invalid"), where, " ".join(right))
