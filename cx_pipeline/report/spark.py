"""A sparkline: the weeks of one KPI with their 95 % band, small enough for a card."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from cx_pipeline.report.intervals import Bounds

WIDTH, HEIGHT, PAD = 240, 56, 5


def sparkline(points: Sequence[tuple[int, float, Bounds | None]], label: str) -> Markup:
    """An SVG of (week number, value, bounds); gaps of weeks stay gaps in time, not in the line."""
    if not points:
        return Markup("")
    lows = [bounds[0] if bounds else value for _, value, bounds in points]
    highs = [bounds[1] if bounds else value for _, value, bounds in points]
    first, last = points[0][0], points[-1][0]
    bottom, top = min(lows), max(highs)

    def at(week: int, value: float) -> str:
        x = PAD + (WIDTH - 2 * PAD) * ((week - first) / (last - first) if last > first else 0.5)
        y = PAD + (HEIGHT - 2 * PAD) * ((top - value) / (top - bottom) if top > bottom else 0.5)
        return f"{x:.1f},{y:.1f}"

    upper = [at(week, high) for (week, _, _), high in zip(points, highs, strict=True)]
    lower = [at(week, low) for (week, _, _), low in zip(points, lows, strict=True)]
    line = [at(week, value) for week, value, _ in points]
    x, y = line[-1].split(",")
    return Markup(
        f'<svg class="spark" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{escape(label)}">'
        f'<polygon class="band" points="{" ".join(upper + lower[::-1])}"/>'
        f'<polyline class="line" points="{" ".join(line)}"/>'
        f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"/></svg>'
    )
