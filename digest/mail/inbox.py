"""A letter that came in: what it is, and what its writer wants. Pure.

Returned mail goes to mail/bounce.py; what a machine wrote by itself is left alone (RFC 3834); a
reader's letter becomes a `Command`. `inbox_lmtp.py` and `inbox_imap.py` bring the letters.

A command is looked for in the address written to (list-unsubscribe@…), in the subject, and in the
first line of the text that is no quotation. Nothing else of the letter is read or kept, unless it
answers an edition of a list that takes comments and asks for nothing: then its writer's own words
are an `Answer`.
"""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from email.message import Message
from email.utils import getaddresses
from html import unescape
from itertools import takewhile
from typing import Literal

from digest.address import Address, parse_address
from digest.delivery import Command, Verb
from digest.errors import AddressError
from digest.mail.answering import WRITTEN_ON, agrees, doubts, refuses, said, words_of
from digest.mail.authentication import vouched
from digest.mail.headers import MESSAGE_ID, UNREADABLE, decoded, header, headers, text_of
from digest.mail.verp import Verp

VERBS: dict[str, Verb] = {
    "subscribe": "subscribe",
    "join": "subscribe",
    "unsubscribe": "unsubscribe",
    "leave": "unsubscribe",
    "signoff": "unsubscribe",
    "stop": "unsubscribe",
    "remove": "unsubscribe",
    "confirm": "confirm",
    "help": "help",
    "sections": "sections",
    "section": "sections",
    "regions": "regions",
    "region": "regions",
    "pause": "pause",
    "resume": "resume",
    "continue": "resume",
    "text": "format",
    "html": "format",
    "preferences": "links",
    "settings": "links",
    # As the service letters of the other languages say it.
    "abonnieren": "subscribe",
    "abonnement": "subscribe",
    "suscribir": "subscribe",
    "اشتراك": "subscribe",
    "abmelden": "unsubscribe",
    "abbestellen": "unsubscribe",
    "désabonnement": "unsubscribe",
    "désabonner": "unsubscribe",
    "baja": "unsubscribe",
    "إلغاء": "unsubscribe",
    "hilfe": "help",
    "aide": "help",
    "ayuda": "help",
    "مساعدة": "help",
}
LARGEST = 1_000_000
"""Bytes of a letter that are looked at; returned mail quotes the whole edition."""
TEXT_READ = 32_000
SUBJECT_WORDS = 12
"""A longer subject is a sentence, not a command."""
WORDS_KEPT = 20
TOKENS_TRIED = 4
BEGGED = 8
"""Words of a sentence that asks to be unsubscribed; a longer one tells of somebody."""
SIGNED = 8
"""Words below a command that a greeting, a name and a telephone's line have; more say something."""
OWN_READ = 6_000
"""Characters in which the writer's own words are looked for; more is no comment that is printed."""
SPOKEN = frozenset(
    ["stop", "leave", "remove", "help", "join", "continue", "text", "settings", "region", "section",
     "confirm", "resume", "hilfe", "aide", "ayuda", "baja", "مساعدة", "إلغاء"]
)  # fmt: skip
"""Verbs that a sentence about the news may begin with as well."""

_REPLY = re.compile(r"\s*(?:(?:re|aw|sv|antw|rv|fwd?|wg|tr)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.I)
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[^\s<>()\",;:@]+")
_TOKEN_IN_ID = re.compile(r"<confirm\.([A-Za-z0-9._-]{20,190})@")
_EDITION_ID = re.compile(r"<(\d{8})\.([0-9a-f]{24})@")
_TOKEN_IN_LINK = re.compile(r"/confirm/([A-Za-z0-9._-]{20,160})")
_AWAY = re.compile(
    r"out of (?:the )?office|auto(?:matic)?[ -]?(?:reply|response)|vacation|away from|"
    r"abwesen|automatische antwort|absence|réponse automatique|respuesta autom|fuera de|"
    r"challenge|verify your (?:e-?mail|message|address)|please confirm you are",
    re.I,
)
"""Subjects of answers that machines write without saying so in a header. A false hit costs a reader
a second letter; a miss could confirm a subscription nobody wanted."""
_EMPTY = re.compile(r"\n\s*\n")
_ANSWERS = ("In-Reply-To", "References")
_BULK = ("bulk", "junk", "list", "auto_reply")
_MACHINES = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says to an edition: no command, in a letter that answers it."""

    sender: Address
    date: Date
    """The edition's."""
    check: str
    """By which `mail.message.EditionIds` knows whether the sender was sent that edition."""
    subject: str
    """Without "Re:"."""
    text: str
    """Their own words, without what they quote and sign with."""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """A bounce, a delay, a complaint: for mail/bounce.py."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A letter that nothing is done about."""

    why: Literal[
        "written by a machine", "from a list", "sender unclear", "our own", "no command", "broken"
    ]


Read = Command | Answer | Returned | Ignored


@dataclass(frozen=True, slots=True)
class Ours:
    """What must be known of the list to tell what a letter to it is."""

    tags: Verp
    """Reads our tags of both kinds: they are told apart by that, and not by their address."""
    wanted: Callable[[str], bool]
    """Whether an address is one that readers write to; of the others, in To and Cc, no verb is
    read."""
    senders: frozenset[str] = frozenset()
    """Keys of the addresses that we write from."""
    authserv: str = ""
    """See `mail.authentication`."""
    comments: bool = False
    """Whether an answer to an edition that asks for nothing is a comment."""


def read_letter(
    raw: bytes, ours: Ours, *, recipient: str = "", envelope_sender: str | None = None
) -> Read:
    """What the letter `raw` is. Never raises for anything a letter may hold.

    `recipient` and `envelope_sender` come from the delivery; a mailbox that is polled knows only
    the headers, so "" and None are made good from these.
    """
    try:
        message = email.message_from_bytes(raw[:LARGEST])
        written_to = recipient or " ".join(
            header(message, name) for name in ("Delivered-To", "X-Original-To", "To", "Cc")
        )
        sender = _writer(message, written_to, envelope_sender, ours)
        return _read(message, sender, written_to, ours) if isinstance(sender, Address) else sender
    except UNREADABLE:
        return Ignored("broken")


def _writer(
    message: Message, written_to: str, envelope_sender: str | None, ours: Ours
) -> Address | Returned | Ignored:
    """Who wrote it; or what it is where nobody did who could be answered."""
    sender_path = header(message, "Return-Path") if envelope_sender is None else envelope_sender
    null_path = sender_path.strip() == "<>" or (envelope_sender is not None and not envelope_sender)
    tag = ours.tags.read(written_to)
    if tag and tag.kind == "b":
        return Returned()
    if null_path or message.get_content_type() == "multipart/report":
        return Returned()
    sender = _sender(message)
    if sender is None:
        return Ignored("sender unclear")
    if sender.local.casefold() == "mailer-daemon":
        return Returned()
    if sender.key in ours.senders:
        return Ignored("our own")
    return sender


def _read(message: Message, sender: Address, written_to: str, ours: Ours) -> Read:
    subject = decoded(header(message, "Subject"))
    if why := _by_machine(message, sender, subject):
        return why
    leaving = ours.tags.read(written_to)
    reader = leaving.number if leaving and leaving.kind == "u" else 0
    message_id = MESSAGE_ID.search(header(message, "Message-ID"))
    answer_to = message_id.group() if message_id else ""
    text = _text(message)
    # Some programs write a long Message-ID as encoded words, which RFC 2047 does not allow.
    answered = "".join(decoded(header(message, name), 4000) for name in _ANSWERS)
    tokens = _unique([*_TOKEN_IN_ID.findall(answered), *_TOKEN_IN_LINK.findall(text)])
    edition = None if tokens else _EDITION_ID.search(answered)
    own = own_words(text) if ours.comments and edition else None
    asked = _from_address(filter(ours.wanted, _ADDRESS.findall(written_to)))
    if reader:
        found: tuple[Verb, tuple[str, ...]] | None = ("unsubscribe", ())
    elif asked or tokens:
        found = asked or _answered(text)
    else:
        found = _command(subject, text, own, headed=edition is not None)
    if found is None and edition and own is not None:
        return _answer(sender, edition, subject, own, answer_to)
    if found is None:
        return Ignored("no command")
    verb, words = found
    results = headers(message, "Authentication-Results")
    known = vouched(results, ours.authserv, sender.domain)
    return Command(verb, sender, words, tokens, reader, answer_to, known)


def _answer(
    sender: Address, edition: re.Match[str], subject: str, own: str, answer_to: str
) -> Answer | Ignored:
    try:
        date = datetime.strptime(edition[1], "%Y%m%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return Ignored("no command")
    reply = _REPLY.match(subject)
    bare = subject[reply.end() :] if reply else subject
    return Answer(sender, date, edition[2], bare, own, answer_to)


def own_words(text: str) -> str:
    """What the writer of a letter says, without quotations, signatures and the lines over them."""
    from mailparser_reply import EmailReplyParser

    # Cut first, and runs of empty lines made one: the parser's patterns take up to a second for
    # 6,000 hostile characters, and longer for empty lines.
    above = takewhile(lambda line: line.rstrip() != "--", text[:OWN_READ].splitlines())
    head = _EMPTY.sub("\n\n", "\n".join(line for line in above if not line.startswith(">")))
    found = EmailReplyParser(languages=["en", "de", "fr", "es"]).parse_reply(head) or ""
    lines = found.strip().splitlines()
    while lines and WRITTEN_ON.match(lines[-1]):
        lines.pop()
    return "\n".join(lines).strip()


def _by_machine(message: Message, sender: Address, subject: str) -> Ignored | None:
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().casefold()
    marks = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Failed-Recipients")
    if (
        submitted not in ("", "no")
        or any(name in message for name in marks)
        or sender.local.casefold() in _MACHINES
        or _AWAY.search(subject)
        or header(message, "X-Auto-Response-Suppress").strip().casefold() == "all"
    ):
        return Ignored("written by a machine")
    precedence = header(message, "Precedence").strip().casefold()
    if precedence in _BULK or "List-Id" in message or "List-Unsubscribe" in message:
        return Ignored("from a list")
    return None


def _from_address(written_to: Iterable[str]) -> tuple[Verb, tuple[str, ...]] | None:
    """The verb in an address of ours."""
    for address in written_to:
        last = re.split(r"[+._-]", address.partition("@")[0].casefold())[-1]
        if last in ("subscribe", "unsubscribe", "help"):
            return VERBS[last], ()
    return None


def _command(
    subject: str, text: str, own: str | None, *, headed: bool
) -> tuple[Verb, tuple[str, ...]] | None:
    """The verb and its words: from the writer's own first line where an answer has our subject,
    else the subject, else the first line. `own`: the words that are a comment where they ask for
    nothing; `headed`: an edition is answered, whose subject is a headline ("Help arrives")."""
    reply = _REPLY.match(subject)
    bare = subject[reply.end() :] if reply else subject
    if headed and reply and len(bare.split()) > 1:
        bare = ""
    if own is None:
        from_line, from_subject = _verb(_first_line(text)), _verb(bare)
    else:
        from_line, from_subject = _asked(own), _asked(bare)
    if reply:
        return from_line or from_subject
    return from_subject or from_line


def _asked(said: str) -> tuple[Verb, tuple[str, ...]] | None:
    """What is asked for by who might as well speak of a story: "Stop the war" does not unsubscribe,
    "stop" does, and "remove me"; so does "unsubscribe" over whatever a program or a firm adds."""
    line, _, below = said.partition("\n")
    words = words_of(line)
    found = _verb(line)
    if found is None:
        return None
    spoken, rest = words[0] in SPOKEN, words[1:]
    if len(below.split()) > SIGNED:
        return None if spoken or rest else found
    of_themselves = found[0] == "unsubscribe" and rest[:1] == ["me"]
    return None if spoken and rest and not of_themselves else found


def _answered(text: str) -> tuple[Verb, tuple[str, ...]] | None:
    """What an answer to a question of ours says. Its subject is ours ("Re: Confirm …")."""
    line = said(text)
    if refuses(line):
        return None
    found, leaving = _verb(line), {w for w in words_of(line) if VERBS.get(w) == "unsubscribe"}
    if not leaving and (not line or agrees(line)):
        return "confirm", ()
    if doubts(line):
        return "unclear", ()
    if found:
        return ("confirm", ()) if found[0] == "subscribe" else found
    return "unsubscribe" if leaving - SPOKEN else "unclear", ()


def _verb(line: str) -> tuple[Verb, tuple[str, ...]] | None:
    words = line.casefold().split()
    if not words or len(words) > SUBJECT_WORDS:
        return None
    first = words[0].strip(".,:;!?\"'“”„()[]<>*")
    verb = VERBS.get(first)
    if verb is None:
        return ("unsubscribe", ()) if _begs_to_leave(line) else None
    rest = tuple(word.strip(",;") for word in words[1 : WORDS_KEPT + 1])
    return (verb, (first, *rest)) if verb == "format" else (verb, rest)


def _begs_to_leave(line: str) -> bool:
    """Whether a short sentence does: "Please unsubscribe me", "Bitte abmelden"."""
    words = words_of(line)
    leaving = any(VERBS.get(w) == "unsubscribe" for w in words if w not in SPOKEN)
    return leaving and len(words) <= BEGGED and not doubts(line)


def _first_line(text: str) -> str:
    for line in text.splitlines()[:200]:
        line = line.strip()
        if line == "--":  # the signature begins
            return ""
        if line and not line.startswith(">") and not WRITTEN_ON.match(line):
            return line[:300]
    return ""


def _sender(message: Message) -> Address | None:
    """The one address of the From header; None where it is missing, several or unusable."""
    senders = headers(message, "From")
    if len(senders) != 1:
        return None
    found = [bare for _, bare in getaddresses(senders) if bare]
    if len(found) != 1:
        return None
    try:
        return parse_address(found[0])
    except AddressError:
        return None


def _text(message: Message) -> str:
    """The beginning of the first plain text; of the HTML, without its tags, where there is none."""
    html = ""
    for number, part in enumerate(message.walk()):
        if number > 50:
            break
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or part.get_filename():
            continue
        text = text_of(part, TEXT_READ)
        if text is None:
            continue
        if kind == "text/plain":
            return text
        html = html or unescape(re.sub(r"<[^<>]{0,2000}>", "\n", text))
    return html


def _unique(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tokens))[:TOKENS_TRIED]
