"""What the KPIs of the bank's call centre are: pandas on the delivered file, no code shared.

The rules, where KPIS.md leaves a choice to the source:

- A call belongs to the day of its entry, in the reporting zone; the file's clock is of Israel.
  PHANTOM rows are no calls and count nowhere.
- Offered are calls that joined the queue (`q_start`). Those who hung up in the voice response unit
  were never offered, nor were those who reached an agent without a queue.
- Answered is AGENT, abandoned is HANG after the queue, also where a service time stands beside it:
  those calls have no server. Abandons within 5 s are reported apart: in neither numerator nor
  denominator of the abandonment rate.
- The wait is the queue's own exit less its start, so the other clock's second cannot make it
  negative. ASA is the mean wait of answered calls that queued.
- Service level 80/20: answered within 20 s / offered, abandons within 20 s ignored.
- AHT is the mean service time of answered calls; the file knows neither hold nor after-call work.
  An answered call without service times was handled for an unknown time and is not counted.
- FCR: an answered call of a known customer is resolved unless the same customer calls for the same
  service within 7 days, whatever becomes of that call; calls younger than 7 days are not judged.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

SHORT_ABANDON_SECONDS = 5
SERVICE_LEVEL_SECONDS = 20
ISRAEL = ZoneInfo("Asia/Jerusalem")
HALF_DAY, DAY = 43_200, 86_400


def read(file: Path) -> pd.DataFrame:
    """All rows as text."""
    return pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False)


def seconds(clock: pd.Series) -> pd.Series:
    """Seconds since midnight of h:mm:ss; nothing for 0:00:00."""
    parts = clock.str.split(":", expand=True).astype(int)
    return (parts[0] * 3600 + parts[1] * 60 + parts[2]).where(clock != "0:00:00")


def calls(file: Path, zone: str) -> pd.DataFrame:
    """One row per real call: day, wait, service time, and which of the groups it is in."""
    frame = read(file)
    frame = frame[frame["outcome"] != "PHANTOM"].reset_index(drop=True)
    entered = pd.to_datetime(frame["date"] + " " + frame["vru_entry"], format="%y%m%d %H:%M:%S")
    frame["entered"] = entered
    frame["date"] = entered.dt.tz_localize(ISRAEL).dt.tz_convert(zone).dt.date
    queued, left = seconds(frame["q_start"]), seconds(frame["q_exit"])
    frame["wait"] = left - queued + DAY * (left < queued - HALF_DAY)
    served, ended = seconds(frame["ser_start"]), seconds(frame["ser_exit"])
    frame["service"] = ended - served + DAY * (ended < served - HALF_DAY)
    frame["has_queue"] = queued.notna()
    frame["is_answered"] = frame["outcome"] == "AGENT"
    frame["is_abandoned"] = (frame["outcome"] == "HANG") & frame["has_queue"]
    frame["is_short"] = frame["is_abandoned"] & (frame["wait"] <= SHORT_ABANDON_SECONDS)
    frame["is_fast"] = frame["wait"] <= SERVICE_LEVEL_SECONDS
    return frame


def resolved(file: Path, zone: str, as_of: str) -> pd.DataFrame:
    """Answered calls of known customers whose week is over, and whether they were resolved."""
    every = calls(file, zone)
    is_known = (every["customer_id"] != "0") & ~every["customer_id"].str.contains("E")
    known = every[is_known].sort_values("entered", kind="stable")
    until = known.groupby(["customer_id", "type"])["entered"].shift(-1)
    week = pd.Timedelta(days=7)
    known = known.assign(is_resolved=~(until <= known["entered"] + week))
    now = pd.Timestamp(as_of, tz=zone).tz_convert(ISRAEL).tz_localize(None)
    return known[known["is_answered"] & (known["entered"] + week <= now)]


def daily(file: Path, zone: str) -> dict[str, pd.DataFrame]:
    """Per KPI a frame by date: numerator and denominator (none for totals)."""
    every = calls(file, zone)
    offered = every[every["has_queue"]]
    counted = offered[~offered["is_short"]]
    in_level = offered[~(offered["is_abandoned"] & offered["is_fast"])]
    waited = offered[offered["is_answered"]]
    handled = every[every["is_answered"] & every["service"].notna()]
    return {
        "contacts": pd.DataFrame({"numerator": every.groupby("date").size()}),
        "abandonment_rate": _ratio(counted, counted["is_abandoned"]),
        "asa": _ratio(waited, waited["wait"]),
        "aht": _ratio(handled, handled["service"]),
        "service_level_80_20": _ratio(in_level, in_level["is_answered"] & in_level["is_fast"]),
    }


def _ratio(counted: pd.DataFrame, numerator: pd.Series) -> pd.DataFrame:
    """Sum of the numerator over the number of rows, by day."""
    by_day = counted.assign(part=numerator.astype("int64")).groupby("date")["part"]
    return pd.DataFrame({"numerator": by_day.sum(), "denominator": by_day.size()})
