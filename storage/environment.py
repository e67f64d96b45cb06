"""What each chain's env.py runs: Alembic, on the connection and with the table of revisions that storage.revisions hands over."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run the revisions that were asked for."""
    context.configure(**context.config.attributes["given"])
    with context.begin_transaction():
        context.run_migrations()
