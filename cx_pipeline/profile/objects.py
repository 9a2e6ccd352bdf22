"""Paths into delivered objects, as a contract names them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cx_pipeline.landing.decode import Piece

_OBJECTS = 2_000
_ITEM_VALUES = {"string_value", "int_value", "float_value", "double_value"}


def paths_of(piece: Piece) -> list[str]:
    """Members of the first objects as a contract names them, in their order of appearance."""
    found: dict[str, None] = {}
    for raw in piece.text.split(b"\n", _OBJECTS)[:_OBJECTS]:
        try:
            told = json.loads(raw.decode("utf-8", "ignore"))
        except ValueError:
            continue
        if isinstance(told, dict):
            found |= dict.fromkeys(_inside("", told))
    whole = {name for name in found if any(other.startswith(f"{name}.") for other in found)}
    lists = {name.partition("[")[0] for name in found if "[" in name}
    return [name for name in found if name not in whole | lists]


def is_document(told: Mapping[str, Any]) -> bool:
    """One object whose one list holds the rows, as an API answers; else it is a row itself."""
    lists = [value for value in told.values() if isinstance(value, list)]
    return (
        len(lists) == 1
        and not _is_pairs(lists[0])
        and all(isinstance(row, dict) for row in lists[0])
    )


def _inside(before: str, told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if not name or "." in name or "[" in name:
            continue  # no path of a contract reaches it
        if isinstance(value, dict) and value:
            yield from _inside(f"{before}{name}.", value)
        elif not before and _is_pairs(value):
            yield from (f"{name}[{item['key']}]" for item in value)
        else:
            yield f"{before}{name}"


def _is_pairs(value: Any) -> bool:
    """A list of keys and values as GA4 writes them."""
    return (
        bool(value)
        and isinstance(value, list)
        and all(
            isinstance(item, dict)
            and isinstance(item.get("key"), str)
            and isinstance(item.get("value"), dict)
            and _ITEM_VALUES & set(item["value"])
            for item in value
        )
    )
