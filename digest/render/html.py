"""The edition as a web page: one file, no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from digest.render.environment import environment
from digest.render.view import EditionView
from digest.render.words import Words


def page(view: EditionView, words: Words, templates: Mapping[str, str]) -> bytes:
    """The page's bytes, UTF-8."""
    template = environment(templates).get_template("page.html")
    return template.render(edition=view, t=words.phrase, words=words).encode("utf-8")
