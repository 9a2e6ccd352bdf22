"""How far a table was pulled: compared, stepped back by the overlap, and written down."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import floor
from typing import Any

from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pulls import Cursor, Since

Mark = datetime | int | float | str


def begin(cursor: Cursor, known: str | None) -> Mark:
    """Where the next pull begins: at the highest value that is known, less the overlap."""
    if known is None:
        return mark(cursor, cursor.start)
    told = mark(cursor, known)
    if isinstance(told, datetime):
        return told - timedelta(seconds=cursor.overlap)
    return told if isinstance(told, str) else told - cursor.overlap


def mark(cursor: Cursor, told: Any) -> Mark:
    """The value as it is compared. Raises PullFault when it is none of the cursor's type."""
    try:
        if cursor.type == "time":
            if isinstance(told, datetime):
                return told
            return datetime.fromisoformat(str(told))
        if cursor.type == "number":
            return told if isinstance(told, int | float) else floor(Decimal(str(told)))
        return str(told)
    except (ValueError, ArithmeticError):
        raise PullFault(
            f"the cursor {cursor.field} holds what is no {cursor.type}; say its type"
        ) from None


def higher(cursor: Cursor, one: Mark | None, told: Any) -> Mark | None:
    """The higher of a mark and a row's own value; a row without one moves nothing."""
    if told is None:
        return one
    other = mark(cursor, told)
    if one is None:
        return other
    if isinstance(one, datetime) and isinstance(other, datetime):
        return max(one, other, key=_aware)
    return max(one, other)


def kept(told: Mark | None, now: datetime) -> str | None:
    """The mark as the manifest keeps it.

    Never later than the pull itself: one row dated 2099 would hide all that come after it.
    """
    if isinstance(told, datetime):
        return min(told, now if told.tzinfo else now.replace(tzinfo=None), key=_aware).isoformat()
    return None if told is None else str(told)


def asked(told: Mark) -> str | int:
    """The mark as a request says it: a time in UTC."""
    if isinstance(told, datetime):
        moment = _aware(told).astimezone(UTC)
        fraction = f".{moment.microsecond // 1000:03}" if moment.microsecond else ""
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    return told if isinstance(told, int) else str(told)


def since(told: Since, known: str | None) -> str:
    """From when on an export is asked: `known` is when the last one that arrived was begun."""
    start = datetime.fromisoformat(known or told.start)
    return str(asked(start - timedelta(seconds=told.overlap) if known else start))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
