"""What tests of several rooms ask of a database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import inspect

from digest.store import open_store
from digest.store.engine import open_engine


@cache
def migrated() -> bytes:
    """An empty SQLite database of today's schema: a copy saves a test the migrations, 50 ms."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        open_store(f"sqlite:///{file}").close()
        return file.read_bytes()


def tables_of(url: str) -> list[str]:
    """The names of its tables."""
    engine = open_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names
