"""Jinja2 over templates that are handed in, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import DictLoader, Environment, StrictUndefined

from digest.render.columns import wrap
from digest.render.pieces import (
    cited,
    figure_lines,
    in_a_row,
    labelled,
    numbered,
    place_line,
    source_lines,
)


def environment(templates: Mapping[str, str]) -> Environment:
    """The environment of `templates` (name → source), compiled once for equal templates.

    A name or part that a template asks for and nobody gave raises jinja2.UndefinedError: a typing
    mistake in a template must not print as nothing.
    """
    return _environment(tuple(sorted(templates.items())))


class _Environment(Environment):
    """Looks into a dictionary before it asks for an attribute: most parts are dictionaries, and
    Jinja's own order raises and catches an AttributeError for each (a seventh of a page's time)."""

    def getattr(self, obj: object, attribute: str) -> object:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    made = _Environment(
        loader=DictLoader(dict(templates)),
        autoescape=_escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters["wrap"] = wrap
    for piece in (cited, in_a_row, numbered, place_line, labelled, source_lines, figure_lines):
        made.filters[piece.__name__] = made.globals[piece.__name__] = piece
    return made


def _escapes(name: str | None) -> bool:
    """Everything is escaped but plain text, where "&amp;" would be an error, and style sheets,
    which print nothing that comes from a reader or a feed."""
    return not (name or "").endswith((".txt", ".css"))
