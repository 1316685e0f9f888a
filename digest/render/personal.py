"""The personal lines of a letter, put into finished bytes: one edition is rendered once for all."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from digest.render.columns import COLUMNS
from digest.render.letter import PERSONAL_FOOT, PERSONAL_RESERVE, PERSONAL_TOP
from digest.render.safe import link, plain

_TOP = PERSONAL_TOP.encode()
_FOOT = PERSONAL_FOOT.encode()
_RULE = b"\n" + b"-" * COLUMNS + b"\n"


def with_personal_links(
    email: bytes, text: bytes, links: Sequence[tuple[str, str]]
) -> tuple[bytes, bytes]:
    """The letter's two parts with a reader's own links: (label, address), such as unsubscribe.

    In the HTML they stand near the top and at the foot, at the marks that `letter` leaves; in the
    text under the masthead and at the end. Raises ValueError for an address that is no http(s)
    link or for links too long for the room that the letter keeps.
    """
    told = [(plain(label), link(url)) for label, url in links]
    if not all(url for _, url in told):
        raise ValueError("a personal link must be an http or https address")
    html = " · ".join(
        f'<a href="{escape(url)}" style="color:inherit">{escape(label)}</a>' for label, url in told
    ).encode()
    lines = "".join(f"{label}: {url}\n" for label, url in told).encode()
    if 2 * len(html) + 20 > PERSONAL_RESERVE:
        raise ValueError(f"personal links of more than {PERSONAL_RESERVE // 2} bytes do not fit")
    between = " · ".encode()
    email = email.replace(_TOP, between + html, 1).replace(_FOOT, between + html, 1)
    head, rule, rest = text.partition(_RULE)
    return email, head.rstrip(b"\n") + b"\n" + lines + rule + rest + lines
