"""Alembic's entry: always on a connection that issuer.register.database hands over."""

from alembic import context

from issuer.register.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
