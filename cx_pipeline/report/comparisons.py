"""Charts that compare groups: shaded squares, dots with intervals, columns."""

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from cx_pipeline.report.drawing import HEAT, SAID, Spec, draw
from cx_pipeline.report.intervals import Bounds
from cx_pipeline.report.wording import share


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
                | SAID,
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
                "encoding": {"x": {"field": "value"} | x, "y": y} | SAID,
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
                | SAID,
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


def scatter(
    points: Sequence[tuple[str, float, float, Bounds, str]],
    label: str,
    x_axis: tuple[str, str],
    y_axis: tuple[str, str],
) -> Markup:
    """Named points on two axes (title, format), with the interval of the second and its zero.

    A name stands on the far side of the point that is nearest in height, so that neither hides the
    other, and in the right third to the left, where there is room; below its point where a name
    beside it stands above.
    """
    edge = max(x for _, x, *_ in points) * 2 / 3
    reach = max(bounds[1] for *_, bounds, _ in points) - min(bounds[0] for *_, bounds, _ in points)
    values: list[dict[str, Any]] = []
    for name, x, y, bounds, said in sorted(points, key=lambda one: -one[2]):
        others = [one for one in points if one[0] != name]
        nearest = min(others, key=lambda one: abs(one[2] - y), default=None)
        is_left = x > edge or (nearest is not None and x < nearest[1])
        is_below = any(
            (before["is_left"], before["is_below"]) == (is_left, False)
            and before["y"] - y < reach / 20
            and abs(before["x"] - x) < edge / 2
            for before in values
        )
        told = {"name": name, "x": x, "y": y, "said": said, "is_left": is_left}
        values.append(told | {"is_below": is_below, "low": bounds[0], "high": bounds[1]})
    axis = {"grid": True, "domain": False, "tickCount": 5}
    across: Spec = {
        "field": "x",
        "type": "quantitative",
        "title": x_axis[0],
        "scale": {"padding": 60},
        "axis": axis | {"format": x_axis[1], "labelExpr": "datum.value < 0 ? '' : datum.label"},
    }
    up: Spec = {
        "type": "quantitative",
        "title": y_axis[0],
        "axis": axis | {"format": y_axis[1], "titlePadding": 16},
    }
    bar = {"type": "rule", "color": "var(--accent)", "strokeWidth": 3, "opacity": 0.3}
    point = {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": "var(--accent)"}
    names = [
        {
            "transform": [
                {
                    "filter": f"datum.is_left == {json.dumps(side == 'right')}"
                    f" && datum.is_below == {json.dumps(dy > 0)}"
                }
            ],
            "mark": {"type": "text", "align": side, "dx": dx, "dy": dy},
            "encoding": {"x": across, "y": {"field": "y"} | up, "text": {"field": "name"}},
        }
        for side, dx in (("right", -8), ("left", 8))
        for dy in (-6, 10)
    ]
    spec: Spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rule", "color": "var(--soft)", "strokeDash": [4, 3]},
                "encoding": {"y": {"datum": 0} | up},
            },
            {
                "mark": bar,
                "encoding": {"x": across, "y": {"field": "low"} | up, "y2": {"field": "high"}},
            },
            {"mark": point, "encoding": {"x": across, "y": {"field": "y"} | up} | SAID},
            *names,
        ],
    }
    return draw(spec, label, width=640, height=320)
