"""Bodies undone from their codings piece by piece, under caps."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.body import Body
from digest.gather.trouble import Trouble

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    "gzip, deflate": lambda data: zlib.compress(gzip.compress(data)),
}


@given(
    st.binary(max_size=3000),
    st.sampled_from(sorted(PACKED)),
    st.lists(st.integers(1, 700), max_size=8),
)
def test_it_comes_back_whole_however_it_was_cut(data: bytes, coding: str, cuts: list[int]) -> None:
    data = b"<" + data
    packed = PACKED[coding](data)
    body = Body(coding, max_wire=100_000, max_body=100_000)
    rest = packed
    for cut in cuts:
        body.add(rest[:cut])
        rest = rest[cut:]
    body.add(rest)
    assert body.whole
    assert body.data() == data
    assert body.wire_bytes == len(packed)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_garbage_is_trouble_or_nothing(data: bytes, coding: str) -> None:
    body = Body(coding, max_wire=10_000, max_body=10_000)
    with suppress(Trouble):
        body.add(data)
        assert isinstance(body.data(), bytes)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_costs_no_more_memory_than_the_cap(coding: str) -> None:
    import tracemalloc

    bomb = PACKED[coding](b"\0" * 60_000_000)
    body = Body(coding, max_wire=1_000_000, max_body=1_000_000)
    tracemalloc.start()
    with pytest.raises(Trouble, match="larger than 1 MB unpacked"):
        body.add(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_small_caps_are_named_in_bytes() -> None:
    body = Body("", max_wire=10, max_body=100)
    with pytest.raises(Trouble, match="larger than 10 bytes: not read to the end"):
        body.add(b"x" * 11)


@pytest.mark.parametrize("coding", ["", "gzip", "gzip, deflate"])
def test_members_of_a_gzip_file_are_put_together_as_long_as_they_can_be_counted(
    coding: str,
) -> None:
    """Each empty one costs as much as all that follows it: thousands would take minutes."""

    def body(members: bytes) -> Body:
        found = Body(coding, max_wire=1_000_000, max_body=1_000_000)
        found.add(zlib.compress(members) if "deflate" in coding else members)
        return found

    pieces = [random.Random(n).randbytes(900) for n in range(300)]
    assert body(b"".join(map(gzip.compress, pieces))).data() == b"".join(pieces)
    with pytest.raises(Trouble, match="more than 1,000 gzip members"):
        body(gzip.compress(b"") * 5_000).data()


def test_what_follows_a_gzip_file_is_passed_over() -> None:
    body = Body("gzip", max_wire=1_000_000, max_body=1_000_000)
    body.add(gzip.compress(b"<rss/>") + b"\0" * 100_000)
    body.add(gzip.compress(b"padding ends nothing"))
    assert body.whole
    assert body.data() == b"<rss/>"
