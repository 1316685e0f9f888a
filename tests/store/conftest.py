"""One suite over both databases: SQLite always, PostgreSQL where its test server is installed.

The PostgreSQL half is marked `system`, so that `make test` stays light.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.store import Store, open_store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/digest.sqlite3"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of today's schema; a copy saves each test the migrations."""
    file = tmp_path_factory.mktemp("migrated") / "digest.sqlite3"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def store(url: str, migrated: Path) -> Iterator[Store]:
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir()
        shutil.copy(migrated, file)
    with open_store(url) as store:
        yield store
