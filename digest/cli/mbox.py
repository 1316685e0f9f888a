"""Letters in files: read from an mbox, a Maildir or standard input, and printed as an mbox."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import InputError

if TYPE_CHECKING:
    from digest.store.returned import Kept


def letters_of(file: Path) -> Iterator[bytes]:
    """The letters of a file, an mbox, a Maildir or standard input."""
    import mailbox

    if str(file) == "-":
        if (piped := sys.stdin.buffer.read()).strip():
            yield piped
        return
    try:
        if file.is_dir():
            maildir = mailbox.Maildir(file, create=False)
            for key in sorted(maildir.keys()):
                yield maildir.get_bytes(key)
            return
        data = file.read_bytes()
    except (OSError, mailbox.Error) as error:
        raise InputError(f"cannot be read ({error})", file=file) from error
    if not data.startswith(b"From "):
        if data.strip():  # an empty mbox holds no letter
            yield data
        return
    mbox = mailbox.mbox(file, create=False)
    try:
        for key in mbox.keys():  # noqa: SIM118  (iterating an mbox gives letters, parsed)
            yield mbox.get_bytes(key)
    finally:
        mbox.close()


def mbox_entry(kept: Kept) -> bytes:
    """As RFC 4155 has it, with ">" before lines that would begin another entry."""
    text = re.sub(rb"(?m)^(>*From )", rb">\1", (kept.raw or b"").replace(b"\r\n", b"\n"))
    return b"From digest@localhost %s\n%s\n\n" % (
        kept.received_at.strftime("%a %b %d %H:%M:%S %Y").encode(),
        text.rstrip(b"\n"),
    )
