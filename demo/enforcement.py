"""A violation of the demo's month: reported by the inspector, approved and served by the supervisor, sealed by the office's worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, select

from accounts import directory
from governorate import days_off
from inspections.enforcement import deciding, office_tokens, records, reporting, serving
from inspections.enforcement.reporting import Seen
from inspections.visits import evaluating, evaluation, queries
from inspections.visits.tables import inspections
from published import Loaded, whole
from seal import days
from storage.database import reading

from .errors import DemoError

INSPECTOR, SUPERVISOR = "amal", "salma"
SEAL_SECONDS = 300  # on a busy machine the press gives its first paper up after 60 s (office/papers/press.py), and the worker tries again
_PAUSE_SECONDS = 0.2
_BESIDE = "office-token"


def approve(engine: Engine, lists: Loaded, *, now: int) -> str:
    """Report and approve a violation from the newest inspection that found something bad; return the notice's number."""
    seen = _seen(engine, lists)
    wanted = reporting.suggested(seen)
    wanted = wanted._replace(reason=wanted.reason or "—")
    with engine.begin() as connection:
        made = reporting.report(connection, seen, wanted, directory.find(connection, INSPECTOR), now=now)
        return deciding.approve(connection, records.one(connection, made, None), directory.find(connection, SUPERVISOR), now=now)


def serve(engine: Engine, number: str, *, now: int) -> str:
    """Serve a notice today, as soon as the office's worker sealed it; return its code's text. Raises DemoError `service_failed`."""
    end = time.monotonic() + SEAL_SECONDS
    while time.monotonic() < end:
        with engine.begin() as connection:
            held = records.by_number(connection, number)
            if held.text:
                by, how = directory.find(connection, SUPERVISOR), serving.Service(days.day_of(now), "by_hand", held.holder)
                serving.serve(connection, held, by, how, days_off.default(), now=now)
                return held.text
        time.sleep(_PAUSE_SECONDS)
    raise DemoError("service_failed", f"{number} is not sealed after {SEAL_SECONDS} s")


def connect(engine: Engine, settings: Sequence[Path], address: str, *, now: int) -> None:
    """Write files that tell where inspections are, each with the token beside it."""
    with engine.begin() as connection:
        token = office_tokens.make(connection, now=now)
    told = f'address = "{address}"\ntoken_file = "{_BESIDE}"\n'
    for each in settings:
        whole.write({each.parent / _BESIDE: f"{token}\n".encode(), each: told.encode()}, mode=0o600)


def _seen(engine: Engine, lists: Loaded) -> Seen:
    table = inspections.c
    wanted = select(table.id).where(table.result == "violation", table.state == "confirmed", table.number.is_not(None))
    with reading(engine) as connection:
        for found in connection.scalars(wanted.order_by(table.scanned_at.desc())).all():
            stored = queries.one(connection, found, None)
            held = evaluating.said(stored.message) if stored else None
            if stored and held and held.code and any(each.answer == "bad" for each in held.findings):
                seen = reporting.opened(stored, evaluation.judged(held.code, held.scanned_at, held.location, lists).claims)
                if reporting.suggested(seen).code:
                    return seen
    raise DemoError("sample_refused", "no inspection whose finding speaks for a violation")
