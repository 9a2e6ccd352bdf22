"""A small world of rows as any source could deliver them, and dbt's own marts of them: what the tests of
touchpoints and journeys work on."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from homes import shared_in

from cx_pipeline.purposes import consent_defaults

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"
AS_OF = datetime(2026, 6, 1)
START = datetime(2026, 3, 2, 9)
PARTS = (
    "macros",
    "models/entities",
    "models/intermediate",
    "models/marts",
    "tests/generic",
    "tests/journey",
)
FILES = ("dbt_project.yml", "profiles.yml", "models/_groups.yml")
BUILT = "+fct_touchpoints +fct_journeys +marts.journey"

Row = Mapping[str, Any]


def columns() -> dict[str, dict[str, str]]:
    """Each entity's columns and types, from the one place that tells them."""
    told = {}
    for path in sorted((DBT_PROJECT / "models" / "entities").glob("*.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            told[model["name"]] = {c["name"]: c["data_type"] for c in model["columns"]}
    return told


ENTITIES = columns()


class Dbt:
    """The real project without its packs, with one that reads the world's rows; parsed once.

    With `parsed`, a folder of another one, that project is taken as it was parsed there.
    """

    def __init__(self, folder: Path, parsed: Path | None = None) -> None:
        self.folder = folder
        if parsed:
            self.project = parsed / "project"
            told = (parsed / "target" / "partial_parse.msgpack").read_bytes()
            self.manifest: Any = Manifest.from_msgpack(told, decoder=extended_mashumuro_decoder)
            self.manifest.build_flat_graph()
            return
        self.project = folder / "project"
        for part in PARTS:
            shutil.copytree(DBT_PROJECT / part, self.project / part)
        for part in FILES:
            shutil.copy(DBT_PROJECT / part, self.project / part)
        pack = self.project / "packs" / "shop"
        pack.mkdir(parents=True)
        tables = "".join(f"      - {{name: {name}, description: Rows.}}\n" for name in ENTITIES)
        (pack / "_shop__sources.yml").write_text(
            f"version: 2\nsources:\n  - name: shop\n    schema: raw_shop\n    tables:\n{tables}"
        )
        for name in ENTITIES:
            (pack / f"stg_shop__{name}.sql").write_text(
                f"select * from {{{{ source('shop', '{name}') }}}}\n"
            )
        self.manifest = None
        self.manifest = self.invoke(["parse"])

    def invoke(self, command: list[str], as_of: datetime = AS_OF, **variables: str) -> Any:
        told = {
            "packs": {"shop": list(ENTITIES)},
            "as_of": f"{as_of:%Y-%m-%d}",
            "as_of_at": f"{as_of:%Y-%m-%d %H:%M:%S}",
            "consent_default": consent_defaults({}),
            **variables,
        }
        where = ["--project-dir", self.project, "--profiles-dir", self.project]
        where += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
        quiet += ["--no-write-json", "--no-version-check"]
        args = [*quiet, *command, *map(str, where), "--vars", json.dumps(told)]
        failed: list[str] = []
        hear = [lambda event: failed.append(event.info.msg) if event.info.level == "error" else 0]
        try:
            done = dbtRunner(manifest=self.manifest, callbacks=hear).invoke(args)
        finally:
            if command != ["parse"]:
                DuckDBConnectionManager.env().close()
            DuckDBConnectionManager.close_all_connections()
        assert done.success, "\n".join(failed) or done.exception
        return done.result


class World:
    """Rows of entities, and the marts that dbt builds of them in a warehouse of their own."""

    def __init__(self, dbt: Dbt, warehouse: Path) -> None:
        self.dbt, self.warehouse = dbt, warehouse
        self.rows: dict[str, list[Row]] = {name: [] for name in ENTITIES}

    def add(self, entity: str, **values: Any) -> str:
        """A row; its id in the source is told back."""
        number = f"{entity}-{len(self.rows[entity]):05}"
        self.rows[entity].append({"source": "shop", "source_id": number, **values})
        return str(values.get("source_id", number))

    def visit(self, person: str, at: datetime, *names: str, **values: Any) -> None:
        """Events of one session, a minute apart, by the person's own cookie, logged in."""
        for place, name in enumerate(names or ("page_view",)):
            self.add(
                "web_events",
                **{
                    "visitor_token": f"cookie-{person}",
                    "login_token": person,
                    "occurred_at": at + timedelta(minutes=place),
                    "event_name": name,
                    "page_path": "/",
                    "load_number": 1,
                    **values,
                },
            )

    def contact(self, person: str, at: datetime, channel: str = "call", **values: Any) -> str:
        told = {"person_token": person, "opened_at": at, "channel": channel, "direction": "inbound"}
        return self.add("contacts", **{**told, "status": "open", **values})

    def build(self, command: str = "build", select: str = BUILT, as_of: datetime = AS_OF) -> Any:
        """Write the rows and let dbt make the marts and judge them."""
        self.write()
        return self.judge(command, select, as_of)

    def judge(self, command: str = "test", select: str = BUILT, as_of: datetime = AS_OF) -> Any:
        return self.dbt.invoke([command, "--select", *select.split()], as_of)

    def write(self) -> None:
        self.warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(self.warehouse)) as con:
            con.execute("create schema raw_shop")
            for entity, types in ENTITIES.items():
                typed = ", ".join(f"{name} {kind}" for name, kind in types.items())
                con.execute(f"create table raw_shop.{entity} ({typed})")
                if rows := self.rows[entity]:
                    told = [tuple(row.get(name) for name in types) for row in rows]
                    assert not {name for row in rows for name in row} - set(types)
                    marks = ", ".join("?" * len(types))
                    con.executemany(f"insert into raw_shop.{entity} values ({marks})", told)

    @contextmanager
    def marts(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            yield con

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.marts() as con:
            return con.execute(sql).fetchall()

    def touches(self, person: str, select: str) -> list[Any]:
        """A column, or several, of a person's touchpoints in order."""
        rows = self.query(
            f"select {select} from marts.fct_touchpoints as t where t.person_id = (select person_id"
            f" from intermediate.int_person_tokens where token = '{person}') order by step"
        )
        return [row[0] if len(row) == 1 else row for row in rows]

    def journeys(self, person: str, select: str) -> list[Any]:
        rows = self.query(
            f"select {select} from marts.fct_journeys where person_id = (select person_id"
            f" from intermediate.int_person_tokens where token = '{person}') order by started_at"
        )
        return [row[0] if len(row) == 1 else row for row in rows]


@contextmanager
def dbt_of_worlds(folder: Path) -> Iterator[Dbt]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        yield Dbt(folder, shared_in(folder.parent, "worlds", Dbt))


def statuses(results: Iterable[Any]) -> dict[str, str]:
    """What dbt says of each node it ran."""
    return {one.node.name: str(one.status) for one in results}
