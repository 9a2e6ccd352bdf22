"""The chart forms of the report as Vega-Lite specifications; data in, drawn SVG out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from cx_pipeline.report.drawing import CATEGORIES, HEAT, Spec, draw
from cx_pipeline.report.intervals import Bounds
from cx_pipeline.report.wording import number, share

_DAY, MONTH = "%-d %b", "%b %Y"
Point = tuple[date, float | None, Bounds | None, str]
_SAID: Spec = {"description": {"field": "said", "type": "nominal"}}


def _x_time(form: str) -> Spec:
    axis = {"format": form, "tickCount": 5, "labelFlush": True}
    scale = {"type": "utc"}
    return {"field": "week", "type": "temporal", "title": None, "scale": scale, "axis": axis}


def _alone(points: Sequence[Point]) -> list[bool]:
    """Which points have a value and no neighbour that has one."""
    known = [False, *(value is not None for _, value, _, _ in points), False]
    return [known[i] and not known[i - 1] and not known[i + 1] for i in range(1, len(known) - 1)]


def _axis(form: str) -> Spec:
    return {"format": form, "tickCount": 4, "title": None}


def band(
    points: Sequence[Point],
    label: str,
    form: str,
    target: float | None = None,
    *,
    axis: str = _DAY,
) -> Markup:
    """Values by period as a line with points, their interval as a band, a target as dashes.

    A value without neighbours has no line nor band: its interval is drawn as a bar.
    """
    values = [
        {
            "week": monday.isoformat(),
            "value": value,
            "low": bounds[0] if bounds else None,
            "high": bounds[1] if bounds else None,
            "said": said,
            "is_alone": alone,
        }
        for (monday, value, bounds, said), alone in zip(points, _alone(points), strict=True)
    ]
    x = _x_time(axis)
    y: Spec = {"type": "quantitative", "scale": {"zero": False}, "axis": _axis(form)}
    line: Spec = {"x": x, "y": {"field": "value"} | y}
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "color": "var(--accent)", "opacity": 0.18},
            "encoding": {"x": x, "y": {"field": "low"} | y, "y2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "datum.is_alone"}],
            "mark": {"type": "rule", "color": "var(--accent)", "strokeWidth": 3, "opacity": 0.3},
            "encoding": {"x": x, "y": {"field": "low"} | y, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "color": "var(--accent)", "strokeWidth": 2},
            "encoding": line,
        },
        {
            "mark": {
                "type": "point",
                "filled": True,
                "size": 16,
                "color": "var(--accent)",
                "opacity": 1,
            },
            "encoding": line | _SAID,
        },
    ]
    if target is not None:
        layers.append(
            {
                "data": {"values": [{"target": target}]},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": "var(--target)"},
                "encoding": {"y": {"field": "target"} | y},
            }
        )
    return draw({"data": {"values": values}, "layer": layers}, label)


def stacked(
    counts: Mapping[str, Mapping[date, int]],
    label: str,
    kind: str = "bar",
    *,
    period: str = "week of",
    said: str = "",
    axis: str = _DAY,
) -> tuple[Markup, tuple[tuple[str, str], ...]]:
    """Counts by period, stacked by group; returns the drawing and its legend (colour, name)."""
    colours = {name: CATEGORIES[i % len(CATEGORIES)] for i, name in enumerate(counts)}
    values: list[dict[str, Any]] = [
        {
            "week": when.isoformat(),
            "count": count,
            "colour": colours[name],
            "rank": rank,
            "said": f"{name}, {period} {when.isoformat()}: {number(count)} {said}".strip(),
        }
        for rank, (name, by_week) in enumerate(counts.items())
        for when, count in sorted(by_week.items())
    ]
    weeks = sorted({value["week"] for value in values})
    shown = weeks[:: max(1, -(-len(weeks) // 6))]
    spec: Spec = {
        "data": {"values": values},
        "mark": {"type": kind, "binSpacing": 0},
        "encoding": {
            "x": {
                "field": "week",
                "type": "ordinal",
                "title": None,
                "scale": {"paddingInner": 0.15},
                "axis": {
                    "labelAngle": 0,
                    "values": shown,
                    "labelExpr": f"utcFormat(toDate(datum.value), '{axis}')",
                    "labelFlush": True,
                },
            },
            "y": {"field": "count", "type": "quantitative", "axis": _axis("~s")},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "order": {"field": "rank", "type": "quantitative"},
        }
        | _SAID,
    }
    return draw(spec, label, height=190), tuple((c, name) for name, c in colours.items())


def heatmap(
    cells: Sequence[tuple[str, str, float, str]],
    label: str,
    rows: Sequence[str],
    columns: Sequence[str],
) -> Markup:
    """Shares by row and column as shaded squares with their number."""
    steps = [0.02, 0.1, 0.25, 0.5, 0.75]

    def level(value: float) -> int:
        return sum(value >= step for step in steps)

    values = [
        {
            "row": row,
            "column": column,
            "fill": HEAT[level(value)],
            "ink": "var(--h-dark)" if level(value) >= 3 else "var(--ink)",
            "text": share(value, 0) if value >= 0.005 else "",
            "said": said,
        }
        for row, column, value, said in cells
    ]
    x: Spec = {
        "field": "column",
        "type": "nominal",
        "sort": list(columns),
        "title": None,
        "axis": {"orient": "top", "labelAngle": 0, "domain": False, "titlePadding": 10},
    }
    y: Spec = {
        "field": "row",
        "type": "nominal",
        "sort": list(rows),
        "title": None,
        "axis": {"titlePadding": 10},
    }
    spec: Spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {
                    "type": "rect",
                    "cornerRadius": 3,
                    "stroke": "var(--card)",
                    "strokeWidth": 2,
                },
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {"field": "fill", "type": "nominal", "scale": None},
                }
                | _SAID,
            },
            {
                "mark": {"type": "text", "aria": False},
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text", "type": "nominal"},
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                },
            },
        ],
    }
    return draw(spec, label, width=640, height=60 + 40 * len(rows))


def dots(rows: Sequence[tuple[str, float, Bounds | None, str]], label: str, form: str) -> Markup:
    """One value a row with its interval as a bar."""
    values = [
        {
            "row": name,
            "value": value,
            "said": said,
            "low": bounds[0] if bounds else value,
            "high": bounds[1] if bounds else value,
        }
        for name, value, bounds, said in rows
    ]
    y: Spec = {
        "field": "row",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 130},
    }
    x: Spec = {
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "padding": 6},
        "axis": {"format": form, "tickCount": 5, "grid": True, "domain": False},
    }
    spec: Spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {
                    "type": "rule",
                    "color": "var(--accent)",
                    "strokeWidth": 3,
                    "opacity": 0.4,
                    "strokeCap": "round",
                },
                "encoding": {"x": {"field": "low"} | x, "x2": {"field": "high"}, "y": y},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 70,
                    "opacity": 1,
                    "color": "var(--accent)",
                    "stroke": "var(--card)",
                },
                "encoding": {"x": {"field": "value"} | x, "y": y} | _SAID,
            },
        ],
    }
    return draw(spec, label, height=40 + 30 * len(rows))


def columns(bars: Sequence[tuple[str, float | None, str, str]], label: str) -> Markup:
    """Bars of (name, share or None, colour, said) in the given order, the share above each."""
    values: list[dict[str, Any]] = [
        {
            "name": name,
            "share": value or 0,
            "fill": fill,
            "said": said,
            "text": "hidden" if value is None else share(value, 0),
        }
        for name, value, fill, said in bars
    ]
    x: Spec = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0},
        "scale": {"paddingInner": 0.2},
    }
    y: Spec = {"field": "share", "type": "quantitative", "axis": None}
    spec: Spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {"field": "fill", "type": "nominal", "scale": None},
                }
                | _SAID,
            },
            {
                "mark": {
                    "type": "text",
                    "dy": -8,
                    "fontSize": 11,
                    "color": "var(--soft)",
                    "aria": False,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
            },
        ],
    }
    return draw(spec, label, height=190)
