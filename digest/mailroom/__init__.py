"""The mailroom: settings and keys → an edition's letters, on their way by the ledger.

The composition root of mail, as services.py is of the rest: it alone knows that the outbox's ledger
is the store's, and that the links in a letter are the readers' tokens.

letters.py  what an edition's letters are made of, and each reader's own
sending.py  whom they go to, and a run over them
"""

from __future__ import annotations

from digest.mailroom.letters import (
    EditionMail,
    Mailable,
    edition_folder,
    edition_ids,
    masthead,
    read_mailable,
    subject_line,
    subject_of,
)
from digest.mailroom.sending import TROUBLE, Forecast, Mailroom, Orders, Report

__all__ = [
    "TROUBLE",
    "EditionMail",
    "Forecast",
    "Mailable",
    "Mailroom",
    "Orders",
    "Report",
    "edition_folder",
    "edition_ids",
    "masthead",
    "read_mailable",
    "subject_line",
    "subject_of",
]
