"""After rows were changed for good the database itself forgets what stood there; a connection that failed in it goes."""

from __future__ import annotations

from contextlib import closing

import pytest
from psycopg.errors import UndefinedTable

from acts import erasing
from office.database import open_register


def test_a_connection_on_which_it_failed_is_nobody_s_any_more(postgres_database: str) -> None:
    """It would commit each statement by itself, and what fails halfway would stay half done."""
    register = open_register(postgres_database)
    erasing.scrub(register, "account")
    with pytest.raises(UndefinedTable):
        erasing.scrub(register, "nowhere")
    for _ in range(2):
        with closing(register.raw_connection()) as raw:
            assert raw.driver_connection is not None and not raw.driver_connection.autocommit
    register.dispose()
