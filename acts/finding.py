"""What an audit finds wrong."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .bodies import Key

Kind = Literal["changed", "removed", "slipped_in", "act_changed", "act_missing", "act_removed"]


class Finding(NamedTuple):
    """What is wrong: a row by its table and key, and the columns that differ; of the acts, the act's id or its place in the log."""

    kind: Kind
    table: str
    key: Key
    columns: tuple[str, ...] = ()
