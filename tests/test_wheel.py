"""The wheel that users install holds all that the checkout holds."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.mark.system
def test_templates_feeds_and_examples_are_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for top in ("templates", "examples"):
        for path in (ROOT / top).rglob("*"):
            if path.is_file():
                assert f"digest/{path.relative_to(ROOT).as_posix()}" in inside
    assert "digest/feeds.yaml" in inside
    assert "digest/docs/feeds.schema.json" in inside
    assert {"digest/packaging/digest.service", "digest/packaging/digest-ctl"} <= inside


@pytest.mark.system
def test_an_installed_wheel_makes_a_first_edition(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = ROOT / "requirements.lock"
    subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True)
    subprocess.run([*install, "--no-deps", str(wheel)], check=True)
    work = tmp_path / "elsewhere"
    work.mkdir()
    for command in (["demo"], ["verify", "output/demo"], ["feeds", "list"]):
        done = subprocess.run(
            [home / "bin" / "digest", *command],
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert list(work.glob("output/demo/*/index.html"))
