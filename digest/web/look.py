"""templates/web/ filled: one look for all pages, the words from strings.LANGUAGE.json."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, Response

from digest.model import Editorial
from digest.render.environment import environment
from digest.render.safe import right_to_left
from digest.render.theme import themed
from digest.render.words import Words

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of our own pages: their one style sheet, no script, no frame."""


@dataclass(frozen=True)
class Look:
    """How this list's pages look. `subscribing`: whether readers can subscribe here."""

    editorial: Editorial
    templates: Mapping[str, str]
    subscribing: bool = False
    words: Words = field(init=False)
    css: bytes = field(init=False)
    css_name: str = field(init=False)
    """With a hash of its content, so that it may be kept for ever."""

    def __post_init__(self) -> None:
        parts = environment(themed(self.editorial, self.templates))
        css = parts.get_template("web/site.css").render().encode()
        set_ = object.__setattr__
        set_(self, "words", web_words(self.editorial, self.templates))
        set_(self, "css", css)
        set_(self, "css_name", f"style-{hashlib.sha256(css).hexdigest()[:12]}.css")

    def page(self, name: str, status: int = 200, **parts: object) -> HTMLResponse:
        """The page web/NAME.html."""
        body = self.fill(f"{name}.html", **parts)
        return HTMLResponse(body, status, {"Content-Security-Policy": POLICY})

    def message(self, key: str, status: int = 200, **parts: object) -> HTMLResponse:
        """A page that only says something: the phrases KEY_title and KEY_text."""
        return self.page(
            "message",
            status,
            heading=self.words.phrase(f"{key}_title", **parts),
            text=self.words.phrase(f"{key}_text", **parts),
        )

    def fill(self, name: str, **parts: object) -> str:
        """The template web/NAME with what all of them know."""
        template = environment(self.templates).get_template(f"web/{name}")
        return template.render(
            t=self.words.phrase,
            words=self.words,
            site=self.editorial,
            rtl=right_to_left(self.words.language),
            css=f"/{self.css_name}",
            subscribing=self.subscribing,
            **parts,
        )

    def stylesheet(self) -> Response:
        return Response(
            self.css,
            media_type="text/css",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )


def web_words(editorial: Editorial, templates: Mapping[str, str]) -> Words:
    """The words of the pages: templates/web/strings.LANGUAGE.json."""
    own = {
        name.removeprefix("web/"): source
        for name, source in templates.items()
        if name.startswith("web/strings.")
    }
    return Words(editorial, own)


def consent_words(editorial: Editorial, templates: Mapping[str, str]) -> str:
    """What readers consent to, in words; their hash is the version that the proof names."""
    return web_words(editorial, templates).phrase("consent", title=editorial.title)
