"""The KPI catalogue as a dbt project of semantic models and metrics, which MetricFlow answers from.

It reads the facts of the KPIs where a night left them, in the warehouse of a home, and changes
nothing there: a metric is what the KPI is, for any dimension and grain of time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from cx_pipeline.explain.figure import Definition

_PROJECT = {
    "name": "cx_semantic",
    "version": "1.0",
    "profile": "cx_semantic",
    "model-paths": ["models"],
    "macro-paths": ["macros"],
    "flags": {"send_anonymous_usage_stats": False},
}
_PROFILE = {
    "cx_semantic": {
        "target": "warehouse",
        "outputs": {
            "warehouse": {
                "type": "duckdb",
                "path": "{{ env_var('CX_WAREHOUSE', 'var/state/warehouse.duckdb') }}",
                "schema": "main",
                "config_options": {"access_mode": "read_only"},
            }
        },
    }
}
_FILES = {
    "macros/generate_schema_name.sql": (
        "{# The tables stand where a night of cx made them. #}\n"
        "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}\n"
    ),
    "models/int_kpi_facts.sql": (
        "-- Never built here: a night of cx does that. MetricFlow reads it where it stands.\n"
        "{{ config(schema='intermediate') }}\nselect * from intermediate.int_kpi_facts\n"
    ),
    "models/kpi_days.sql": (
        "-- MetricFlow wants a table of days to be named; no metric here needs it to be there.\n"
        "select cast(range as date) as day\n"
        "from range(date '2000-01-01', date '2100-01-01', interval 1 day)\n"
    ),
}


def write_project(folder: Path, kpis: Sequence[Definition]) -> list[Path]:
    """Write the project into the folder, over what it held of these files; returns them."""
    documents = {
        "dbt_project.yml": _PROJECT,
        "profiles.yml": _PROFILE,
        "models/kpis.yml": {**_models(kpis), "metrics": [*_metrics(kpis)]},
    }
    texts = _FILES | {
        name: yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)
        for name, told in documents.items()
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _models(kpis: Sequence[Definition]) -> dict[str, Any]:
    dimensions = sorted({name for kpi in kpis for name in kpi.dimensions})
    grain = {"type": "time", "type_params": {"time_granularity": "day"}}
    return {
        "models": [
            {
                "name": "kpi_days",
                "time_spine": {"standard_granularity_column": "day"},
                "columns": [{"name": "day", "granularity": "day"}],
            }
        ],
        "semantic_models": [
            {
                "name": "kpi_facts",
                "description": "One row per KPI and fact that it is about.",
                "model": "ref('int_kpi_facts')",
                "defaults": {"agg_time_dimension": "fact_date"},
                "entities": [
                    {"name": "fact", "type": "primary", "expr": "kpi_id || '|' || fact_id"}
                ],
                "dimensions": [
                    {"name": "fact_date", **grain},
                    *({"name": name, "type": "categorical"} for name in dimensions),
                ],
                "measures": [measure for kpi in kpis for measure in _measures(kpi)],
            }
        ],
    }


def _measures(kpi: Definition) -> Iterator[dict[str, Any]]:
    """What the facts of the KPI add up to; the scale is the numerator's."""
    scale = f"{kpi.scale} * " if kpi.denominator and kpi.scale != 1 else ""
    for part, factor in {"numerator": scale, "denominator": ""}.items():
        if part == "denominator" and not kpi.denominator:
            continue
        yield {
            "name": f"{kpi.kpi_id}_{part}",
            "agg": "sum",
            "expr": f"case when kpi_id = '{kpi.kpi_id}' then {factor}{part} end",
            "create_metric": bool(kpi.denominator),
        }


def _metrics(kpis: Sequence[Definition]) -> Iterator[dict[str, Any]]:
    for kpi in kpis:
        parts = {part: f"{kpi.kpi_id}_{part}" for part in ("numerator", "denominator")}
        yield {
            "name": kpi.kpi_id,
            "label": kpi.name,
            "description": f"{kpi.definition} Unit: {kpi.unit}. Version {kpi.definition_version}.",
            **(
                {"type": "ratio", "type_params": parts}
                if kpi.denominator
                else {"type": "simple", "type_params": {"measure": parts["numerator"]}}
            ),
            "config": {"meta": {"owner": kpi.owner, "direction": kpi.direction}},
        }
