"""Quality and freshness: what was checked, how fresh each source is, what was left out and why."""

from datetime import date, datetime

from cx_pipeline.report.blocks import Block, Cell, Fold, Note, Section, Table, missing
from cx_pipeline.report.context import Check, Context
from cx_pipeline.report.groups import few
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.weeks import catalogue
from cx_pipeline.report.wording import NONE, day, number, plain, plural

_SOURCES = "process.meta_sources"
_COUNTS = {
    "status": "Status",
    "data_through": "Data through",
    "file_count": "Files",
    "aside_count": "Aside",
    "rows_read": "Read",
    "rows_accepted": "Accepted",
    "rows_quarantined": "Quarantined",
    "rows_duplicate": "Duplicate",
    "rows_in_conflict": "In conflict",
    "rows_held": "Held",
    "rows_restricted": "Restricted",
}


def section(marts: Marts, told: Context) -> Section:
    """Verdicts, failing first; sources; exclusions by reason."""
    return Section(
        "quality",
        "Quality and freshness",
        "What was checked before this page could be published, how far each source reaches, and "
        "what the figures leave out.",
        (*_checks(marts, told), *_sources(marts, told), *_excluded(marts)),
    )


def _checks(marts: Marts, told: Context) -> list[Block]:
    if not told.checks:
        return [missing("verdict of a check", "a run of the night (cx run)")]
    details = _details(marts)
    broken = sorted((*told.failed, *told.warnings), key=lambda c: (c.severity != "error", c.name))
    passed = sorted((c for c in told.checks if c.passed), key=lambda c: (c.table, c.name))
    blocks: list[Block] = []
    if broken:
        blocks.append(_table(broken, details, "Checks that did not pass"))
    else:
        blocks.append(Note(f"All {plural(len(told.checks), 'check')} passed."))
    if passed:
        blocks.append(Fold(plural(len(passed), "passed check"), _table(passed, details, "")))
    return blocks


def _details(marts: Marts) -> dict[str, str]:
    """What each check had to say, where the ledger was published."""
    if not marts.has("process.meta_checks", "check_name", "detail"):
        return {}
    rows = marts.rows("select check_name, detail from process.meta_checks where detail <> ''")
    return {row["check_name"]: row["detail"] for row in rows}


def _table(checks: list[Check], details: dict[str, str], caption: str) -> Table:
    rows: list[list[Cell | str]] = [
        [
            Cell(c.name, small=c.detail or details.get(c.name, "")),
            c.table or NONE,
            "stops the publish" if c.severity == "error" else "warns",
            Cell("passed" if c.passed else "failed", tone="" if c.passed else "bad"),
        ]
        for c in checks
    ]
    return Table(("Check", "Table", "If it fails", "Verdict"), rows, caption, left=4)


def _sources(marts: Marts, told: Context) -> list[Block]:
    """What landing counted for each source, or else the days the run was told."""
    if marts.has(_SOURCES, "source"):
        names = [name for name in _COUNTS if name in marts.columns[_SOURCES]]
        entities = marts.column(_SOURCES, "entities", "''")
        rows = marts.rows(f"select *, {entities} as fills from {_SOURCES} order by source")
        cells: list[list[Cell | str]] = [
            [Cell(row["source"], small=plain(row["fills"] or "")), *(_text(row[n]) for n in names)]
            for row in rows
        ]
        left = 1 + sum(name in ("status", "data_through") for name in names)
        headers = ("Source", *(_COUNTS[name] for name in names))
        return [
            Table(
                headers, cells, "Sources", "Rows as delivered; what each source fills below.", left
            )
        ]
    if not told.data_through:
        return [missing("source", "a first delivery in landing/")]
    through = [[name, day(when)] for name, when in told.data_through.items()]
    return [Table(("Source", "Data through"), through, "Sources")]


def _text(value: date | datetime | int | str | None) -> str:
    if isinstance(value, date):
        return day(value)
    return number(value) if isinstance(value, int) else plain(value)


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
    caption, note = "Left out of the figures, by reason", "Rows of all days of this publish."
    return [Table(headers, cells, caption, note, left=4)]
