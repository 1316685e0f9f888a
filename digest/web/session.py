"""Who may see the operator's pages: one password, or a name that a reverse proxy vouches for.

The session is a signed cookie without anything in it but a random number and the time of the last
request: after half an hour without one it ends. Nothing is kept in the process, so a restart signs
nobody out; a new secret signs everybody out.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

from digest.delivery import base36
from digest.readers.tokens import signer

COOKIE = "digest_admin"
IDLE = timedelta(minutes=30)
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Access:
    """How the operator is known. With neither, there are no operator's pages."""

    password: str = ""
    header: str = ""
    """A reverse proxy's header that names whom it let in; only where none but it can ask."""

    @property
    def open(self) -> bool:
        return bool(self.password or self.header)


@dataclass(frozen=True, slots=True)
class Sessions:
    access: Access
    secret: str
    https: bool

    def who(self, request: Request, now: datetime) -> str:
        """The session's name, by which its forms are signed; "" for nobody."""
        if self.access.header and (name := request.headers.get(self.access.header, "")):
            return f"proxy:{name}"
        return self._read(request.cookies.get(COOKIE, ""), now) if self.access.password else ""

    def is_password(self, given: str) -> bool:
        """In the same time, whatever is given."""
        digests = (sha256(one.encode()).digest() for one in (given, self.access.password))
        return bool(self.access.password) and hmac.compare_digest(*digests)

    def begin(self, response: Response, now: datetime) -> None:
        """Sign in."""
        self._set(response, secrets.token_hex(16), now)

    def go_on(self, response: Response, who: str, now: datetime) -> None:
        """The session was used just now."""
        if not who.startswith("proxy:"):
            self._set(response, who, now)

    def end(self, response: Response) -> None:
        """Sign out."""
        response.delete_cookie(COOKIE, path="/admin", secure=self.https, httponly=True)

    def form_token(self, who: str) -> str:
        """What a form of this session carries, so that no other site's form counts."""
        return hmac.new(self._key("form"), who.encode(), sha256).hexdigest()

    def is_ours(self, who: str, token: str) -> bool:
        return hmac.compare_digest(self.form_token(who).encode(), token.encode())

    def _set(self, response: Response, name: str, now: datetime) -> None:
        value = f"{name}.{base36(int(now.timestamp()))}"
        response.set_cookie(
            COOKIE,
            self._signer().sign(value).decode("ascii"),
            max_age=int(IDLE.total_seconds()),
            path="/admin",
            secure=self.https,
            httponly=True,
            samesite="strict",
        )

    def _read(self, cookie: str, now: datetime) -> str:
        if not cookie.isascii() or len(cookie) > 200:
            return ""
        try:
            name, _, used = self._signer().unsign(cookie).decode("ascii").partition(".")
            age = now.timestamp() - int(used, 36)
        except (BadSignature, ValueError):
            return ""
        return name if -60 <= age <= IDLE.total_seconds() else ""

    def _signer(self) -> Signer:
        return signer(self._key("session"), COOKIE)

    def _key(self, use: str) -> bytes:
        # The password is part of the key: changing it ends every session.
        password = sha256(self.access.password.encode()).hexdigest()
        return f"{self.secret}\0admin\0{use}\0{password}".encode()
