"""What somebody does to a database who has rights on it and goes past the programs: nothing of ours sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine


def run(engine: Engine, *statements: str) -> list[list[Any]]:
    """Run statements in one transaction of the driver's own; return the rows of each."""
    driver = engine.raw_connection()
    try:
        cursor = driver.cursor()
        found = []
        for statement in statements:
            cursor.execute(statement)
            found.append(cursor.fetchall() if cursor.description else [])
        driver.commit()
        return found
    finally:
        driver.close()
