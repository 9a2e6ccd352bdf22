"""A KPI: its figure, and on what it rests."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say, table
from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import Settings, load_settings


def metric(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A KPI, such as nps or fcr.")],
    where: Annotated[
        list[str] | None,
        typer.Option(help="date=2026-06-30, date=2026-05..2026-06, or a dimension: channel=call."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also on what it rests, down to lines of files.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows that are shown.")] = 10,
    json_wanted: AsJson = False,
) -> None:
    """A KPI's figure from the warehouse, for any days and dimensions, with all it is made of."""
    from cx_pipeline.explain import figure as figures
    from cx_pipeline.warehouse import connect

    told: Told = ctx.obj
    settings = load_settings(told.home)
    with connect(settings.warehouse_file, read_only=True) as con:
        kpi = figures.definition(con, name)
        asked = figures.cell(where or (), kpi.dimensions)
        found: dict[str, Any] = {
            "kpi": asdict(kpi),
            "where": {"since": asked.since, "until": asked.until, **(asked.values or {})},
            "figure": asdict(figures.figure(con, kpi, asked)),
            "benchmarks": figures.benchmarks(con, kpi),
        }
        if explain:
            found |= _explained(con, settings, kpi, asked, limit)
    if json_wanted:
        as_json(found)
    else:
        _show(found)


def catalogue(
    ctx: typer.Context,
    chinese: Annotated[bool, typer.Option("--chinese", help="In Chinese.")] = False,
    semantic_models: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a dbt project of them there, for MetricFlow."),
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """The KPIs and what each means, as a page in Markdown."""
    from cx_pipeline.explain import catalogue as pages
    from cx_pipeline.explain.figure import definitions
    from cx_pipeline.explain.semantic import write_project
    from cx_pipeline.warehouse import connect

    told: Told = ctx.obj
    with connect(load_settings(told.home).warehouse_file, read_only=True) as con:
        if semantic_models:
            written = write_project(semantic_models, definitions(con))
            if json_wanted:
                as_json([str(path) for path in written])
            else:
                say(f"{len(written)} files of a dbt project are in {semantic_models}")
        elif json_wanted:
            as_json([asdict(one) for one in definitions(con)])
        else:
            sys.stdout.write(pages.page(definitions(con), in_chinese=chinese))


def _explained(con: Any, settings: Settings, kpi: Any, asked: Any, limit: int) -> dict[str, Any]:
    from cx_pipeline.explain import figure as figures
    from cx_pipeline.explain import lineage
    from cx_pipeline.transform.project import manifest_path

    packs = [load_pack(find_packs(settings.pack_roots)[pack]) for pack in settings.sources]
    contracts = {(c.source, c.table): c for pack in packs for c in pack.contracts}
    manifest = json.loads(manifest_path(settings, packs).read_text())
    raw = [pair for pair in lineage.tables(manifest, kpi) if pair in contracts]
    rows = lineage.rows(con, kpi, asked, limit)
    return {
        "sql": lineage.shown(*lineage.rows_sql(kpi, asked)),
        "equals_fct_kpi_daily": figures.as_published(con, kpi, asked),
        "rows": rows,
        "lines": {
            str(row[kpi.fact_key]): [
                asdict(line)
                for line in lineage.origins(con, contracts, raw, str(row[kpi.fact_key]))
            ]
            for row in rows
        },
        "models": lineage.models(manifest, kpi),
        "files": [asdict(one) for one in lineage.delivered(con, raw)],
        "checks": lineage.checks(con, kpi),
        "last_change": lineage.last_change(con),
    }


def _show(found: dict[str, Any]) -> None:
    kpi, made = found["kpi"], found["figure"]
    say(f"{kpi['name']} ({kpi['kpi_id']}, version {kpi['definition_version']})")
    say(kpi["definition"])
    say(f"Of {_cell(found['where'])}: {_value(made, kpi)}")
    say(
        f"numerator {_number(made['numerator'])}, denominator {_number(made['denominator'])}, "
        f"n {made['n']}, persons {made['n_persons']}, data through {made['data_through']}"
    )
    left = ", ".join(f"{reason} {n}" for reason, n in made["excluded"].items())
    say(f"left out: {left or 'nothing'}")
    for one in found["benchmarks"]:
        whose = ", ".join(filter(None, (one["sector"], one["place"], one["period"])))
        say(f"elsewhere: {_number(one['value'])} ({whose}; {one['source_name']}; {one['basis']})")
    if "sql" not in found:
        return
    told = {True: "equals", False: "DIFFERS FROM", None: "has more dimensions than"}
    say(f"The figure {told[found['equals_fct_kpi_daily']]} fct_kpi_daily.\n")
    for key in ("population", "excluded_when", "numerator", "denominator"):
        say(f"{key}: {kpi[key]}")
    say(f"\n{found['sql']}\n")
    if found["rows"]:
        columns = ["left_out", "adds", "adds_below", kpi["fact_key"], "local_date", "line"]
        lines = {fact: "; ".join(map(_line, told)) for fact, told in found["lines"].items()}
        shown = [
            [*(row[name] for name in columns[:-1]), lines[str(row[kpi["fact_key"]])]]
            for row in found["rows"]
        ]
        table("Rows", columns, shown)
    say(f"\nmodels: {', '.join(found['models'])}")
    table(
        "Files",
        list(found["files"][0]) if found["files"] else [],
        [list(one.values()) for one in found["files"]],
    )
    failed = [f"{one['check']} ({one['severity']})" for one in found["checks"] if not one["passed"]]
    say(f"checks: {len(found['checks'])}, failed: {', '.join(failed) or 'none'}")
    changed = found["last_change"]
    say(f"last change: run {changed['run_id']}, as of {changed['as_of']}, at {changed['at']} UTC")


def _cell(where: dict[str, Any]) -> str:
    values = dict(where)
    since, until = values.pop("since"), values.pop("until")
    days = f"{since or 'the first day'} to {until or 'the last'}" if since or until else "all days"
    return ", ".join([days, *(f"{name} {value}" for name, value in values.items())])


def _value(made: dict[str, Any], kpi: dict[str, Any]) -> str:
    if made["value"] is None:
        return "nothing counted"
    bounds = "" if made["low"] is None else f" ({_number(made['low'])} to {_number(made['high'])})"
    return f"{_number(made['value'])} {kpi['unit']}{bounds}"


def _number(told: float | None) -> str:
    return "none" if told is None else f"{told:,.4f}".rstrip("0").rstrip(".")


def _line(line: dict[str, Any]) -> str:
    return f"{line['source']}/{line['file']}:{line['line']}"
