"""Fill `{name}` in what a contract says of a request, and find what it names in an answer."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cx_pipeline.pull.fault import PullFault

_NAME = re.compile(r"\{([a-z_]+)\}")
Values = Mapping[str, str | int | tuple[str, ...]]


def filled(told: Any, values: Values) -> Any:
    """The text, or the tables and lists of texts, with each `{name}` replaced.

    A text that is nothing but one `{name}` becomes the value itself, a number stays a number.
    Raises PullFault when a name has no value.
    """
    if isinstance(told, dict):
        return {key: filled(one, values) for key, one in told.items()}
    if isinstance(told, list | tuple):
        return [filled(one, values) for one in told]
    if not isinstance(told, str):
        return told
    if whole := _NAME.fullmatch(told):
        return _value(whole[1], values)
    return _NAME.sub(lambda found: str(_value(found[1], values)), told)


def filled_path(told: str, values: Values) -> str:
    """The path with each `{name}` replaced, as one part of it: no value leads elsewhere."""
    return _NAME.sub(lambda found: quote(str(_value(found[1], values)), safe=""), told)


def found_at(told: Any, path: str) -> Any:
    """What stands at `a.b.0.c` of an answer, or None; an empty path is the answer itself."""
    for part in path.split(".") if path else ():
        if isinstance(told, list) and part.isdigit() and int(part) < len(told):
            told = told[int(part)]
        elif isinstance(told, dict):
            told = told.get(part)
        else:
            return None
    return told


def _value(name: str, values: Values) -> str | int:
    if name not in values:
        raise PullFault(f"needs {{{name}}}; say {name} under values of [pull.<source>] in cx.toml")
    value = values[name]
    if isinstance(value, tuple):
        raise PullFault(f"needs one {name}; values of [pull.<source>] in cx.toml holds a list")
    return value
