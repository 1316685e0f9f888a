"""The files that operators install say what the program understands."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main
import yaml

from digest.cli.app import app
from digest.schedule.service import HEARTBEAT

PACKAGING = Path(__file__).parent.parent.parent / "packaging"
TELLS_OPTIONS = typer.main.get_command(app)


def _unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(PACKAGING / "digest.service")
    return unit


def _understood(words: list[str]) -> bool:
    """Whether `digest WORDS` names a command and options that there are."""
    command = getattr(TELLS_OPTIONS, "commands", {})[words[0]]
    known = {opt for parameter in command.params for opt in parameter.opts}
    return {word for word in words[1:] if word.startswith("-")} <= known


def test_the_unit_starts_what_there_is_and_waits_for_its_signs_of_life() -> None:
    service = _unit()["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/digest")
    assert _understood(words)
    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) >= 3 * HEARTBEAT.total_seconds()
    assert "-HUP" in service["ExecReload"]
    assert service["KillMode"] == "mixed"  # children are left to the service


def test_commands_by_hand_see_what_the_service_sees() -> None:
    unit = (PACKAGING / "digest.service").read_text("utf-8")
    words = shlex.split((PACKAGING / "digest-ctl").read_text("utf-8").partition("exec ")[2])
    given = {option: set[str]() for option in ("-E", "-p")}
    for option, value in pairwise(words):
        given.get(option, set()).add(value)
    assert given["-E"] == set(re.findall(r"^Environment=(.+)$", unit, re.M))
    theirs = given["-p"] - {"User=digest", "WorkingDirectory=/etc/digest"}
    assert {"DynamicUser=yes", "StateDirectory=digest"} < theirs < set(unit.splitlines())
    assert words[-2:] == [_unit()["Service"]["ExecStart"].split()[0], "$@"]


def test_the_cron_lines_name_real_commands() -> None:
    lines = (PACKAGING / "digest.cron").read_text("utf-8").splitlines()
    commands = [re.findall(r"bin/digest (.+?) 2>&1", line) for line in lines]
    found = [shlex.split(words[0]) for words in commands if words]
    assert [words[0] for words in found] == ["build", "night"]
    assert all(_understood(words) for words in found)


def test_the_container_has_no_root_and_its_command_is_real() -> None:
    service = yaml.safe_load((PACKAGING / "compose.yaml").read_text("utf-8"))["services"]["digest"]
    assert _understood(service["command"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    dockerfile = (PACKAGING / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (.+)$", dockerfile, re.M) == ["digest"]
    copied = re.findall(r"^!(\S+)$", (PACKAGING / "Dockerfile.dockerignore").read_text(), re.M)
    assert all((PACKAGING.parent / name).exists() for name in copied)


@pytest.mark.system
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_understands_the_unit_and_finds_it_closed() -> None:
    unit = str(PACKAGING / "digest.service")
    verified = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    said = [line for line in verified.stderr.splitlines() if "is not executable" not in line]
    assert said == []
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout[-400:]
