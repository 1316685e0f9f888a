"""The last look at a letter as it goes over the wire: one of a kind, before any leaves.

`render.preflight` has looked at what is printed; here are the headers, the parts and the signature.
"""

from __future__ import annotations

import email.policy
import re
from email.message import EmailMessage
from email.parser import BytesParser

NEEDED = ("From", "To", "Date", "Subject", "Message-ID", "MIME-Version", "List-Id")
SIGNED = ("from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post")
"""What a DKIM signature must cover; of the last two RFC 8058, section 4, asks it."""
LINE = 998
"""Bytes of a line without its CRLF: RFC 5322, section 2.1.1."""
LETTER_LIMIT = 400_000
"""Bytes on the wire: HTML (90 kB), text and map in their encodings are half of it at most."""

_LOADS = re.compile(
    r"""<(?:img|link|script|iframe)\b[^>]*?\s(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.I
)


def problems(raw: bytes) -> tuple[str, ...]:
    """Why a letter of this making must not leave; each says what and what to do. Empty: it may."""
    message = BytesParser(EmailMessage, policy=email.policy.SMTP).parsebytes(raw)
    found = [f"the letter has no {name}: see digest doctor --mail" for name in NEEDED
             if not message[name]]  # fmt: skip
    found += [
        f"the letter's {part.get_content_type()} is malformed: {type(defect).__name__}"
        for part in message.walk()
        for defect in part.defects
    ]
    if any(len(line) > LINE for line in raw.split(b"\r\n")):
        found.append(f"a line of the letter has more than {LINE} bytes: shorten its links")
    if len(raw) > LETTER_LIMIT:
        found.append(f"the letter has {len(raw):,} bytes, {LETTER_LIMIT:,} are allowed")
    return (*found, *_leaving(message), *_signature(message))


def _leaving(message: EmailMessage) -> list[str]:
    """Whether a reader can leave from the head and from each part."""
    ways = re.findall(r"<([^>]+)>", message.get("List-Unsubscribe", ""))
    if not ways:
        return ["the letter has no List-Unsubscribe: name a way to leave, see digest doctor --mail"]
    found = []
    web = next((way for way in ways if way.startswith("https://")), "")
    if web and message["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        found.append("the letter has no List-Unsubscribe-Post, so one click does not unsubscribe")
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        if part is None:
            continue
        body = part.get_content()
        if not any(way in body for way in ways):
            found.append(f"the {kind} part has no unsubscribe link: print its placeholder in it")
        if kind == "html" and _LOADS.search(body):
            found.append("the html part loads something from the network: take it out")
    return found


def _signature(message: EmailMessage) -> list[str]:
    """What each signature leaves open; an unsigned letter is the operator's choice."""
    found = []
    for signature in message.get_all("DKIM-Signature", []):
        tags = dict(
            (part.strip().partition("=")[::2]) for part in str(signature).split(";") if "=" in part
        )
        covered = {name.strip().lower() for name in tags.get("h", "").split(":")}
        open_ = [name for name in SIGNED if message[name] and name not in covered]
        if open_:
            found.append(
                f"the DKIM signature of {tags.get('s', '?').strip()} does not cover "
                f"{', '.join(open_)}"
            )
        if "l" in tags:
            found.append("the DKIM signature covers a part of the body only (l=)")
    return found
