"""Promise 3 from the outside: the planted persons are found nowhere."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from homes import Demo, Home


@pytest.fixture(scope="module")
def planted(demo: Demo) -> list[str]:
    """Every e-mail, phone and full name, in the forms people write them, of the planted persons."""
    told: set[str] = set()
    for person in demo.truth["persons"]:
        told |= set(person["emails"]) | {email.upper() for email in person["emails"]}
        told |= {name for name in person["names"] if len(name) > 3}
        for phone in person["phones"]:
            told |= {phone, phone.lstrip("+")}
    assert len(told) > 1000
    return sorted(told)


def found(values: list[str], path: Path, folder: Path) -> list[str]:
    """Which of the values stand in a file's bytes; grep searches thousands at once."""
    patterns = folder / "patterns.txt"
    patterns.write_text("\n".join(values) + "\n", encoding="utf-8")
    command = ["grep", "--text", "--only-matching", "--fixed-strings", "--file", str(patterns)]
    done = subprocess.run([*command, str(path)], capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.decode(errors="replace").splitlines()


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table and Parquet file, as text."""
    for path in sorted(folder.rglob("*.parquet")):
        with duckdb.connect() as con:
            columns = [row[0] for row in con.execute(f"describe from '{path}'").fetchall()]
            for name in columns:
                told = f"""select distinct cast("{name}" as varchar) from '{path}'"""
                yield from ((f"{path.name}.{name}", v) for (v,) in con.execute(told).fetchall())
    for path in sorted(folder.rglob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as con:
            columns_of = """select table_schema, table_name, column_name
                from information_schema.columns"""
            for schema, table, name in con.execute(columns_of).fetchall():
                told = f"""select distinct cast("{name}" as varchar) from "{schema}"."{table}\""""
                yield from ((f"{table}.{name}", v) for (v,) in con.execute(told).fetchall())


def test_no_planted_value_in_any_column(demo: Demo, planted: list[str], tmp_path: Path) -> None:
    held = [*texts(demo.current), *texts(demo.path / "state")]
    assert len(held) > 10_000
    told = tmp_path / "held.txt"
    told.write_text("\n".join(f"{where}\t{value}" for where, value in held if value))
    assert found(planted, told, tmp_path) == []


def test_no_planted_value_in_the_bytes_of_a_home(
    by_dagster: Home, planted: list[str], tmp_path: Path
) -> None:
    hits = {}
    for folder in (by_dagster.path / "state", by_dagster.path / "published"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and found(planted, path, tmp_path):
                hits[path.name] = len(found(planted, path, tmp_path))
    assert hits == {}


def test_a_planted_value_would_be_found(demo: Demo, planted: list[str], tmp_path: Path) -> None:
    """The search above can fail: it finds the values where they were delivered."""
    contacts = next((demo.landing / "salesforce").glob("Contact*.csv"))
    assert len(found(planted, contacts, tmp_path)) > 100
