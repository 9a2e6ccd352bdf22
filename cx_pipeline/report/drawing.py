"""From a Vega-Lite specification to an SVG that belongs to the page: its colours, size and words.

vl-convert draws without a browser (measured: 1.1 s to start, 0.05 s a chart); colours are the
page's CSS variables, so that a chart follows the reader's light or dark setting.
"""

import re
from typing import Any

from markupsafe import Markup, escape

Spec = dict[str, Any]

CATEGORIES = tuple(f"var(--c{i})" for i in range(1, 8))
HEAT = tuple(f"var(--h{i})" for i in range(6))
WIDTH = 360
# The words of a mark: its label for those who hear it, its title for those who point at it.
SAID: Spec = {"description": {"field": "said", "type": "nominal"}}
_SIZE = re.compile(r'^<svg [^>]*viewBox="([^"]+)"[^>]*>(?:<rect [^>]*/>)?')
_NAMED = re.compile(r'<(path|text|rect)( aria-label="([^"]*)" role="graphics-symbol"[^>]*?)/>')

_CONFIG: Spec = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--rule)",
        "gridColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "ticks": False,
        "labelPadding": 6,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False},
    "text": {"color": "var(--ink)", "fontSize": 12},
    "rule": {"color": "var(--ink)"},
    "legend": {"disable": True},
}


def draw(spec: Spec, label: str, *, width: int = WIDTH, height: int = 150) -> Markup:
    """The chart as inline SVG, `label` for those who hear it, hover texts from `description`."""
    import vl_convert  # a third of a second of native code that only a report needs

    whole = {"width": width, "height": height, "autosize": {"type": "fit"}} | spec
    whole["config"] = _CONFIG | spec.get("config", {})
    return adopt(vl_convert.vegalite_to_svg(whole), label)


def start_converter() -> None:
    """Draw nothing, so that the converter has started when there is something to draw."""
    axes = {name: {"field": name, "type": "quantitative"} for name in "xy"}
    draw({"data": {"values": []}, "mark": "line", "encoding": axes}, "")


def adopt(svg: str, label: str) -> Markup:
    """Vega's SVG without fixed size and frame, labelled, with `<title>` for hovering."""
    svg, count = _SIZE.subn(
        lambda found: (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{found[1]}" role="img" '
            f'aria-label="{escape(label)}">'
        ),
        svg,
        count=1,
    )
    if count != 1:
        raise ValueError(f"vl-convert gave an SVG of unknown form: {svg[:80]!r}")
    named = _NAMED.sub(r"<\1\2><title>\3</title></\1>", svg)
    return Markup(named)
