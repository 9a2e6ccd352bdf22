"""When a backup was last taken, and a restore of one last proved: `state/backups.json`.

Beside the warehouse and not in it: it tells of this machine's backups, which a restored home has
not, and it is written while the warehouse may be closed.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cx_pipeline.settings import Settings


def note(settings: Settings, what: str, told: Mapping[str, Any]) -> None:
    """Keep the last of its kind, `taken` or `verified`; to prove an older backup is no news."""
    path = _path(settings)
    if read(settings).get(what, {}).get("made_at", "") > told["made_at"]:
        return
    part = path.with_suffix(".part")
    part.write_text(json.dumps({**read(settings), what: dict(told)}, indent=1), encoding="utf-8")
    part.replace(path)


def read(settings: Settings) -> dict[str, Any]:
    """All that was noted; empty where nothing was, or nothing that can be read."""
    try:
        told = json.loads(_path(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def is_due(settings: Settings, now: datetime) -> bool:
    """Whether the last backup is `every_days` dates old, in the zone of the schedule."""
    last = _moment(read(settings).get("taken", {}).get("made_at"))
    zone = ZoneInfo(settings.schedule.zone)
    if last is None:
        return True
    days = now.astimezone(zone).date() - last.astimezone(zone).date()
    return days >= timedelta(days=settings.backup.every_days)


def too_long_ago(settings: Settings, now: datetime) -> str | None:
    """One sentence when the newest backup that was proved is missing or too old, else None.

    Its own age counts: to restore a backup of last month today would lose a month.
    """
    days = settings.backup.verify_within_days
    last = _moment(read(settings).get("verified", {}).get("made_at"))
    remedy = "take and prove one with: cx backup, then cx backup verify"
    if last is None:
        return f"no restore of a backup was ever proved; {remedy}"
    if now - last > timedelta(days=days):
        return (
            f"the last backup whose restore was proved is of {last:%Y-%m-%d %H:%M} UTC, more than "
            f"{days} days ago ([backup] verify_within_days); {remedy}"
        )
    return None


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _path(settings: Settings) -> Path:
    return settings.state / "backups.json"
