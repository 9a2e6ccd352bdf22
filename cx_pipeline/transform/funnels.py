"""Funnels as a user declares them: `funnels.yml` of the home, typed and checked; else the shipped.

docs/funnels.md explains every key; macros/funnels.sql turns each funnel into SQL.
"""

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from cx_pipeline.settings import DBT_PROJECT, Settings
from cx_pipeline.transform.declared import Declared, plain_name, read_entries, value_lists

SHIPPED = DBT_PROJECT / "funnels.yml"

_TOUCHPOINT = ("source", "detail", "channel", "touchpoint", "stage")
# What a step can be, and the columns that its `where` may name.
KINDS: dict[str, tuple[str, ...]] = {
    "web_session": (
        "source", "channel", "source_name", "medium", "campaign", "landing_page", "device",
        "country",
    ),
    "web_event": (
        "source", "event_name", "page_path", "utm_source", "utm_medium", "utm_campaign", "device",
        "browser", "app_version", "country", "item_id", "error_code",
    ),
    "contact": (
        "source", "channel", "direction", "reason", "category", "priority", "queue", "team",
        "outcome",
    ),
    "contact_event": ("source", "kind", "from_value", "to_value", "actor"),
    "order": _TOUCHPOINT,
    "response": _TOUCHPOINT,
    "mention": _TOUCHPOINT,
    "message": _TOUCHPOINT,
    "subscription": _TOUCHPOINT,
    "web_action": _TOUCHPOINT,
    "task": _TOUCHPOINT,
}  # fmt: skip
# The kinds of which it is known to which session or contact they belong.
_UNIT_KINDS = {
    "person": tuple(KINDS),
    "session": ("web_session", "web_event"),
    "contact": ("contact", "contact_event"),
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MOST_STEPS = 20


class Step(Declared):
    """What has to happen, or must not: a kind of occurrence whose columns have given values.

    The value `*` stands for any that is known.
    """

    name: str
    kind: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        return plain_name(name)

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of step; kinds: {', '.join(KINDS)}")
        return kind

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, told: Any) -> Any:
        return value_lists(told, "{event_name: purchase}")

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        for column, values in self.where.items():
            if column not in KINDS[self.kind]:
                raise ValueError(
                    f"{self.kind} has no column {column!r}; columns: {', '.join(KINDS[self.kind])}"
                )
            if not values:
                raise ValueError(f"{column} needs at least one value, or '*' for any")
        return self


class Funnel(Declared):
    """Steps, and how they are read; `window` is in seconds, from the entry to the last step."""

    id: str
    version: int = Field(default=1, ge=1)
    unit: Literal["person", "session", "contact"] = "person"
    order: Literal["ordered", "unordered", "strict"] = "ordered"
    window: int
    re_entry: Literal["first", "every"] = "first"
    steps: tuple[Step, ...]
    exclude: tuple[Step, ...] = ()

    @field_validator("id")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        return plain_name(name)

    @field_validator("window", mode="before")
    @classmethod
    def _seconds(cls, told: Any) -> int:
        match = re.fullmatch(r"([0-9]+) (second|minute|hour|day|week)s?", str(told).strip())
        if not match or not 1 <= int(match[1]) * _SECONDS[match[2]] <= 3650 * _SECONDS["day"]:
            raise ValueError(
                f"{told!r} is no span such as '30 minutes' or '14 days', of ten years at most"
            )
        return int(match[1]) * _SECONDS[match[2]]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not 2 <= len(self.steps) <= _MOST_STEPS:
            raise ValueError(f"needs 2 to {_MOST_STEPS} steps and has {len(self.steps)}")
        for told in (self.steps, self.exclude):
            names = [step.name for step in told]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"the name {twice[0]!r} stands twice")
        for step in (*self.steps, *self.exclude):
            if step.kind not in _UNIT_KINDS[self.unit]:
                raise ValueError(
                    f"{step.name}: a step of kind {step.kind} belongs to no {self.unit};"
                    f" kinds for unit {self.unit}: {', '.join(_UNIT_KINDS[self.unit])}"
                )
        told_steps = [(step.kind, sorted(step.where.items())) for step in self.steps]
        if self.re_entry == "every" and told_steps[0] in told_steps[1:]:
            again = self.steps[told_steps.index(told_steps[0], 1)].name
            raise ValueError(
                f"{again} equals the first step: with re_entry: every it would be the next entry"
            )
        if self.order == "unordered":
            if self.re_entry == "every":
                raise ValueError(
                    "re_entry: every needs order: ordered or strict; unordered, any step enters"
                )
            if any(told_steps.count(step) > 1 for step in told_steps):
                raise ValueError("two steps of an unordered funnel are the same; make them differ")
        return self


def load_funnels(settings: Settings) -> tuple[Funnel, ...]:
    """The funnels of this home: those of its `funnels.yml`, which replaces the shipped file.

    Raises ContractError with one sentence on the first thing that cannot be meant.
    """
    own = settings.funnels_file
    return read_funnels(own if own.exists() else SHIPPED)


def read_funnels(file: Path) -> tuple[Funnel, ...]:
    """As `load_funnels`, of one file."""
    return read_entries(file, "funnels", Funnel)
