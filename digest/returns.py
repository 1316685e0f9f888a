"""Mail that comes back to the mailroom: read, and acted on.

hard → the reader is bounced at once; soft → after some in a row; complaint and leave → the reader
is unsubscribed; automatic and delayed → nothing. What comes back of a letter to an address that its
reader has left since says nothing of the new one. What matches nobody is kept for the operator.
"""

from __future__ import annotations

from datetime import datetime

from digest.mail.bounce import Returned, read_return
from digest.mail.verp import Verp
from digest.mailsettings import MailSettings
from digest.readers.tokens import Tokens
from digest.store import Readers, Store
from digest.store.returned import ReturnedMail


class Returns:
    """Takes letters that came back to the tagged addresses."""

    def __init__(self, mail: MailSettings, store: Store) -> None:
        self._store = store
        self._mail = ReturnedMail(store)
        self._tokens = Tokens(mail.secret)
        # Tags are told apart by their kind, so one reads both templates' addresses.
        self._verp = Verp(mail.bounces, mail.secret)

    def take(self, raw: bytes, now: datetime, recipient: str = "") -> Returned:
        """Act on one letter. `recipient` is the envelope's, where the server tells it."""
        found = read_return(raw, self._verp, recipient)
        matched = self._act(found, now)
        kept = None if matched else raw
        self._mail.keep(found.kind, found.summary, now, matched=matched, raw=kept)
        return found

    def set_aside(self, raw: bytes, now: datetime) -> None:
        """Keep a letter that is no command and nothing returned: a person should see it."""
        summary = read_return(raw, self._verp).summary
        self._mail.keep("letter", summary, now, matched=False, raw=raw)

    def _act(self, found: Returned, now: datetime) -> bool:
        """Do what the letter means; False where it is about nobody known or means nothing known."""
        tag, kind = found.tag, found.kind
        if kind in ("automatic", "delayed"):
            return True  # nothing to do, and nothing to look at
        if tag is None or kind == "unknown":
            return False
        about = (
            self._mail.reader(tag.number) if tag.kind == "u" else self._mail.delivery(tag.number)
        )
        if about is None:
            return False
        readers = Readers(self._store, about.list_name)
        digest = self._tokens.address_hash(about.address_key)
        if kind in ("complaint", "leave"):
            if not about.moved:
                why = "complained" if kind == "complaint" else "unsubscribed"
                readers.leave(about.reader, digest, now, why)
            return True
        if tag.kind == "u":
            return False  # no letter goes out under such a tag, so none can bounce
        if self._mail.mark_bounced(tag.number, found.summary, now) and not about.moved:
            hard = kind == "hard"
            if readers.bounced(about.reader, now, hard=hard, delivery=tag.number) == "bounced":
                readers.suppress(digest, "bounced", now)
        return True
