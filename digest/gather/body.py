"""A response's body, undone from its content codings piece by piece, under two caps.

The client hands over the bytes as they came on the wire: a bomb is stopped at the cap instead of
after it has been unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from digest.gather.trouble import Trouble

_GZIP_MAGIC = b"\x1f\x8b\x08"
_STEP = 256 * 1024
"""Bytes unpacked at once, so that a cap is overrun by no more than this."""
_SLICE = 64 * 1024
"""Packed bytes given to zlib at once: at a member's end it copies all that it was given beyond."""
_MOST_MEMBERS = 1_000
"""Members of a gzip file: files put together have some dozens, bgzip makes one of every 64 kB. An
empty one takes 20 bytes, so that 24 MB of them would keep the event loop for an hour."""
ACCEPT_ENCODING = "gzip, deflate"


class _Zlib:
    """gzip (RFC 1952, several members too) and deflate (RFC 1950; many servers send RFC 1951)."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inner = zlib.decompressobj(31 if coding == "gzip" else 15)
        self._started = False
        self._members = 1
        self._over = False
        self.whole = True

    def feed(self, data: bytes, room: int) -> bytes:
        """The unpacked bytes; at most about `room` + _STEP of them."""
        parts: list[bytes] = []
        for start in range(0, len(data), _SLICE):
            for part in self._unpacked(data[start : start + _SLICE]):
                parts.append(part)
                room -= len(part)
                if room < 0:
                    return b"".join(parts)
        return b"".join(parts)

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            try:
                part = self._inner.decompress(data, _STEP)
            except zlib.error as error:
                if self._coding == "deflate" and not self._started:
                    self._coding = "raw deflate"
                    self._inner = zlib.decompressobj(-15)
                    continue
                raise Trouble(f"its body is not valid {self._coding}: {error}") from error
            self._started = True
            self.whole = self._inner.eof
            yield part
            data = self._inner.unconsumed_tail
            if self._inner.eof:
                data = self._inner.unused_data
                self._over = bool(data) and not data.startswith(_GZIP_MAGIC[:1])  # padding
                if data and not self._over:
                    self._next_member()

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise Trouble(f"its body is packed in more than {_MOST_MEMBERS:,} gzip members")
        self._inner = zlib.decompressobj(31)


class Body:
    """Collects a body. `add` wire bytes, then take `data()`.

    Raises Trouble as soon as a cap is passed or a coding is broken or unknown.
    """

    def __init__(self, content_encoding: str, *, max_wire: int, max_body: int) -> None:
        self._max_wire = max_wire
        self._max_body = max_body
        self._decoders: list[_Zlib] = []
        self._parts: list[bytes] = []
        self._size = 0
        self.wire_bytes = 0
        codings = [part.strip().lower() for part in content_encoding.split(",")]
        for coding in reversed([coding for coding in codings if coding not in ("", "identity")]):
            if coding not in ("gzip", "x-gzip", "deflate") or len(self._decoders) == 2:
                raise Trouble(
                    f"its body is packed as {content_encoding[:40]!r}, which was not asked for"
                )
            self._decoders.append(_Zlib(coding.removeprefix("x-")))

    def add(self, data: bytes) -> None:
        self.wire_bytes += len(data)
        if self.wire_bytes > self._max_wire:
            raise Trouble(_too_large(self._max_wire, "max_wire_bytes"))
        for decoder in self._decoders:
            data = decoder.feed(data, self._max_body - self._size)
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._max_body:
            raise Trouble(_too_large(self._max_body, "max_body_bytes", unpacked=True))
        self._parts.append(data)

    @property
    def whole(self) -> bool:
        """Whether the codings have come to their end (a plain body always has)."""
        return all(decoder.whole for decoder in self._decoders)

    def data(self) -> bytes:
        """The body; a gzip file sent as such (sitemap.xml.gz) is unpacked as well."""
        data = b"".join(self._parts)
        if not data.startswith(_GZIP_MAGIC):
            return data
        self._parts, self._size = [], 0
        decoder = _Zlib("gzip")
        self._keep(decoder.feed(data, self._max_body))
        if not decoder.whole:
            raise Trouble("it is a gzip file that breaks off")
        return b"".join(self._parts)


def _too_large(cap: int, setting: str, *, unpacked: bool = False) -> str:
    size = f"{cap / 1_000_000:g} MB" if cap >= 1_000_000 else f"{cap:,} bytes"
    return (
        f"larger than {size}{' unpacked' if unpacked else ''}: not read to the end; "
        f"raise {setting} if it is right"
    )
