"""What a batch is asked: contract and history, or a mart's columns, turned into plain rules."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Literal, Protocol

from cx_pipeline.contracts import Contract
from cx_pipeline.expectations.verdict import Severity
from cx_pipeline.expected import Expectation

RuleKind = Literal["rows", "day", "not_null", "between", "never"]
# Fewer rows than this say nothing by a ratio.
_ENOUGH = 20
_NIGHTLY_ROWS = (0.5, 2.0)
_FRESH_DAYS = 7


@dataclass(frozen=True)
class Rule:
    """One expectation: rows or a column within bounds, no null, or rows that must never be.

    `query` finds such rows: what follows `from`, with {batch} for the rows judged. Of kind "day" it
    finds what is amiss with a column's last day, whose bounds are days since year 1.
    """

    kind: RuleKind
    told: str
    column: str = ""
    low: float | None = None
    high: float | None = None
    query: str = ""
    severity: Severity = "error"

    def bounds(self, value: float) -> bool:
        """Whether a value lies between `low` and `high`, both included, where they are given."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def fingerprint(rules: Sequence[Rule]) -> str:
    """Equal exactly when the same is asked."""
    return hashlib.sha256(repr([asdict(rule) for rule in rules]).encode()).hexdigest()[:16]


# ---- delivered files ---------------------------------------------------------------------


def figures(contract: Contract, profile: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures of one file that the contract's rules speak of, from its load's profile."""
    rows = profile.get("rows") or 0
    found: dict[str, float | None] = {}
    for entry in contract.expectations():
        name = entry.column or ""
        if entry.kind == "null_share":
            nulls = profile.get("nulls", {}).get(name)
            found[f"null_share_{name}"] = nulls / rows if rows and nulls is not None else None
        elif entry.kind == "range":
            low, high = profile.get("ranges", {}).get(name) or (None, None)
            found |= {f"lowest_{name}": low, f"highest_{name}": high}
        elif entry.kind == "enum":
            found[f"unknown_{name}"] = profile.get("outside", {}).get(name)
    return found


def rules_of(contract: Contract) -> tuple[Rule, ...]:
    """The contract's `expect` as rules over the profiles of its files (one row a file)."""
    return tuple(rule for entry in contract.expectations() for rule in _rules(entry))


def _rules(entry: Expectation) -> Iterator[Rule]:
    low, high, severity, column = entry.low, entry.high, entry.severity, entry.column
    if entry.kind == "day_over_day":
        told = f"rows against the files before: {low:g} to {high:g} times"
        yield Rule("between", told, "rows_ratio", low, high, severity=severity)
    elif entry.kind == "min_rows":
        yield Rule("between", f"at least {low:g} rows", "rows", low, severity=severity)
    elif entry.kind == "null_share":
        told = f"share of nulls in {column} at most {high:g}"
        yield Rule("between", told, f"null_share_{column}", high=high, severity=severity)
    elif entry.kind == "range":
        if low is not None:
            told = f"{column} at least {low:g}"
            yield Rule("between", told, f"lowest_{column}", low=low, severity=severity)
        if high is not None:
            told = f"{column} at most {high:g}"
            yield Rule("between", told, f"highest_{column}", high=high, severity=severity)
    elif entry.kind == "enum":
        told = f"{column} only one of {', '.join(entry.values)}"
        yield Rule("between", told, f"unknown_{column}", high=0, severity=severity)


def rows_ratio(rows: int, before: Sequence[int]) -> float | None:
    """Rows of a file against the median of the files before it; None where that says nothing."""
    if not before or (usual := median(before)) < _ENOUGH:
        return None
    return rows / usual


# ---- marts -------------------------------------------------------------------------------


class MartColumn(Protocol):
    """What is read of a published column."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...


class Mart(Protocol):
    """What is read of a published table."""

    @property
    def name(self) -> str: ...
    @property
    def full_name(self) -> str: ...
    @property
    def columns(self) -> Sequence[MartColumn]: ...
    @property
    def key(self) -> Sequence[str]: ...


def mart_rules(mart: Mart, before: Sequence[int], as_of: date) -> tuple[Rule, ...]:
    """Rules that every mart's own columns imply, and its volume against the nights before."""
    return (
        *_volume(before),
        *(Rule("not_null", f"{name} is never null", name) for name in mart.key),
        *(rule for column in mart.columns for rule in _column_rules(column)),
        *_day_rules(mart, as_of),
        *_kpi_rules(mart),
    )


def _volume(before: Sequence[int]) -> Iterator[Rule]:
    usual = median(before) if before else 0
    if usual >= _ENOUGH:
        low, high = (float(round(usual * times)) for times in _NIGHTLY_ROWS)
        told = f"{low:g} to {high:g} rows, from the nights before"
        yield Rule("rows", told, low=low, high=high, severity="warn")
    else:
        yield Rule("rows", "rows can be counted", low=0)


def _column_rules(column: MartColumn) -> Iterator[Rule]:
    if column.unit == "share" or column.name.endswith("_share"):
        yield Rule("between", f"{column.name} from 0 to 1", column.name, 0, 1)
    elif column.name.endswith("_count"):
        yield Rule("between", f"{column.name} not negative", column.name, 0)


def _day_rules(mart: Mart, as_of: date) -> Iterator[Rule]:
    """Nothing of the night's own day or later; the last day not long ago."""
    for name in day_columns(mart):
        last, first = as_of - timedelta(days=1), as_of - timedelta(days=_FRESH_DAYS)
        late = f"{{batch}} where {name} > date '{last.isoformat()}'"
        told = f"no {name} at or after the night's own day"
        yield Rule("day", told, name, high=last.toordinal(), query=late)
        newest = f"(select max({name}) as last_day from {{batch}})"
        stale = f"{newest} where last_day < date '{first.isoformat()}'"
        told = f"last {name} at most {_FRESH_DAYS} days before the night's own"
        yield Rule("day", told, name, low=first.toordinal(), query=stale, severity="warn")


def day_columns(mart: Mart) -> list[str]:
    """The columns of a mart that tell the day of its rows."""
    days = ("date", "local_date") if mart.name.startswith("fct_") else ()
    return [column.name for column in mart.columns if column.name in days]


def _kpi_rules(mart: Mart) -> Iterator[Rule]:
    """A figure lies where its KPI can, and inside its own interval."""
    names = {column.name for column in mart.columns}
    if {"kpi_id", "value", "low", "high"} <= names:
        # Adjusted Wald is centred on shrunken shares: of one answer it need not hold the value.
        outside = (
            "{batch} as batch join marts.dim_kpis as k on k.kpi_id = batch.kpi_id"
            " where batch.low > batch.high + 1e-9 or k.interval_method <> 'adjusted_wald'"
            " and (batch.low > batch.value + 1e-9 or batch.value > batch.high + 1e-9)"
        )
        yield Rule("never", "low <= value <= high", query=outside)
        impossible = (
            "{batch} as batch join marts.dim_kpis as k on k.kpi_id = batch.kpi_id"
            " where batch.value < k.lowest - 1e-9 or batch.value > k.highest + 1e-9"
        )
        yield Rule("never", "value within what its KPI can be", query=impossible)
