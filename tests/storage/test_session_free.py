"""Nothing of ours is said to a session of the server: behind a pooler it would be said to somebody else."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.house.test_one_place import where

#: What lives as long as a session. `SET LOCAL`, `set_config(…, true)` and pg_advisory_xact_lock live as long as a transaction.
OF_SESSIONS = (
    r"pg_(?:try_)?advisory_lock",
    r"pg_advisory_unlock",
    r"[\"'(; ](?:UN)?LISTEN [a-z]",
    r"pg_notify\(",
    r"CREATE (?:GLOBAL |LOCAL )?TEMP",
    r"[\"';] ?SET (?!LOCAL|CONSTRAINTS|NULL|DEFAULT)(?:SESSION )?[a-z_]+ *(?:=|TO)",
    r"WITH HOLD",
    r"[\"' ]PREPARE [a-z]",
    r"currval\(|lastval\(",
)


@pytest.mark.parametrize("what", OF_SESSIONS)
def test_no_code_of_ours_leans_on_a_session(what: str) -> None:
    assert where(re.compile(what)) == set()


def test_the_search_finds_what_it_is_for() -> None:
    said = '"SELECT pg_advisory_lock(1)"; "LISTEN x"; "CREATE TEMP TABLE"; "SET search_path = x"; "SELECT currval(1)"'
    assert sum(bool(re.search(what, said)) for what in OF_SESSIONS) >= 5
    assert (ROOT / "storage/locks.py").read_text("utf-8").count("pg_advisory_xact_lock") == 1
