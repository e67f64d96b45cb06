"""How far a look at very many rows came, for whoever waits before a terminal."""

from __future__ import annotations

import click


class Seen:
    """Says on the standard error how many rows were looked at, each hundred thousand, and of how many."""

    def __init__(self, label: str, *, quiet: bool = False, of: int = 0) -> None:
        self._label, self._quiet, self._of = label, quiet, f" of {of}" if of else ""
        self._rows, self._said, self._heard = 0, 0, False

    def __call__(self, rows: int) -> None:
        """Hear of some more rows."""
        self.at(self._rows + rows)

    def at(self, rows: int) -> None:
        """Hear how many rows there were by now."""
        goes_on, self._rows, self._heard = rows > 0 and not self._heard, rows, True
        if not self._quiet and (goes_on or rows // 100_000 > self._said):
            self._said = rows // 100_000
            click.echo(f"{self._label} {rows}{self._of} rows …", err=True)
