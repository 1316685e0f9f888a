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


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    made = Environment(
        loader=DictLoader(dict(templates)),
        autoescape=_escapes,  # noqa: S701
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
