"""The only SQL: feed states, items, editions, cached vectors, leases, readers, deliveries.

`open_store(url)` is the door. SQLite is the default; the same code runs on PostgreSQL.
"""

from __future__ import annotations

from digest.store.deliveries import Ledger, open_ledger
from digest.store.facade import Store, backup_before_migration, open_store, restore
from digest.store.items import SavedCounts
from digest.store.leases import Held
from digest.store.moving import Moved, move
from digest.store.readers import Readers
from digest.store.status import StoreStatus

__all__ = [
    "Held",
    "Ledger",
    "Moved",
    "Readers",
    "SavedCounts",
    "Store",
    "StoreStatus",
    "backup_before_migration",
    "move",
    "open_ledger",
    "open_store",
    "restore",
]
