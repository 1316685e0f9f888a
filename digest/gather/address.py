"""Which addresses may be asked: the guard between a feed's URL and the operator's own network.

Names can lie (DNS rebinding, `127.1`, redirects), so the guard sees the address that a socket is
about to connect to, on every hop. A feed with `allow_private` reaches the host and port of its own
address in feeds.yaml and nothing else that is private: a redirect from there to another private
place is refused like any other, except the step from http to https on the same host.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urljoin, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Networks whose addresses hold an IPv4 address, which decides: RFC 6052 (NAT64), 3056 (6to4).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_CGNAT = ipaddress.IPv4Network("100.64.0.0/10")  # RFC 6598
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")  # RFC 6890; older Pythons call parts global
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")  # RFC 3879: deprecated, still routed inside

DEFAULT_PORTS = {"http": 80, "https": 443}


class RefusedAddress(OSError):
    """A socket was about to connect to an address that the guard refuses."""


def refusal(host: str) -> str | None:
    """Why the numeric address `host` may not be connected to; None when it may.

    Only globally routed unicast addresses pass (IANA special-purpose registries, RFC 6890).
    """
    try:
        address: IPAddress = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "not a numeric address"
    inner = _embedded(address)
    if inner is not None:
        address = inner
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address, where cloud metadata lives"
    if address.is_multicast:
        return "a multicast address"
    if address.version == 4 and address in _CGNAT:
        return "an address of a carrier's private network"
    if address.version == 6 and address in _SITE_LOCAL:
        return "a private address"
    if address.is_private:
        return "a private address"
    if address.version == 4 and address in _PROTOCOLS:
        return "a reserved address"
    if address.is_reserved or not address.is_global:
        return "a reserved address"
    return None


def _embedded(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64_LOCAL:
        return ipaddress.IPv4Address("127.0.0.1")  # local translation: never the outside
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if int(address) >> 32 == 0 and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)  # IPv4-compatible, RFC 4291
    return address.teredo[1] if address.teredo is not None else None


AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


def guarded_socket(info: AddrInfo) -> socket.socket:
    """A socket for `info` (as getaddrinfo gives it), if the guard lets it connect.

    Raises RefusedAddress, an OSError, so that the client goes on to the name's other addresses.
    """
    family, kind, protocol, _, address = info
    why = refusal(str(address[0]))
    if why is not None:
        raise RefusedAddress(why)
    return socket.socket(family=family, type=kind, proto=protocol)


def place(url: str) -> tuple[str, int] | None:
    """Host and port that `url` asks; None where it is no http(s) address with a host."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            return None
        return parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError:
        return None


def absolute(base: str, link: str) -> str:
    """`link` as a page at `base` means it, where that is an http(s) address; else ""."""
    try:
        url = urljoin(base, link) if link else ""
    except ValueError:
        return ""
    return url if place(url) is not None else ""


def own_place(url: str, own: str) -> bool:
    """Whether `url` asks the host and port of `own`, or its https where `own` is plain http."""
    there, here = place(url), place(own)
    if there is None or here is None:
        return False
    return there == here or (there[0] == here[0] and (here[1], there[1]) == (80, 443))


_USERINFO = re.compile(r"(?<=//)[^/?#\s]*@")


def shown(url: str) -> str:
    """`url` as a message may print it: no credentials, and no query, where keys hide."""
    bare = _USERINFO.sub("", url)
    return bare.split("?", 1)[0].split("#", 1)[0][:200]
