"""An edition in, bytes out: page, email, plain text, JSON. Pure: no I/O, no clock."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping

from digest.model import Edition, Rendered


def render(edition: Edition, templates: Mapping[str, str]) -> Rendered:
    """All outputs of `edition`, from one view, so that they cannot disagree.

    `templates`: name (path under templates/, "/" between folders) → source. The same edition and
    templates give the same bytes under any clock, locale, time zone and hash seed.
    Raises KeyError or jinja2.TemplateError for templates that lack a part, and
    zoneinfo.ZoneInfoNotFoundError for a zone that does not exist.
    """
    # Jinja2, Babel, Pillow and css-inline cost 0.2 s to import; `digest --help` should not pay.
    from digest.render.html import page
    from digest.render.letter import letter, map_picture
    from digest.render.record import edition_record, record_bytes
    from digest.render.show import show
    from digest.render.text import plain_text
    from digest.render.theme import themed
    from digest.render.words import Words

    templates = themed(edition.editorial, templates)
    words = Words(edition.editorial, templates)
    view = show(edition, words)
    return Rendered(
        html=page(view, words, templates),
        email=letter(view, words, templates),
        text=plain_text(view, words, templates),
        json=record_bytes(edition_record(edition)),
        map=map_picture(view, templates),
        logo=b64decode(edition.editorial.logo),
        photo=b64decode(view.photo),
    )
