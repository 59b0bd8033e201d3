"""What alembic runs a migration in: the connection that the store has open, in its transaction."""

from alembic import context

from adapters.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
