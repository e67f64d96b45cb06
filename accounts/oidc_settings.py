"""The file of the sign-in provider (TOML): an OpenID Connect provider that people may sign in with instead of their password here.

    [oidc]
    issuer = "https://login.example.gov.eg/realms/staff"  # exactly as its tokens and its discovery document say it
    client_id = "khatm-inspections"
    secret_file = "oidc-secret"                           # the client's secret: a file beside this one
    second_factor = ["mfa", "hwk"]                        # values of amr or acr that count as one; without, our code is always asked for
    name_ar = "حساب المحافظة"                             # what the button says
    name_en = "the governorate's account"
    authority = "ca.pem"                                  # certificates to trust instead of the machine's; optional

At the provider the client is confidential (client_secret_basic), uses the authorization code flow with PKCE (S256), and has one redirect
address: `https://HOST/inspections/oidc/back`, for the office `https://HOST/centre/oidc/back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from web import settings_file
from web.settings_file import Address, FileName, Line, Table


class Oidc(Table):
    """The table `oidc`."""

    issuer: Address
    client_id: Line
    secret_file: FileName
    second_factor: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list)
    name_ar: Annotated[Line, Field(max_length=60)]
    name_en: Annotated[Line, Field(max_length=60)]
    authority: FileName | None = None


class OidcFile(Table):
    """The whole file."""

    oidc: Oidc


@dataclass(frozen=True, slots=True, repr=False)
class OidcSettings:
    """A provider as this program knows it."""

    issuer: str
    client_id: str
    secret: str
    second_factor: frozenset[str]
    name: Mapping[str, str]  # in both languages
    authority: Path | None = None


def load(path: Path) -> OidcSettings:
    """Return what the file says. Raises SettingsError; OSError if it, or a file it names, cannot be read."""
    table = settings_file.read(path, OidcFile).oidc
    secret = settings_file.secret(path.parent / table.secret_file, where=f"{path.name}: oidc.secret_file", least=16)
    authority = path.parent / table.authority if table.authority else None
    if authority is not None:
        authority.read_bytes()  # told here, not at the first sign-in
    names = {"ar": table.name_ar, "en": table.name_en}
    return OidcSettings(table.issuer, table.client_id, secret, frozenset(table.second_factor), names, authority)
