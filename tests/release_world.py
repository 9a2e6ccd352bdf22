"""A small warehouse with orders, customers and a CRM of three persons: what release tests share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.release import ledger
from cx_pipeline.release.gate import Expected
from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.release.publish import Published, publish
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect

AS_OF = date(2026, 11, 1)
EXPECTED = [Expected("orders_add_up", ("marts.fct_orders",)), Expected("whole")]


def _model(schema: str, name: str, columns: dict[str, str]) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "schema": schema,
        "alias": name,
        "description": f"One row per {name}'s row.",
        "config": {"meta": {"purpose": "service_improvement"}},
        "columns": {
            column: {"name": column, "data_type": kind, "description": "A column's words."}
            for column, kind in columns.items()
        },
    }


MODELS = {
    "model.cx.fct_orders": _model(
        "marts",
        "fct_orders",
        {
            "order_id": "varchar",
            "person_id": "varchar",
            "ordered_date": "date",
            "amount": "decimal(18,2)",
            "note": "text",
        },
    ),
    "model.cx.dim_customers": _model(
        "marts", "dim_customers", {"person_id": "varchar", "agent_token": "varchar"}
    ),
    "model.cx.meta_sources": _model(
        "process", "meta_sources", {"source": "varchar", "rows": "bigint"}
    ),
    "model.cx.int_hidden": _model("intermediate", "int_hidden", {"person_id": "varchar"}),
}
TEST = {
    "resource_type": "test",
    "schema": "tests",
    "attached_node": "model.cx.fct_orders",
    "test_metadata": {"name": "one_row_per", "kwargs": {"columns": ["order_id"]}},
}
TABLES = published_tables({"nodes": {**MODELS, "test.cx.one": TEST}})
FILL = """
create schema marts; create schema process;
create table marts.fct_orders as select md5('o' || i) as order_id,
    case when i % 9 > 0 then 'v1_' || md5('p' || i % 50) end as person_id,
    date '2026-08-01' + (i % 90)::integer as ordered_date,
    (i % 70)::decimal(18,2) as amount, 'paid at 12:30, order 10' || i as note
from range(900) as r(i);
create table marts.dim_customers as select 'v1_' || md5('p' || i) as person_id,
    'v1_' || md5('a' || i % 3) as agent_token from range(50) as r(i);
create table process.meta_sources as select 'ga4' as source, 900::bigint as rows;
"""


def new_home(path: Path) -> Settings:
    made = Settings(home=path)
    make_key(made.token_key_file)
    return made


@contextmanager
def judged(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, filled and judged, open for writing."""
    with connect(settings.warehouse_file) as con:
        con.execute(FILL)
        judge(con)
        yield con


def judge(
    con: duckdb.DuckDBPyConnection,
    passed: bool = True,
    run_id: str = "run-1",
    tables: Sequence[Table] = TABLES,
) -> None:
    verdicts = [
        Verdict("orders_add_up", "marts.fct_orders", passed, detail="" if passed else "3 rows"),
        Verdict("whole", "", True),
    ]
    ledger.store(con, run_id, verdicts, tables, "inputs", AS_OF)


def show(settings: Settings, con: duckdb.DuckDBPyConnection, **changed: Any) -> Published:
    asked: dict[str, Any] = {
        "audience": "analysts",
        "run_id": "run-1",
        "as_of": AS_OF,
        "manifest_extra": {"data_through": {"ga4": "2026-10-31"}},
        "expected": EXPECTED,
        "tables": TABLES,
    }
    return publish(settings, con, **{**asked, **changed})


def read(publish: Path, query: str) -> list[tuple[Any, ...]]:
    with connect(publish / "cx_marts.duckdb", read_only=True) as con:
        return con.execute(query).fetchall()


CONTRACT = Contract.model_validate(
    {
        "source": "crm",
        "table": "people",
        "extract": {"files": "*.csv", "format": "csv", "kind": "snapshot"},
        "columns": [
            {"name": "first", "data_type": "varchar", "pii": {"kind": "name", "action": "token"}},
            {"name": "last", "data_type": "varchar", "pii": {"kind": "name", "action": "token"}},
        ],
    }
)
PEOPLE = [("Summer", "Rose"), ("Ann", "Sale"), ("Jo", "Miller")]


def know(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    """A CRM of three persons whose names are common words."""
    keys = Keys.load(settings)
    with Vault(settings.vault_file, keys) as vault:
        tokenizer = Tokenizer(keys, vault)
        rows = [tokenizer.tokens("name", person) for person in PEOPLE]
        tokenizer.tokens("name", ["Maria van Dyke"])
        tokenizer.tokens("account", ["CN-100234", "55501234"])
        tokenizer.tokens("phone", ["01701234567"])
    con.execute("create schema raw_crm; create table raw_crm.people (first varchar, last varchar)")
    con.executemany("insert into raw_crm.people values (?, ?)", rows)
