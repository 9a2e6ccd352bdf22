"""How far the data of each source reach: said beside every publish."""

from contextlib import suppress
from datetime import date
from typing import Any

import duckdb

from cx_pipeline.settings import Settings


def reach(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Any]:
    """What the manifest tells besides tables: `data_through` (last day with rows, or null) of each
    active source, the zone its days are in, and the currency of its amounts.
    """
    asked = "select source, max(data_through) from process.meta_sources group by all order by all"
    rows: list[tuple[str, date | None]] = []
    with suppress(duckdb.CatalogException):  # of a home half built, the gate says what is missing
        rows = con.execute(asked).fetchall()
    told = {source: day.isoformat() if day else None for source, day in rows}
    return {
        "data_through": {name: told.get(name) for name in sorted(settings.sources)},
        "reporting_zone": settings.reporting_zone,
        "reporting_currency": settings.reporting_currency,
    }
