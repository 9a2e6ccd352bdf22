"""How the command line speaks: rich on a terminal, plain lines elsewhere, JSON when asked."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cx_pipeline.privacy.safe_text import safe_text

AsJson = Annotated[bool, typer.Option("--json", help="Tell the result as JSON on stdout.")]


@dataclass(frozen=True)
class Told:
    """What was said before the command: the home it works in."""

    home: Path


def fail(sentence: str, code: int) -> NoReturn:
    """Say one sentence on stderr, filtered, and leave with `code`."""
    note(f"cx: {sentence}")
    sys.exit(code)


def say(sentence: str = "") -> None:
    """One line on stdout, as it is."""
    Console(soft_wrap=True, highlight=False).print(sentence, markup=False)


def note(sentence: str) -> None:
    """One line on stderr, filtered: progress and warnings, which no one parses."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(safe_text(sentence), markup=False)


def as_json(told: Any) -> None:
    """The result as one JSON document on stdout."""
    sys.stdout.write(json.dumps(told, indent=2, default=str, ensure_ascii=False) + "\n")


def table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """A table: drawn on a terminal, tab-separated lines elsewhere."""
    if sys.stdout.isatty():
        drawn = Table(*columns, title=title, title_justify="left")
        for row in rows:
            # as it is: Console would read [brackets] as markup and leave them out
            drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        Console().print(drawn)
        return
    say("\t".join(columns))
    for row in rows:
        say("\t".join("" if cell is None else str(cell) for cell in row))
