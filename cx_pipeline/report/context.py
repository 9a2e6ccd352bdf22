"""What the page is told beside the marts: which run it shows, and what was checked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True, populate_by_name=True)


class Check(_Told):
    """One verdict. `severity` is error (stops a publish) or warn (tells someone)."""

    name: str = Field(validation_alias=AliasChoices("name", "check"))
    table: str = ""
    severity: str = "error"
    passed: bool
    detail: str = ""

    @field_validator("table", "detail", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return "" if value is None else value


class Context(_Told):
    """One publish as its readers know it; `data_through` is the last day each source covers."""

    run_id: str
    as_of: date
    audience: str
    content_hash: str
    data_through: dict[str, date | datetime | None] = Field(default_factory=dict)
    checks: Sequence[Check] = ()
    currency: str = Field("", validation_alias=AliasChoices("currency", "reporting_currency"))
    zone: str = Field("", validation_alias=AliasChoices("zone", "reporting_zone"))

    @property
    def until(self) -> date:
        """The day before which something can be known: `as_of`, or where all data end."""
        told = [t.date() if isinstance(t, datetime) else t for t in self.data_through.values() if t]
        return min(self.as_of, max(told) + timedelta(days=1)) if told else self.as_of

    @property
    def failed(self) -> list[Check]:
        return [c for c in self.checks if not c.passed and c.severity == "error"]

    @property
    def warnings(self) -> list[Check]:
        return [c for c in self.checks if not c.passed and c.severity != "error"]

    @property
    def passed_count(self) -> int:
        return sum(c.passed for c in self.checks)


def context_of(told: object) -> Context:
    """The context from a dict (a manifest is one) or from any object with these attributes."""
    return told if isinstance(told, Context) else Context.model_validate(told)
