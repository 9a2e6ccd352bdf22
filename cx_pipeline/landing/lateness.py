"""How late the rows of a batch came, and which were told otherwise before: counts, no row.

Written where rows become part of a raw table, in the same transaction: a night costs what arrived.
A row delivered again as it was is a duplicate, and in none of these counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import FileVersion
from cx_pipeline.landing.archive import LINE_BITS, LINE_MASK

# Each row is of one kind, the first that fits.
HELD, RESTATED, LATE, IN_TIME = "held", "restated", "late", "in time"


@dataclass(frozen=True)
class Arrival:
    """The reporting day that rows arrive on, a run's `as_of`, and its midnight in UTC."""

    day: date
    midnight: datetime


def note(
    con: duckdb.DuckDBPyConnection, contract: Contract, arrival: Arrival, again: Collection[int]
) -> None:
    """Write down the rows of table `kept`; table `rivals` tells what stood there before.

    Held is a row of the arrival day or later; restated one whose key an earlier file had brought
    with other content; late one that happened before the newest row that came in time on an
    earlier day. Lateness is counted to the midnight, in whole hours. Of the loads `again`, whose
    bytes were read before by another contract, only the lines of table `waited` arrive now.
    """
    # A snapshot whose version is its file's name tells every row anew: that restates nothing.
    is_told_anew = isinstance(contract.extract.version, FileVersion)
    con.execute(
        f"""insert into landing.lateness
        with reached as (
            select max(last_at) as reached_at from landing.lateness
            where source = $source and table_name = $table and kind = $in_time
              and arrived_on < $day
        ),
        placed as (
            select place >> {LINE_BITS} as load, place & {LINE_MASK} as line, _key, _time, _version
            from kept
        ),
        arrived as (
            select * from placed
            where load not in (select unnest($again))
                or (load, line) in (select (load, line) from waited)
        ),
        before as (
            select a.load, a._key, min(r._time) as first_at, max(r._time) as last_at
            from arrived as a
            join rivals as r on r._key = a._key and r._load <> a.load
                and (r._load < a.load or r._load in (select unnest($again)))
            group by a.load, a._key
        ),
        told as (
            select a.load, case
                    when greatest(a._time, a._version) >= $midnight then $held
                    when b._key is not null then $restated
                    when a._time < r.reached_at then $late
                    else $in_time end as kind,
                (epoch_us($midnight) - epoch_us(a._time)) // 3600000000 as hours,
                least(a._time, b.first_at) as first_at, greatest(a._time, b.last_at) as last_at
            from arrived as a
            left join before as b on b.load = a.load and b._key = a._key
            cross join reached as r
        )
        select load, $source, $table, $day, kind, case when kind = $late then hours end,
            count(*), min(first_at), max(last_at)
        from told group by all order by all""",
        {
            "source": contract.source,
            "table": contract.table,
            "day": arrival.day,
            "midnight": arrival.midnight,
            "again": list(again),
            "held": HELD,
            "restated": IN_TIME if is_told_anew else RESTATED,
            "late": LATE,
            "in_time": IN_TIME,
        },
    )


def take_back(con: duckdb.DuckDBPyConnection, load: int) -> None:
    """Forget a load whose rows were refused: none of them arrived."""
    con.execute("delete from landing.lateness where load = ?", [load])


def hand_on(con: duckdb.DuckDBPyConnection, load: int, to: int) -> None:
    """The same bytes were read again as load `to`: what arrived with them came when it came."""
    con.execute("update landing.lateness set load = ? where load = ?", [to, load])
