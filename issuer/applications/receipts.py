"""The signed receipt of an application: proof that it was received, in a QR code of its own that no reader takes for a license."""

from __future__ import annotations

from seal import receipt
from seal.receipt import Receipt

from .casework import Prepared
from .office import Office


def of(office: Office, number: str, prepared: Prepared, *, now: int) -> bytes | None:
    """Return the receipt of an application that is submitted at `now`, a tagged COSE_Sign1; None where this process signs none."""
    license_ = prepared.judged.license
    if office.receipts is None or license_ is None:
        return None
    held = Receipt(prepared.judged.authority, now, number, prepared.service.code, license_.holder)
    return receipt.sign(held, office.receipts.kid, office.receipts.signer)
