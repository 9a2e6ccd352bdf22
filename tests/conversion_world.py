"""Models of the conversion marts on tables of a test's own: dbt's compiled SQL, run on rows written straight."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import Settings, prepare_environment
from cx_pipeline.transform.project import invoke, run_vars

SCHEMAS = ("staging", "entities", "intermediate", "marts")


class Models:
    """Compiled models over an empty warehouse of the test's own."""

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        as_of: date,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        settings = Settings(home=folder)
        prepare_environment(settings)
        settings.state.mkdir(parents=True, exist_ok=True)
        found = find_packs(settings.pack_roots)
        packs = [load_pack(found[name]) for name in settings.sources]
        told = {**run_vars(settings, packs, as_of), **(variables or {})}
        for _ in invoke(settings, packs, ["compile", "--select", *names], told):
            pass
        compiled = settings.dbt_target / "compiled" / "cx" / "models"
        self._sql = {path.stem: path.read_text() for path in compiled.rglob("*.sql")}
        self._names = tuple(names)
        self.con = duckdb.connect(str(settings.warehouse_file))
        self.con.execute("set timezone = 'UTC'")
        self.con.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        for schema in SCHEMAS:
            self.con.execute(f"create schema if not exists {schema}")

    def table(self, name: str, columns: str, rows: Sequence[Sequence[Any]] = ()) -> None:
        """A table with these rows, in place of any of its name."""
        self.con.execute(f"create or replace table {name} ({columns})")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.con.executemany(
                f"insert into {name} values ({marks})", [list(row) for row in rows]
            )

    def build(self, *only: str) -> None:
        """Each model in the order given, as a table of the schema that dbt gives it."""
        for name in only or self._names:
            schema = "intermediate" if name.startswith("int_") else "marts"
            self.con.execute(f"create or replace table {schema}.{name} as {self._sql[name]}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()
