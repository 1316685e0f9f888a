"""Which story a comment is about, by the editions in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date

from digest.comment import Subject
from digest.delivery import Subscriber
from digest.mailroom import subject_line
from digest.store import Store


@dataclass(frozen=True, slots=True)
class Told:
    store: Store

    def named(self, thread: str) -> Subject | None:
        """The story told under a thread, as its newest edition has it."""
        found = self.store.newest_told(thread)
        return Subject(thread, *found) if found else None

    def answered(self, date: Date, subject: str, reader: Subscriber) -> Subject | None:
        """The story that a letter of `reader` answers: whose headline its subject is, else the
        lead. Who chose sections or regions has another lead, or had none, and no word of this
        one."""
        stories = self.store.told_on(date)
        lead = [] if reader.sections or reader.regions else stories[:1]
        found = [story for story in stories if subject_line(story[1]) == subject] or lead
        return Subject(found[0][0], date, found[0][1]) if found and found[0][0] else None
