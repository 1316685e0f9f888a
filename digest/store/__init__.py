"""The only SQL: feed states, items, editions."""
