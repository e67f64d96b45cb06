"""Another program: it has a token, and asks as programs do."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from inspections.programs import tokens
from inspections.programs.tokens import SCOPES
from inspections.web.paths import DATA
from seal import days
from tests.inspections.street import Street


class Program:
    """A client with a token for some authorities and scopes."""

    def __init__(self, street: Street, *authorities: str, scopes: tuple[str, ...] = SCOPES, name: str = "Power BI") -> None:
        self.street, self.http = street, street.app.test_client(use_cookies=False)
        last = days.day_of(street.now) + timedelta(days=30)
        with street.engine.begin() as connection:
            given: dict[str, Any] = {"scopes": scopes, "authorities": authorities or ("MID",), "last_day": last}
            self.token, self.secret = tokens.make(connection, name, **given, by="console", now=street.now)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"excel:{self.secret}".encode()).decode()}

    def get(self, path: str, status: int | None = 200, *, root: str = DATA, **headers: str) -> TestResponse:
        answer = self.http.get(f"{root}{path}", headers={**self.bearer, **headers})
        assert status is None or answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return answer

    def code(self, path: str, status: int, *, root: str = DATA) -> str:
        return str(self.get(path, status, root=root).json["error"]["code"])  # type: ignore[index]
