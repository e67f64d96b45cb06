"""People at browsers: each with cookies of their own, in Arabic and in Cairo."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import PATIENCE_MS
from tests.office.desk.house import Visitor

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


class Browsers:
    """Opens browsers, and closes them again."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium, self._open = chromium, list[BrowserContext]()

    def page(self, address: str, *, narrow: bool = False, visitor: Visitor | None = None, **more: Any) -> Page:
        """An empty page; `visitor` is whose session it has."""
        size = PHONE if narrow else DESK
        context = self._chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", viewport=size, **more)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        self._open.append(context)
        for name in ("khatm_staff", "khatm_citizen"):
            held = visitor.http.get_cookie(name) if visitor else None
            if held:
                context.add_cookies([{"name": name, "value": held.value, "url": address}])
        return context.new_page()

    def close(self) -> None:
        for context in self._open:
            context.close()
