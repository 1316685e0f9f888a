"""Opening a database, and its errors in our words.

`translated` is the one place where foreign exceptions become StoreError: every transaction of the
store runs inside it. What is told never holds a password or a row's values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError

from digest.errors import StoreError
from digest.store import dialect

BACKENDS = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
"""What a url may begin with, and SQLAlchemy's name for it."""

_MENDS = (
    (
        r"database is locked|lock timeout",
        "another process holds it; wait for it or end it, then try again",
    ),
    (r"disk is full|No space left", "free some space; nothing was saved of this step"),
    (r"disk I/O error", "see that the disk is well and not full; nothing was saved of this step"),
    (r"readonly database|attempt to write a readonly", "make the file and its folder writable"),
    (r"unable to open database file", "see that the folder exists and may be written to"),
    (
        r"not a database|malformed|file is encrypted",
        "the file is damaged or no database; restore a backup or name another file",
    ),
    (
        r"connection (?:failed|refused|to server)|(?:could not|failed to) (?:connect|translate)"
        r"|failed to resolve|timeout expired",
        "see that the server runs and that host, port, user and password are right",
    ),
)

_DATA_EXCEPTION = "22"
"""The class of SQLSTATEs whose own message quotes the value, not only its DETAIL (PostgreSQL,
appendix A)."""
_NO_UTF8 = re.compile(r"Could not decode to UTF-8 column '\w+'")
"""What SQLite's driver says before it quotes the text."""


def mask(url: str) -> str:
    """`url` without its password, fit for a log even where it cannot be parsed."""
    if "://" not in url:
        return re.sub(r".*@", "***@", url, flags=re.DOTALL)
    # Greedy, up to the last @: a password that nobody escaped may hold /, ? and @ itself.
    url = re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL)
    url = re.sub(r"(?<=://)([^:/@*]*):(?!\d+(?:/|$))(?!\*\*\*@).*", r"\1:***", url)  # no @ at all
    return re.sub(r"([?&][^=&]*(?:pass|pw|secret|key)[^=&]*)=[^&]*", r"\1=***", url, flags=re.I)


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` (its folder is made), `sqlite://` or `postgresql://…`.

    Nothing is connected yet, so a server that is away shows at the first transaction.
    """
    parsed = _parse(url)
    try:
        if parsed.get_backend_name() == "sqlite" and not dialect.is_in_memory(parsed):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            f"its folder cannot be made: {exc.strerror}. Name another with --db", url=mask(url)
        ) from exc
    return _created(dialect.create, parsed, url)


def _created(create: Callable[[URL], Engine], parsed: URL, url: str) -> Engine:
    try:
        return create(parsed)
    except ModuleNotFoundError as exc:
        raise StoreError(
            f"the driver {exc.name} is not installed. Say: pip install 'psycopg[binary]'",
            url=mask(url),
        ) from exc
    except SQLAlchemyError as exc:
        raise StoreError(f"cannot be opened: {_words(exc)}", url=mask(url)) from exc


def open_reader(url: str) -> Engine:
    """An engine that cannot write, for a database that is there. Raises StoreError."""
    parsed = _parse(url)
    if dialect.is_in_memory(parsed):
        raise StoreError("lives in one process alone; name a database that stays", url=mask(url))
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).is_file():
        raise StoreError("there is no such file", url=mask(url))
    return _created(dialect.create_reader, parsed, url)


def _parse(url: str) -> URL:
    # `from None`: what the parser says may quote the password.
    mend = "Write sqlite:///path/to/file or postgresql://user:password@host/database"
    try:
        parsed = make_url(str(url))
        backend = BACKENDS.get(parsed.get_backend_name())
    except (ArgumentError, ValueError):
        raise StoreError(f"is no database address. {mend}", url=mask(url)) from None
    if backend is None:
        raise StoreError(f"is a kind of database not known here. {mend}", url=mask(url))
    # "postgres://" is what hosting services print.
    return parsed.set(drivername=backend) if parsed.drivername == "postgres" else parsed


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn every error of SQLAlchemy and the drivers inside into StoreError.

    `url` is already masked. A ValueError of our own types (a naive time) is a bug of the caller
    and comes out as it is.
    """
    try:
        yield
    except StatementError as exc:
        if not isinstance(exc, DBAPIError) and isinstance(exc.orig, ValueError):
            raise exc.orig from None
        _raise(exc, url)
    except SQLAlchemyError as exc:
        _raise(exc, url)
    except Exception as exc:
        if not _is_of_a_driver(exc):
            raise
        _raise(exc, url)


def _raise(exc: Exception, url: str) -> NoReturn:
    cause = _cause(exc)
    # A chained error is printed whole, and would tell what ours leaves out.
    whole = _said(cause) == str(cause)
    raise StoreError(_words(exc), url=url) from (exc if whole else None)


def _is_of_a_driver(exc: Exception) -> bool:
    """Whether it is a DBAPI error that came past SQLAlchemy (a pragma of a new connection, say)."""
    return any(
        kind.__module__.partition(".")[0] in ("sqlite3", "psycopg") and kind.__name__ == "Error"
        for kind in type(exc).__mro__
    ) or isinstance(exc, UnicodeEncodeError)


def _cause(exc: Exception) -> BaseException:
    """The driver's own error, where SQLAlchemy has wrapped it."""
    return exc.orig if isinstance(exc, StatementError) and exc.orig is not None else exc


def _said(cause: BaseException) -> str:
    """What the driver says, without the values that it may quote."""
    if isinstance(cause, UnicodeEncodeError):
        return "a text holds half a character (a lone surrogate) and cannot be stored"
    if no_utf8 := _NO_UTF8.match(str(cause)):
        return no_utf8[0]
    # PostgreSQL's DETAIL quotes the row. Asked for by name: the driver may not be installed.
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    if primary is None:
        return str(cause)
    if str(getattr(cause, "sqlstate", "")).startswith(_DATA_EXCEPTION):
        return f"PostgreSQL does not take a value ({type(cause).__name__})"
    return str(primary)


def _words(exc: Exception) -> str:
    """What happened and what to do, in a line."""
    cause = _cause(exc)
    said = " ".join(_said(cause).split()) or type(cause).__name__
    for pattern, mend in _MENDS:
        if re.search(pattern, said, re.IGNORECASE):
            return f"{said}: {mend}"
    return said
