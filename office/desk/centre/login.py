"""The centre's staff sign in as people everywhere do (`accounts.web.login`); this says where, and with what."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import Engine

from accounts.roles import Account
from accounts.web import login
from office.desk import problems
from office.desk.context import DeskContext
from office.desk.visitor import staff, visitor
from qr import write

ROOT = "/centre"


class _Desk:
    root, realm = ROOT, "staff"

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self.https = context.settings.https
        self.engine: Engine = context.engine

    def now(self) -> int:
        return self._context.now()

    def token(self) -> str:
        return visitor().token

    def account(self) -> Account:
        return staff()

    def stranger(self) -> bool:
        return visitor().account is None

    def status_of(self, code: str) -> int:
        return problems.status_of(code)

    def picture(self, text: str) -> str:
        return write.encode_ascii(text).svg()


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    return login.blueprint(_Desk(context))
