"""An office on the web for tests: a register, keys made at run time, the app, and visitors who came in by the usual login."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from accounts import administration, directory, sessions
from accounts.roles import OFFICE_ROLES, Account
from issuer.operations import SigningContext
from office.applications import drawers
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.citizens import codes
from office.desk.app import create_app
from office.desk.context import DeskContext
from office.desk.settings import Settings
from office.messages.tables import messages
from tests.issuer import offices
from tests.office.applications import workplace as applications
from tests.office.applications.workplace import NOW

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logging.getLogger("werkzeug").setLevel(logging.ERROR)

#: What a cashier has in the drawer at the beginning: two hundred pounds.
FLOAT = {5_000: 3, 1_000: 5}
PASSWORD = "كوبري ستانلي 1904"


def mobile(serial: int = 1) -> str:
    """A number of nobody, as people type it: the house keeps no numbers."""
    return f"010{serial:08}"


class House:
    """Everything in one folder. `now` is the time there, in seconds since 1970 UTC."""

    def __init__(self, folder: Path, register: str, clerk: SigningContext, *, documents: Path | None = None, **more: Any) -> None:
        self.folder, self.clerk, self.now = folder, clerk, NOW
        self.settings = Settings(
            register=register,
            published=folder / "published",
            root=folder / "keys/root.jwk",
            documents=documents or folder / "documents",
            https=False,
            receipts=folder / "keys",
            passphrase=offices.PASSPHRASE,
            now=lambda: self.now,
            **{"check_seconds": 0, **more},
        )
        self.context = DeskContext(self.settings)
        self.app = create_app(self.settings, self.context)
        receipts = self.context.office().receipts
        assert receipts is not None
        work = applications.furnish(self.context.engine, clerk, receipts, folder, self.context.applicants)
        self.work = replace(work, office=work.office._replace(store=self.context.store))

    def close(self) -> None:
        self.context.engine.dispose()

    def client(self) -> Visitor:
        """Somebody who has not signed in."""
        return Visitor(self)

    def citizen(self, serial: int = 1) -> Visitor:
        """Somebody who signed in with a mobile number and the code that was sent to it."""
        visitor = Visitor(self)
        visitor.post("/sign-in", mobile=mobile(serial))
        answer = visitor.post("/sign-in/code", mobile=mobile(serial), code=self.code())
        assert answer.status_code == 303, answer.text
        visitor.get("/applications")  # the new session has a form token of its own
        return visitor

    def code(self) -> str:
        """The code in the newest message."""
        with self.context.engine.connect() as connection:
            text = connection.scalar(select(messages.c.text).order_by(messages.c.id.desc()).limit(1))
        return re.findall(r"[0-9]{6}", text or "")[0]

    def account(self, name: str, *granted: tuple[str, str]) -> Account:
        """An account, made on first asking."""
        authorities = sorted(self.context.office().authorities)
        with self.context.engine.begin() as connection:
            if name not in {each.name for each in directory.everyone(connection)}:
                administration.make(connection, name, name.title(), by=None, now=self.now)
                administration.set_roles(connection, name, granted, offered=OFFICE_ROLES, authorities=authorities, by=None, now=self.now)
            return directory.find(connection, name)

    def staff(self, name: str, *granted: tuple[str, str], drawer: bool = True) -> Visitor:
        """Somebody who works here, with a whole session: argon2 and codes have tests of their own. Cashiers have a `drawer` open."""
        account = self.account(name, *granted)
        for authority, role in granted if drawer else ():
            if role == "cashier" and authority != "*":
                self.drawer(account, authority)
        with self.context.engine.begin() as connection:
            token = sessions.begin(connection, "staff", account.id, now=self.now)
        visitor = Visitor(self)
        visitor.http.set_cookie("khatm_staff", token)
        visitor.csrf = sessions.csrf_of(token)
        return visitor

    def drawer(self, account: Account, authority: str = "MN1", *, float_: Mapping[int, int] = FLOAT) -> int:
        """The account's open drawer at an authority, opened on first asking with a float of notes."""
        with self.context.engine.begin() as connection:
            held = drawers.own(connection, authority, account.name)
            actor = Actor("staff", str(account.id), account.display, account.roles)
            unit = UnitOfWork(connection, self.context.office(), actor, self.now)
            return held.id if held else drawers.open_(unit, authority, float_=float_, by=account.name)

    def actor_of(self, serial: int = 1) -> Actor:
        """The citizen as the rules below know them."""
        with self.context.engine.connect() as connection:
            row = connection.execute(select(codes.citizens).where(codes.citizens.c.mobile == f"+2{mobile(serial)}")).one()
        return Actor("citizen", str(row.id), row.mobile)

    def issue(self) -> None:
        """What the worker with the keys does."""
        from office.applications import issuing

        issuing.run(self.context.engine, self.context.office(), sealer=self.clerk.sealer, now=self.now)


class Visitor:
    """A browser without a screen: it keeps cookies and sends the form token of the last page along."""

    def __init__(self, house: House) -> None:
        self.house, self.csrf = house, ""
        self.http: FlaskClient = house.app.test_client()

    def get(self, path: str, status: int = 200, **more: Any) -> TestResponse:
        """Open a page and expect its status."""
        return self._told(self.http.get(path, **more), status)

    def post(self, path: str, status: int | None = None, *, file: tuple[bytes, str] | None = None, **fields: Any) -> TestResponse:
        """Send a form; `pick_x` stands for `pick.x`."""
        data: dict[str, Any] = {"form": self.csrf} | {name.replace("pick_", "pick."): value for name, value in fields.items()}
        if file is not None:
            import io

            data["file"] = (io.BytesIO(file[0]), file[1])
        answer = self.http.post(path, data=data, content_type="multipart/form-data" if file else None)
        answer.request.input_stream.close()  # the client spools what is large
        return self._told(answer, status)

    def follow(self, answer: TestResponse) -> TestResponse:
        """Open the page that an answer leads to."""
        assert answer.status_code in (302, 303), f"{answer.status_code}\n{plain(answer.text)}"
        return self.get(answer.location)

    def _told(self, answer: TestResponse, status: int | None) -> TestResponse:
        if status is not None:
            assert answer.status_code == status, f"{answer.request.path}: {answer.status_code}\n{plain(answer.text)[:3000]}"
        found = re.search(r'name="form" value="([0-9a-f]*)"', answer.text) if answer.mimetype == "text/html" else None
        if found:
            self.csrf = found[1]
        return answer


def plain(html: str) -> str:
    """A page as a person reads it."""
    text = re.sub(r"(?s)<(script|style|svg).*?</\1>|<[^>]+>", " ", html)
    return " ".join(unescape(text).split())


def faults(html: str) -> set[str]:
    """The codes of what a page refuses."""
    return set(re.findall(r'data-code="([a-z_]+)"', html))


def totp(key: str, now: int) -> str:
    """What an authenticator shows."""
    return pyotp.TOTP(key).at(now)


@contextmanager
def served(house: House, *, port: int = 0, app: WSGIApplication | None = None) -> Iterator[str]:
    """The office on a port of its own, perhaps with something before it; gives its address."""
    server = make_server("127.0.0.1", port, app or house.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
