"""The second factor: six digits from a phone (TOTP, RFC 6238), or one of ten codes on paper for the day the phone is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import pyotp
from sqlalchemy import Connection, select, update

from .errors import AccountError
from .tables import accounts, recovery_codes
from .tokens import digest

ISSUER = "Khatm"
PERIOD_SECONDS = 30
_SLACK = 1  # steps that a phone's clock may be off, either way (RFC 6238 §5.2)
_RECOVERY_CODES, _RECOVERY_LENGTH = 10, 10
#: Digits as Arabic and Persian keyboards write them.
WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read for another


def key_of(token: str) -> str:
    """Return the secret (160 bits in base32) that a session offers for enrolment: the same on every reload, another in every session."""
    return base64.b32encode(hmac.new(token.encode(), b"khatm second factor", hashlib.sha1).digest()).decode()


def enrolment_uri(key: str, name: str) -> str:
    """Return what a phone reads from the enrolment's QR code."""
    return pyotp.TOTP(key, interval=PERIOD_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)


def code_of(key: str, *, now: int) -> str:
    """Return the six digits that a phone with this key shows at `now` (seconds since 1970 UTC)."""
    return pyotp.TOTP(key, interval=PERIOD_SECONDS).at(now)


def step_of(key: str, code: str, *, now: int, after: int) -> int | None:
    """Return the time step whose code this is, None if it is none: it must be near `now` and later than the step `after`."""
    code = "".join(code.split()).translate(WESTERN)
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    generator = pyotp.TOTP(key, interval=PERIOD_SECONDS)
    current = now // PERIOD_SECONDS
    for step in range(current - _SLACK, current + _SLACK + 1):
        if step > after and secrets.compare_digest(generator.generate_otp(step), code):
            return step
    return None


def enrol(connection: Connection, account_id: int, key: str, code: str, *, now: int) -> tuple[str, ...]:
    """Keep `key` once a code shows that the phone has it; return new recovery codes. Raises AccountError `code_refused`."""
    step = step_of(key, code, now=now, after=0)
    if step is None:
        raise AccountError("code_refused")
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(totp=key, totp_step=step))
    return renew_recovery_codes(connection, account_id)


def accepted(connection: Connection, account_id: int, code: str, *, now: int) -> str | None:
    """Take a code: "totp" or "recovery" if it is right, and it will not be again; None if not."""
    row = connection.execute(select(accounts.c.totp, accounts.c.totp_step).where(accounts.c.id == account_id)).one()
    step = step_of(row.totp, code, now=now, after=row.totp_step) if row.totp else None
    if step is not None:
        # Two requests with one code: the second finds the step taken.
        table = accounts.c
        taken = update(accounts).where(table.id == account_id, table.totp_step < step).values(totp_step=step)
        return "totp" if connection.execute(taken).rowcount == 1 else None
    table = recovery_codes.c
    used = (
        update(recovery_codes)
        .where(table.account_id == account_id, table.code == digest(_plain(code)), table.used_at.is_(None))
        .values(used_at=now)
    )
    return "recovery" if connection.execute(used).rowcount == 1 else None


def renew_recovery_codes(connection: Connection, account_id: int) -> tuple[str, ...]:
    """Return ten new codes, to be shown once; the old ones no longer count."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(_RECOVERY_LENGTH)) for _ in range(_RECOVERY_CODES)]
    connection.execute(recovery_codes.delete().where(recovery_codes.c.account_id == account_id))
    for code in made:  # one by one: an act names each row
        connection.execute(recovery_codes.insert().values(account_id=account_id, code=digest(code)))
    return tuple(f"{code[:5]}-{code[5:]}" for code in made)


def _plain(code: str) -> str:
    return code.strip().translate(WESTERN).lower().replace("-", "").replace(" ", "")[:64]
