"""Where work is done: what the environment and --compute may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.errors import SettingsError
from digest.model import Workplace
from digest.settings.computing import workplace


@pytest.mark.parametrize(
    "where",
    ["local", "dask", "tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"],
)
def test_this_machine_needs_no_protection(where: str) -> None:
    assert workplace({"DIGEST_COMPUTE": where}) == Workplace(where)


def test_unless_told_this_machines_processes_work() -> None:
    assert workplace({}) == workplace({"DIGEST_COMPUTE": " "}) == Workplace("local")


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("laptop", "'laptop' is no place to work at"),
        ("http://127.0.0.1:8786", "is no place to work at"),
        ("tcp://127.0.0.1", "is not a host and a port"),
        ("tcp://:8786", "is not a host and a port"),
        ("tcp://127.0.0.1:8786/x", "is not a host and a port"),
        ("tcp://me:secret@127.0.0.1:8786", "is not a host and a port"),
        ("tcp://127.0.0.1:99999", "is no address"),
        ("tcp://[::1:8786", "is no address"),
    ],
)
def test_what_is_no_place_is_refused(where: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        workplace({"DIGEST_COMPUTE": where})
    assert problem in str(caught.value)
    assert str(caught.value).startswith("environment: DIGEST_COMPUTE: ")
    assert "Write local, dask, tls://HOST:PORT or tcp://HOST:PORT." in str(caught.value)


def test_plain_tcp_to_another_machine_must_be_asked_for() -> None:
    far = {"DIGEST_COMPUTE": "tcp://10.0.0.7:8786"}
    with pytest.raises(SettingsError, match="whoever can reach a scheduler runs programs"):
        workplace(far)
    with pytest.raises(SettingsError, match="DIGEST_COMPUTE_UNPROTECTED: 'maybe' is neither"):
        workplace({**far, "DIGEST_COMPUTE_UNPROTECTED": "maybe"})
    allowed = workplace({**far, "DIGEST_COMPUTE_UNPROTECTED": "yes"})
    assert allowed == Workplace("tcp://10.0.0.7:8786")


def test_tls_needs_its_three_files(tmp_path: Path) -> None:
    env = {"DIGEST_COMPUTE": "tls://work.example:8786"}
    for name in ("DIGEST_COMPUTE_CA", "DIGEST_COMPUTE_CERT", "DIGEST_COMPUTE_KEY"):
        with pytest.raises(SettingsError, match=f"{name}: is not set"):
            workplace(env)
        env[name] = str(tmp_path / name)
        with pytest.raises(SettingsError, match=f"{name}: .* cannot be read"):
            workplace(env)
        (tmp_path / name).write_text("PEM")
    place = workplace(env)
    assert place.where == "tls://work.example:8786"
    assert place.key == str(tmp_path / "DIGEST_COMPUTE_KEY")


@pytest.mark.parametrize("command", [["build"], ["feeds", "check"]])
def test_the_command_line_has_the_last_word(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_COMPUTE", "local")
    done = CliRunner().invoke(app, [*command, "--compute", "laptop"])
    assert isinstance(done.exception, SettingsError)
    assert "'laptop' is no place to work at" in str(done.exception)
