"""How messages are sent, from a TOML file: one table, `smpp` or `http`. Secrets are in files of their own, named here and never shown.

    [smpp]                              [http]
    host = "smsc.example"               url = "https://gateway.example/messages"
    port = 3550                         token_file = "token"
    tls = true                          secret_file = "secret"
    system_id = "khatm"                 source = "KHATM"
    password_file = "password"
    system_type = ""
    source = "KHATM"
    long = "udh"            # or "payload": the centre splits long texts itself
    ids = "hex"             # see below; without it, "text"
    receipt_ids = "decimal" # without it, as `ids`
    tlv_ids = "hex"         # without it, as `ids`

What a centre calls a message in its answer, its receipts must say too. If it is a number that they write in another way (hexadecimal
here and decimal there, or with zeros before it), say how: `ids` in the answer, `receipt_ids` in a receipt's text, `tlv_ids` in
receipted_message_id. As "text", names are compared as they are. `khatm office messages report` counts receipts about no message.

Paths are relative to the file. TLS is on unless it is turned off, for a centre behind a tunnel; plain http is for this machine alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from web import settings_file
from web.faults import wrong
from web.settings_file import Address, FileName, Line, Table

from . import gateway, smpp
from .providers import Provider
from .smpp_ids import Form, Forms

_SOURCE = re.compile(r"[A-Za-z0-9 ._-]{1,11}|[0-9]{3,20}", re.ASCII)
_PASSWORD_MAX = 8  # SMPP 3.4 §5.2.2
_SECRET_MIN = 16  # octets, of what signs


def _source(text: str) -> str:
    if not _SOURCE.fullmatch(text):
        raise wrong("setting_sender")
    return text


def _ascii(text: str) -> str:
    if not text.isascii():
        raise wrong("setting_not_ascii")
    return text


Source = Annotated[str, AfterValidator(_source)]


class SmppTable(Table):
    """The table `smpp`. The longest names are the specification's (SMPP 3.4 §4.1.5): smpplib would cut them off without a word."""

    host: Line
    port: Annotated[int, Field(ge=1, le=65_535)]
    system_id: Annotated[str, Field(max_length=15), AfterValidator(_ascii)]
    password_file: FileName
    source: Source
    tls: bool = True
    system_type: Annotated[str, Field(max_length=12), AfterValidator(_ascii)] = ""
    long: Literal["udh", "payload"] = "udh"
    ids: Form = "text"
    receipt_ids: Form | None = None
    tlv_ids: Form | None = None

    @property
    def forms(self) -> Forms:
        """How the centre writes its names."""
        return Forms(self.ids, self.receipt_ids or self.ids, self.tlv_ids or self.ids)

    @model_validator(mode="after")
    def _one_kind(self) -> SmppTable:
        if len({form == "text" for form in self.forms}) == 2:
            raise wrong("setting_forms_mixed", "ids, receipt_ids, tlv_ids")
        return self


class HttpTable(Table):
    """The table `http`."""

    url: Address
    token_file: FileName
    secret_file: FileName
    source: Source


class GatewayFile(Table):
    """The file: one of the two."""

    smpp: SmppTable | None = None
    http: HttpTable | None = None

    @model_validator(mode="after")
    def _one_table(self) -> GatewayFile:
        if (self.smpp is None) == (self.http is None):
            raise wrong("setting_one_table", "[smpp], [http]")
        return self


def load(path: Path, *, clock: Callable[[], int]) -> Provider:
    """Return the provider that a file of settings names. Raises SettingsError; OSError if a file cannot be read."""
    read = settings_file.read(path, GatewayFile)
    if read.smpp:
        return smpp.Smpp(_smpp_account(read.smpp, path))
    assert read.http, "one of the two"  # noqa: S101 - for the reader of types
    return gateway.Gateway(_http_account(read.http, path), clock=clock)


def _smpp_account(table: SmppTable, path: Path) -> smpp.Account:
    where = f"{path.name}: smpp.password_file"
    return smpp.Account(
        host=table.host,
        port=table.port,
        system_id=table.system_id,
        password=settings_file.secret(path.parent / table.password_file, where=where, most=_PASSWORD_MAX, ascii_only=True),
        source=table.source,
        system_type=table.system_type,
        long=table.long,
        tls=table.tls,
        ids=table.forms,
    )


def _http_account(table: HttpTable, path: Path) -> gateway.Account:
    token = settings_file.secret(path.parent / table.token_file, where=f"{path.name}: http.token_file")
    secret = settings_file.secret(path.parent / table.secret_file, where=f"{path.name}: http.secret_file", least=_SECRET_MIN)
    return gateway.Account(table.url, token, secret.encode(), table.source)
