"""The places of a reader's own links in a finished letter: an edition is rendered once for all.

A letter that is only looked at has no such links, so nothing dead is shown. Before mailing,
`with_holes` puts placeholders where they go; the mail room replaces these for each reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from digest.delivery import HOLES
from digest.model import Editorial, Rendered
from digest.render.columns import COLUMNS, wrap
from digest.render.letter import PERSONAL_FOOT, PERSONAL_TOP
from digest.render.words import Words

_RULE = "\n" + "-" * COLUMNS + "\n"


@dataclass(frozen=True, slots=True)
class Holed:
    """The letter's two bodies with every placeholder in its place."""

    html: str
    text: str
    placeholders: Mapping[str, str]
    """Placeholder → what is to stand there."""


def with_holes(
    rendered: Rendered,
    editorial: Editorial,
    templates: Mapping[str, str],
    *,
    answers: bool = False,
    pages: bool = True,
) -> Holed:
    """The letter of `rendered` with placeholders: in HTML at the top (unsubscribe) and at the foot
    (both), in text under the masthead and at the end.

    `answers`: whether somebody reads what is answered to it; the letter then says so. `pages`:
    whether readers have a page to choose at; without, they can only leave, by mail.
    """
    html, text = rendered.email.decode("utf-8"), rendered.text.decode("utf-8")
    placeholders = _placeholders(html + text, HOLES if pages else HOLES[:1])
    words = Words(editorial, templates)
    labels = {address: words.phrase(hole) for address, hole in placeholders.items()}
    linked = [
        f'<a href="{address}" style="color:inherit">{escape(label)}</a>'
        for address, label in labels.items()
    ]
    lines = [f"{label}: {address}\n" for address, label in labels.items()]
    leave = lines[0]
    html = html.replace(PERSONAL_TOP, f" · {linked[0]}", 1)
    foot = f"{' · '.join(linked)}<br>"
    if answers:
        told = words.phrase("comment_by_letter")
        foot = f"{escape(told)}<br>{foot}"
        lines.insert(0, wrap(told) + "\n")
    html = html.replace(PERSONAL_FOOT, foot, 1)
    head, rule, rest = text.partition(_RULE)
    text = head.rstrip("\n") + "\n" + leave + rule + rest + "".join(lines)
    return Holed(html, text, placeholders)


def _placeholders(letter: str, holes: Sequence[str]) -> dict[str, str]:
    """Addresses of a host that `letter` does not name: a report that links to a placeholder would
    put its reader's own link behind the outlet's name.

    The .invalid names (RFC 2606) can lead nowhere, should a letter ever leave with its
    placeholders; being addresses, they need no escaping and are not broken over lines.
    """
    hosts = (f"https://personal-{number}.invalid/" for number in count())
    host = next(host for host in hosts if host not in letter)
    return {host + hole: hole for hole in holes}
