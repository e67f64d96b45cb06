"""Alembic's entry: always on a connection that storage.revisions hands over."""

from alembic import context

from accounts.tables import metadata as accounts
from issuer.register.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=[metadata, accounts], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
