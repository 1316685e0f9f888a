"""Where heavy work is done, from the environment; the command line's --compute goes before it.

DIGEST_COMPUTE              local (a process a core), dask (a cluster of this machine), or a running
                            scheduler: tls://HOST:PORT, tcp://HOST:PORT
DIGEST_COMPUTE_CA           for tls, files in PEM: who signed the cluster's certificates,
DIGEST_COMPUTE_CERT         the certificate that this program shows,
DIGEST_COMPUTE_KEY          and its key
DIGEST_COMPUTE_UNPROTECTED  yes: tcp to another machine, through a network that you trust
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from digest.errors import wrong_variable
from digest.loopback import is_loopback
from digest.model import Workplace

_KEY = "DIGEST_COMPUTE"
_MEND = "Write local, dask, tls://HOST:PORT or tcp://HOST:PORT."
_FILES = {
    "ca": "DIGEST_COMPUTE_CA",
    "certificate": "DIGEST_COMPUTE_CERT",
    "key": "DIGEST_COMPUTE_KEY",
}


def workplace(env: Mapping[str, str]) -> Workplace:
    """The place that the environment names. Raises SettingsError."""
    where = env.get(_KEY, "").strip() or "local"
    if where in ("local", "dask"):
        return Workplace(where)
    scheme, host = _scheduler(where)
    if scheme == "tls":
        return Workplace(where, **{part: _file(env, name) for part, name in _FILES.items()})
    if not is_loopback(host) and not _unprotected(env):
        raise wrong_variable(
            _KEY,
            f"{where!r} leads to another machine without protection: whoever can reach a scheduler "
            "runs programs on its workers",
            "Use tls://, or set DIGEST_COMPUTE_UNPROTECTED=yes where the network is yours alone.",
        )
    return Workplace(where)


def _scheduler(where: str) -> tuple[str, str]:
    """Scheme and host of a scheduler's address."""
    try:
        parts = urlsplit(where)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise wrong_variable(_KEY, f"{where!r} is no address ({error})", _MEND) from error
    if parts.scheme not in ("tcp", "tls"):
        raise wrong_variable(_KEY, f"{where!r} is no place to work at", _MEND)
    if not host or not port or f"{parts.scheme}://{parts.netloc}" != where or "@" in where:
        raise wrong_variable(_KEY, f"{where!r} is not a host and a port", _MEND)
    return parts.scheme, host


def _unprotected(env: Mapping[str, str]) -> bool:
    given = env.get("DIGEST_COMPUTE_UNPROTECTED", "").strip().lower()
    if given not in ("", "yes", "no"):
        raise wrong_variable(
            "DIGEST_COMPUTE_UNPROTECTED", f"{given!r} is neither", "Write yes or no."
        )
    return given == "yes"


def _file(env: Mapping[str, str], name: str) -> str:
    given = env.get(name, "").strip()
    if not given:
        raise wrong_variable(name, "is not set, and tls needs it", "Name a file in PEM.")
    try:
        Path(given).read_bytes()
    except OSError as error:
        raise wrong_variable(
            name, f"{given} cannot be read ({error.strerror})", "Name a file in PEM."
        ) from error
    return given
