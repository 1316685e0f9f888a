"""Letters coming in by polling a mailbox over IMAP (imaplib).

A letter is marked \\Seen after it has been dealt with, never before: what a crash interrupts comes
again. One that trips a bug is marked \\Flagged as well: set aside, in the mailbox, for a person to
see. Nothing is deleted; how long letters are kept is the mailbox's own rule.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from digest.errors import DigestError, MailError, UsageError
from digest.loopback import is_loopback
from digest.mail.inbox import LARGEST
from digest.mail.outcome import one_line

Deal = Callable[[bytes, str, str | None], None]
"""(letter, recipient: "", envelope sender: None); raises DigestError to have it come again."""
SECONDS = 60.0
AT_ONCE = 200
"""Letters of one poll; the rest waits for the next."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """imaps://user:password@host[:port]/INBOX; `imap+starttls://` and, on loopback, `imap://`."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"


def parse_mailbox(url: str) -> Mailbox:
    """Read a mailbox's address. Raises UsageError; never quotes the password."""
    mend = "Write it like imaps://user:password@imap.example.org/INBOX"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise UsageError(f"the mailbox has no valid address. {mend}") from None
    kinds: dict[str, tuple[Literal["tls", "starttls", "none"], int]] = {
        "imaps": ("tls", 993),
        "imap+starttls": ("starttls", 143),
        "imap": ("none", 143),
    }
    if parts.scheme not in kinds or not parts.hostname or not parts.username:
        raise UsageError(f"the mailbox has no valid address. {mend}")
    security, usual = kinds[parts.scheme]
    if security == "none" and not is_loopback(parts.hostname):
        raise UsageError(
            f"imap://{parts.hostname} would send the password in clear. Say imaps:// or "
            "imap+starttls://"
        )
    return Mailbox(
        host=parts.hostname,
        port=port or usual,
        security=security,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def poll(mailbox: Mailbox, deal: Deal) -> int:
    """Deal with every unseen letter, oldest first; how many. Raises MailError where the mailbox
    cannot be read, and the DigestError of `deal`: that letter and those after it come again. What
    else `deal` raises is a bug; it is logged, and keeps none of the others waiting."""
    count = 0
    with _translated(mailbox), _opened(mailbox) as imap:
        for uid in _unseen(imap)[:AT_ONCE]:
            answer = _asked(imap.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)"))
            raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
            flags = r"(\Seen)"
            if raw is not None:  # expunged meanwhile by another program
                try:
                    deal(raw, "", None)
                    count += 1
                except DigestError:
                    raise
                except Exception:
                    logging.getLogger("digest").exception("event=inbox-bug")
                    flags = r"(\Seen \Flagged)"
            _asked(imap.uid("STORE", uid, "+FLAGS.SILENT", flags))
    return count


def _unseen(imap: imaplib.IMAP4) -> list[str]:
    found = _asked(imap.uid("SEARCH", "UNSEEN", "UNDELETED"))
    uids = b" ".join(part for part in found if isinstance(part, bytes)).split()
    return [str(uid) for uid in sorted(map(int, uids))]


def _asked(answer: tuple[str, Sequence[object]]) -> list[object]:
    status, data = answer
    if status != "OK":
        said = data[0] if data and isinstance(data[0], bytes) else b""
        raise imaplib.IMAP4.error(one_line(said))
    return list(data)


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    at = (mailbox.host, mailbox.port)
    imap: imaplib.IMAP4
    if mailbox.security == "tls":
        imap = imaplib.IMAP4_SSL(*at, ssl_context=ssl.create_default_context(), timeout=SECONDS)
    else:
        imap = imaplib.IMAP4(*at, timeout=SECONDS)
    try:
        if mailbox.security == "starttls":
            imap.starttls(ssl.create_default_context())
        imap.login(mailbox.user, mailbox.password)
        folder = mailbox.folder.replace("\\", "\\\\").replace('"', '\\"')
        _asked(imap.select(f'"{folder}"'))
        yield imap
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()


@contextmanager
def _translated(mailbox: Mailbox) -> Iterator[None]:
    try:
        yield
    except DigestError:
        raise
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise MailError(
            f"the mailbox at {mailbox.host}:{mailbox.port} cannot be read: "
            f"{one_line(str(error)) or type(error).__name__}"
        ) from error
