"""What a service's process takes from its environment: one class for each service, from which its page of settings is made too.

An edge: pydantic-settings reads the environment when such a class is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from . import faults
from .faults import SettingsError


class Environment(BaseSettings):
    """The variables of a service, frozen. An empty one is one that is not set."""

    model_config = SettingsConfigDict(case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    def __init__(self) -> None:
        """Read them. Raises SettingsError with every fault: it names the variable, and never quotes what it says."""
        try:
            super().__init__()
        except ValidationError as error:
            raise faults.of(error) from None


def variable(name: str, what: str, default: Any = None, *, without: str = "") -> Any:
    """Return the field of the variable `name`; `without` says what is done without it, where the default does not say so itself."""
    return Field(default=default, validation_alias=name, description=what, json_schema_extra={"without": without})


def _names(text: object) -> object:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip()) if isinstance(text, str) else text


Count = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1)]
#: Host names in lower case, separated by commas.
Names = Annotated[frozenset[str], NoDecode, BeforeValidator(_names)]
File = Path | None


def named(file: File, variable_: str) -> bytes:
    """Return the one line in a file that a variable names, b"" if it names none. Raises SettingsError `setting_file`."""
    try:
        return file.read_bytes().rstrip(b"\r\n") if file else b""
    except (OSError, ValueError) as error:
        raise SettingsError("setting_file", variable_, str(file)) from error
