"""People of the week at browsers without a screen: real HTTP as nginx hands it on, cookies, and the forms that the pages have.

What a page does not offer, nobody sends: fields come from the form itself, so a hidden one cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import lxml.html
import pyotp
import urllib3
from lxml.html import FormElement

from tests.week.simulated import SimulatedClock

_SECONDS = urllib3.Timeout(connect=10, read=70)


class TroubleError(Exception):
    """The house could not just now: no connection, 5xx, too many. People come again later."""


class RefusedError(Exception):
    """The house said no, or a page is not as it should be; the text says what stands there. A finding of the week."""


class Page(NamedTuple):
    """An answer: its path, status, where it leads, and its octets."""

    path: str
    status: int
    location: str
    kind: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")

    @property
    def codes(self) -> set[str]:
        """The codes of what the page says is wrong."""
        return set(re.findall(r'data-code="([a-z_0-9]+)"', self.text))

    def find(self, pattern: str) -> str:
        """The first group of a pattern in the page. Raises RefusedError."""
        found = re.search(pattern, self.text)
        if found is None:
            raise RefusedError(f"{self.path}: no {pattern} ({self.status}, {sorted(self.codes)})")
        return found[1]

    def forms(self) -> list[FormElement]:
        return list(lxml.html.fromstring(self.data).forms) if self.data else []

    def offers(self, ending: str) -> bool:
        return any(re.search(f"{ending}$", str(form.action or "")) for form in self.forms())

    def form(self, ending: str) -> tuple[str, dict[str, str]]:
        """Action and fields of the form whose action ends so. Raises RefusedError."""
        for form in self.forms():
            if re.search(f"{ending}$", str(form.action or "")):
                return str(form.action), {name: value for name, value in form.form_values() if name}
        raise RefusedError(f"{self.path}: no form {ending} ({self.status}, {sorted(self.codes)})")


class Browser:
    """A browser of one person. `base` is where the server listens, `host` how people know it, `address` the person's own."""

    def __init__(self, base: str, host: str, address: str) -> None:
        self.base, self.host, self.address = base, host, address
        self.cookies: dict[str, str] = {}
        self._http = urllib3.PoolManager(retries=False, timeout=_SECONDS, maxsize=1)

    def get(self, path: str, expect: int | tuple[int, ...] = 200) -> Page:
        return self._told(self._send("GET", path, None, {}), expect)

    def post(self, path: str, fields: Mapping[str, Any], expect: int | tuple[int, ...] = 303, **headers: str) -> Page:
        return self._told(self._send("POST", path, dict(fields), headers), expect)

    def submit(self, page: Page, ending: str, expect: int | tuple[int, ...] = 303, **fields: Any) -> Page:
        """Fill in a form of a page and send it; `None` leaves a field out."""
        action, held = page.form(ending)
        given = held | {name.replace("pick_", "pick."): value for name, value in fields.items()}
        return self.post(action, {name: value for name, value in given.items() if value is not None}, expect)

    def follow(self, page: Page) -> Page:
        return self.get(re.sub(r"^https?://[^/]+", "", page.location)) if page.location else page

    def _send(self, method: str, path: str, fields: dict[str, Any] | None, headers: dict[str, str]) -> Page:
        known = {"Host": self.host, "X-Forwarded-For": self.address, "X-Forwarded-Proto": "https", "X-Forwarded-Host": self.host}
        known |= {"Sec-Fetch-Site": "same-origin", "Origin": f"https://{self.host}", "Accept-Language": "ar"} | headers
        if self.cookies:
            known["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        files = fields is not None and any(isinstance(value, tuple) for value in fields.values())
        try:
            answer = (
                self._http.request(method, self.base + path, fields=fields, headers=known, redirect=False, encode_multipart=files)
                if fields is not None
                else self._http.request(method, self.base + path, headers=known, redirect=False)
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TroubleError(f"{path}: {type(error).__name__}") from error
        for line in answer.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return Page(path, answer.status, answer.headers.get("Location", ""), answer.headers.get("Content-Type", ""), answer.data)

    def _told(self, page: Page, expect: int | tuple[int, ...]) -> Page:
        wanted = (expect,) if isinstance(expect, int) else expect
        if page.status in (302, 303) and "sign-in" in page.location and "sign-" not in page.path and "/code" not in page.path:
            raise TroubleError(f"{page.path}: signed out")
        if page.status in wanted:
            return page
        if page.status >= 500 or page.status == 429:
            raise TroubleError(f"{page.path}: {page.status} {sorted(page.codes)}")
        raise RefusedError(f"{page.path}: {page.status} {sorted(page.codes)} {page.location}")


class Member(Browser):
    """Somebody of the staff, of the office (`root` /centre) or of inspections (/inspections), with a password and an authenticator."""

    def __init__(self, clock: SimulatedClock, base: str, host: str, address: str, name: str, root: str) -> None:
        super().__init__(base, host, address)
        self.clock, self.name, self.root = clock, name, root
        self.password = f"{name} كوبري ستانلي 1904"
        self.key = ""
        self._used = 0

    def accept(self, invitation: str) -> None:
        """Take an invitation up: choose a password, tie a phone."""
        page = self.get(f"{self.root}/welcome/{invitation}")
        self.submit(page, f"welcome/{invitation}", password=self.password, again=self.password)
        page = self.get(f"{self.root}/code")
        self.key = page.find(r'class="reference key"[^>]*>(?:<[^>]+>|[\s\u2066-\u2069])*([A-Z2-7]{16,})')
        self.submit(page, "/enrol", 200, code=self.code())

    def code(self) -> str:
        """What the authenticator shows: each code works once, so half a minute goes by between two."""
        step = self.clock.seconds() // 30
        if step <= self._used:
            self.clock.advance((self._used + 1) * 30 - self.clock.seconds())
            step = self.clock.seconds() // 30
        self._used = step
        return pyotp.TOTP(self.key).at(self.clock.seconds())

    def sign_in(self) -> None:
        self.cookies.clear()
        page = self.get(f"{self.root}/sign-in")
        self.submit(page, "/sign-in", name=self.name, password=self.password)
        page = self.get(f"{self.root}/code")
        self.submit(page, "/code", code=self.code())

    def get(self, path: str, expect: int | tuple[int, ...] = 200) -> Page:
        """The same, after signing in again where the session is over."""
        try:
            return super().get(path, expect)
        except TroubleError as error:
            if "signed out" not in str(error) or "/sign-in" in path or "/code" in path:
                raise
            self.sign_in()
            return super().get(path, expect)
