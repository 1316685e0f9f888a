"""What comes back: bounces, complaints, automatic answers, wishes to leave. Pure.

    read_return(raw, verp) → Returned(kind, tag, …)

Whom a letter is about is told by the tagged address it came back to, else by the tag in the letter
of ours that it quotes (`mail.verp`); other addresses are anybody's claim. To leave, a letter has to
be written to the address for it: every letter of ours holds that one, and many an answer quotes it.
Standards: RFC 3464 (delivery status), 6522 (multipart/report), 5965 (complaints), 3834 (automatic
answers).
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from digest.mail.headers import UNREADABLE, decoded, header, text_of
from digest.mail.outcome import is_of_address, of_sender, one_line, status_in
from digest.mail.verp import Tag, Verp

Kind = Literal["hard", "soft", "delayed", "complaint", "leave", "automatic", "unknown"]
"""hard       the address is no good: nothing is sent to it any more
soft       this letter did not get through; in a row they end the address too
delayed    the mail system is still trying: nothing to do
complaint  the reader called it spam: as good as leaving
leave      the reader wrote to the unsubscribe address
automatic  a vacation reply, a challenge, a read receipt: nothing to do
unknown    none of these: kept for the operator to see
"""
LARGEST = 2_000_000
"""Bytes looked at. Bounces quote our own letter of about 100 KB."""

_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_HARD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|person|address|recipient|mailbox)"
    r"|does(?: not|n't) (?:exist|have an? .{0,30}account)|address (?:not found|rejected)"
    r"|mailbox (?:not found|unavailable|does not exist)|recipient (?:address )?(?:rejected|unknown)"
    r"|invalid (?:recipient|address|mailbox)"
    r"|account (?:is |has been )?(?:disabled|closed|suspended)"
    r"|unrouteable address|not a known user|host (?:or domain name )?not found|domain not found"
    r"|couldn't find any host|empf[aä]nger.{0,90}unbekannt|adresse.{0,90}introuvable"
    r"|usuario desconocido|destinataire inconnu|utilisateur inconnu|пользователь.{0,20}не найден"
    r"|邮箱不存在|用户不存在|not listed in|no mailbox here",
    re.IGNORECASE,
)
_SOFT_WORDS = re.compile(
    r"mailbox (?:is )?(?:full|over)|quota|over ?quota|try again later|temporar|greylist|too large"
    r"|message size|timed? ?out|connection refused|blocked|blacklist|spam|policy|rejected by",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery.{0,25}(?:fail|status|problem|notification)|returned mail|mail delivery"
    r"|failure notice|could not be delivered|not delivered|unzustellbar|nicht zugestellt"
    r"|non remis|non distribu|no se (?:pudo|ha podido) entregar|не удалось доставить|mail failure"
    r"|退信",
    re.IGNORECASE,
)
_DELAY = re.compile(r"delayed|will (?:be retried|keep trying)|still trying|warning: could not send")
_AUTO_SUBJECT = re.compile(
    r"^(?:auto(?:matic)?[- ]?(?:reply|response|answer)|out of (?:the )?office|abwesen|absence"
    r"|r[eé]ponse automatique|automatische antwort|respuesta autom|vacation|i am away|away from)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"verify (?:that )?you(?:r (?:message|email|address)| are)|challenge[- ]response"
    r"|sender verification|whitelist|confirm (?:that )?you are (?:a )?human|spamarrest|boxbe"
    r"|^antispam\b|confirm your (?:message|e-?mail)|guest list",
    re.IGNORECASE,
)
_DMARC_REPORT = re.compile(r"^report domain:", re.IGNORECASE)
"""RFC 7489 section 7.2.1.1: the daily report to the address in our own DMARC record."""
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "other")
"""Feedback types (RFC 5965, 6650) by which a reader says no. `not-spam` says yes; `auth-failure`
(RFC 6591) and `virus` are told by machines of forgeries too."""
_COMPLAINT_SUBJECT = re.compile(r"^complaint about (?:a )?message from", re.IGNORECASE)
"""A large provider's complaints, which bring the letter but no report."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One letter that came back."""

    kind: Kind
    tag: Tag | None
    """Whom it is about; None where no genuine tag stands in it."""
    status: str = ""
    """RFC 3463's code, such as 5.1.1, where there is one."""
    summary: str = ""
    """One line for the operator."""


def read_return(raw: bytes, verp: Verp, recipient: str = "") -> Returned:
    """What one incoming letter means. `recipient` is the envelope's, where the server tells it.

    Never raises for what a letter holds.
    """
    try:
        return _read(raw, verp, recipient)
    except UNREADABLE:
        return Returned("unknown", verp.read(recipient), summary="a letter that cannot be read")


def _read(raw: bytes, verp: Verp, recipient: str) -> Returned:
    letter = email.message_from_bytes(raw[:LARGEST], policy=email.policy.compat32)
    written_to = _written_to(letter, verp, recipient)
    tag = written_to or _quoted(letter, verp)
    subject = one_line(_header(letter, "Subject"))
    report = letter.get_content_type() == "multipart/report"
    kind: Kind
    status = ""
    if _has_part(letter, "message/feedback-report"):
        kind, why = "complaint", _feedback(letter)
        if why not in _COMPLAINTS:
            kind = "automatic"
    elif _has_part(letter, "message/delivery-status"):
        kind, status, why = _delivery_status(letter)
    elif report and "disposition-notification" in str(letter.get_param("report-type", "")):
        kind, why = "automatic", "read receipt"
    elif _COMPLAINT_SUBJECT.search(subject) and _has_part(letter, "message/rfc822"):
        kind, why = "complaint", subject
    elif written_to is not None and written_to.kind == "u" and not _is_automatic(letter, subject):
        kind, why = "leave", subject
    elif _is_bounce(letter, subject):
        kind, status, why = _bounce_in_words(_text(letter))
    elif (
        _is_automatic(letter, subject)
        or _CHALLENGE.search(subject)
        or _DMARC_REPORT.search(subject)
    ):
        kind, why = "automatic", subject
    else:
        kind, why = "unknown", subject
    return Returned(kind, tag, status, one_line(f"{subject}: {why}" if why != subject else why))


# --- Whom it is about ----------------------------------------------------------------------


def _written_to(letter: Message, verp: Verp, recipient: str) -> Tag | None:
    """The tag in the address it came back to."""
    places = [recipient]
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc"):
        places += [str(value) for value in letter.get_all(name, [])]
    return next(filter(None, map(verp.read, places)), None)


def _quoted(letter: Message, verp: Verp) -> Tag | None:
    """The tag of our own letter that it quotes, as complaints and some bounces do."""
    for part in letter.walk():
        if part is letter:
            continue
        for name in ("Return-Path", "List-Unsubscribe", "Original-Mail-From", "X-Original-Sender"):
            if tag := verp.read(" ".join(str(value) for value in part.get_all(name, []))):
                return tag
    # Non-standard bounces quote the letter as text, its address to leave by included.
    return verp.read(_text(letter)[:200_000], kind="b")


# --- Standard reports ----------------------------------------------------------------------


def _delivery_status(letter: Message) -> tuple[Kind, str, str]:
    """RFC 3464: the worst of what the per-recipient fields say."""
    found: list[tuple[Kind, str, str]] = []
    for part in letter.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for fields in _field_blocks(part):
            action = fields.get("action", "").strip().lower()
            if not action:
                continue
            said = one_line(fields.get("diagnostic-code", "").partition(";")[2])
            status = status_in(fields.get("status", ""))
            if action == "failed":
                found.append((_hardness(status, said), status, said))
            elif action == "delayed":
                found.append(("delayed", status, said))
            else:  # delivered, relayed, expanded
                found.append(("automatic", status, action))
    order: tuple[Kind, ...] = ("hard", "soft", "delayed", "automatic")
    found.sort(key=lambda item: order.index(item[0]))
    return found[0] if found else _bounce_in_words(_text(letter))


def _field_blocks(part: Message) -> list[dict[str, str]]:
    """The field groups of a delivery-status part; the parser makes each a message of its own."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    return [
        {name.lower(): str(value) for name, value in block.items()}
        for block in blocks
        if isinstance(block, Message)
    ]


def _hardness(status: str, said: str) -> Kind:
    """Hard where the code is of the address; a vague 5.0.0 is read by its words."""
    own = status_in(said)
    # The remote server's own code is closer to the truth than the reporting one's 5.0.0.
    if own and (not status or status.endswith(".0.0")):
        status = own
    if status.startswith("4") or of_sender(f"{status} {said}"):
        return "soft"
    if is_of_address(status):
        return "hard"
    if status.startswith("5") and not status.endswith(".0.0"):
        return "soft"
    return "hard" if _HARD_WORDS.search(said) and not _SOFT_WORDS.search(said) else "soft"


def _feedback(letter: Message) -> str:
    """The Feedback-Type of a complaint (RFC 5965)."""
    for part in letter.walk():
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else part
            text = inner.as_string() if isinstance(inner, Message) else str(payload)
            found = re.search(r"^feedback-type:\s*([\w-]+)", text, re.IGNORECASE | re.MULTILINE)
            return found[1].lower() if found else "abuse"
    return "abuse"


# --- Everything else -----------------------------------------------------------------------


def _is_bounce(letter: Message, subject: str) -> bool:
    """A bounce without a report (qmail, Exim, old Exchange): by its sender and its words."""
    if letter.get_all("X-Failed-Recipients"):
        return True
    sender = _header(letter, "From").lower()
    path = _header(letter, "Return-Path").strip()
    from_system = path == "<>" or "mailer-daemon" in sender or "postmaster" in sender
    return from_system and bool(
        _BOUNCE_SUBJECT.search(subject) or "this is the qmail-send" in _text(letter)[:400].lower()
    )


def _bounce_in_words(text: str) -> tuple[Kind, str, str]:
    """Read a bounce that only people were meant to read."""
    # What stands after our own letter's headers is our own words, not the mail system's.
    own = re.search(r"^(?:> ?)?(?:list-id|list-unsubscribe):", text, re.IGNORECASE | re.MULTILINE)
    words = text[: own.start()] if own else text[:8000]
    if _DELAY.search(words.lower()):
        return "delayed", "", "delayed"
    status = status_in(words, "45")
    code = _CODE.search(words)
    line = next(
        (row for row in words.splitlines() if status_in(row, "45") or _CODE.search(row)),
        next((row for row in words.splitlines() if _HARD_WORDS.search(row)), ""),
    )
    said = one_line(line)
    if status:
        return _hardness(status, said), status, said
    if code and code[1].startswith("4"):
        return "soft", "", said
    hard = _HARD_WORDS.search(words) and not (_SOFT_WORDS.search(said) or of_sender(said))
    return ("hard" if hard else "soft"), "", said


def _is_automatic(letter: Message, subject: str) -> bool:
    """RFC 3834's mark, and what stood in its place before and since."""
    auto = _header(letter, "Auto-Submitted").strip().lower()
    if auto and not auto.startswith("no"):
        return True
    marks = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Vacation")
    if any(letter.get(name) for name in marks):
        return True
    precedence = _header(letter, "Precedence").strip().lower()
    return precedence in ("auto_reply", "junk") or bool(_AUTO_SUBJECT.search(subject))


def _header(letter: Message, name: str) -> str:
    return decoded(header(letter, name))


def _has_part(letter: Message, kind: str) -> bool:
    return any(part.get_content_type() == kind for part in letter.walk())


def _text(letter: Message) -> str:
    """All text parts, decoded as far as they can be, HTML tags taken out."""
    texts = []
    for part in letter.walk():
        text = text_of(part) if part.get_content_maintype() == "text" else None
        if text is None:
            continue
        if part.get_content_subtype() == "html":
            text = re.sub(r"<[^<>]{0,2000}>", " ", text)
        texts.append(text)
    return "\n".join(texts)
