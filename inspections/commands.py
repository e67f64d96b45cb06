"""`khatm inspections`: what inspectors saw, its server, devices and people. An edge: it starts processes."""

from __future__ import annotations

from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

from accounts.errors import AccountError
from storage.errors import KhatmError
from storage.faults import refusal

from . import server_key
from .errors import SENTENCES
from .locations import Locations, location_options


class Refusals(click.Group):
    """Turns what inspections refuse into a sentence in both languages and exit code 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except KhatmError as error:
            _refuse(error.code, error.detail)
        except AccountError as error:
            _refuse(error.code)
        except DBAPIError as error:
            _refuse(refusal(error).code)
        except BrokenPipeError:
            raise  # the reader went away: click ends quietly
        except FileNotFoundError as error:
            _refuse("path_missing", str(error.filename or ""))
        except OSError as error:
            _refuse("disk", ": ".join(str(part) for part in (error.filename, error.strerror) if part))


def _refuse(code: str, detail: str = "") -> NoReturn:
    raise click.UsageError(SENTENCES.both(code, detail))


@click.group("inspections", cls=Refusals)
def inspections_() -> None:
    """What inspectors saw: its server, its devices, its people."""


@inspections_.command()
@location_options
def init(locations: Locations) -> None:
    """Make the database and the server's key. What is there already stays as it is."""
    server_key.make(locations.server_key)
    server_key.read(locations.server_key)
    with locations.engine(create=True):
        click.echo(f"Database: {locations.database}\nServer's key: {locations.server_key}")
