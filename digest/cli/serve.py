"""`digest serve`: the web pages alone, and how `digest run` hosts them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.options import Database, FeedsFile, OutFolder, opened, settings_for
from digest.errors import StoreError, UsageError

if TYPE_CHECKING:
    from digest.desk import Desk
    from digest.mailsettings import MailSettings
    from digest.settings import Secret, Settings
    from digest.store import Store
    from digest.web.app import BackOffice, Site
    from digest.web.health import Measured
    from digest.work import HouseWork

SHORTEST_PASSWORD = 12
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110, section 5.6.2."""
HOST = "127.0.0.1"
PORT = 8080
Host = Annotated[
    str, typer.Option("--host", help="The address the pages listen at.", metavar="HOST")
]
Port = Annotated[
    int,
    typer.Option("--port", help="The pages' port; 0 for any.", min=0, max=65535, metavar="PORT"),
]


def serve(
    host: Host = HOST,
    port: Port = PORT,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
) -> None:
    """Serve the archive of editions, and subscribing where mail is set up.

    It makes no editions and sends none; `digest run` does, and serves these pages as well.
    """
    import logging

    from digest.schedule.logs import set_up

    set_up(logging.INFO)
    settings = settings_for(feeds, db, out)
    with (
        opened(settings) as store,
        open_site(settings, store, host, port, say=lambda line: typer.echo(line, err=True)) as site,
    ):
        typer.echo(f"The pages are at {site.address}")
        site.run()


def _measured(settings: Settings, store: Store, work: HouseWork) -> Measured:
    """What /metrics tells, read anew at each scrape."""
    from datetime import UTC, datetime

    from digest.metrics import CONTENT_TYPE, exposition
    from digest.settings import secret_from
    from digest.status import picture
    from digest.web.health import Measured

    def measure() -> bytes:
        return exposition(picture(settings, store, work, datetime.now(UTC)))

    return Measured(measure, CONTENT_TYPE, str(secret_from(os.environ, "DIGEST_METRICS_TOKEN", "")))


def _back_office(
    settings: Settings, store: Store, work: HouseWork, secret: Secret, host: str
) -> BackOffice | None:
    """The operator's pages, where a password or a proxy's header is set. Raises UsageError."""
    from digest.office import Office
    from digest.readers.tokens import Tokens
    from digest.settings import secret_from
    from digest.web.app import BackOffice
    from digest.web.session import Access

    access = Access(
        str(secret_from(os.environ, "DIGEST_ADMIN_PASSWORD", "")),
        os.environ.get("DIGEST_ADMIN_HEADER", "").strip(),
    )
    if not access.open:
        return None
    if access.header and not _HEADER.fullmatch(access.header):
        raise UsageError(
            f"environment: DIGEST_ADMIN_HEADER: {access.header!r} is no header's name. Write it "
            "like X-Remote-User"
        )
    if access.password and len(access.password) < SHORTEST_PASSWORD:
        raise UsageError(f"DIGEST_ADMIN_PASSWORD must have {SHORTEST_PASSWORD} characters or more")
    if access.header and host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(
            "DIGEST_ADMIN_HEADER is believed only where nobody but the proxy can ask: listen at "
            "--host 127.0.0.1"
        )
    office = Office(settings, store, work, Tokens(secret))
    return BackOffice(office, access)


def _proxies() -> str:
    """Whose X-Forwarded-For is believed. Raises UsageError for what would be believed of nobody."""
    given = os.environ.get("DIGEST_PROXIES", "").strip() or "127.0.0.1"
    for part in given.split(","):
        try:
            if part.strip() != "*":
                ip_network(part.strip())
        except ValueError as error:
            raise UsageError(
                f"environment: DIGEST_PROXIES: {part.strip()!r} is no address of a proxy. Write it "
                "like 127.0.0.1,10.0.0.0/24"
            ) from error
    return given


@contextmanager
def open_site(
    settings: Settings,
    store: Store,
    host: str,
    port: int,
    say: Callable[[str], None] = lambda line: None,
    not_ready: Callable[[], str] = lambda: "",
) -> Iterator[Site]:
    """The pages over `settings` and `store`, their port taken; site and desk end with the context.

    `not_ready`: "" or why what runs beside the pages cannot do its work; /readyz tells that it is
    so, the log why. `run()` or `start()` the site inside. `say` is told when subscribing is off or
    its links lead where they should not, and why. Raises UsageError.
    """
    from digest.archive.open import known
    from digest.cli.run import house_work
    from digest.mailsettings import load_mail_settings
    from digest.store.comments import Comments
    from digest.web.app import Site, address_of, make_app

    editorial = settings.editorial
    mail = load_mail_settings(editorial)
    with ExitStack() as stack:
        front = None
        if mail.relays:
            opened = _desk(settings, store, mail, address_of(host, port), say)
            front = stack.enter_context(opened)
        else:
            say("Subscribing is off: no relay is named to mail confirmations by. Set DIGEST_SMTP.")
        about, work = known(settings.feeds), house_work(settings, store)
        app = make_app(
            out=settings.out,
            editorial=editorial,
            secret=str(mail.secret),
            front=front,
            pages=mail.pages,
            ready=_ready(settings, store, not_ready),
            measured=_measured(settings, store, work),
            back_office=_back_office(settings, store, work, mail.secret, host),
            outlet_of=about.outlet_of,
            feeds_of=about.feeds_of,
            published=store.was_told,
            search=store.search,
            said=Comments(store) if editorial.comments else None,
        )
        site = Site(app, host, port, proxies=_proxies())
        site.bind()
        stack.callback(site.stop)
        yield site


def _desk(
    settings: Settings,
    store: Store,
    mail: MailSettings,
    address: str,
    say: Callable[[str], None],
) -> AbstractContextManager[Desk]:
    """The readers' desk, whose letters lead to `address` where the settings name no other."""
    import logging

    from digest.archive.open import site_refreshed_apart
    from digest.desk import load_desk_settings, open_desk
    from digest.schedule.logs import say as log

    def unprinted() -> None:
        for note in site_refreshed_apart(settings):
            log(logging.INFO, "comments-erased", note=note)

    editorial = settings.editorial
    pages = mail.pages or editorial.site_url.rstrip("/") or address
    if not mail.pages:
        say(
            f"DIGEST_MAIL_PAGES is not set: letters to confirm by lead to {pages}, and editions to "
            "no page to leave by. Set it to where readers see these pages."
        )
    return open_desk(
        editorial,
        mail,
        load_desk_settings(),
        store,
        pages=pages,
        days=settings.schedule.days,
        unprinted=unprinted,
    )


def _ready(settings: Settings, store: Store, not_ready: Callable[[], str]) -> Callable[[], str]:
    """What /readyz asks."""
    import logging

    from digest.schedule.logs import say

    def ready() -> str:
        try:
            store.ping()
        except StoreError as error:
            say(logging.WARNING, "not-ready", why=error)
            return "the database refuses"
        if why := not_ready():
            say(logging.WARNING, "not-ready", why=why)
            return "what is due is not done"
        return "" if settings.out.is_dir() else "there is no edition yet"

    return ready
