"""Reveals that someone should be asked about, from the audit chain alone."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from cx_pipeline.privacy.audit import Act, Audit

_DAY = timedelta(days=1)
_HISTORY = 30  # days before the one that is looked at
_FEW = 3  # reveals a day that need no history


def suspicious(
    path: Path,
    now: datetime,
    *,
    hours: tuple[int, int] = (7, 20),
    zone: str = "UTC",
    canaries: Collection[str] = (),
) -> list[str]:
    """One sentence each for what the day before `now` (with a zone) shows in the chain at `path`.

    Told are an actor with more reveals than on any of its 30 days before (up to three a day are
    always usual), reveals outside of `hours` in `zone`, and reveals of canary tokens. Nothing
    here says that the chain holds: that is `Audit.verify`.
    """
    reveals = [act for act in Audit(path).acts(["reveal"]) if act.at <= now]
    reveals.sort(key=lambda act: act.actor)
    told: list[str] = []
    for actor, own in groupby(reveals, key=lambda act: act.actor):
        acts = list(own)
        today = [act for act in acts if now - act.at < _DAY]
        told += _of_canaries(actor, today, canaries)
        told += _unusual(actor, acts, now)
        told += _out_of_hours(actor, today, hours, ZoneInfo(zone))
    return told


def _of_canaries(actor: str, today: Sequence[Act], canaries: Collection[str]) -> list[str]:
    found = [act.line for act in today if act.detail.get("token") in canaries]
    if not found:
        return []
    return [
        f"{actor} revealed a canary, which nobody has a reason to open: audit {_named(found)}; "
        "ask at once what for"
    ]


def _unusual(actor: str, acts: Sequence[Act], now: datetime) -> list[str]:
    by_day = Counter((now - act.at) // _DAY for act in acts)
    count = by_day[0]
    usual = max((by_day[day] for day in range(1, _HISTORY + 1)), default=0)
    if count <= max(usual, _FEW):
        return []
    return [
        f"{actor} revealed {count} values in one day, and at most {usual} on any of the "
        f"{_HISTORY} days before; ask what for"
    ]


def _out_of_hours(
    actor: str, today: Sequence[Act], hours: tuple[int, int], zone: ZoneInfo
) -> list[str]:
    begin, end = hours
    found = [act for act in today if not begin <= act.at.astimezone(zone).hour < end]
    if not found:
        return []
    first = found[0].at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return [
        f"{actor} revealed values out of hours ({begin} to {end} h {zone.key}), first at {first}: "
        f"audit {_named([act.line for act in found])}"
    ]


def _named(lines: Sequence[int]) -> str:
    head = ", ".join(map(str, lines[:5]))
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {head}{more}"
