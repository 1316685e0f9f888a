"""Languages of reports."""

from __future__ import annotations

import pytest
from newsroom_items import report_item

from digest.analyse.language import language_of
from digest.model import Outlet

GERMAN = "Der Minister sagte am Dienstag, die Truppen seien in der Nacht abgezogen worden."


@pytest.mark.parametrize(
    ("title", "text", "hint", "outlet", "found"),
    [
        ("Truppen abgezogen", GERMAN, "", "", "de"),
        ("Truppen abgezogen", GERMAN, "en", "", "de"),
        ("Banksy mural", "", "en", "", "en"),
        ("Banksy mural", "", "", "fr", "fr"),
        ("Mursal", "", "", "", ""),
        ("", "", "", "", ""),
        ("政府は火曜日に部隊の撤退を発表した。", "", "", "", "ja"),
    ],
)
def test_language_of(title: str, text: str, hint: str, outlet: str, found: str) -> None:
    item = report_item("1", title, text, lang=hint)
    assert language_of(item, Outlet("Harbour Times", language=outlet)) == found
