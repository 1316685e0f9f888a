from __future__ import annotations

from pathlib import Path

import pytest
from written_days import write_days


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    write_days(folder)
    return folder
