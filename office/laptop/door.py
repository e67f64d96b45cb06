"""The laptop's door: nothing is open until the passphrase was right, and nothing stays open that nobody uses.

One request at a time: there is one person, and one connection to the database in memory.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

import web.assets
from accounts.sessions import TERMS
from accounts.web import cookies
from issuer.errors import IssuerError
from keys.errors import CustodyError
from office.desk import assets, headers, words
from office.desk.problems import status_of
from office.desk.visitor import LANGUAGE_COOKIE
from office.van import packs
from storage.errors import KhatmError
from web.headers import Headers
from web.origin import foreign
from web.quiet import QuietFlask
from web.writing import language_of

from . import enrolment, vault
from .app import create_app
from .context import HOSTS, LaptopContext

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IDLE_SECONDS = TERMS["staff"].idle
_PASSPHRASE_MOST = 4096


class Laptop:
    """The program on the laptop, as a WSGI application: the door, and behind it, once it is open, the counter."""

    def __init__(
        self, folder: Path, *, map_: Path | None, now: Callable[[], int], chosen: Callable[[Path], object] = lambda _: None
    ) -> None:
        """Take the laptop's folder; nothing is read before the passphrase. `chosen` is told where the pack's governorate is."""
        self._folder, self._map, self._now, self._chosen = folder, map_, now, chosen
        self._door: WSGIApplication = _door(self)
        self._inner: WSGIApplication | None = None
        self._context: LaptopContext | None = None
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None
        self._one, self._used = threading.RLock(), time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, after whoever asked before."""
        with self._one:
            self._used = time.monotonic()
            return (self._inner or self._door)(environ, start_response)

    def open(self, passphrase: bytes) -> str:
        """Open the vault and return the token of a session. Raises LaptopError, CustodyError; StorageError."""
        with self._one:
            self.lock()
            held = vault.open_(self._folder, passphrase)
            self._unpacked = tempfile.TemporaryDirectory(prefix="khatm-van-")
            try:
                enrolled, pack = enrolment.load(held), enrolment.pack_of(held)
                self._chosen(Path(self._unpacked.name) / packs.GOVERNORATE)
                self._context = LaptopContext(held, enrolled, pack, Path(self._unpacked.name), map_=self._map, now=self._now)
                self._context.trust()
                token = self._context.enter()
                held.settle()
            except (KhatmError, OSError):
                held.close()
                self.lock()
                raise
            self._inner = create_app(self._context, self.lock)
            return token

    def lock(self) -> None:
        """Let go of the keys and of all that they opened."""
        with self._one:
            if self._context is not None:
                self._context.vault.close()
            if self._unpacked is not None:
                self._unpacked.cleanup()
            self._inner = self._context = self._unpacked = None

    def lock_if_idle(self) -> bool:
        """Lock what nobody used for as long as a session lasts; say whether it is locked now."""
        with self._one:
            if self._inner is not None and time.monotonic() - self._used >= IDLE_SECONDS:
                self.lock()
            return self._inner is None

    def watch(self) -> None:
        """Look every minute, in a thread of its own, whether to lock."""

        def look() -> None:
            while True:
                time.sleep(60)
                self.lock_if_idle()

        threading.Thread(target=look, daemon=True).start()


def _door(laptop: Laptop) -> WSGIApplication:
    app = QuietFlask("office.laptop.door", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.register_blueprint(web.assets.blueprint("office.desk.app", at=assets.STATIC, shared=web.assets.STAFF))
    pages = Blueprint("door", __name__)

    @app.before_request
    def check_host() -> ResponseReturnValue | None:
        return None if request.host.rsplit(":", 1)[0].lower() in HOSTS else ("", 421)

    @pages.get("/", defaults={"path": ""})
    @pages.get("/<path:path>")
    def ask(path: str) -> ResponseReturnValue:
        return _page("")

    @pages.post("/centre/sign-in")
    def enter() -> ResponseReturnValue:
        if foreign():
            return _page("forged")
        typed = request.form.get("passphrase", "")[:_PASSPHRASE_MOST]
        try:
            token = laptop.open(typed.encode("utf-8", "replace"))
        except CustodyError as error:
            return _page(error.code)
        except (IssuerError, KhatmError) as error:
            return _page(error.code)
        return cookies.set_session(redirect("/centre/", 303), "staff", token, https=False)  # type: ignore[arg-type]

    @pages.post("/<path:path>")
    def late(path: str) -> ResponseReturnValue:
        return _page("laptop_locked")

    app.register_blueprint(pages)
    _furnish(app)
    return Headers(app.wsgi_app, headers.policy)


def _furnish(app: Flask) -> None:
    @app.context_processor
    def of_request() -> dict[str, object]:
        chosen = language_of(request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE))
        return {"lang": chosen, "say": lambda code, **gaps: words.say(code, chosen, **gaps), "known": words.known}


def _page(code: str) -> ResponseReturnValue:
    answer = render_template("laptop_door.html", code=code)
    return answer, status_of(code) if code else 200
