"""What a browser sends: read with caps, and whether it may count.

A form of ours carries the signed time of its making. Robots that post without having fetched it, or
at once, or days later, are told apart by it; it is no session and no cookie stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from itsdangerous import BadSignature
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.delivery import base36
from digest.readers.tokens import signer

Form = Mapping[str, Sequence[str]]
USE = "digest.form"
QUICKEST = timedelta(seconds=2)
"""Nobody reads a form and types an address faster."""
LONGEST = timedelta(hours=24)
LONGEST_PROSE = 6000
"""Of a field that holds what somebody has to say."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""A line end in a field is how headers are forged; no field of ours has room for one."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a form may hold."""

    fields: int = 60
    value: int = 400
    """Characters; an address has 254 bytes at most."""


READERS = Caps()


class BadForm(HTTPException):
    """A body that is no form of ours."""


async def read_form(request: Request, prose: Collection[str] = (), caps: Caps = READERS) -> Form:
    """The fields of an urlencoded body. Raises BadForm. The guard caps size and time.

    `prose`: fields that may be long and have line ends; who reads them cleans them.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadForm(415)
    return parse_form(await request.body(), prose, caps)


def parse_form(body: bytes, prose: Collection[str] = (), caps: Caps = READERS) -> Form:
    """The fields of an urlencoded body, in their order. Raises BadForm."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=caps.fields,
        )
    except ValueError:
        raise BadForm(400) from None
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        free = name in prose
        if len(value) > (LONGEST_PROSE if free else caps.value) or _CONTROLS.search(name):
            raise BadForm(400)
        if not free and _CONTROLS.search(value):
            raise BadForm(400)
        form.setdefault(name, []).append(value)
    return form


async def says_one_click(request: Request) -> bool:
    """Whether the body is RFC 8058's `List-Unsubscribe=One-Click`, urlencoded or multipart."""
    kind = request.headers.get("content-type", "")
    body = await request.body()
    if kind.partition(";")[0].strip().lower() == "multipart/form-data":
        head = b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n"
        try:
            parts = BytesParser(policy=HTTP).parsebytes(head + body)
            return any(
                part.get_param("name", header="content-disposition") == "List-Unsubscribe"
                and str(part.get_content()).strip() == "One-Click"
                for part in parts.iter_parts()
            )
        except (ValueError, LookupError, AttributeError, TypeError):
            return False
    try:
        return "One-Click" in parse_form(body).get("List-Unsubscribe", ())
    except BadForm:
        return False


def same_site(request: Request, ours: Collection[str]) -> bool:
    """Whether the browser says that the form it sends was one of ours.

    `ours`: hosts (with port) of our pages beside the one asked. Browsers send Sec-Fetch-Site, older
    ones Origin; a program that sends neither is held by the signed form alone.
    """
    site = request.headers.get("sec-fetch-site", "")
    if site and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    if origin == "null":  # what a page with Referrer-Policy: no-referrer sends to itself
        return site == "same-origin"
    return urlsplit(origin).netloc.lower() in {request.headers.get("host", "").lower(), *ours}


Age = Literal["good", "quick", "old", "forged"]


@dataclass(frozen=True, slots=True)
class FormTime:
    """Signs the time a form was made, and reads it."""

    secret: str

    def make(self, now: datetime) -> str:
        return signer(self.secret, USE).sign(base36(int(now.timestamp()))).decode("ascii")

    def read(self, token: str, now: datetime) -> Age:
        if len(token) > 120 or not token.isascii():
            return "forged"
        try:
            made = int(signer(self.secret, USE).unsign(token).decode("ascii"), 36)
        except (BadSignature, ValueError):
            return "forged"
        age = now - datetime.fromtimestamp(made, UTC)
        if age < QUICKEST:
            return "quick"
        return "good" if age <= LONGEST else "old"

    def again(self, token: str, now: datetime) -> tuple[str, tuple[Age, ...]]:
        """(the token with which the form is shown again, why it cannot be taken): one that was
        sent too quickly goes on to count, so that its writer has only to wait."""
        age = self.read(token, now)
        wrong: tuple[Age, ...] = () if age == "good" else (age,)
        return (token if age in ("good", "quick") else self.make(now)), wrong
