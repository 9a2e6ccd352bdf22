"""Journeys by a plain reading of the rules, touch by touch; no SQL shared with the marts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

DAY = timedelta(days=1)
QUIET, REPEAT = 30 * DAY, 7 * DAY
JOURNEY_OUTCOMES = {
    "converted": ("order", 1 * DAY),
    "cancelled": ("cancellation", 1 * DAY),
    "renewed": ("renewal", 1 * DAY),
    "solved": ("solved", 7 * DAY),
}


@dataclass(frozen=True)
class Touch:
    """A touchpoint as the mart tells it by itself, and what the world knows of identity in it."""

    id: str
    kind: str
    detail: str | None
    channel: str
    stage: str
    outcome: str | None
    emotion: str | None
    reference: str | None
    occurred_at: datetime
    outcome_at: datetime
    bounces: int = 0
    asks_identity: bool = False
    knows_identity: bool = False

    @property
    def decides(self) -> tuple[str, datetime] | None:
        """What it makes of its journey, and until when that stays open."""
        if self.outcome not in JOURNEY_OUTCOMES:
            return None
        name, days = JOURNEY_OUTCOMES[self.outcome]
        return name, self.outcome_at + days


@dataclass
class Journey:
    trigger: str
    touches: list[Touch] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        return next((t.decides[0] for t in self.touches if t.decides), "none")

    def is_open(self, as_of: datetime) -> bool:
        ends = [t.decides[1] for t in self.touches if t.decides]
        return self.touches[-1].occurred_at >= as_of - QUIET and (not ends or max(ends) >= as_of)

    @property
    def path(self) -> str:
        turns = [self.touches[0]]
        for before, touch in pairwise(self.touches):
            if (before.stage, before.channel) != (touch.stage, touch.channel):
                turns.append(touch)
        told = [f"{turn.stage} ({turn.channel})" for turn in turns]
        return " > ".join(told[:6] + (["..."] if len(told) > 6 else []))

    def classes(self) -> list[str | None]:
        """Per touch: carried, lost or not_applicable where the channel was switched, else None."""
        found: list[str | None] = []
        for place, touch in enumerate(self.touches):
            before = self.touches[:place]
            if not before or before[-1].channel == touch.channel:
                found.append(None)
            elif touch.asks_identity and any(t.knows_identity for t in before):
                found.append("lost")
            elif touch.reference and touch.reference in [t.reference for t in before]:
                found.append("carried")
            else:
                found.append("lost" if self._repeats(place) else "not_applicable")
        return found

    def _contacts(self, place: int) -> list[Touch]:
        return [t for t in self.touches[:place] if t.kind == "contact"]

    def _repeats(self, place: int) -> bool:
        touch = self.touches[place]
        same = [t for t in self._contacts(place) if t.detail and t.detail == touch.detail]
        return bool(
            touch.kind == "contact"
            and same
            and touch.occurred_at - same[-1].occurred_at <= REPEAT
            and same[-1].reference != touch.reference
        )

    def loops(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for place, touch in enumerate(self.touches):
            found["team_bounce"] += touch.bounces
            found["repeat_contact"] += self._repeats(place)
            channels = [t.channel for t in self._contacts(place)]
            found["channel_hop"] += (
                touch.kind == "contact"
                and touch.channel in channels
                and channels[-1] != touch.channel
            )
        return found

    def is_broken(self, as_of: datetime) -> bool:
        last = self.touches[-1]
        hurt = "lost" in self.classes() or sum(self.loops().values()) > 0
        hurt = hurt or last.outcome == "abandoned" or last.emotion == "negative"
        return not self.is_open(as_of) and self.outcome in ("none", "cancellation") and hurt


def journeys_of(touches: Sequence[Touch]) -> list[Journey]:
    """The journeys of one person."""
    found: list[Journey] = []
    over: datetime | None = None  # when the latest outcome so far stops holding a journey open
    for place, touch in enumerate(touches):
        if place == 0:
            found.append(Journey("first_touch"))
        elif touch.occurred_at - touches[place - 1].occurred_at > QUIET:
            found.append(Journey("quiet"))
        elif over and touches[place - 1].occurred_at <= over < touch.occurred_at:
            found.append(Journey("after_outcome"))
        found[-1].touches.append(touch)
        if touch.decides:
            over = max(over or touch.decides[1], touch.decides[1])
    return found


def counted(journeys: Iterable[Journey], as_of: datetime, name: str) -> dict[str, Counter[str]]:
    """Journeys by a property: how many, censored, converted, dropped, broken."""
    found: dict[str, Counter[str]] = {}
    for journey in journeys:
        told: Any = {
            "all": "all",
            "journey_trigger": journey.trigger,
            "first_channel": journey.touches[0].channel,
            "outcome": journey.outcome,
            "last_stage": journey.touches[-1].stage,
            "path": journey.path,
        }[name]
        count = found.setdefault(told, Counter())
        censored = journey.is_open(as_of) and journey.outcome == "none"
        count["journeys"] += 1
        count["censored"] += censored
        count["converted"] += journey.outcome in ("order", "renewal")
        count["dropped"] += journey.outcome == "none" and not censored
        count["broken"] += journey.is_broken(as_of)
    return found


# ---- the steps of cases --------------------------------------------------------------------------

Event = tuple[datetime, str, str, str | None]  # when, id, kind, value after it
UNNAMED = {"created": "new", "status": "unknown", "reopened": "open"}
CLASSES = {"new": "waiting", "pending": "waiting", "solved": "done", "closed": "done"}


def steps_of(opened: datetime, events: Sequence[Event], as_of: datetime) -> dict[str, Counter[str]]:
    """What one case did in each of its states: entries, rework, touches, open, seconds."""
    events = sorted(event for event in events if event[0] < as_of)
    states: list[tuple[datetime, str, str]] = []
    touches: list[str | None] = []
    for at, _, kind, value in events:
        if kind in ("created", "status", "reopened", "solved", "closed"):
            states.append((at, kind, (value or UNNAMED.get(kind, kind)).lower()))
        touches.append(states[-1][2] if states else None)
    found: dict[str, Counter[str]] = {}
    for place, (at, kind, state) in enumerate(states):
        before = [name for _, _, name in states[:place]]
        is_entry = not before or before[-1] != state
        is_last = place == len(states) - 1
        is_over = kind in ("solved", "closed") or (
            kind != "reopened" and CLASSES.get(state) == "done"
        )
        start = min(at, opened) if not place else at
        end = states[place + 1][0] if not is_last else at if is_over else as_of
        step = found.setdefault(state, Counter())
        step["entries"] += is_entry
        step["rework"] += is_entry and state in before
        step["open"] += is_last and not is_over
        step["seconds"] += _second(end) - _second(start)
    for name in touches if states else []:
        found[name or states[0][2]]["touches"] += 1
    return found


def _second(at: datetime) -> int:
    return (at - datetime(1970, 1, 1)) // timedelta(seconds=1)
