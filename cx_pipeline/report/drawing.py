"""From a Vega-Lite specification to an SVG that belongs to the page: its colours, size and words.

vl-convert draws without a browser (measured: 1.1 s to start, 0.05 s a chart), in a process of its
own: it holds Python's lock meanwhile, and files are searched beside it. Colours are the page's CSS
variables, so that a chart follows the reader's light or dark setting.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from threading import Lock
from typing import Any

from markupsafe import Markup, escape

Spec = dict[str, Any]

CATEGORIES = tuple(f"var(--c{i})" for i in range(1, 8))
HEAT = tuple(f"var(--h{i})" for i in range(6))
WIDTH = 360
# The words of a mark: its label for those who hear it, its title for those who point at it.
SAID: Spec = {"description": {"field": "said", "type": "nominal"}}
_AXES = {name: {"field": name, "type": "quantitative"} for name in "xy"}
_EMPTY: Spec = {"data": {"values": []}, "mark": "line", "encoding": _AXES}
_lock = Lock()
_running: list[subprocess.Popen[str]] = []
_DRAWN = re.compile(r'<svg [^>]*?data-of="([0-9a-f]{32})".*?</svg>', re.DOTALL)
_before: ContextVar[Mapping[str, Markup]] = ContextVar("before")
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
    whole = {"width": width, "height": height, "autosize": {"type": "fit"}} | spec
    whole["config"] = _CONFIG | spec.get("config", {})
    told = json.dumps([whole, label, _converter()])
    name = hashlib.sha256(told.encode()).hexdigest()[:32]
    before = _before.get({}).get(name)
    return before or adopt(_converted(whole), label, name)


@cache
def _converter() -> str:
    return version("vl-convert-python")


@contextmanager
def as_before(page: str) -> Iterator[None]:
    """Charts that stand in an earlier page of ours are taken from it, where they are the same."""
    known = {drawn[1]: Markup(drawn[0]) for drawn in _DRAWN.finditer(page)}
    token = _before.set(known)
    try:
        yield
    finally:
        _before.reset(token)


def start_converter() -> None:
    """Start the process that draws, so that it is there when there is something to draw."""
    with _lock:
        if not _running or _running[-1].poll() is not None:
            _running[:] = [
                subprocess.Popen(
                    [sys.executable, "-m", "cx_pipeline.report.drawing"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            ]


def _converted(spec: Spec) -> str:
    start_converter()
    with _lock:
        asked, answers = _running[-1].stdin, _running[-1].stdout
        assert asked is not None and answers is not None  # they are pipes
        print(json.dumps(spec), file=asked, flush=True)
        told = json.loads(answers.readline() or '{"fault": "vl-convert ended without a chart"}')
    if "svg" not in told:
        raise ValueError(told["fault"])
    return str(told["svg"])


def adopt(svg: str, label: str, name: str) -> Markup:
    """Vega's SVG without fixed size and frame, labelled, with `<title>` for hovering; `name` tells
    what it was drawn of.
    """
    svg, count = _SIZE.subn(
        lambda found: (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{found[1]}" role="img" '
            f'aria-label="{escape(label)}" data-of="{name}">'
        ),
        svg,
        count=1,
    )
    if count != 1:
        raise ValueError(f"vl-convert gave an SVG of unknown form: {svg[:80]!r}")
    named = _NAMED.sub(r"<\1\2><title>\3</title></\1>", svg)
    return Markup(named)


def _main() -> None:
    """One specification a line in, one SVG a line out, until the caller ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    import vl_convert

    vl_convert.vegalite_to_svg(_EMPTY)
    for line in sys.stdin:
        try:
            told = {"svg": vl_convert.vegalite_to_svg(json.loads(line))}
        except ValueError as fault:
            told = {"fault": str(fault)}
        print(json.dumps(told), file=answers)


if __name__ == "__main__":
    _main()
