"""What a laptop refuses. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class LaptopError(IssuerError):
    """Something that cannot be done on this laptop now.

    `laptop_passphrase_wrong`, `laptop_altered`, `laptop_in_use`, `laptop_not_enrolled`, `laptop_enrolled`, `laptop_no_pack`,
    `laptop_pack_old`, `laptop_clock_behind`, `laptop_pack_other`, `laptop_address`, `laptop_no_office`, `laptop_office_odd`,
    `laptop_closed`, `laptop_slip_unknown`, `laptop_slip_state`, `laptop_twice`, `laptop_faults`, `laptop_newer`.
    """
