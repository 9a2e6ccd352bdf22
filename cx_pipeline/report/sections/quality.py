"""Quality and freshness: what was checked, how fresh each source is, what was left out and why."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cx_pipeline.report.blocks import Block, Cell, Fold, Note, Section, Table, missing
from cx_pipeline.report.context import Check, Context
from cx_pipeline.report.groups import few
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.weeks import catalogue
from cx_pipeline.report.wording import NONE, day, number, plain, plural


def section(marts: Marts, told: Context) -> Section:
    """Verdicts, failing first; sources; exclusions by reason."""
    return Section(
        "quality",
        "Quality and freshness",
        "What was checked before this page could be published, how far each source reaches, and "
        "what the figures leave out.",
        (*_checks(told), *_sources(marts, told), *_excluded(marts)),
    )


def _checks(told: Context) -> list[Block]:
    if not told.checks:
        return [missing("verdict of a check", "a run of the night (cx run)")]
    broken = sorted((*told.failed, *told.warnings), key=lambda c: (c.severity != "error", c.name))
    passed = sorted((c for c in told.checks if c.passed), key=lambda c: (c.table, c.name))
    blocks: list[Block] = []
    if broken:
        blocks.append(_table(broken, "Checks that did not pass"))
    else:
        blocks.append(Note(f"All {plural(len(told.checks), 'check')} passed."))
    if passed:
        blocks.append(Fold(plural(len(passed), "passed check"), _table(passed, "")))
    return blocks


def _table(checks: list[Check], caption: str) -> Table:
    rows = [
        [
            c.name,
            c.table or NONE,
            "stops the publish" if c.severity == "error" else "warns",
            Cell("passed" if c.passed else "failed", tone="" if c.passed else "bad"),
            c.detail,
        ]
        for c in checks
    ]
    return Table(("Check", "Table", "If it fails", "Verdict", "Detail"), rows, caption, left=5)


def _sources(marts: Marts, told: Context) -> list[Block]:
    """Whatever meta_sources tells, or else the days the run was told."""
    table = next((t for t in ("process.meta_sources", "meta_sources") if marts.has(t)), None)
    if table is None:
        if not told.data_through:
            return [missing("source", "a first delivery in landing/")]
        rows: list[list[Cell | str]] = [
            [name, day(when)] for name, when in told.data_through.items()
        ]
        return [Table(("Source", "Data through"), rows, caption="Sources")]
    found = marts.rows(f"select * from {table} order by 1, 2")
    names = [name for name in found[0] if any(row[name] is not None for row in found)]
    left = next((i for i, n in enumerate(names) if _is_number(found, n)), len(names))
    rows = [[_text(row[name]) for name in names] for row in found]
    headers = tuple(plain(name).capitalize() for name in names)
    return [Table(headers, rows, caption="Sources", left=left)]


def _is_number(rows: list[dict[str, Any]], name: str) -> bool:
    values = [row[name] for row in rows if row[name] is not None]
    return all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in values)


def _text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return day(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float | Decimal):
        return number(float(value), 2)
    return NONE if value is None else str(value)


def _excluded(marts: Marts) -> list[Block]:
    if not marts.has("fct_kpi_excluded", "kpi_id", "reason", "n", "dimension"):
        return []
    names = {kpi.kpi_id: kpi.name for kpi in catalogue(marts)}
    rows = marts.rows(
        """select kpi_id, reason, cast(sum(n) as bigint) as n,
            min(date) as first, max(date) as last
        from fct_kpi_excluded where dimension = 'all'
        group by kpi_id, reason order by n desc, 1, 2"""
    )
    cells: list[list[Cell | str]] = [
        [
            names.get(row["kpi_id"], str(row["kpi_id"])),
            plain(row["reason"]),
            day(row["first"]),
            day(row["last"]),
            few(row["n"]),
        ]
        for row in rows
    ]
    headers = ("KPI", "Reason", "First day", "Last day", "Rows")
    caption = "Left out of the figures, by reason (all days of this publish)"
    return [Table(headers, cells, caption=caption, left=4)]
