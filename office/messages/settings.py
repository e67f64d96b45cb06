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

import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from issuer.errors import IssuerError

from . import gateway, smpp
from .providers import Provider
from .smpp_ids import Form, Forms

_SMPP = {"host": str, "port": int, "system_id": str, "password_file": str, "source": str}
_SMPP_MORE = {"tls": bool, "system_type": str, "long": str, "ids": str, "receipt_ids": str, "tlv_ids": str}
_HTTP = {"url": str, "token_file": str, "secret_file": str, "source": str}
_SOURCE = re.compile(r"[A-Za-z0-9 ._-]{1,11}|[0-9]{3,20}", re.ASCII)
_SECRET_MIN = 16  # octets, of what signs


def load(path: Path, *, clock: Callable[[], int]) -> Provider:
    """Return the provider that a file of settings names. Raises IssuerError `gateway_settings`; OSError if a file cannot be read."""
    try:
        read = tomllib.loads(path.read_text("utf-8"))
        if set(read) == {"smpp"}:
            return smpp.Smpp(smpp_account(read["smpp"], path.parent))
        if set(read) == {"http"}:
            return gateway.Gateway(http_account(read["http"], path.parent), clock=clock)
        raise ValueError("one table, [smpp] or [http]")
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError too
        raise IssuerError("gateway_settings", f"{path.name}: {error}") from error


def smpp_account(table: Any, folder: Path) -> smpp.Account:
    """Read the table `smpp`. Raises ValueError, OSError. The longest names are the specification's (SMPP 3.4 §4.1.5)."""
    _check(table, _SMPP, _SMPP_MORE)
    account = smpp.Account(
        host=table["host"],
        port=table["port"],
        system_id=table["system_id"],
        password=_secret(folder / table["password_file"]),
        source=_source(table["source"]),
        system_type=table.get("system_type", ""),
        long=table.get("long", "udh"),
        tls=table.get("tls", True),
        ids=_forms(table),
    )
    if account.long not in ("udh", "payload"):
        raise ValueError('smpp.long: "udh" or "payload"')
    if not account.host or not 0 < account.port < 65_536:
        raise ValueError("smpp.host and smpp.port: where the centre listens")
    longest = {"system_id": 15, "password": 8, "system_type": 12}
    for name, most in longest.items():
        value = getattr(account, name)
        if len(value) > most or not value.isascii():
            raise ValueError(f"smpp.{name}: at most {most} characters of ASCII")  # smpplib would cut it off without a word
    return account


def _forms(table: Any) -> Forms:
    """Return how the centre writes its names."""
    answers = table.get("ids", "text")
    forms = Forms(answers, table.get("receipt_ids", answers), table.get("tlv_ids", answers))
    if not set(forms) <= set(get_args(Form)):
        raise ValueError('smpp.ids, receipt_ids, tlv_ids: "text", "decimal" or "hex"')
    if len({form == "text" for form in forms}) == 2:
        raise ValueError("smpp.ids, receipt_ids, tlv_ids: all text, or all numbers")
    return forms


def http_account(table: Any, folder: Path) -> gateway.Account:
    """Read the table `http`. Raises ValueError, OSError."""
    _check(table, _HTTP, {})
    url = urlsplit(table["url"])
    local = url.scheme == "http" and _loopback(url.hostname)
    if not (url.scheme == "https" or local) or not url.hostname or url.username or url.query or url.fragment:
        raise ValueError("http.url: https://HOST/PATH")
    secret = _secret(folder / table["secret_file"]).encode()
    if len(secret) < _SECRET_MIN:
        raise ValueError(f"http.secret_file: at least {_SECRET_MIN} octets")
    return gateway.Account(table["url"], _secret(folder / table["token_file"]), secret, _source(table["source"]))


def _check(table: Any, needed: Mapping[str, type], more: Mapping[str, type]) -> None:
    if type(table) is not dict:
        raise ValueError("a table")
    known = {**needed, **more}
    for name in [*needed, *table]:
        if name not in known:
            raise ValueError(f"unknown: {name}")
        if type(table.get(name)) is not known[name]:
            raise ValueError(f"{name}: needed, as {known[name].__name__}")


def _source(text: str) -> str:
    if not _SOURCE.fullmatch(text):
        raise ValueError("source: up to 11 letters and digits, or a number")
    return text


def _secret(path: Path) -> str:
    text = path.read_text("utf-8").rstrip("\r\n")
    if not text or not text.isprintable():
        raise ValueError(f"{path.name}: one line")
    return text


def _loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
