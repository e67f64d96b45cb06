"""The laptop's web server: one process, on this machine alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from governorate.folder import SETTING
from web import server
from web.quiet import QuietLogger

from .door import Laptop


class _Served(BaseApplication):  # type: ignore[misc]
    def __init__(self, laptop: Laptop, port: int) -> None:
        self._laptop, self._port = laptop, port
        super().__init__()

    def load_config(self) -> None:
        """Take the house's settings, with one process: the vault is open in one memory."""
        told = {name: getattr(server, name) for name in dir(server) if name in self.cfg.settings}
        told |= {"bind": f"127.0.0.1:{self._port}", "workers": 1, "threads": 2, "accesslog": None, "loglevel": "warning"}
        for name, value in told.items():
            self.cfg.set(name, value)
        self.cfg.set("logger_class", QuietLogger)
        self.cfg.set("post_worker_init", lambda _: self._laptop.watch())

    def load(self) -> Any:
        """Return the application."""
        return self._laptop


def run(folder: Path, *, map_: Path | None, port: int, now: Callable[[], int]) -> None:
    """Serve until somebody ends it. The process works for the governorate of its pack, whatever the environment said."""

    def chosen(where: Path) -> None:
        os.environ[SETTING] = str(where)  # noqa: TID251 - an edge

    _Served(Laptop(folder, map_=map_, now=now, chosen=chosen), port).run()
