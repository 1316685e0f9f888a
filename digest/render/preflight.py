"""The last look at an edition's bytes before anything leaves: what a reader would stumble over.

Templates can be an operator's own, so what the house's templates promise is checked on the bytes.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from digest.model import MAP, Rendered
from digest.render.letter import (
    CLIP,
    EMAIL_LIMIT,
    MAP_LIMIT,
    PERSONAL_FOOT,
    PERSONAL_TOP,
)
from digest.render.safe import link, plain
from digest.render.theme import unreadable

LINE_LIMIT = 998
"""Bytes of a line that SMTP carries, RFC 5321 section 4.5.3.1.6, without its CRLF."""

_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "embed": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
    "image": "href",
    "use": "href",
    "input": "src",
}
_STYLE_LOADS = re.compile(r"url\s*\(|@import|@font-face", re.I)
_ACTS = frozenset({"script", "iframe", "object", "embed", "form", "base"})


def problems(rendered: Rendered) -> tuple[str, ...]:
    """Why these bytes must not be published or sent; each says what, where and what to do.

    Nothing is looked up or fetched. An empty result is a pass.
    """
    found: list[str] = []
    if len(rendered.email) > EMAIL_LIMIT:
        found.append(
            f"email.html has {len(rendered.email):,} bytes, {EMAIL_LIMIT:,} are allowed (Gmail "
            "cuts longer letters): shorten email.html or lower editorial.max_stories"
        )
    if len(rendered.map) > MAP_LIMIT:
        found.append(
            f"{MAP} has {len(rendered.map):,} bytes, {MAP_LIMIT:,} are allowed: make it narrower"
        )
    for name, source, pictures in (
        ("index.html", rendered.html, set()),
        ("email.html", rendered.email, set(rendered.pictures)),
    ):
        found.extend(f"{name}: {problem}" for problem in _markup(source.decode("utf-8"), pictures))
    email = rendered.email.decode("utf-8")
    for mark in (PERSONAL_TOP, PERSONAL_FOOT):
        if email.count(mark) != 1:
            found.append(
                f"email.html has {mark} {email.count(mark)} times, so the unsubscribe link has no "
                "certain place: print it once, where email.html of the program has it"
            )
    found.extend(unreadable(rendered.html.decode("utf-8")))
    found.extend(_text(rendered.text.decode("utf-8")))
    found.extend(_parity(rendered))
    return tuple(found)


def _parity(rendered: Rendered) -> list[str]:
    """Each story in all outputs. White space does not count: texts break lines where they like."""
    found = []
    stories = json.loads(rendered.json)["stories"]
    printed = {
        "index.html": _Shown.of(rendered.html.decode("utf-8")),
        "email.html": _Shown.of(rendered.email.decode("utf-8")),
        "digest.txt": rendered.text.decode("utf-8"),
    }
    for name, text in printed.items():
        dense = "".join(text.split())
        for story in stories:
            headline = plain(story["headline"])
            # A letter cut to headlines clips them.
            sought = headline[: CLIP - 1] if name == "email.html" else headline
            if "".join(sought.split()) not in dense:
                found.append(f"{name} lacks the story {headline!r}: print every story's headline")
    return found


def _text(text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip() or line.startswith((">", "From ")):
            found.append(f"digest.txt:{number}: not safe as format=flowed: {line[:40]!r}")
        if len(line.encode("utf-8")) > LINE_LIMIT and not link(line.strip()):
            found.append(f"digest.txt:{number}: a line of more than {LINE_LIMIT} bytes: wrap it")
    return found


def _markup(source: str, pictures: set[str]) -> list[str]:
    """What is wrong with a document that may show `pictures`, by their names beside it."""
    look = _Look(pictures)
    look.feed(source)
    look.close()
    found = list(look.found)
    for target in sorted(look.targets - look.ids):
        found.append(f"the link #{target} leads nowhere: give the target its id")
    if look.headings.count("h1") != 1:
        found.append(f"{look.headings.count('h1')} first-level headings: print one <h1>")
    return found


class _Look(HTMLParser):
    """Collects what is wrong with one document."""

    def __init__(self, pictures: set[str]) -> None:
        super().__init__()
        self.pictures = pictures
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.headings: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(tag)
        if tag in _ACTS:
            self.found.append(f"<{tag}> has no place in an edition: take it out")
        if given.get("id"):
            if given["id"] in self.ids:
                self.found.append(f"the id {given['id']!r} stands twice: make it one")
            self.ids.add(given["id"])
        self._loads(tag, given)
        if tag == "img" and "alt" not in given:
            self.found.append("an image without alt text: say what is seen, or alt=''")
        if tag == "a" and "href" in given:
            self._link(given["href"])
        for name, value in given.items():
            if name.startswith("on"):
                self.found.append(f"the handler {name} on <{tag}>: take it out")
            if name == "style" and _STYLE_LOADS.search(value):
                self.found.append(f"a style of <{tag}> loads something: take it out")

    def _loads(self, tag: str, given: dict[str, str]) -> None:
        address = given.get(_LOADS.get(tag, ""), "")
        if tag == "link" and given.get("rel") not in ("canonical", "alternate"):
            address = given.get("href", "")
        if tag == "img" and address in self.pictures:
            return
        if address and not address.startswith(("data:image/", "cid:", "#")):
            self.found.append(f"<{tag}> loads {address[:80]!r}: an edition loads nothing")

    def _link(self, href: str) -> None:
        if href.startswith("#"):
            self.targets.add(href[1:])
        elif link(href) != href:
            self.found.append(f"the link {href[:80]!r} is no plain http or https address: drop it")

    def handle_data(self, data: str) -> None:
        if self._in_style and _STYLE_LOADS.search(data):
            self.found.append("the style sheet loads something (url, @import, @font-face)")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False


class _Shown(HTMLParser):
    """The text that a document shows."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = False

    @classmethod
    def of(cls, source: str) -> str:
        made = cls()
        made.feed(source)
        made.close()
        return "".join(made.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
