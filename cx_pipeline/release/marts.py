"""What may be published: the contracted tables and columns, as the dbt manifest tells them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TableKind = Literal["mart", "process"]
_KINDS: dict[str, TableKind] = {"marts": "mart", "process": "process"}
_TYPES = {"STRING": "VARCHAR", "TEXT": "VARCHAR", "INT": "INTEGER", "DATETIME": "TIMESTAMP"}
# Written by the release itself, as they tell of checks and publishes.
META_CHECKS = "meta_checks"
META_PUBLISH = "meta_publish"
# One row per event: the published DuckDB file holds their last 13 months, Parquet all.
EVENT_FACTS = frozenset({"fct_sessions", "fct_touchpoints"})


@dataclass(frozen=True)
class Column:
    """A contracted column; `unit` is empty where it is no measure."""

    name: str
    data_type: str
    description: str = ""
    unit: str = ""

    @property
    def is_rekeyed(self) -> bool:
        """Whether its values name a person: published under another name for each audience."""
        return self.name == "person_id" or self.name.endswith(("_person_id", "_token"))

    @property
    def is_text(self) -> bool:
        return self.data_type in ("VARCHAR", "JSON")


@dataclass(frozen=True)
class Table:
    """A contracted table: `key` makes a row unique, `month_by` cuts its Parquet into months,
    `purpose` says what a mart's rows may be used for.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    month_by: str | None = None
    description: str = ""
    purpose: str = ""

    @property
    def kind(self) -> TableKind:
        return _KINDS.get(self.schema, "process")

    @property
    def is_model(self) -> bool:
        """Whether dbt builds it; else the release writes it itself."""
        return self.name not in (META_CHECKS, META_PUBLISH)

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def published_schema(self) -> str:
        """Marts stand in `main` of the published file, where a BI tool looks first."""
        return "main" if self.kind == "mart" else "process"

    @property
    def month(self) -> str:
        """SQL of the month a row belongs to; '' where the table is not cut."""
        if self.month_by is None:
            return "''"
        return f"coalesce(strftime({self.month_by}, '%Y-%m'), 'undated')"

    @property
    def rekeyed(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_rekeyed)

    @property
    def order(self) -> tuple[str, ...]:
        """Columns that put its rows into one order, whatever order they came in."""
        first = (self.month_by,) if self.month_by else ()
        rest = self.key or tuple(column.name for column in self.columns)
        return (*first, *(name for name in rest if name not in first))


def published_tables(manifest: Mapping[str, Any]) -> tuple[Table, ...]:
    """The tables of the schemas `marts` and `process` that the manifest's models contract."""
    keys = _keys(manifest)
    found = []
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["schema"] in _KINDS:
            found.append(_table(node, keys.get(unique_id, ())))
    return tuple(sorted([*found, *_OWN], key=lambda table: table.full_name))


def _table(node: Mapping[str, Any], key: tuple[str, ...]) -> Table:
    columns = tuple(_column(column) for column in node["columns"].values())
    told = (node.get("config") or {}).get("meta") or {}
    return Table(
        schema=node["schema"],
        name=node["alias"],
        columns=columns,
        key=key,
        month_by=told.get("month_by") or _month_by(node["alias"], columns),
        description=" ".join(node.get("description", "").split()),
        purpose=str(told.get("purpose") or ""),
    )


def _column(told: Mapping[str, Any]) -> Column:
    meta = (told.get("config") or {}).get("meta") or told.get("meta") or {}
    data_type = re.sub(r"\s+", "", str(told.get("data_type") or "")).upper()
    return Column(
        name=told["name"],
        data_type=_TYPES.get(data_type, data_type),
        description=" ".join(told.get("description", "").split()),
        unit=str(meta.get("unit", "")),
    )


def _month_by(table: str, columns: tuple[Column, ...]) -> str | None:
    """Facts are cut by their first date, else by their first time."""
    if not table.startswith("fct_"):
        return None
    for kind in ("DATE", "TIMESTAMP"):
        for column in columns:
            if column.data_type == kind:
                return column.name
    return None


def _keys(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The columns of each model's `one_row_per` test."""
    found = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "one_row_per" and node.get("attached_node"):
            found[node["attached_node"]] = _columns(test["kwargs"])
    return found


def _columns(told: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(told.get("columns") or told.get("arguments", {}).get("columns") or ())


_OWN = (
    Table(
        schema="process",
        name=META_CHECKS,
        description="One row per check of tables: its newest verdict.",
        key=("check_name",),
        columns=(
            Column("check_name", "VARCHAR", "Name of the check."),
            Column("kind", "VARCHAR", "Who judged: dbt, gx (Great Expectations) or python."),
            Column("table_name", "VARCHAR", "Table or tables judged."),
            Column("severity", "VARCHAR", "error stops the publish, warn only tells."),
            Column("is_passed", "BOOLEAN", "Whether it passed."),
            Column("observed", "DOUBLE", "The figure it judged by, where it is one."),
            Column("detail", "VARCHAR", "What failed, in one sentence."),
            Column("judged_at", "TIMESTAMP", "When it was judged (UTC)."),
            Column("judged_content", "VARCHAR", "Content hash of what was judged."),
        ),
    ),
    Table(
        schema="process",
        name=META_PUBLISH,
        description="One row per publish of this audience, this one included.",
        key=("publish",),
        columns=(
            Column("publish", "VARCHAR", "Name of the publish: its folder."),
            Column("run_id", "VARCHAR", "Run that published it."),
            Column("as_of", "DATE", "It tells what happened before this day."),
            Column("content_hash", "VARCHAR", "Content of all marts, before the release step."),
            Column("published_at", "TIMESTAMP", "When it was published (UTC)."),
        ),
    ),
)
