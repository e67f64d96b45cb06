"""What is refused about vans. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class VanError(IssuerError):
    """A laptop, a code or a parcel that is not taken.

    `van_code_unknown`, `van_code_expired`, `van_code_used`, `van_device_known`, `van_device_unknown`, `van_device_state`,
    `van_holder_refused`, `van_name_invalid`, `van_stopped`, `van_parcel_damaged`, `van_parcel_other`, `van_gap`, `van_full`,
    `van_parcel_unknown`, `van_parcel_decided`, `van_document_other`, `van_documents_missing`, `van_confirm`, `van_reason`.
    """
