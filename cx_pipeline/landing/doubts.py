"""What lands and may not be what was meant: said with its number, never changed in silence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing.archive import LINE_BITS
from cx_pipeline.landing.typed import ZONED, literal

_FEW = 10  # dates: an order of fewer tells nothing
_SWAP = str.maketrans({"d": "m", "m": "d"})
Counts = dict[str, int]


@dataclass
class Doubts:
    """Of one file: lines that look encoded twice, and by column what its times leave open."""

    encoded_twice: int = 0
    columns: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, name: str, counts: Counts) -> None:
        self.columns.setdefault(name, Counter()).update(counts)

    def sentences(self, contract: Contract) -> Iterator[str]:
        """What is said of the file, a sentence a doubt."""
        if self.encoded_twice:
            yield (
                f"{self.encoded_twice} of its lines look encoded twice (\u00c3\u00a9 for \u00e9); "
                "deliver it encoded once"
            )
        zone = contract.extract.zone
        for column in contract.columns:
            told = self.columns.get(column.name, Counter())
            for kind, where in (
                ("skipped", f"in the hour that clocks skip in {zone} and count as one later"),
                ("twice", f"in the hour that comes twice in {zone} and count as its second"),
            ):
                if told[kind]:
                    yield (
                        f"{told[kind]} times of column {column.name} are {where}; deliver them "
                        "with their offset"
                    )
            # Both readings are dates, always, and only the other one is in order.
            if told["dates"] >= _FEW and not told["firm"] and told["down"] and not told["other"]:
                yield (
                    f"every date of column {column.name} reads as {_swapped(column)} too, and only "
                    "so they are in order; check the contract's format"
                )


def of_times(
    con: duckdb.DuckDBPyConnection, contract: Contract, *, of_one_file: bool
) -> dict[int, dict[str, Counts]]:
    """By number of file and column: what the times of the rows of `part` leave open."""
    found: dict[int, dict[str, Counts]] = {}
    for number, column in enumerate(contract.columns):
        if column.is_time and column.pii is None:
            for query, without in _queries(column, f"c{number}", contract.extract.zone):
                if of_one_file and without and con.execute(without).fetchall():
                    found.setdefault(0, {}).setdefault(column.name, {})["firm"] = 1
                    continue
                told = con.execute(query)
                kinds = [str(one[0]) for one in told.description[1:]]
                for file, *counts in told.fetchall():
                    mine = found.setdefault(int(file), {}).setdefault(column.name, {})
                    mine.update(zip(kinds, counts, strict=True))
    return found


def _queries(column: Column, text: str, zone: str) -> Iterator[tuple[str, str]]:
    """What counts, and what finds a row that answers it for one file: mostly among the first."""
    file = f"line >> {LINE_BITS} as file"
    if column.data_type == "timestamp" and not column.epoch and zone != "UTC":
        named = literal(zone)
        counts = f"""
            select file,
                count(*) filter (timezone({named}, moment) <> naive) as skipped,
                count(*) filter (timezone({named}, moment - interval 1 hour) = naive) as twice
            from (select *, timezone({named}, naive) as moment
                  from (select {file}, {_naive(column, text)} as naive from part))
            group by file"""
        yield counts, ""
    if column.format and "%d" in column.format and "%m" in column.format:
        own, other = literal(column.format), literal(_swapped(column))
        counts = f"""
            select file, count(own) as dates,
                count(*) filter (own is not null and other is null) as firm,
                count(*) filter (own < own_before) as down,
                count(*) filter (other < other_before) as other
            from (select *, lag(own) over of_file as own_before,
                      lag(other) over of_file as other_before
                  from (select {file}, line, try_strptime({text}, {own}) as own,
                            try_strptime({text}, {other}) as other from part)
                  window of_file as (partition by file order by line))
            group by file"""
        firm = f"try_strptime({text}, {own}) is not null and try_strptime({text}, {other}) is null"
        yield counts, f"select 1 from part where {firm} limit 1"


def _naive(column: Column, text: str) -> str:
    """SQL of the time as it is written; null when it tells its offset."""
    if column.format:
        told = f"try_strptime({text}, {literal(column.format)})"
        return "cast(null as timestamp)" if "%z" in column.format else told
    zoned = f"regexp_matches({text}, '{ZONED}') and {text} like '%:%'"
    return f"case when not ({zoned}) then try_cast({text} as timestamp) end"


def _swapped(column: Column) -> str:
    """The format with day and month in each other's place."""
    parts = (column.format or "").split("%")
    return "%".join([parts[0], *(part[:1].translate(_SWAP) + part[1:] for part in parts[1:])])
