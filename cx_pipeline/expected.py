"""What a delivered batch should look like: the `expect` part of a source contract."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Severity = Literal["error", "warn"]
ExpectationKind = Literal["day_over_day", "min_rows", "null_share", "range", "enum", "fresh_days"]
Bounds = tuple[float | None, float | None]


class Record(BaseModel):
    """A frozen record in which a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _as_entry(key: str) -> BeforeValidator:
    """Let `max: 0.2` be written as plain `0.2`."""
    return BeforeValidator(lambda told: told if isinstance(told, dict) else {key: told})


class RowsExpected(Record):
    day_over_day: tuple[float, float] | None = None
    min: int | None = None
    severity: Severity = "error"


class NullShare(Record):
    max: float = Field(ge=0, le=1)
    severity: Severity = "error"


class Between(Record):
    between: Bounds
    severity: Severity = "warn"


class Fresh(Record):
    days: int = Field(ge=0)
    severity: Severity = "warn"


class Expectation(Record):
    """One thing a batch is judged by, in one shape for all kinds."""

    kind: ExpectationKind
    column: str | None = None
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    severity: Severity


class Expect(Record):
    """What every delivered batch of a table should look like."""

    rows: RowsExpected | None = None
    null_share: dict[str, Annotated[NullShare, _as_entry("max")]] = {}
    range: dict[str, Annotated[Between, _as_entry("between")]] = {}
    fresh_days: Annotated[Fresh, _as_entry("days")] | None = None

    def flat(
        self, ranges: Mapping[str, Bounds], enums: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Expectation]:
        """One entry an expectation; `ranges` and `enums` of the columns come in as warnings."""
        if self.rows and self.rows.day_over_day:
            low, high = self.rows.day_over_day
            severity = self.rows.severity
            yield Expectation(kind="day_over_day", low=low, high=high, severity=severity)
        if self.rows and self.rows.min is not None:
            yield Expectation(kind="min_rows", low=self.rows.min, severity=self.rows.severity)
        for name, share in self.null_share.items():
            yield Expectation(
                kind="null_share", column=name, high=share.max, severity=share.severity
            )
        told = {name: Between(between=bounds) for name, bounds in ranges.items()} | self.range
        for name, entry in told.items():
            at_least, at_most = entry.between
            yield Expectation(
                kind="range", column=name, low=at_least, high=at_most, severity=entry.severity
            )
        for name, values in enums.items():
            yield Expectation(kind="enum", column=name, values=values, severity="warn")
        if self.fresh_days:
            days, severity = self.fresh_days.days, self.fresh_days.severity
            yield Expectation(kind="fresh_days", high=days, severity=severity)
