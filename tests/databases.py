"""What tests of several rooms ask of a database."""

from __future__ import annotations

from sqlalchemy import inspect

from digest.store.engine import open_engine


def tables_of(url: str) -> list[str]:
    """The names of its tables."""
    engine = open_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names
