"""The page people look at: one offline HTML made from an open publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cx_pipeline.report.blocks import Section
from cx_pipeline.report.context import Context, context_of
from cx_pipeline.report.drawing import as_before
from cx_pipeline.report.groups import RULE
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.sections import (
    journey,
    kpis,
    quality,
    segments,
    service,
    subscriptions,
    voice,
)
from cx_pipeline.report.sections import weekly as weekly_kpis
from cx_pipeline.report.weeks import weekly
from cx_pipeline.report.wording import day, number, plural

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Head:
    """What stands above all figures."""

    as_of: str
    zone: str
    audience: str
    run_id: str
    content_hash: str
    source_count: str
    sources: tuple[tuple[str, str], ...]
    verdict: str
    tone: str


def write_report(
    con: duckdb.DuckDBPyConnection, path: Path, context: object, before: str = ""
) -> None:
    """Write the report of the publish behind `con` (read only suffices) to `path`.

    `context` is a Context, a dict or any object with its fields; `before` an earlier page of the
    same code, of which charts that show the same are taken over.
    """
    told = context_of(context)
    with as_before(before):
        page = render(head_of(told), sections_of(Marts(con), told))
    path.write_text(page, encoding="utf-8")


def sections_of(marts: Marts, told: Context) -> list[Section]:
    """Every section, in reading order; what is missing says so."""
    series = weekly(marts, told.as_of)
    return [
        kpis.overview(series, told.as_of, told.currency),
        weekly_kpis.by_week(series, told.currency),
        journey.section(marts, told),
        service.section(marts, told),
        voice.section(marts, told),
        segments.section(marts, told),
        subscriptions.section(marts, told),
        quality.section(marts, told),
    ]


def head_of(told: Context) -> Head:
    """The verdict and the provenance of the publish."""
    verdict, tone = verdict_of(told)
    return Head(
        as_of=day(told.as_of),
        zone=told.zone,
        audience=told.audience,
        run_id=told.run_id,
        content_hash=told.content_hash,
        source_count=plural(len(told.data_through), "source") if told.data_through else "no source",
        sources=tuple((name, day(through)) for name, through in told.data_through.items()),
        verdict=verdict,
        tone=tone,
    )


def verdict_of(told: Context) -> tuple[str, str]:
    """How the checks went, in a phrase, and its tone."""
    if not told.checks:
        return "No check was recorded.", "bad"
    text = f"{number(told.passed_count)} of {plural(len(told.checks), 'check')} passed"
    if told.failed:
        return f"{text}, {number(len(told.failed))} failed.", "bad"
    if told.warnings:
        return f"{text}, {plural(len(told.warnings), 'warning')}.", "warn"
    return f"{text}.", "good"


def render(head: Head, sections: Sequence[Section]) -> str:
    """The page as text; every value that is not our own markup is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))
    page = environment.get_template("page.html")
    return page.render(head=head, sections=sections, style=style, rule=RULE)
