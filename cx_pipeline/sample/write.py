"""Writes a sample: extracts of four sources over one seeded world, and the truth behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from cx_pipeline.sample import connect, ga4, qualtrics, salesforce
from cx_pipeline.sample.clock import DAY, Period
from cx_pipeline.sample.faults import plant
from cx_pipeline.sample.tally import SessionTally
from cx_pipeline.sample.truth import truth_of
from cx_pipeline.sample.world import World, make_world

LAST_DAY = date(2026, 6, 30)
DAYS = 90


@dataclass(frozen=True)
class SampleReport:
    """What was written: files, distinct web events, true persons."""

    files: int
    events: int
    persons: int


@dataclass(frozen=True)
class _Night:
    """One delivery: where it goes and the days whose arrivals it holds."""

    folder: Path
    first_day: int
    until_day: int


def write_sample(
    landing: Path,
    *,
    events: int,
    seed: int,
    nights: int = 1,
    truth: Path | None = None,
    start: date | None = None,
    end: date | None = None,
    with_faults: bool = True,
    ends: Sequence[int] | None = None,
) -> SampleReport:
    """Write extracts of GA4, Salesforce, Amazon Connect and Qualtrics below `landing`.

    With one night they stand in `landing/<source>/`; with more, `landing` is the root of
    `nights/<k>/<source>/`, to be dropped in turn: each night holds what had arrived, and the CRM
    as it was, by then. Equal arguments give equal bytes. `truth` is where the planted truth goes
    as JSON. The period is 90 days to 2026-06-30 unless `start` or `end` say otherwise. `ends` are
    the days (exclusive, counted from the first) up to which each night delivers, if not even ones.

    Raises ValueError when there are fewer events than 1,000 or fewer days than nights.
    """
    last = end or (start + timedelta(days=DAYS - 1) if start else LAST_DAY)
    period = Period(start or last - timedelta(days=DAYS - 1), last)
    if events < 1_000:
        raise ValueError("a sample needs 1,000 events at least; give --events 1000 or more")
    if not 1 <= nights <= period.days:
        raise ValueError(f"{period.days} days cannot be delivered in {nights} nights")
    world = make_world(events, seed, period)
    tally = SessionTally(world.web)
    planned = list(_nights(landing, ends or period.night_ends(nights)))
    files: list[dict[str, Path]] = [_write_night(world, night) for night in planned]
    exported = _write_events(world, tally, planned)
    faults = []
    if with_faults:
        middle = exported[len(exported) // 2]
        faults = plant(world, files[-1] | {"events": middle}, landing)
    if truth:
        told = truth_of(world, tally) | {"faults": [asdict(fault) for fault in faults]}
        truth.parent.mkdir(parents=True, exist_ok=True)
        truth.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    count = sum(map(len, files)) + len(exported)
    return SampleReport(files=count, events=events, persons=world.people.count)


def _nights(landing: Path, ends: Sequence[int]) -> Iterator[_Night]:
    before = 0
    for number, until in enumerate(ends, start=1):
        folder = landing / "nights" / str(number) if len(ends) > 1 else landing
        yield _Night(folder, before, until)
        before = until


def _write_night(world: World, night: _Night) -> dict[str, Path]:
    """Everything of a night but the web log; returns the files by table."""
    period = world.period
    since, cut = (period.start + day * DAY for day in (night.first_day, night.until_day))
    stamp = period.day(night.until_day - 1).strftime("%Y%m%d")
    files: dict[str, Path] = {}
    for name, (header, rows) in salesforce.tables(world, cut).items():
        files[name] = night.folder / "salesforce" / f"{name}_{stamp}.csv"
        salesforce.write_table(files[name], header, rows)
    files["contact_records"] = night.folder / "connect" / f"contact_records_{stamp}.ndjson.gz"
    lines = connect.lines(world, night.first_day, night.until_day)
    ga4.write_lines(files["contact_records"], lines)
    surveys = night.folder / "qualtrics"
    files["responses"] = surveys / f"responses_{stamp}.csv"
    answered = qualtrics.response_rows(world, since, cut)
    qualtrics.write_csv(files["responses"], [*qualtrics.header_rows(), *answered])
    files["distribution_history"] = surveys / f"distribution_history_{stamp}.csv"
    sent = qualtrics.history_rows(world, cut)
    qualtrics.write_csv(files["distribution_history"], [list(qualtrics.HISTORY), *sent])
    return files


def _write_events(world: World, tally: SessionTally, nights: list[_Night]) -> list[Path]:
    """The web log, one file a day of arrival, each into the night it arrives in."""
    folders = [
        night.folder / "ga4" for night in nights for _ in range(night.first_day, night.until_day)
    ]
    written = []
    for folder, (day, lines) in zip(folders, ga4.ExportWriter(world.web).days(tally), strict=True):
        path = folder / f"events_{day:%Y%m%d}.ndjson.gz"
        ga4.write_lines(path, lines)
        written.append(path)
    return written
