"""Charts over time as Vega-Lite specifications: data in, drawn SVG out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from cx_pipeline.report.drawing import CATEGORIES, SAID, Spec, draw
from cx_pipeline.report.intervals import Bounds
from cx_pipeline.report.wording import number

_DAY, MONTH = "%-d %b", "%b %Y"
Point = tuple[date, float | None, Bounds | None, str]


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
            "encoding": line | SAID,
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
        | SAID,
    }
    return draw(spec, label, height=190), tuple((c, name) for name, c in colours.items())
