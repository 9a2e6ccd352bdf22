"""Business time by going through the days one by one, in Python's own time zones: what the marts must say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
Range = tuple[datetime, datetime]


@dataclass
class Hours:
    """Weekly hours of a schedule, and days with hours of their own; times are naive UTC."""

    name: str
    zone: str
    weekly: list[tuple[int, int, int, datetime | None, datetime | None]] = field(
        default_factory=list
    )
    exceptions: dict[date, list[tuple[int, int]]] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """As the entity `schedules` tells them."""
        same = {"schedule_id": self.name, "zone": self.zone}
        told = [
            {
                **same,
                "weekday": day,
                "opens": o,
                "closes": c,
                "valid_from": since,
                "valid_to": until,
            }
            for day, o, c, since, until in self.weekly
        ]
        for day, stretches in self.exceptions.items():
            told += [
                {**same, "holiday_date": day, "opens": o, "closes": c}
                for o, c in stretches or [(None, None)]
            ]
        return told

    def _utc(self, day: date, second: int) -> datetime:
        naive = datetime.combine(day, datetime.min.time()) + timedelta(seconds=second)
        zone = ZoneInfo(self.zone)
        first, second_ = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # Twice there: the later. Skipped: `fold` 0 reads it by the clock before, an hour on.
        return max(first, second_).replace(tzinfo=None)

    def open(self, start: datetime, end: datetime) -> list[Range]:
        """The stretches of opening hours within a span, none touching another."""
        found: list[Range] = []
        day = start.date() - 2 * DAY
        while day <= end.date() + 2 * DAY:
            if day in self.exceptions:
                found += [(self._utc(day, o), self._utc(day, c)) for o, c in self.exceptions[day]]
            else:
                for weekday, o, c, since, until in self.weekly:
                    if weekday == day.isoweekday():
                        opens, closes = self._utc(day, o), self._utc(day, c)
                        found.append((max(opens, since or opens), min(closes, until or closes)))
            day += DAY
        whole: list[Range] = []
        for opens, closes in sorted(one for one in found if one[0] < one[1]):
            if whole and opens <= whole[-1][1]:
                whole[-1] = (whole[-1][0], max(whole[-1][1], closes))
            else:
                whole.append((opens, closes))
        return [
            (max(opens, start), min(closes, end))
            for opens, closes in whole
            if opens < end and closes > start
        ]

    def is_known(self, start: datetime, end: datetime) -> bool:
        """Whether weekly hours hold at each moment of a span."""
        at = start
        held = sorted(
            (since or datetime.min, until or datetime.max) for *_, since, until in self.weekly
        )
        for since, until in held:
            if since <= at:
                at = max(at, until)
        return at >= end


def business(parts: Sequence[tuple[Hours, datetime, datetime]]) -> tuple[float, int]:
    """Seconds that the clock ran in spans, each on its hours, and over how many stretches."""
    stretches = [one for hours, start, end in parts for one in hours.open(start, end)]
    return sum((c - o).total_seconds() for o, c in stretches), len(stretches)


def deadline(hours: Hours, start: datetime, seconds: float) -> datetime:
    """When the clock has run for so long and runs on."""
    left, at = seconds, start
    while True:
        for opens, closes in hours.open(at, at + 30 * DAY):
            lasts = (closes - opens).total_seconds()
            if lasts > left:
                return opens + timedelta(seconds=left)
            left -= lasts
        at += 30 * DAY
