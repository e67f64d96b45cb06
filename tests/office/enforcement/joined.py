"""Both sides as they run: an office, and inspections that listens on a port with a token of its own. Both trust the same key of notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

import published
from inspections.enforcement import office_tokens
from inspections.visits.tables import inspections
from keys import policy
from keys.custody import Custody
from seal import notices, slips
from tests.inspections.enforcing import Precinct
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import NOW
from tests.office.desk.house import House
from tests.office.enforcement.connected import rounds, settings_in

AUTHORITY = "MID"


class Joined(House):
    """An office with its worker, and the `precinct` that it is connected to. Both have one clock."""

    def __init__(self, folder: Path, register: str, keys: Keys, precinct: Precinct, address: str) -> None:
        with precinct.engine.begin() as connection:
            token = office_tokens.make(connection, now=precinct.now)
        settings = settings_in(offices.furnish(folder, keys[0], register).folder, address, token)
        self.precinct, self.address = precinct, address
        self._publish_key(folder)
        super().__init__(folder, register, keys[1], inspections=settings)
        self.pass_time(NOW - precinct.now if precinct.now < NOW else 0)

    def _publish_key(self, folder: Path) -> None:
        """Give the office the governorate's key for notices, and let the precinct trust it."""
        custody = Custody(folder / "keys")
        kid = custody.add(offices.PASSPHRASE, policy.notice_entry(custody, slips.GOVERNORATE, now=offices.KEYS_MADE))
        signed = policy.sign_trust_list(custody, offices.PASSPHRASE, now=NOW - 900)
        published.write(folder / "published", {published.TRUST_LIST: signed})
        world = self.precinct.world
        key = offices.Office(folder, "").lists().trust.keys[kid]
        assert key.roles == (notices.ROLE,) and kid not in world.trust.keys
        world.trust = world.trust._replace(keys={**world.trust.keys, kid: key}, sequence=world.trust.sequence + 1)
        world.publish()

    def pass_time(self, seconds: int = 60) -> None:
        self.precinct.now = self.now = max(self.now, self.precinct.now) + seconds

    def round(self) -> dict[str, int]:
        """What a round of the worker does, a minute later."""
        self.pass_time()
        return rounds(self)

    def kiosk(self) -> int:
        """The inspection of a kiosk that has no license."""
        with self.precinct.engine.connect() as connection:
            found: Any = connection.scalar(select(inspections.c.id).where(inspections.c.number.is_(None)))
        return int(found)
