"""docs/install.md, run as it stands: from the wheel to a running service, and to its end."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from news_server import news_server, write_settings

ROOT = Path(__file__).parent.parent.parent
ELSEWHERE = ("/opt/digest", "/etc/digest", "/etc/systemd/system", "/var/lib/digest")
"""Paths of the pages that become folders of the test's own."""


def documented(page: str, heading: str) -> list[str]:
    """The commands under a heading, prompts taken away."""
    section = (
        (ROOT / "docs" / page).read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    )
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.M | re.S)
    return [line.removeprefix("# ") for block in blocks for line in block.splitlines()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.mark.system
@pytest.mark.skipif(not Path("/proc").is_dir() or not shutil.which("curl"), reason="needs Linux")
def test_the_documented_commands_lead_to_a_running_service(tmp_path: Path) -> None:
    shim, tools = tmp_path / "shim", tmp_path / "bin"
    tools.mkdir()
    (shim / "units").mkdir(parents=True)
    port = free_port()
    moved = {path: str(tmp_path / path.strip("/")) for path in ELSEWHERE}
    moved["/etc/systemd/system"] = str(shim / "units")

    state = "/var/lib/digest"

    def here(text: str) -> str:
        for path, other in moved.items():
            text = text.replace(path, other)
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")

    with news_server() as (address, asked):
        write_settings(tmp_path / "mine.yaml", address, "edition: {hour: 0}\n")
        # The editor of the page, and its unit in our paths and at our port.
        _script(tools / "edit", f'cp {tmp_path}/mine.yaml "$1"')
        _script(
            tools / "systemctl", f'exec {sys.executable} {ROOT}/tests/schedule/systemctl.py "$@"'
        )
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        env = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
        env |= {"PATH": f"{tools}:{env['PATH']}", "EDITOR": "edit", "SHIM": str(shim)}
        env |= {"PIP_CONSTRAINT": str(_constraints(tmp_path)), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        commands = documented("install.md", "As a service")
        assert [words.split()[0].rsplit("/")[-1] for words in commands] == [
            "python3", "pip", "digest", '"${EDITOR:-nano}"', "cp", "systemctl", "systemctl",
            "systemctl", "curl", "systemctl", "systemctl",
        ]  # fmt: skip
        said = []
        try:
            for command in commands:
                done = subprocess.run(
                    ["sh", "-ec", here(command)], cwd=tmp_path, env=env,
                    capture_output=True, text=True, check=False, timeout=600,
                )  # fmt: skip
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}{_log(shim)}"
                said.append(done.stdout.strip())
                if command.startswith("cp "):
                    unit = shim / "units" / "digest.service"
                    text = unit.read_text("utf-8").replace(state, moved[state])
                    unit.write_text(text.replace("digest run ", f"digest run --port {port} "))
        finally:
            with suppress(OSError, ValueError):
                os.kill(int((shim / "pid").read_text()), 9)
    assert said[6].startswith("digest: ready, ")
    assert said[7:9] == ["active", "ok"]
    journal = _log(shim)
    for event in ("started", "pages-open", "settings-read", "stopping", "stopped"):
        assert f"event={event}" in journal
    assert asked
    assert (Path(moved[state]) / "digest.sqlite3").is_file()


def _script(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def _constraints(folder: Path) -> Path:
    """The lock's versions: what is tested is the way, not the newest release of every library."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pins = [pin.strip() for pin in re.findall(r"^(\w[^\\\n]+)", lock, re.M)]  # with their markers
    file = folder / "constraints.txt"
    file.write_text("\n".join(pins) + "\n")
    return file


def _log(shim: Path) -> str:
    journal = shim / "journal"
    return journal.read_text("utf-8") if journal.exists() else ""
