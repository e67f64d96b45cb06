"""What an audit finds wrong."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .bodies import Key

Kind = Literal["changed", "removed", "slipped_in", "act_changed", "act_missing", "act_removed", "not_as_logged"]


class Finding(NamedTuple):
    """What is wrong: a row by its table and key, and the columns that differ; of the acts, the act's id or its place in the log;
    of the log of seals, a position at which the register has another one.
    """

    kind: Kind
    table: str
    key: Key
    columns: tuple[str, ...] = ()
