"""Header values and bodies in seven bits: RFC 2047, RFC 2045, and bodies with holes.

A body that goes to many readers is encoded once. What is personal (links) stands in it as holes;
filling a hole costs a few microseconds and never moves what is around it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address as HeaderAddress

from digest.errors import MailError

LINE = 76
"""Characters of an encoded body line without its CRLF, RFC 2045 section 6.7 and 6.8."""
MAX_HEADER_LINE = 998
"""RFC 5322 section 2.1.1."""

_LINK = re.compile(rb"[A-Za-z0-9:/?=%@+._~,;!*()#-]+\Z")
"""What may fill a hole: an address that means the same in plain text, in an HTML attribute and in a
header, so no quotes, `&`, brackets or spaces."""

_BREAKS_OUT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Segments = tuple[str | bytes, ...]
"""A body cut at its holes: str is text, bytes is the name of what fills the hole."""


# --- Headers -------------------------------------------------------------------------------


def checked(name: str, value: str) -> str:
    """`value`, or MailError where it could break out of its header."""
    if found := _BREAKS_OUT.search(value):
        raise MailError(f"the header {name} may not hold {found[0]!r}: {value[:60]!r}")
    return value


def header(name: str, value: str) -> bytes:
    """A header of free text (Subject), encoded and folded, CRLF at its end."""
    checked(name, value)
    charset = "us-ascii" if _is_itself(value) else "utf-8"
    text = Header(value, charset, maxlinelen=LINE, header_name=name).encode(linesep="\r\n")
    return _line(name, text)


def _is_itself(value: str) -> bool:
    """Whether `value` is read as it stands: ASCII that does not look like RFC 2047's own coding."""
    return value.isascii() and "=?" not in value


def structured(name: str, value: str) -> bytes:
    """A header whose value is made of ASCII tokens by ourselves: printed as it is, not folded."""
    checked(name, value)
    if not value.isascii():
        raise MailError(f"the header {name} must be ASCII: {value[:60]!r}")
    return _line(name, value)


def mailbox(name: str, display: str, address: str) -> bytes:
    """A header that holds one mailbox. `address` is a checked address, UTF-8 where it must be."""
    checked(name, display)
    checked(name, address)
    if not display:
        return _line(name, address)
    if _is_itself(display):
        # The registry quotes names that hold specials: Reuters, "Smith, J.", a "quoted" one.
        shown = str(HeaderAddress(display_name=display, addr_spec="a@b")).removesuffix(" <a@b>")
        phrase = shown if len(shown) <= LINE - len(name) - 2 else f"\r\n {shown}"
    else:
        phrase = Header(display, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep="\r\n")
    last = phrase.rpartition("\n")[2]
    gap = " " if len(last) + len(address) + 3 <= LINE else "\r\n "
    return _line(name, f"{phrase}{gap}<{address}>")


def _line(name: str, value: str) -> bytes:
    line = f"{name}: {value}\r\n".encode()
    if any(len(part) > MAX_HEADER_LINE for part in line.split(b"\r\n")):
        raise MailError(f"the header {name} is longer than {MAX_HEADER_LINE} bytes")
    return line


# --- Bodies with holes ---------------------------------------------------------------------


def cut(text: str, holes: Mapping[str, str]) -> Segments:
    """`text` cut where a placeholder of `holes` (placeholder → name) stands; CRLF line ends."""
    # One line end at the end: DKIM's hash leaves out empty lines there, relays add or drop them.
    text = re.sub(r"\r\n|\r|\n", "\r\n", text).rstrip("\r\n") + "\r\n"
    if not holes:
        return (text,)
    found = re.split(
        "(" + "|".join(map(re.escape, sorted(holes, key=len, reverse=True))) + ")", text
    )
    return tuple(holes[part].encode() if place % 2 else part for place, part in enumerate(found))


def fill_checked(name: str, link: str) -> bytes:
    """`link` as it fills a hole, or MailError where it would not be the same link everywhere."""
    value = link.encode()
    if not _LINK.match(value):
        raise MailError(f"the {name} link cannot stand in a letter: {link[:80]!r}")
    return value


@dataclass(frozen=True, slots=True)
class QuotedPrintable:
    """A body in quoted-printable. A hole is a line of its own; `pieces` hold the soft breaks."""

    pieces: tuple[bytes, ...]
    holes: tuple[bytes, ...]
    encoding = "quoted-printable"

    @classmethod
    def of(cls, segments: Segments) -> QuotedPrintable:
        pieces, holes = [], []
        for place, segment in enumerate(segments):
            if isinstance(segment, bytes):
                holes.append(segment)
                continue
            encoded = quoted_printable(segment.encode())
            if place > 0 and not encoded.startswith(b"\r\n"):
                encoded = b"=\r\n" + encoded
            if place < len(segments) - 1 and encoded and not encoded.endswith(b"\r\n"):
                encoded += b"=\r\n"
            pieces.append(encoded)
        return cls(tuple(pieces), tuple(holes))

    def relaxed(self) -> QuotedPrintable:
        """As DKIM's relaxed canonicalisation sees it: runs of blanks are one (RFC 6376, 3.4.4).

        It can be made piece by piece: no line ends with a blank, and no blank touches a hole.
        """
        return QuotedPrintable(
            tuple(re.sub(rb"[ \t]+", b" ", piece) for piece in self.pieces), self.holes
        )

    def fill(self, links: Mapping[bytes, bytes]) -> list[bytes]:
        """The encoded body, in parts, with `links` (name → checked link) in its holes."""
        out = [self.pieces[0]]
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            out += (quoted_link(links[hole]), piece)
        return out


@dataclass(frozen=True, slots=True)
class Base64:
    """A body in base64. What follows a hole is kept in the three alignments a link may leave."""

    first: bytes
    waiting: bytes
    """Of the first text: bytes that wait for a group of three to fill up."""
    holes: tuple[bytes, ...]
    tails: tuple[tuple[tuple[bytes, bytes, bytes], ...], ...]
    """For each text after a hole, for 0, 1 and 2 bytes taken: (those bytes, lines, waiting)."""
    encoding = "base64"

    @classmethod
    def of(cls, segments: Segments) -> Base64:
        texts = [s.encode() for s in segments if isinstance(s, str)]
        holes = tuple(s for s in segments if isinstance(s, bytes))
        first, waiting = _whole_groups(texts[0])
        tails = tuple(
            tuple((text[:taken], *_whole_groups(text[taken:])) for taken in range(3))
            for text in texts[1:]
        )
        return cls(first, waiting, holes, tails)

    def relaxed(self) -> Base64:
        """As DKIM's relaxed canonicalisation sees it: base64 has no blanks."""
        return self

    def fill(self, links: Mapping[bytes, bytes]) -> list[bytes]:
        """The encoded body, in parts, with `links` (name → checked link) in its holes."""
        out, waiting = [self.first], self.waiting
        for hole, tail in zip(self.holes, self.tails, strict=True):
            joint = waiting + links[hole]
            taken, lines, waiting = tail[-len(joint) % 3]
            joint += taken
            if len(joint) % 3:  # the text was shorter than what was to be taken: all of it waits
                whole = len(joint) - len(joint) % 3
                joint, waiting = joint[:whole], joint[whole:]
            out += (base64_lines(joint), lines)
        out.append(base64_lines(waiting))
        return out


Body = QuotedPrintable | Base64


def encode_body(segments: Segments) -> Body:
    """The shorter of the two encodings; scripts other than Latin take base64."""
    quoted, based = QuotedPrintable.of(segments), Base64.of(segments)
    size = sum(map(len, quoted.pieces))
    return quoted if size <= len(based.first) + sum(len(t[0][1]) for t in based.tails) else based


def _whole_groups(data: bytes) -> tuple[bytes, bytes]:
    whole = len(data) - len(data) % 3
    return base64_lines(data[:whole]), data[whole:]


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines of 76."""
    step = LINE // 4 * 3
    return b"".join(
        base64.b64encode(data[at : at + step]) + b"\r\n" for at in range(0, len(data), step)
    )


_QUOTED: Sequence[bytes] = tuple(
    bytes((b,)) if b != 61 and (33 <= b <= 126 or b in (9, 32)) else b"=%02X" % b
    for b in range(256)
)


def quoted_printable(data: bytes) -> bytes:
    """`data` (CRLF line ends) in quoted-printable that no relay has a reason to touch.

    No line begins with a dot (SMTP would double it) or with "From " (mbox would mark it), none ends
    with a blank; so the bytes that are signed are the bytes that arrive.
    """
    return b"\r\n".join(_quoted_line(line) for line in data.split(b"\r\n"))


def quoted_link(link: bytes) -> bytes:
    """A link (`_LINK`) in quoted-printable, with soft breaks where it is long.

    `quoted_printable` would do the same, twenty times slower, for every reader and link.
    """
    text = link.replace(b"=", b"=3D")
    rows = []
    while len(text) >= LINE:
        end = LINE - 1
        escape = text.rfind(b"=", end - 2, end)
        if escape >= 0:  # an escape is not torn apart
            end = escape
        rows.append(text[:end])
        text = text[end:]
        if text.startswith(b"."):
            text = b"=2E" + text[1:]
    rows.append(text)
    return b"=\r\n".join(rows)


def _quoted_line(line: bytes) -> bytes:
    if not line:
        return line
    tokens = [_QUOTED[byte] for byte in line]
    if line[-1:] in b" \t":
        tokens[-1] = b"=%02X" % line[-1]
    if line.startswith(b"From "):
        tokens[0] = b"=46"
    rows: list[bytes] = []
    row: list[bytes] = []
    width = 0
    for token in tokens:
        if width + len(token) > LINE - 1:  # room for the soft break's own "="
            rows.append(b"".join(row) + b"=")
            row, width = [], 0
        if width == 0 and token == b".":
            token = b"=2E"
        elif width == 0 and rows and token == b"F":  # "From " may follow a soft break, too
            token = b"=46"
        row.append(token)
        width += len(token)
    rows.append(b"".join(row))
    return b"\r\n".join(rows)
