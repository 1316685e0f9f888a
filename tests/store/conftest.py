"""One suite over both databases: SQLite always, PostgreSQL where its test server is installed.

The PostgreSQL half is marked `system`, so that `make test` stays light.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import migrated

from digest.store import Store, open_store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/digest.sqlite3"
    return str(request.getfixturevalue("postgresql_database"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir()
        file.write_bytes(migrated())
    with open_store(url) as store:
        yield store
