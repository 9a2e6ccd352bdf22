"""Fixes as a user declares them: `fixes.yml` of the home, typed and checked; without it, none.

docs/pain_points.md explains every key; macros/fixes.sql turns each fix into SQL.
"""

import re
from datetime import date, timedelta
from functools import cache
from typing import Any, Self

from pydantic import Field, computed_field, field_validator, model_validator

from cx_pipeline.settings import DBT_PROJECT, Settings
from cx_pipeline.transform.declared import Declared, plain_name, read_entries, value_lists

# What a fix may be narrowed to: columns of fct_pain_points.
COLUMNS = ("rule", "channel", "source")
_RULE = re.compile(r"'kind': '(\w+)', 'rule': '(\w+)'")
_DAYS = {"day": 1, "week": 7}


@cache
def pain_rules() -> dict[str, str]:
    """The rules of macros/pain_points.sql and the kind of each."""
    text = (DBT_PROJECT / "macros" / "pain_points.sql").read_text(encoding="utf-8")
    return {rule: kind for kind, rule in _RULE.findall(text)}


class Fix(Declared):
    """What was mended, and since when; `window` in days, as long before `live` as from it on."""

    id: str
    version: int = Field(default=1, ge=1)
    kind: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    live: date
    window: int = 28

    @computed_field  # type: ignore[prop-decorator]
    @property
    def before_from(self) -> date:
        """First day of the window before; its last is the day before `live`."""
        return self.live - timedelta(days=self.window)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def after_to(self) -> date:
        """Last day of the window after; its first is `live`."""
        return self.live + timedelta(days=self.window - 1)

    @field_validator("id")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        return plain_name(name)

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        kinds = dict.fromkeys(pain_rules().values())
        if kind not in kinds:
            raise ValueError(f"{kind!r} is no kind of pain point; kinds: {', '.join(kinds)}")
        return kind

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, told: Any) -> Any:
        return value_lists(told, "{rule: late_delivery}")

    @field_validator("live", mode="before")
    @classmethod
    def _day(cls, told: Any) -> Any:
        if isinstance(told, date) and type(told) is date and 1970 < told.year < 2200:
            return told
        try:
            return date.fromisoformat(told)
        except (TypeError, ValueError) as bad:
            raise ValueError(f"{told!r} is no day such as 2026-06-01") from bad

    @field_validator("window", mode="before")
    @classmethod
    def _span(cls, told: Any) -> int:
        match = re.fullmatch(r"([0-9]{1,4}) (day|week)s?", str(told).strip())
        if not match or not 1 <= int(match[1]) * _DAYS[match[2]] <= 366:
            raise ValueError(
                f"{told!r} is no span such as '28 days' or '4 weeks', of 366 days at most"
            )
        return int(match[1]) * _DAYS[match[2]]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for column, values in self.where.items():
            if column not in COLUMNS:
                raise ValueError(
                    f"a fix is not narrowed to {column!r}; columns: {', '.join(COLUMNS)}"
                )
            if not values:
                raise ValueError(f"{column} needs at least one value")
        of_kind = [rule for rule, kind in pain_rules().items() if kind == self.kind]
        for rule in self.where.get("rule", ()):
            if rule not in of_kind:
                raise ValueError(f"{rule!r} is no rule of {self.kind}; rules: {', '.join(of_kind)}")
        return self


def load_fixes(settings: Settings) -> tuple[Fix, ...]:
    """The fixes of this home. Raises ContractError with one sentence on the first mistake."""
    file = settings.fixes_file
    return read_entries(file, "fixes", Fix) if file.exists() else ()
