"""Alembic's entry: always on a connection that storage.revisions hands over."""

from storage import environment

environment.run()
