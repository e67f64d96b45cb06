"""Where the things of inspections are, and how commands come by them: the database, the server's key, photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from sqlalchemy import Engine

from .database import open_inspections

_Command = TypeVar("_Command", bound=Callable[..., Any])

DATABASE, FILES = "var/inspections.sqlite", Path("var/inspections")
PHOTOGRAPHS = "KHATM_INSPECTIONS_PHOTOGRAPHS"  # one setting for the server, every command and the doctor


class Locations(NamedTuple):
    """The database (a SQLite file or postgresql:// URL) and the folder of files, as the options of a command name them.

    `pictures`: where photographs are, if not in that folder: another one, or a file (`.toml`) that describes a bucket.
    """

    database: str = DATABASE
    files: Path = FILES
    pictures: Path | None = None

    @property
    def server_key(self) -> Path:
        """The file of the server's own key."""
        return self.files / "server-key.pem"

    @property
    def photographs(self) -> Path:
        """Where photographs are, by their hashes: a folder, or the file that describes a bucket."""
        return self.pictures or self.files / "photographs"

    @property
    def lists(self) -> Path:
        """The folder of status lists as they were published."""
        return self.files / "lists"

    @contextmanager
    def engine(self, *, create: bool = False) -> Iterator[Engine]:
        """Open the database for as long as a command needs it. Raises StorageError."""
        engine = open_inspections(self.database, create=create)
        try:
            yield engine
        finally:
            engine.dispose()


def location_options(command: _Command) -> _Command:
    """Add the options that name the locations; the command gets them as one argument, `locations`."""

    def located(**options: Any) -> Any:
        return command(locations=Locations(options.pop("database"), options.pop("files"), options.pop("photographs")), **options)

    located.__name__, located.__doc__ = command.__name__, command.__doc__
    located.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    path = click.Path(path_type=Path)
    pictures = "Where photographs are: a folder, or a file (TOML) that describes a bucket.  [default: in the folder of --files]"
    for option in (
        click.option("--photographs", type=path, envvar=PHOTOGRAPHS, show_envvar=True, help=pictures),
        click.option("--files", type=path, default=FILES, show_default=True, help="The folder of photographs and of the server's key."),
        click.option("--database", default=DATABASE, show_default=True, help="SQLite file or postgresql:// URL."),
    ):
        located = option(located)
    return located  # type: ignore[return-value]
