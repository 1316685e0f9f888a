"""Every error the program raises on purpose.

    DigestError                    the base: catch this to catch them all
    ├── UsageError                 wrong use or configuration (exit 2)
    │   ├── SettingsError          feeds.yaml or the environment: file, line, key, mend
    │   ├── InputError             an items, sets or OPML file that cannot be used: file, line
    │   └── AddressError           a mail address that cannot be used
    ├── NothingToPublish           no report could be used, so there is no edition (exit 1)
    ├── EditionError               a stored edition that cannot be read, traced or rebuilt
    ├── StoreError                 the database refused: url (without its password), why
    ├── EmbedderError              the vector model could not be loaded
    ├── ComputeError               a worker of the cluster that may not be used: which, why
    ├── ChildLost                  a child process that gave no answer; how it ended
    ├── MailError                  letters cannot leave: the relay, a key or a header; why
    ├── WriterError                the optional writer gave nothing that could be used; why
    └── TokenError                 a link's or reply's token that does not count: reason

A feed that cannot be fetched or a report that cannot be used is no error: it is a value in the
result (`model.Fetched.problem`, `model.Dropped`), so that one bad feed never costs the others.
"""

from __future__ import annotations

from pathlib import Path


class DigestError(Exception):
    """Base of all errors raised on purpose; the message says what, where and what to do."""


class UsageError(DigestError):
    """The program was called or configured wrongly; the user can mend it."""


class SettingsError(UsageError):
    """A setting that cannot be used.

    `file` and `line` (1-based, None when unknown) say where, `key` which setting (dotted, such as
    `feeds[3].url`), `mend` what to write instead.
    """

    def __init__(
        self, problem: str, *, file: Path | str, line: int | None, key: str, mend: str
    ) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key
        self.mend = mend
        where = f"{file}:{line}" if line is not None else str(file)
        super().__init__(f"{where}: {key}: {problem}. {mend}")


def wrong_variable(key: str, problem: str, mend: str) -> SettingsError:
    """What is wrong with a variable of the environment, or with the file that it names."""
    return SettingsError(problem, file="environment", line=None, key=key, mend=mend)


class InputError(UsageError):
    """An input file that cannot be used as a whole. `line` is 1-based or None."""

    def __init__(self, problem: str, *, file: Path | str, line: int | None = None) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        where = f"{file}:{line}" if line is not None else str(file)
        super().__init__(f"{where}: {problem}")


class NothingToPublish(DigestError):
    """No report in the edition's window could be used."""


class EditionError(DigestError):
    """A stored edition that cannot be read, traced or rebuilt."""


class StoreError(DigestError):
    """The database refused; `url` is safe to print (its password is masked)."""

    def __init__(self, problem: str, *, url: str) -> None:
        self.problem = problem
        self.url = url
        super().__init__(f"{url}: {problem}")


class EmbedderError(DigestError):
    """The vector model could not be loaded or gave vectors of the wrong shape."""


class ComputeError(DigestError):
    """A worker of the cluster that is not like this machine, and would give other bytes."""


class ChildLost(DigestError):
    """A child process that gave no answer: it was killed, out of memory, or too slow."""


class AddressError(UsageError):
    """A mail address that cannot be used."""


class MailError(DigestError):
    """Letters cannot be made or cannot leave at all; one letter's failure is a value instead."""


class TokenError(DigestError):
    """A token that does not count. `reason` is one of forged, expired, used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the link does not count: {reason}")


class WriterError(DigestError):
    """The optional writer gave nothing that could be used. `over`: it need not be asked again."""

    def __init__(self, message: str, *, over: bool = False) -> None:
        self.over = over
        super().__init__(message)
