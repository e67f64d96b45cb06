"""The published lists that a command works by, and whether they are this governorate's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from governorate import identity
from published import Loaded, Watch, beside
from web import clock, named_paths

from .locations import location_options

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDER = Path("var/published")


def listed_options(command: _Command) -> _Command:
    """Add the options that name the published lists."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--root", type=path, help="Pinned root.  [default: root.cose or root.jwk beside the published folder]"),
        click.option("--published", type=path, default=_FOLDER, show_default=True, help="The folder of signed files."),
    ):
        command = option(command)
    return command


def current(published: Path, root: Path | None, *, now: int) -> Loaded | None:
    """Return the lists at `now` (seconds since 1970 UTC), None where there are none that hold.

    Raises FileNotFoundError where there is no such folder or root, GovernorateError `governorate_other` for another governorate's.
    """
    root = root or beside(published.parent)
    named_paths.require(published, root)
    found = Watch(published, root=root, now=lambda: now).current().loaded
    if found is not None:
        identity.must_be(found.trust.governorate)
    return found


def require_named(published: Path, root: Path | None) -> None:
    """Return if what was named is there; the default may be missing. Raises FileNotFoundError."""
    if published != _FOLDER or root is not None:
        named_paths.require(published, root)


def own_location_options(command: _Command) -> _Command:
    """Add the options of the locations to a command that takes codes of authorities: with another governorate's lists it ends.

    People and devices may come before the first list: a folder that is not there, and was not named, says nothing.
    """

    @wraps(command)
    def asked(published: Path, root: Path | None, **options: Any) -> Any:
        named = published != _FOLDER or root is not None
        if named or published.exists():
            current(published, root, now=clock.seconds())
        return command(**options)

    return location_options(listed_options(asked))  # type: ignore[return-value]
