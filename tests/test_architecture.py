"""The walls of DESIGN: who may import whom, and who alone may do what."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cx_pipeline"
# From the top floor down: a room imports rooms on lower floors, or its own.
FLOORS = [
    {"cli"},
    {"definitions"},
    {"defs"},
    {"rights"},
    {"pull", "profile", "explain"},
    {"backup", "landing", "release", "alerts", "outcome"},
    {"privacy", "expectations", "transform", "rewrite"},
    {"warehouse"},
    {"report", "sample", "science", "contracts"},
    {"columns", "extracts", "pulls"},
    {"expected", "settings"},
    {"sections"},
    {"denied", "purposes", "short_lived"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
ONLY = {
    "dagster": {"definitions", "defs"},
    "dagster_dbt": {"defs"},
    "great_expectations": {"expectations"},
    "dbt": {"transform"},
    "splink": {"privacy"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "cx_pipeline":
                found += [(node.lineno, f"cx_pipeline.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in FLOOR, f"{room} has no floor: add it to FLOORS and to DESIGN"
    for line, module in imported(path):
        head, *rest = module.split(".")
        if head == "cx_pipeline" and rest:
            other = rest[0]
            up = FLOOR[other] < FLOOR[room] or (FLOOR[other] == FLOOR[room] and other != room)
            same_floor_ok = {room, other} in ({"landing", "release"}, {"transform", "privacy"})
            assert not up or same_floor_ok, f"{path.name}:{line} imports {module} from below"
        elif head in ONLY:
            assert room in ONLY[head], f"{path.name}:{line}: only {ONLY[head]} may import {head}"


def calls(path: Path, owner: str, name: str) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
    ]


@pytest.mark.parametrize(
    ("owner", "name", "room"),
    [
        ("duckdb", "connect", "warehouse"),
        ("os", "environ", "settings"),
        ("os", "getenv", "settings"),
        ("yaml", "safe_load", "contracts"),
    ],
)
def test_only_one_room_does_it(owner: str, name: str, room: str) -> None:
    elsewhere = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in FILES
        if room_of(path) != room
        for line in calls(path, owner, name)
    ]
    assert elsewhere == []


def test_packages_do_nothing_when_imported() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        assert path.read_text(encoding="utf-8").strip() == "", f"{path} is not empty"
