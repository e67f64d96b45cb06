"""How every service's templates are made: without the blank lines of their tags, and each of them once in a process."""

from __future__ import annotations

from collections.abc import MutableMapping
from threading import RLock
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import Template


class Templates(Environment):
    """Compiles a template once, however many ask for it at the same moment.

    Jinja lets each of them compile it, and they share one processor: a server that has just begun made its first twenty visitors wait
    twenty times as long as the first alone would have.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, trim_blocks=True, lstrip_blocks=True, **options)
        self._one = RLock()  # a template may ask for another one

    def get_template(self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None) -> Template:
        """Return a template, made or ready; as Jinja's own."""
        with self._one:
            return super().get_template(name, parent, globals)
