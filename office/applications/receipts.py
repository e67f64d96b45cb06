"""The signed receipt of an application: proof that it was received, in a QR code of its own that no reader takes for a license."""

from __future__ import annotations

from keys.custody import Custody
from seal import receipt
from seal.receipt import ROLE, Receipt
from seal.trust import TrustList

from .casework import Prepared
from .context import OfficeContext, Receipts


def signing(custody: Custody, trust: TrustList, passphrase: bytes, *, host: str, now: int) -> Receipts | None:
    """Return the newest published key for receipts that is in force at `now` (seconds since 1970 UTC), None without one.

    Raises CustodyError.
    """
    for kid in custody.in_force(ROLE, trust, now=now)[:1]:
        return Receipts(kid, custody.signer(kid, passphrase, trust.keys[kid].public_key), host)
    return None


def of(office: OfficeContext, number: str, prepared: Prepared, *, now: int) -> bytes | None:
    """Return the receipt of an application that is submitted at `now`, a tagged COSE_Sign1; None where this process signs none."""
    license_ = prepared.judged.license
    if office.receipts is None or license_ is None:
        return None
    held = Receipt(prepared.judged.authority, now, number, prepared.service.code, license_.holder)
    return receipt.sign(held, office.receipts.kid, office.receipts.signer)


def text(office: OfficeContext, signed: bytes) -> str:
    """Return the text of a receipt's QR code. Raises FormatError `too_long`."""
    return receipt.write(signed, office.receipts.host if office.receipts else office.host)
