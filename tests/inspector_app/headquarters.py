"""A street whose phones belong to an authority, with the real server of inspections on the same origin.

with Headquarters(folder) as headquarters:
    headquarters.code()                              # on a supervisor's screen
    headquarters.held()                              # what the server stored, in the order of the device's chain
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment

import pyotp
from sqlalchemy import select

from inspections import server_key
from inspections.database import open_inspections
from inspections.devices.tables import devices
from inspections.locations import Locations
from inspections.visits.tables import inspection_photographs, inspections, photographs
from inspections.web.app import create_app
from inspections.web.context import InspectionsContext
from inspections.web.settings import Settings
from tests import clock
from tests.inspections import street as authority
from tests.inspector_app.precinct import Served


class Held(NamedTuple):
    """One inspection as the server has it."""

    cti: str
    sequence: int
    state: str
    chain: str
    reasons: list[str]
    credited: bool
    missing: int


class Authority(authority.Street):
    """The authority's people and its server, by the real clock, in the phone's world."""

    def __init__(self, folder: Path, world: Any) -> None:
        self.world = world
        self.locations = Locations(f"sqlite:///{folder / 'inspections.sqlite'}", folder / "files")
        server_key.make(self.locations.server_key)
        open_inspections(self.locations.database, create=True).dispose()
        fixed = {"sites": folder / "sites", "https": False, "check_seconds": 0}
        self.settings = Settings(self.locations, world.folder, world.root_file, now=lambda: self.now, **fixed)
        self.context = InspectionsContext(self.settings)
        self.app = create_app(self.settings, self.context)
        self.keys = {}

    @property
    def now(self) -> int:  # type: ignore[override]
        return int(clock.moment().timestamp())


class Headquarters(Served):
    """A street with the real server. `samira` is an inspector there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = Authority(folder, self.world)
        self.samira = self.authority.account("samira", ("MID", "inspector"))

    def inspections(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """The server under its own prefix, which nobody takes away."""
        whole = {**environ, "SCRIPT_NAME": "", "PATH_INFO": environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]}
        return self.authority.app(whole, start)

    def code(self) -> str:
        """An enrolment code for Samira's phone."""
        return self.authority.code(self.samira)

    def totp(self) -> str:
        """Her next code: the present one was used when her account was made."""
        return pyotp.TOTP(self.authority.keys["samira"]).at(self.authority.now + 30)

    def held(self) -> list[Held]:
        """What the server stored."""
        mine = inspections.c
        query = select(inspections).order_by(mine.device_id, mine.sequence, mine.id)
        with self.authority.engine.connect() as connection:
            return [self._of(connection, row) for row in connection.execute(query)]

    def _of(self, connection: Any, row: Any) -> Held:
        credited, missing = row.account_id is not None, self._missing(connection, row.id)
        return Held(row.cti.hex(), row.sequence, row.state, row.chain, row.reasons, credited, missing)

    @staticmethod
    def _missing(connection: Any, inspection_id: int) -> int:
        named, here = inspection_photographs.c, photographs.c
        query = select(named.sha256).outerjoin(photographs, here.sha256 == named.sha256)
        return len(connection.execute(query.where(named.inspection_id == inspection_id, here.sha256.is_(None))).all())

    def devices(self) -> list[bytes]:
        """The kids of all devices, in the order of their enrolment."""
        with self.authority.engine.connect() as connection:
            return [bytes(kid) for kid in connection.scalars(select(devices.c.kid).order_by(devices.c.id))]

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.authority.close()
