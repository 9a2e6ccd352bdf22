"""Portability (GDPR, article 20): what a person provided or what was observed of them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.rights.answers import Answered, Held, Write, answer
from cx_pipeline.rights.index import OwnRows
from cx_pipeline.rights.opened import Opener
from cx_pipeline.rights.register import Request
from cx_pipeline.rights.request import Asked
from cx_pipeline.settings import Settings

# A spreadsheet computes a cell that begins so (CSV injection); text that does is led by an
# apostrophe. Numbers are no text: a negative one stays a number.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(settings: Settings, asked: Asked, out: Path, *, approver: str | None = None) -> Answered:
    """Write a CSV a table, `export.json` and `schema.json` into the new folder `out`.

    The rows whose subject the person is, by the names that the vendor gave the columns; nothing we
    computed. What may be another person's is empty.
    """

    def collect(
        _: duckdb.DuckDBPyConnection, held: Held, request: Request, opener: Opener
    ) -> Write:
        for table in held.own:
            for number, column in enumerate(table.columns):
                opener.want(column, (row[number] for row in table.rows))

        def write(folder: Path) -> None:
            schema, data = [], {}
            for table in held.own:
                name = f"{table.contract.source}.{table.contract.table}"
                columns = [c for c in table.columns if not (c.pii and c.pii.action == "drop")]
                rows = _rows(table, columns, opener)
                schema.append(_schema(table, columns, len(rows)))
                data[name] = [
                    dict(zip((c.vendor_name for c in columns), row, strict=True)) for row in rows
                ]
                _csv(folder / f"{name}.csv", [c.vendor_name for c in columns], rows)
            told = {"request": request.request, "tables": schema}
            _json(folder / "schema.json", told)
            _json(folder / "export.json", data)

        return write

    return answer(settings, "export", asked, out, collect, approver=approver, hidden=None)


def _rows(table: OwnRows, columns: Sequence[Column], opener: Opener) -> list[list[Any]]:
    places = [table.columns.index(column) for column in columns]
    return [
        [opener.cell(table.columns[place], row[place]) for place in places] for row in table.rows
    ]


def _schema(table: OwnRows, columns: Sequence[Column], rows: int) -> dict[str, Any]:
    extract = table.contract.extract
    return {
        "table": f"{table.contract.source}.{table.contract.table}",
        "file": f"{table.contract.source}.{table.contract.table}.csv",
        "description": " ".join(table.contract.description.split()),
        "rows": rows,
        "key": [table.contract.by_name[name].vendor_name for name in extract.key],
        "encoding": "UTF-8; times are UTC; an empty cell is no value; in the CSV, text that begins "
        "like a formula is led by an apostrophe",
        "columns": [
            {
                "name": column.vendor_name,
                "type": column.raw_type.lower(),
                "description": column.description,
                "kept_as": column.pii.action if column.pii else "delivered",
            }
            for column in columns
        ],
    }


def _csv(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_safe(name) for name in names])
        writer.writerows([[_safe(value) for value in row] for row in rows])


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json(path: Path, told: Any) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")
