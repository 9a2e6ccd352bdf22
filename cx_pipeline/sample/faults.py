"""Plants the sample's faults: lines that must be set aside, counted twice or left out, no others.

Each is an extra line, so that the world told by the good lines stays whole.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cx_pipeline.sample.clock import record_id
from cx_pipeline.sample.ga4 import write_lines
from cx_pipeline.sample.qualtrics import QUESTIONS
from cx_pipeline.sample.voice import RELATIONSHIP, SURVEYS, month_of
from cx_pipeline.sample.world import World

# A file of fewer lines for each fault would go over a home's quarantine limit of 5 %.
_LINES_A_FAULT = 25


@dataclass(frozen=True)
class Fault:
    """Where a fault stands (file below the sample's root, line from 1) and what it is."""

    file: str
    line: int
    kind: str


def plant(world: World, files: dict[str, Path], root: Path) -> list[Fault]:
    """Append the faults to the given files (by table) and say where they stand."""
    return [
        *_append(root, files["events"], [
            ("broken json", lambda lines: lines[0][: len(lines[0]) // 2]),
            ("bad timestamp", lambda lines: _later(lines[0])),
            ("duplicate", lambda lines: lines[1 % len(lines)]),
        ]),
        *_append(root, files["contact_records"], [
            ("broken json", lambda lines: lines[0][: len(lines[0]) // 2]),
            ("duplicate", lambda lines: lines[0]),
        ]),
        *_append(root, files["Contact"], [("ragged row", lambda lines: _ragged(lines[-1]))]),
        *_append(root, files["Opportunity"], [
            ("non-numeric amount", lambda lines: _edit(lines, "Amount", "12,9o EUR", "006", world)),
            ("duplicate", lambda lines: lines[-2]),
        ]),
        *_append(root, files["Case"], [
            ("bad timestamp",
             lambda lines: _edit(lines, "CreatedDate", "2026-02-30T10:00:00.000Z", "500", world)),
        ]),
        *_append(root, files["responses"], [
            ("nps 11", lambda lines: _eleven(world)),
            ("ragged row", lambda lines: _ragged(lines[-2])),
        ]),
    ]  # fmt: skip


def _append(
    root: Path, path: Path, faults: list[tuple[str, Callable[[list[str]], str]]]
) -> list[Fault]:
    packed = path.suffix == ".gz"
    text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text("utf-8")
    lines = text.removesuffix("\n").split("\n")
    planted = []
    for kind, make in faults[: len(lines) // _LINES_A_FAULT]:
        lines.append(make(lines))
        planted.append(Fault(path.relative_to(root).as_posix(), len(lines), kind))
    if packed:
        write_lines(path, lines)
    else:
        path.write_text("\n".join(lines) + "\n", "utf-8", newline="")
    return planted


def _later(line: str) -> str:
    before, after = line.split('"event_timestamp":"', 1)
    return f'{before}"event_timestamp":"shortly after noon{after[after.index(chr(34)) :]}'


def _ragged(line: str) -> str:
    """The row without its last columns, as if the export had been cut."""
    return _row(_cells(line)[:-5])


def _edit(lines: list[str], column: str, value: str, prefix: str, world: World) -> str:
    """A new record like the last one, but with a value that cannot be typed."""
    cells = _cells(lines[-1])
    cells[0] = record_id(prefix, world.orders.count + world.cases.count)
    cells[_cells(lines[0]).index(column)] = value
    return _row(cells)


def _eleven(world: World) -> str:
    """An answer of 11 on the scale of 0-10, by someone who answered in no wave."""
    people, answers = world.people, world.answers
    silent = people.alone
    silent[answers.person[answers.person >= 0]] = False
    person = int(np.flatnonzero(silent)[0])
    at = world.period.end - 86_400
    stamp = str(np.datetime64(at, "s")).replace("T", " ")
    told = {
        "StartDate": stamp, "EndDate": stamp, "RecordedDate": stamp, "Status": "0",
        "Progress": "100", "Duration (in seconds)": "60", "Finished": "1",
        "ResponseId": f"R_{record_id('', answers.count)}",
        "RecipientEmail": people.emails[person][0], "ExternalReference": people.number(person),
        "DistributionChannel": "email", "UserLanguage": "EN", "Q1_NPS": "11",
        "SurveyId": SURVEYS[RELATIONSHIP], "Wave": month_of(at),
    }  # fmt: skip
    return _row([told.get(name, "") for name, _, _ in QUESTIONS])


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]))


def _row(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return text.getvalue()
