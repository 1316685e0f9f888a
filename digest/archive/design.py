"""templates/web/ filled: one look for all pages, the words from strings.LANGUAGE.json."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from digest.model import Editorial
from digest.render.environment import environment
from digest.render.safe import right_to_left
from digest.render.theme import themed
from digest.render.words import Words


@dataclass(frozen=True)
class Design:
    """How this list's pages look. `subscribing`, `searching`, `commenting`: whether readers can do
    so here."""

    editorial: Editorial
    templates: Mapping[str, str]
    subscribing: bool = False
    searching: bool = False
    commenting: bool = False
    root: str = ""
    """The path under which the pages lie, without a trailing slash; "" for the host's own root."""
    addressed: bool = True
    """Whether the pages know their own address: feeds and a sitemap hold nothing else."""

    @cached_property
    def words(self) -> Words:
        return web_words(self.editorial, self.templates)

    @cached_property
    def css(self) -> bytes:
        parts = environment(themed(self.editorial, self.templates))
        return parts.get_template("web/site.css").render().encode()

    @cached_property
    def css_name(self) -> str:
        """With a hash of its content, so that it may be kept for ever."""
        return f"style-{hashlib.sha256(self.css).hexdigest()[:12]}.css"

    def fill(self, template_name: str, /, **parts: object) -> str:
        """The template web/TEMPLATE_NAME with what all of them know."""
        template = environment(self.templates).get_template(f"web/{template_name}")
        return template.render(self._known() | parts)

    def macro(self, template_name: str, name: str) -> Callable[..., str]:
        """A macro of web/TEMPLATE_NAME, for what is filled a thousand times: a template's own
        context takes ten times as long to make."""
        template = environment(self.templates).get_template(f"web/{template_name}")
        filled: Callable[..., str] = getattr(template.make_module(self._known()), name)
        return filled

    def _known(self) -> dict[str, object]:
        return {
            "t": self.words.phrase,
            "words": self.words,
            "site": self.editorial,
            "rtl": right_to_left(self.words.language),
            "root": self.root,
            "addressed": self.addressed,
            "css": f"{self.root}/{self.css_name}",
            "subscribing": self.subscribing,
            "searching": self.searching,
            "commenting": self.commenting,
            "canonical": "",
            "feed": "",
        }

    def message(self, key: str, **parts: object) -> str:
        """A page that only says something: the phrases KEY_title and KEY_text."""
        heading = self.words.phrase(f"{key}_title", **parts)
        return self.fill(
            "message.html", heading=heading, text=self.words.phrase(f"{key}_text", **parts)
        )


def web_words(editorial: Editorial, templates: Mapping[str, str]) -> Words:
    """templates/web/strings.LANGUAGE.json, and the labels as editions print them."""
    own = {
        name.removeprefix("web/"): source
        for name, source in templates.items()
        if name.startswith(("web/strings.", "labels."))
    }
    return Words(editorial, own)
