"""A server of inspections with its people, on a database of its own, and phones that work with it."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any, Self

import pyotp
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from accounts import administration, authentication, directory
from accounts.roles import INSPECTION_ROLES, Account
from inspections import server_key
from inspections.database import open_inspections
from inspections.devices import enrolment
from inspections.locations import Locations
from inspections.web.app import create_app
from inspections.web.context import InspectionsContext
from inspections.web.settings import Settings
from seal import days
from tests.inspections.phone import Answer, Phone, Send
from tests.world import World

PASSWORD = "كوبري ستانلي 1904"
AUTHORITIES = ("MID", "AGM")


class Street:
    """Everything that one server needs, made in a folder of the test's own. `now` may be set."""

    def __init__(self, folder: Path, database_url: str, *, pictures: Path | None = None) -> None:
        self.world = World(folder)
        self.now = days.seconds_of(self.world.now)
        self.keys: dict[str, str] = {}
        self._open(folder, database_url, pictures)

    def _open(self, folder: Path, database_url: str, pictures: Path | None) -> None:
        """Make what is not there yet, and the app."""
        self.locations = Locations(database_url, folder / "files", pictures)
        server_key.make(self.locations.server_key)
        open_inspections(database_url, create=True).dispose()
        self.settings = Settings(
            self.locations,
            self.world.folder,
            self.world.root_file,
            sites=folder / "sites",
            https=False,
            now=lambda: self.now,
            check_seconds=0,
        )
        self.context = InspectionsContext(self.settings)
        self.app = create_app(self.settings, self.context)

    def copied(self, folder: Path, database_url: str) -> Self:
        """The same in another folder, on a copy of the database; nobody works here any more. Of a file of SQLite the copy is made here."""
        here = self.world.root_file.parent
        made = copy.copy(self)
        made.world, made.keys = self.world.copied(folder), dict(self.keys)
        for name in ("files", "sites"):
            if (here / name).exists():
                shutil.copytree(here / name, folder / name)
        if database_url.startswith("sqlite"):
            shutil.copy(*(str(make_url(each).database) for each in (self.locations.database, database_url)))
        made._open(folder, database_url, self.locations.pictures)
        return made

    @property
    def engine(self) -> Any:
        return self.context.engine

    def close(self) -> None:
        self.context.engine.dispose()

    def account(self, name: str, *granted: tuple[str, str], enrolled: bool = True) -> Account:
        """Somebody with a password, and a phone tied to the account."""
        with self.engine.begin() as connection:
            _, invitation = administration.make(connection, name, name.title(), by=None, now=self.now)
            roles = {"offered": INSPECTION_ROLES, "authorities": AUTHORITIES}
            administration.set_roles(connection, name, granted, by=None, now=self.now, **roles)  # type: ignore[arg-type]
        half = authentication.by_invitation(self.engine, invitation, PASSWORD, now=self.now)
        with self.engine.connect() as connection:
            found = directory.find(connection, name)
        if enrolled:
            self.keys[name] = pyotp.random_base32()
            authentication.enrol(self.engine, found, self.keys[name], self.totp(name), half=half, now=self.now)
        with self.engine.connect() as connection:
            return directory.find(connection, name)

    def totp(self, name: str) -> str:
        return pyotp.TOTP(self.keys[name]).at(self.now)

    def code(self, holder: Account, authority: str = "MID", **more: Any) -> str:
        with self.engine.begin() as connection:
            return enrolment.make_code(connection, holder, authority, "", by="console", now=self.now, **more)

    def phone(self, holder: Account, authority: str = "MID", *, send: Send | None = None, **more: Any) -> Phone:
        """An enrolled phone on which its holder signed in."""
        made = Phone(send or sender(self.app.test_client()), now=self.now, authority=authority)
        assert made.enrol(self.code(holder, authority, **more))[0] == 201
        return made

    def signed_in(self, phone: Phone, name: str = "amal") -> Phone:
        self.now += 30  # no code works twice
        phone.now = self.now
        assert phone.sign_in(name, PASSWORD, self.totp(name))[0] == 200
        return phone

    def client(self) -> FlaskClient:
        return self.app.test_client()


def sender(client: FlaskClient) -> Send:
    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = client.open(path, method=method, data=body, headers=headers)
        return answer.status_code, answer.get_json(silent=True) or {}

    return send
