"""What a user declares in a file of the home: typed entries, each mistake one sentence."""

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cx_pipeline.contracts import ContractError, lines_of, read_yaml

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Declared(BaseModel):
    """Part of an entry: frozen, and a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=Declared)


def plain_name(name: str) -> str:
    """The name, if it may stand in SQL; ValueError otherwise."""
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise ValueError(
            f"{name!r} is no name of small letters, digits and _, of 40 characters at most"
        )
    return name


def value_lists(told: Any, example: str) -> Any:
    """Columns and the values that they may have, one or a list: always as lists."""
    if not isinstance(told, dict):
        raise ValueError(f"needs columns and their values, such as {example}")
    return {
        key: tuple(value) if isinstance(value, list) else (value,) for key, value in told.items()
    }


def read_entries(file: Path, key: str, entry_type: type[T]) -> tuple[T, ...]:
    """The entries under `key` of a file; each has an `id` of its own.

    Raises ContractError with one sentence that names file and line of the first mistake.
    """
    told = read_yaml(file)
    entries = told.get(key) if isinstance(told, dict) and len(told) == 1 else None
    if not isinstance(entries, list):
        raise ContractError(f"{file}: needs one list under {key} and no more; empty: {key}: []")
    noun = entry_type.__name__.lower()
    found: dict[str, T] = {}
    for number, (entry, line) in enumerate(zip(entries, lines_of(file, key), strict=True), 1):
        at = f"{file}, line {line}"
        if not isinstance(entry, dict):
            raise ContractError(f"{at}: entry {number} under {key} is no {noun} with an id")
        where = f"{at}: {noun} {entry.get('id', number)}"
        try:
            one = entry_type(**{str(name): value for name, value in entry.items()})
        except ValidationError as bad:
            raise ContractError(f"{where}: {_sentence(bad)}") from bad
        name = str(entry["id"])
        if name in found:
            raise ContractError(f"{where}: there are two of this id; rename one")
        found[name] = one
    return tuple(found.values())


def _sentence(error: ValidationError) -> str:
    order = {"extra_forbidden": 0, "value_error": 1}
    first = min(error.errors(), key=lambda one: order.get(one["type"], 2))
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {key}"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
