"""Promise 3 from the outside: the planted persons are found nowhere."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import AS_OF, Demo, Home


@pytest.fixture(scope="module")
def planted(demo: Demo) -> list[str]:
    """Every e-mail, phone and full name, in the forms people write them, of the planted persons."""
    found: set[str] = set()
    for person in demo.truth["persons"]:
        found |= set(person["emails"]) | {email.upper() for email in person["emails"]}
        found |= {name for name in person["names"] if len(name) > 3}
        for phone in person["phones"]:
            found |= {phone, phone.lstrip("+")}
    assert len(found) > 1000
    return sorted(found)


def forms(values: list[str]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(re.escape(value.encode()) for value in values))


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


def test_no_planted_value_in_any_column(demo: Demo, planted: list[str]) -> None:
    search = forms(planted)
    held = list(texts(demo.current)) + list(texts(demo.path / "state"))
    assert len(held) > 10_000
    hits = {where for where, value in held if value and search.search(value.encode())}
    assert hits == set()


def test_no_planted_value_in_the_bytes_of_a_home(
    demo: Demo, planted: list[str], new_home: Callable[..., Home], key_file: Path
) -> None:
    home = new_home("bytes", key=key_file)
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text() + "\n[warehouse]\nblock_compression = false\n")
    shutil.copytree(demo.landing, home.landing, dirs_exist_ok=True)
    home.cx("run", "--as-of", AS_OF)
    search = forms(planted)
    hits = []
    for folder in (home.path / "state", home.path / "published"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                hits += [path.name for _ in search.finditer(path.read_bytes())]
    assert hits == []
    assert home.manifest["content_hash"] == demo.manifest["content_hash"]


def test_a_planted_value_would_be_found(demo: Demo, planted: list[str]) -> None:
    """The search above can fail: it finds the values where they were delivered."""
    search = forms(planted)
    delivered = (demo.landing / "salesforce").glob("Contact*.csv")
    assert any(search.search(path.read_bytes()) for path in delivered)
