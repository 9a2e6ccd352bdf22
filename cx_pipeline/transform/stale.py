"""Which models a night has to build: those of other code, day, files or parents than they had.

Each model has a signature of all that shapes its rows; `state.built` holds the one it was last
built with. A model's line goes before it is built and comes when all was built and tested: a crash
leaves too few lines, never one too many. What may be another is told to dbt, which makes only what
is given other rows (macros/standing.sql).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import duckdb

from cx_pipeline.warehouse import quoted

Nodes = Mapping[str, Any]

_TABLE = """
create schema if not exists state;
create table if not exists state.built (model varchar primary key, signature varchar);
create schema if not exists night;
create table if not exists night.made (node varchar, inputs varchar, mark varchar);
"""
# The clock in these moves nothing by itself: `rows_of` lets in rows, which are counted, and a
# night's macros write down how far a table has come.
_COUNTED = {"rows_of"}
_NOTED = {"macros/night.sql", "macros/changes.sql"}


def signatures(
    con: duckdb.DuckDBPyConnection,
    manifest: Nodes,
    wanted: Collection[str],
    *,
    clocks: Collection[str],
    code: str,
    as_of_at: datetime,
) -> dict[str, str]:
    """Signature of each wanted model, and of each source under them, by unique id: equal when a
    build would give the same rows.

    `clocks` are the nodes that the day is part of, `code` is the fingerprint of the whole project;
    `as_of_at` the run's midnight in UTC.
    """
    signed: dict[str, str] = {}

    @cache
    def sign(name: str) -> str:
        if name in manifest["sources"]:
            signed[name] = _visible(con, manifest["sources"][name], as_of_at)
            return signed[name]
        clock = str(as_of_at) if name in clocks else ""
        parents = [sign(parent) for parent in manifest["nodes"][name]["depends_on"]["nodes"]]
        text = json.dumps([name, code, clock, *parents])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    models = {name: sign(name) for name in wanted}
    return models | signed


def models(manifest: Nodes) -> Iterator[str]:
    """Unique ids of all models."""
    return (name for name, node in manifest["nodes"].items() if node["resource_type"] == "model")


def stale(
    con: duckdb.DuckDBPyConnection, manifest: Nodes, signed: Mapping[str, str]
) -> frozenset[str]:
    """Unique ids of the models that are not there as signed, and of all that is made from them."""
    con.execute(_TABLE)
    built = dict(con.execute("select model, signature from state.built").fetchall())
    there = tables(con)
    found: set[str] = set()
    for name, signature in _models_of(signed).items():
        node = manifest["nodes"][name]
        if built.get(name) != signature or (node["schema"], node["name"]) not in there:
            found |= with_children(manifest, name)
    return frozenset(found)


def with_children(manifest: Nodes, name: str) -> set[str]:
    """A model and all models that are made from it, directly or not."""
    found, todo = {name}, [name]
    while todo:
        children = manifest["child_map"].get(todo.pop(), ())
        new = {child for child in children if child.startswith("model.")} - found
        found |= new
        todo += new
    return found


def forget(con: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """These are about to be built."""
    con.execute(_TABLE)
    con.execute("delete from state.built where list_contains(?, model)", [sorted(names)])


def remember(con: duckdb.DuckDBPyConnection, signed: Mapping[str, str]) -> None:
    """These were built and tested as signed."""
    con.execute(_TABLE)
    models = _models_of(signed)
    con.execute(
        "insert or replace into state.built select unnest(?), unnest(?)",
        [list(models), list(models.values())],
    )


def make_whole(con: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """Another hand changed these: neither do they stand, nor is there anything to go on from."""
    con.execute(_TABLE)
    con.execute("delete from night.made where list_contains(?, node)", [sorted(names)])
    if ("night", "applied") in tables(con):
        short = sorted(name.rpartition(".")[2] for name in names)
        con.execute("delete from night.applied where list_contains(?, model_name)", [short])


def _models_of(signed: Mapping[str, str]) -> dict[str, str]:
    return {name: told for name, told in signed.items() if name.startswith("model.")}


def tables(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """(schema, name) of all tables and views there are."""
    found = con.execute("select table_schema, table_name from information_schema.tables")
    return set(found.fetchall())


def clock_nodes(manifest: Nodes) -> Iterator[str]:
    """Models and tests that depend on the day besides through the rows that they are given.

    Told by their text: dbt's own list of called macros leaves out what a branch did not reach. An
    incremental model is none: it takes in what its parents changed, and only dates it.
    """
    macros = {
        macro["name"]: macro["macro_sql"]
        for macro in manifest["macros"].values()
        if macro["original_file_path"] not in _NOTED and macro["name"] not in _COUNTED
    }
    calls, names = re.compile(r"\bas_of(_at)?\("), {"as_of", "as_of_at"}
    while more := {n for n, text in macros.items() if n not in names and calls.search(text)}:
        names |= more
        calls = re.compile(rf"\b({'|'.join(sorted(names))})\(")
    for name, node in manifest["nodes"].items():
        is_asked = node["resource_type"] in {"model", "test"} and calls.search(node["raw_code"])
        if is_asked and node["config"]["materialized"] != "incremental":
            yield name


def _visible(con: duckdb.DuckDBPyConnection, source: Mapping[str, Any], as_of_at: datetime) -> str:
    """What a raw table shows at this instant: what was loaded, and how much of it had happened.

    Rows come in with time and never go out again, so that of the same loads an equal count means
    the same rows, but for texts that were redacted again. The landing's own records are told whole.
    """
    schema, table = source["schema"], source["identifier"]
    if schema == "landing":
        return _digest(con, f"from landing.{quoted(table)} as r")
    loads = _digest(
        con,
        "from (select load, sha256, contract, status, accepted, conflicts from landing.loads"
        "    where source = $1 and table_name = $2 and (accepted > 0 or conflicts > 0)) as r",
        [source["source_name"], table],
    )
    counts = con.execute(
        f"""select count(*), count(*) filter (_time < $1), count(*) filter (_version < $1)
        from {quoted(schema)}.{quoted(table)}""",
        [as_of_at],
    ).fetchone()
    return f"{loads} {counts} {_redacted_again(con, source)}"


def _redacted_again(con: duckdb.DuckDBPyConnection, source: Mapping[str, Any]) -> int:
    """How often texts of the table were redacted again."""
    there = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'landing' and table_name = 'redactions'"
        " and database_name = current_database()"
    ).fetchall()
    if not there:
        return 0
    told = con.execute(
        "select count(*) from landing.redactions where source = ? and table_name = ?",
        [source["source_name"], source["identifier"]],
    ).fetchone()
    return int(told[0]) if told else 0


def _digest(con: duckdb.DuckDBPyConnection, rows: str, values: Collection[str] = ()) -> str:
    told = con.execute(
        f"select md5(string_agg(line, chr(10) order by line)) "
        f"from (select cast(r as varchar) as line {rows})",
        list(values),
    ).fetchone()
    return str(told[0]) if told else ""
