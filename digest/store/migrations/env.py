"""Run by alembic, on the connection and in the transaction that `store.migrate` gives it."""

from __future__ import annotations

from alembic import context

from digest.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes columns by copying the table; batch mode writes that out.
    render_as_batch=True,
)
context.run_migrations()
