"""Mail's settings, from the environment: who sends the letters, by which relay, with which keys.

DIGEST_SMTP              the relays, see `mail.relay` (or DIGEST_SMTP_FILE)
DIGEST_MAIL_FROM         desk@example.org, or: Harbour Desk <desk@example.org>
DIGEST_MAIL_REPLY_TO     where answers go; default: the sender
DIGEST_MAIL_BOUNCES      bounces+{}@example.org; default: the sender's own, tagged so
DIGEST_MAIL_UNSUBSCRIBE  unsubscribe+{}@example.org; default: the sender's own, tagged so
DIGEST_MAIL_LIST_ID      daily.example.org; default: digest. and the sender's domain
DIGEST_MAIL_PAGES        https://digest.example.org, where the unsubscribe pages answer
DIGEST_OPERATOR          you@example.org: who is told when something is wrong
DIGEST_MAIL_LIMITS       20/minute gmail.example=500/hour: to any one domain, and to that one
DIGEST_MAIL_PROCESSES    processes that compose and hand over the letters; default: 1
DIGEST_KEYS              the folder of the secret and the DKIM keys
DIGEST_SECRET            the secret itself (or DIGEST_SECRET_FILE), instead of the folder's
"""

from __future__ import annotations

import os
import platform
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from digest.address import Address, parse_address
from digest.errors import AddressError, UsageError, wrong_variable
from digest.mail.dkim import Key, Signer, read_key
from digest.mail.limits import Limit, Limits, parse_limit
from digest.mail.message import LIST_ID
from digest.mail.relay import Relay, parse_relays
from digest.mail.verp import Verp
from digest.model import Editorial
from digest.settings import MAIN, Secret, published_problem, secret_from

SECRET_CHARACTERS = 32
MOST_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class MailSettings:
    """All that mail needs to know."""

    sender: Address
    sender_name: str
    reply_to: Address | None
    bounces: str
    """Template of the envelope sender, `{}` where the tag goes."""
    unsubscribe: str
    list_id: str
    pages: str
    """Without a trailing slash; "" where no web service runs."""
    relays: tuple[Relay, ...]
    helo: str
    keys_folder: Path
    keys: tuple[Key, ...]
    secret: Secret = field(repr=False)
    operator: Address | None = None
    domain_limit: Limit | None = None
    """Letters to any one receiving domain that `domain_limits` does not name."""
    domain_limits: Mapping[str, Limit] = field(default_factory=dict)
    processes: int = 1
    """That compose and hand over the letters."""

    def limits(self, run: Limit | None = None, domain: Limit | None = None) -> Limits:
        """Fresh windows for a run; `run` and `domain` are the command line's."""
        relays = {relay.name: relay.limit for relay in self.relays}
        return Limits(run, domain or self.domain_limit, self.domain_limits, relays)

    @property
    def signer(self) -> Signer | None:
        return Signer(self.keys) if self.keys else None


def load_mail_settings(
    editorial: Editorial, smtp: str | None = None, env: Mapping[str, str] | None = None
) -> MailSettings:
    """Mail's settings; `smtp` (the command line) goes before the environment.

    A secret is made and kept in the keys' folder where there is none yet. Raises SettingsError,
    UsageError.
    """
    env = os.environ if env is None else env
    sender_name, sender = _sender(env, editorial)
    folder = _keys_folder(env)
    relays = str(smtp or secret_from(env, "DIGEST_SMTP", ""))
    tagged = f"{sender.local}+{{}}@{sender.domain}"
    secret = _secret(env, folder)
    templates = {
        name: env.get(name, "").strip() or tagged
        for name in ("DIGEST_MAIL_BOUNCES", "DIGEST_MAIL_UNSUBSCRIBE")
    }
    for key, template in templates.items():
        with _naming(key):
            Verp(template, secret)
    name = "digest" if editorial.list == MAIN else editorial.list
    with _naming("DIGEST_MAIL_LIMITS"):
        domain_limit, domain_limits = _limits(env.get("DIGEST_MAIL_LIMITS", ""))
    return MailSettings(
        sender=sender,
        sender_name=sender_name,
        reply_to=_address(env, "DIGEST_MAIL_REPLY_TO"),
        operator=_address(env, "DIGEST_OPERATOR"),
        bounces=templates["DIGEST_MAIL_BOUNCES"],
        unsubscribe=templates["DIGEST_MAIL_UNSUBSCRIBE"],
        list_id=_list_id(env) or f"{name}.{sender.domain}",
        pages=_pages(env),
        relays=parse_relays(relays) if relays.strip() else (),
        helo=sender.domain,
        keys_folder=folder,
        keys=dkim_keys(folder, sender.domain),
        secret=secret,
        domain_limit=domain_limit,
        domain_limits=domain_limits,
        processes=_processes(env.get("DIGEST_MAIL_PROCESSES", "")),
    )


def _sender(env: Mapping[str, str], editorial: Editorial) -> tuple[str, Address]:
    given = env.get("DIGEST_MAIL_FROM", "").strip()
    if not given:
        host = urlsplit(editorial.site_url).hostname or platform.node().lower()
        try:
            return "", parse_address(f"digest@{host}")
        except AddressError:  # a machine's name can be anything
            return "", parse_address("digest@localhost")
    name, bare = parseaddr(given) if "<" in given else ("", given)
    try:
        return name, parse_address(bare)
    except AddressError as error:
        raise wrong_variable(
            "DIGEST_MAIL_FROM", str(error), "Write it like: Harbour Desk <desk@example.org>"
        ) from error


@contextmanager
def _naming(key: str) -> Iterator[None]:
    """What is refused is told with its variable: an address may stand in any of five."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"environment: {key}: {error}") from error


def _address(env: Mapping[str, str], key: str) -> Address | None:
    given = env.get(key, "").strip()
    with _naming(key):
        return parse_address(given) if given else None


def _list_id(env: Mapping[str, str]) -> str:
    given = env.get("DIGEST_MAIL_LIST_ID", "").strip().lower()
    if given and not LIST_ID.match(given):
        raise wrong_variable(
            "DIGEST_MAIL_LIST_ID", f"{given!r} is no List-Id", "Write it like daily.example.org"
        )
    return given


def _limits(given: str) -> tuple[Limit | None, dict[str, Limit]]:
    each: Limit | None = None
    named: dict[str, Limit] = {}
    for part in re.split(r"[\s,]+", given.strip()):
        domain, equals, limit = part.rpartition("=")
        if equals:
            named[domain.lower()] = parse_limit(limit)
        elif limit:
            each = parse_limit(limit)
    return each, named


def _processes(given: str) -> int:
    text = given.strip() or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_PROCESSES:
        raise wrong_variable(
            "DIGEST_MAIL_PROCESSES",
            f"{given!r} is no number of processes",
            f"Write a number from 1 to {MOST_PROCESSES}: as many as cores are free for mail.",
        )
    return int(text)


def _pages(env: Mapping[str, str]) -> str:
    pages = env.get("DIGEST_MAIL_PAGES", "").strip().rstrip("/")
    if problem := published_problem(pages):
        raise wrong_variable(
            "DIGEST_MAIL_PAGES", problem, "Write it like https://digest.example.org"
        )
    return pages


def _keys_folder(env: Mapping[str, str]) -> Path:
    if given := env.get("DIGEST_KEYS"):
        return Path(given)
    config = env.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "daily-security-digest"


def _secret(env: Mapping[str, str], folder: Path) -> Secret:
    """From the environment, else from the keys' folder, where it is made at first use."""
    given = secret_from(env, "DIGEST_SECRET", "")
    where = "DIGEST_SECRET"
    if not given:
        where = str(folder / "secret")
        try:
            given = Secret(_kept(folder / "secret"))
        except OSError as error:
            raise wrong_variable(
                "DIGEST_KEYS",
                f"the secret cannot be kept in {folder} ({error.strerror})",
                "Name a folder that only this program's user may read, or set DIGEST_SECRET.",
            ) from error
    if len(given) < SECRET_CHARACTERS:
        raise wrong_variable(
            where, "is too short to be a secret", f"Use {SECRET_CHARACTERS} random characters."
        )
    return given


def _kept(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Not the process's number: a container's is always the same, and may have been killed here.
        part = file.with_name(f".secret.{secrets.token_hex(8)}")
        write_private(part, secrets.token_urlsafe(48).encode() + b"\n")
        try:
            os.link(part, file)  # of two processes that make one, the first one's counts
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return file.read_text("ascii").strip()


def write_private(file: Path, content: bytes) -> None:
    """A new file that only its owner may read, on disk when this returns; none where it fails."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
    except OSError:  # half a key would be taken for one
        file.unlink()
        raise


def dkim_keys(folder: Path, domain: str) -> tuple[Key, ...]:
    """The keys `dkim-SELECTOR.pem` of the folder, for `domain`, by name."""
    found = []
    for file in sorted(folder.glob("dkim-*.pem")):
        try:
            pem = file.read_bytes()
        except OSError as error:
            raise wrong_variable(
                str(file), f"cannot be read ({error.strerror})", "Make it readable, or remove it."
            ) from error
        found.append(read_key(pem, domain=domain, selector=file.stem.removeprefix("dkim-")))
    return tuple(found)
