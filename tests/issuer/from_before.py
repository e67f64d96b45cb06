"""A register as the release before positions left it: places in its status list were drawn at random, and an order said which."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator

from alembic import command
from sqlalchemy import Connection, text

from issuer.intake.texts import skeleton
from issuer.register import sealing
from issuer.register.tables import licenses, seals
from issuer.register.written import license_row, seal_row
from seal import claims, cose, wire
from seal import license as licenses_
from seal.license import License
from storage.database import opening
from storage.revisions import configured
from tests.issuer.offices import HOST, SECONDS, Office, entry

#: Chains that stood elsewhere then: later revisions of the office lean on tables that the register did not have.
THEN = {"register": "register_0012", "office": "office_0012"}


def lay(office: Office, count: int, *, seed: int = 26) -> dict[str, str]:
    """Make the office's register (it is empty) one of before with so many licenses; return the texts of their codes by number."""
    texts = {}
    with opening(office.register, create=True) as engine:
        with engine.begin() as connection:
            for chain in office.locations.schema.chains:
                command.upgrade(configured(chain, connection), THEN.get(chain.name, "head"))
            for number, token in _sealed(office, connection, count, seed):
                texts[number] = wire.write(token, HOST)
        engine.dispose()
    return texts


def _sealed(office: Office, connection: Connection, count: int, seed: int) -> Iterator[tuple[str, cose.Sign1]]:
    order = random.Random(seed).sample(range(65_536), 65_536)
    list_ = {"used": count, "order": array("H", order).tobytes()}
    connection.execute(text('INSERT INTO status_list (number, used, "order") VALUES (1, :used, :order)'), list_)
    connection.execute(text("INSERT INTO serial (year, used) VALUES (2026, :used)"), {"used": count})
    sealer = office.clerk().sealer
    for place in range(count):
        license_ = entry(trade_name=f"محل رقم {place + 1}").license
        slot = sealing.Slot(1, order[place])
        sealed = version_1(sealer, license_, cti=licenses_.identifier(2026, place + 1), iat=SECONDS - 60, slot=slot)
        number = licenses_.number(sealer.prefix, license_.authority, sealed.cti)
        origin = {"id": place + 1, "identity": place.to_bytes(32, "big"), "source": b"f" * 32, "line": place + 2}
        connection.execute(licenses.insert().values(origin | license_row(license_, number, skeleton(license_.trade_name))))
        connection.execute(seals.insert().values({"license_id": place + 1, **seal_row(sealed, edition=0)}))
        yield number, cose.from_bytes(sealed.token)


def version_1(sealer: sealing.Sealer, license_: License, *, cti: bytes, iat: int, slot: sealing.Slot) -> sealing.Sealed:
    """Seal a license as releases before version 2 of the text did."""
    kid, signer = sealer.signers[license_.authority]
    held = claims.of_license(license_, iat=iat, cti=cti, idx=slot.idx, uri=f"https://{HOST}/status/{slot.list}")
    message = cose.sign(cose.protected(kid), claims.to_bytes(held), signer)
    return sealing.Sealed(cti, kid, iat, slot, message.to_bytes())
