"""A new database, an old one, one of a newer program; all at once or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from inspect import unwrap
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, inspect, text

from digest.delivery import Consent
from digest.errors import StoreError
from digest.store import migrate, migrations, open_store
from digest.store.engine import open_engine
from digest.store.migrate import HEAD
from digest.store.schema import metadata
from digest.store.signups import SignUps


@pytest.fixture(autouse=True)
def _migrated_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """By alembic, also where tests/conftest.py has its statements kept."""
    monkeypatch.setattr(migrate, "_upgrade", unwrap(migrate._upgrade))


def _is_word_index(name: str) -> bool:
    """Of each database's own kind, and none of the schema's tables; test_store_search uses it."""
    return name.startswith("story_words")


def _defaults_differ(
    context: Any, column: Any, wanted: Any, default: str | None, given: Any, rendered: str | None
) -> bool | None:
    """PostgreSQL cannot compare two values of type json; there the texts are compared."""
    if not isinstance(wanted.type, JSON):
        return None
    return (default or "").removesuffix("::json").strip("'") != (rendered or "").strip("'")


def test_migrations_lead_to_the_schema(url: str) -> None:
    open_store(url).close()
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": _defaults_differ,
                "include_name": lambda name, kind, _: kind != "table" or not _is_word_index(name),
            },
        )
        assert compare_metadata(context, metadata) == []
        names = inspect(connection).get_table_names()
        tables = {name for name in names if not _is_word_index(name)}
        assert tables == {*metadata.tables, "alembic_version"}
        for name, table in metadata.tables.items():
            # alembic does not compare primary keys, nor ON DELETE on every database
            found = inspect(connection).get_pk_constraint(name)
            assert found["constrained_columns"] == [column.name for column in table.primary_key]
            # SQLite's AUTOINCREMENT keys cannot have one.
            assert found["name"] in (table.primary_key.name, None)
        (key,) = inspect(connection).get_foreign_keys("edition_stories")
        assert key["options"]["ondelete"] == "CASCADE"
    engine.dispose()


def test_head_is_the_newest_revision() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == HEAD


def test_many_openers_of_a_new_database(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(open_store, [url] * 4))
    for store in stores:
        assert store.status().revision == HEAD
        store.close()


def test_a_failed_migration_leaves_nothing_behind(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE leases (mine INTEGER)"))
    with pytest.raises(StoreError, match="leases"):
        open_store(url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["leases"]
    engine.dispose()


def test_a_newer_programs_database_is_refused(url: str) -> None:
    open_store(url).close()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"newer program \(schema 9999; this one knows .*Upgrade"):
        open_store(url)


def test_who_waits_to_confirm_is_told_from_who_was_a_reader_before(url: str) -> None:
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        for id, state in ((1, "pending"), (2, "pending"), (3, "active")):
            connection.execute(
                text(
                    "INSERT INTO readers (id, list_name, address, address_key, state, zone, hour, "
                    "days, sections, format, language, nonce, consent_how, consent_text, "
                    "soft_bounces, created_at, changed_at) VALUES (:id, 'main', :key, :key, :state,"
                    " 'UTC', 7, 127, '[\"cyber\"]', 'html', 'en', :nonce, '', '', 0, :at, :at)"
                ),
                {
                    "id": id,
                    "key": f"r{id}@x.example",
                    "state": state,
                    "nonce": f"n{id}",
                    "at": "2026-04-14 06:00:00",
                },
            )
        connection.execute(
            text(
                "INSERT INTO deliveries (list_name, date, reader, state, due_at, attempts, "
                "changed_at, code, reply) VALUES ('main', '2026-04-14', 2, 'sent', :at, 1, :at, "
                "250, '')"
            ),
            {"at": "2026-04-14 06:00:00"},
        )
    engine.dispose()
    now = datetime(2026, 4, 15, tzinfo=UTC)
    with open_store(url) as store:
        roll = SignUps(store)
        assert [reader.state for reader in roll.all()] == ["pending", "unsubscribed", "active"]
        asked = roll.asked(2)  # the link that was mailed still counts
        assert asked
        assert (asked.state, asked.hour, asked.sections) == ("pending", 7, ("cyber",))
        assert roll.confirm(2, "n2", Consent(now, "page"), now)
        assert roll.asked(3) is None
        assert roll.forget_unconfirmed(now) == 1
        assert [reader.id for reader in roll.all()] == [2, 3]
        assert roll.by_id(1) is None
