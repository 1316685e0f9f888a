"""What a mail system says, read: one pattern for enhanced status codes (RFC 3463)."""

from __future__ import annotations

import pytest

from digest.mail.outcome import is_of_address, status_in


@pytest.mark.parametrize(
    ("said", "classes", "status"),
    [
        ("550 5.1.1 no such user", "245", "5.1.1"),
        ("550-5.2.1 the account is disabled", "245", "5.2.1"),
        ("smtp; 250 2.0.0 queued, then 452 4.2.2 full", "45", "4.2.2"),
        ("421 4.3.2 later, or 5.7.1", "5", "5.7.1"),
        ("the host 4.3.2.1 of MailThing/5.1.2 said 3.1.1 and 15.1.1", "245", ""),
        ("no code at all", "245", ""),
    ],
)
def test_the_first_code_of_the_classes_that_count(said: str, classes: str, status: str) -> None:
    assert status_in(said, classes) == status


def test_the_codes_that_end_an_address() -> None:
    codes = ("5.1.1", "5.1.10", "5.2.1", "5.2.2", "5.7.1", "5.0.0", "4.1.1", "")
    assert [code for code in codes if is_of_address(code)] == ["5.1.1", "5.1.10", "5.2.1"]
