"""The provider's file of one day: what was paid through it and what went back.

FawryPay's public documents describe no file: merchants export one from their account. These are the columns that we take, in this order,
as the simulator writes them; an export with other columns is brought to this form first, and nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from issuer.errors import IssuerError
from office import pounds
from seal import days

COLUMNS = ("fawryRefNumber", "merchantRefNumber", "type", "amount", "fees", "time")
BYTES_MAX = 8 * 1024 * 1024
LINES_MAX = 100_000
_NUMBER, _REFERENCE = re.compile(r"[0-9]{1,20}"), re.compile(r"[A-Za-z0-9._-]{1,64}")
_AMOUNT = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_KINDS: dict[str, Literal["payment", "refund"]] = {"PAYMENT": "payment", "REFUND": "refund"}


class Movement(NamedTuple):
    """One line: money that came or went back; piastres, seconds since 1970 UTC."""

    line: int
    provider_reference: str
    reference: str
    kind: Literal["payment", "refund"]
    piastres: int
    at: int


def parse(data: bytes, *, day: date) -> tuple[Movement, ...]:
    """Return the movements of a file, all of the Cairo day `day`.

    Raises IssuerError: `settlement_too_large`, `settlement_columns`, `settlement_line` (with its number), `settlement_day` (a line of
    another day: the wrong file), `settlement_twice` (a payment that is there twice).
    """
    if len(data) > BYTES_MAX:
        raise IssuerError("settlement_too_large")
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise IssuerError("settlement_columns") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise IssuerError("settlement_columns")
    if len(rows) > LINES_MAX:
        raise IssuerError("settlement_too_large")
    found = tuple(_movement(number, row, day) for number, row in enumerate(rows[1:], 2) if row)
    paid = Counter(movement.reference for movement in found if movement.kind == "payment")
    if paid.total() != len(paid):
        raise IssuerError("settlement_twice", paid.most_common(1)[0][0])
    return found


def _movement(line: int, row: list[str], day: date) -> Movement:
    try:
        number, reference, kind, amount, fees, time = row
        forms = ((_NUMBER, number), (_REFERENCE, reference), (_AMOUNT, amount), (_AMOUNT, fees))
        if not all(form.fullmatch(text) for form, text in forms):
            raise ValueError(line)
        moment = datetime.fromisoformat(time)
        movement = Movement(line, number, reference, _KINDS[kind], pounds.exact(Decimal(amount)), days.seconds_of(moment))
    except (ValueError, KeyError) as error:
        raise IssuerError("settlement_line", str(line)) from error
    if days.day_of(movement.at) != day:
        raise IssuerError("settlement_day", str(line))
    return movement
