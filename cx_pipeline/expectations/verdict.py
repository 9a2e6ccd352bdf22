"""What a check said about a table: the one shape for dbt, Great Expectations and Python checks."""

from dataclasses import dataclass, replace
from typing import Literal, Self

Kind = Literal["dbt", "gx", "python"]
Severity = Literal["error", "warn"]


@dataclass(frozen=True)
class Verdict:
    """One judgement. `table_name` is `schema.table`, several joined by ', ', or '' for all marts.

    `snapshot` is the content hash of what was judged (empty: the ledger fills it in); `load` the
    delivered file that was judged, `results` its single expectations as (sentence, passed),
    `suite` the fingerprint of what was asked: same suite, same snapshot, same verdict.
    """

    check_name: str
    table_name: str
    passed: bool
    kind: Kind = "python"
    severity: Severity = "error"
    detail: str = ""
    observed: float | None = None
    snapshot: str = ""
    blocking: bool = True
    suite: str = ""
    load: int | None = None
    results: tuple[tuple[str, bool], ...] = ()
    reused: bool = False

    @property
    def refuses(self) -> bool:
        """Whether it stops what it judged: failed, and not only a warning."""
        return not self.passed and self.severity == "error"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(name for name in self.table_name.split(", ") if name)

    @property
    def sentence(self) -> str:
        """For the console: what failed where, without any value of a row."""
        state = "passed" if self.passed else "failed"
        where = f" on {self.table_name}" if self.table_name else ""
        return f"{self.check_name} {state}{where}" + (f": {self.detail}" if self.detail else "")

    def of(self, snapshot: str) -> Self:
        return replace(self, snapshot=snapshot)
