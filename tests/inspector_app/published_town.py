"""A town whose seals stand in a log that was really published: `khatm issue`, `khatm publish`, and the verifier with the phone app.

with Town(folder) as town:
    town.issued(3)                  # three licenses of MN1 more, in the log
    town.seals()                    # what hangs in the street, as texts
    town.thief_s(slot=Slot(1, 0))   # what somebody seals who has MN1's key
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, make_server

import published
from issuer.register import positions
from issuer.register.sealing import Slot, seal
from keys import policy
from seal import cose, wire
from seal import license as licenses
from seal.site import Point, Site
from tests import clock
from tests.conftest import unavailable
from tests.inspector_app.precinct import Office as Inspections
from tests.inspector_app.precinct import _Quiet
from tests.inspector_app.street import APP
from tests.issuer import offices
from tests.issuer.offices import HOST, PASSPHRASE, entry, rows
from tests.ports import free_port
from verifier.app import create_app
from verifier.settings import Settings

THERE = {"latitude": 31.256, "longitude": 29.985, "accuracy": 5}  # where the first four licenses hang


class Town:
    """The office, the verifier over what it publishes, and a stand-in for the inspections' server of MN1."""

    def __init__(self, folder: Path) -> None:
        if not (APP / "index.html").is_file():
            unavailable("the phone app is not built: .ci/app")
        self.house = offices.with_log(folder, now=clock.seconds() - 4 * 3600)
        self.office = Inspections()
        self.office.authority = "MN1"
        self.requests: list[tuple[str, str]] = []  # path and cookies of everything that was asked for
        settings = Settings(published=self.house.locations.published, root=self.house.locations.keys / "root.jwk", app=APP, check_seconds=0)
        self._verifier = DispatcherMiddleware(create_app(settings), {"/inspections": self.office})
        self._port = free_port()
        self.base = f"http://127.0.0.1:{self._port}"
        self._server: BaseWSGIServer | None = None
        self._given = 0

    @property
    def app(self) -> str:
        """The app's address."""
        return f"{self.base}/app/"

    def _noted(self, environ: dict[str, str], start: object) -> object:
        self.requests.append((environ["PATH_INFO"], environ.get("HTTP_COOKIE", "")))
        return self._verifier(environ, start)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        self._server = make_server("127.0.0.1", self._port, self._noted, threaded=True, request_handler=_Quiet)  # type: ignore[arg-type]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def log_requests(self) -> list[str]:
        """The files of the log that phones asked for, below /log/."""
        return [path.removeprefix("/log/") for path, _ in self.requests if path.startswith("/log/")]

    def issued(self, count: int, *, ago: int = 30) -> None:
        """Seal licenses of MN1 so many seconds ago, and publish at once."""
        sealed, told = clock.seconds() - ago, clock.seconds() - ago + 2
        wide = [each | {"radius_m": "150"} for each in rows(count, first=self._given + 1)]
        file = self.house.write(f"{self._given}.csv", wide)
        self._given += count
        self.house.run("issue", file, "--no-output", now=_iso(sealed))
        self.house.run("publish", now=_iso(told))

    def status_key_stolen(self) -> None:
        """Mark the key compromised that signed lists and packs, and publish that."""
        custody = self.house.locations.custody()
        custody.policy["keys"][custody.kids("status")[0].hex()]["state"] = "compromised"
        custody.save()
        trusted = policy.sign_trust_list(custody, PASSPHRASE, now=clock.seconds() - 1)
        published.write(self.house.locations.published, {published.TRUST_LIST: trusted})

    def seals(self) -> list[str]:
        """The texts of all seals, by position."""
        with self.house.locations.engine() as engine, engine.connect() as connection:
            sealed = positions.sealed(connection, 0, positions.following(connection))
            return [wire.write(message, HOST) for _, message in sealed]

    def thief_s(self, *, slot: Slot, number: int = 1, ago: int = 3600) -> str:
        """A seal by MN1's own key that no register gave."""
        sealer = self.house.clerk(clock.seconds()).sealer
        license_ = entry(trade_name="مقهى اللص", site=Site(Point(THERE["latitude"], THERE["longitude"]), 150)).license
        sealed = seal(sealer, license_, cti=licenses.identifier(2026, number), iat=clock.seconds() - ago, slot=slot)
        return wire.write(cose.from_bytes(sealed.token), HOST)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
