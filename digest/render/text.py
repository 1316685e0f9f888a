"""The edition as plain text, set for its own sake: 72 columns, numbered sources, no markup."""

from __future__ import annotations

import re
from collections.abc import Mapping

from digest.render.columns import COLUMNS
from digest.render.environment import environment
from digest.render.view import EditionView
from digest.render.words import Words

_BLANKS = re.compile(r"\n{3,}")
_PLAIN = str.maketrans("\u00a0\u202f", "  ")


def plain_text(view: EditionView, words: Words, templates: Mapping[str, str]) -> bytes:
    """The text's bytes: UTF-8, lines of at most 72 columns but for long addresses."""
    template = environment(templates).get_template("digest.txt")
    text = template.render(edition=view, t=words.phrase, words=words, rule="-" * COLUMNS)
    return flowed(text).encode("utf-8")


def flowed(text: str) -> str:
    """`text` as it may travel in a format=flowed message (RFC 3676): no line ends with a space,
    and none begins with ">" or "From ", which gets a space before it (space-stuffing). No-break
    spaces have done their work when the lines are set; who searches the text types plain ones."""
    lines = (line.rstrip() for line in text.translate(_PLAIN).split("\n"))
    stuffed = (" " + line if line.startswith((">", "From ")) else line for line in lines)
    return _BLANKS.sub("\n\n", "\n".join(stuffed)).strip("\n") + "\n"
