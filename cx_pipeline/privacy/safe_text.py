"""The one filter for everything that is said: messages, errors, logs, names of files and columns.

What a pattern finds is replaced by its kind, as in `[email]`. A name cannot be told from any other
word, so what a library says of a value is not shown at all: the kind of the error and its place
stay, the text goes.
"""

import re
import traceback
from collections.abc import Container, Iterable
from pathlib import Path

import duckdb

from cx_pipeline.privacy.detectors import find_personal
from cx_pipeline.privacy.redaction import redact

_NOT_SHOWN = "its text may hold values and is not shown"
_MORE_MEMORY = (
    "a query needs more than memory_limit in [warehouse] of cx.toml; raise it or lower threads"
)
# Raised before a row is read: these speak of code alone, on their first line.
_OF_CODE = ("Parser", "Binder", "Catalog", "Permission", "Syntax", "Dependency", "Transaction")
_OF_DUCKDB = re.compile(
    r"(?:[\w.]*\b(?:duckdb|sqlalchemy)[\w.]*: |\([\w.]*duckdb[\w.]*\) )?"
    r"\b(?P<kind>[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+| to| of| with){0,3}) Error: (?P<said>.*)",
    re.DOTALL,
)
# dbt's first line of what a node failed with; what stands behind it is told by the database.
_OF_NODE = re.compile(r"(?P<node>\w+ Error in \w+ \S+ \([^()\n]*\))\n(?P<said>.*)", re.DOTALL)
_TYPE = re.compile(
    r".*\bto '?((?:U?INT(?:8|16|32|64|128)|DOUBLE|FLOAT|BOOL|DATE|TIME|TIMESTAMP|UUID"
    r"|DECIMAL\(\d+,\d+\)))(?!\w)",
    re.DOTALL,
)
_COLUMN = re.compile(r".*\bwhen casting from source column (\w{1,63})(?=\s|$)", re.DOTALL)
_LINE = re.compile(r"\n\s*LINE (\d{1,6}):")
_COMPILED = re.compile(r"\n\s*(compiled code at \S+)\s*$")
_QUALIFIED = re.compile(r"(?P<cls>[A-Za-z_][\w.]*)(?::\s(?P<said>.*))?\s*", re.DOTALL)
_SAFE_MODULES = ("cx_pipeline.", "dagster.", "dagster_shared.")
_HEADER = re.compile(r"[^\W\d]\w{0,62}")
_DIGITS = re.compile(r"\d{5}")


def safe_text(text: str) -> str:
    """The text without what is personal by pattern, and without what a database quotes of rows."""
    if node := _OF_NODE.search(text):
        before, said = f"{text[: node.start()]}{node['node']}: ", node["said"]
        found = _OF_DUCKDB.match(said.lstrip())
        told = _of_database(found) if found else _of_code_alone(node["node"], said)
        place = _COMPILED.search(said)
        text = f"{before}{told}{'; ' + place[1] if place else ''}"
    elif found := _OF_DUCKDB.search(text):
        place = _COMPILED.search(text)
        tail = f"; {place[1]}" if place else ""
        text = f"{text[: found.start()]}{_of_database(found)}{tail}"
    return redact([text])[0] or ""


def _of_code_alone(node: str, said: str) -> str:
    """dbt's own words on a node's code; of what ran, nothing."""
    return " ".join(said.split()) if node.startswith("Compilation ") else _NOT_SHOWN


def _of_database(found: re.Match[str], at: str = "") -> str:
    """`Conversion Error (to INT32, column amount, line 3)`: no text of a row."""
    kind, said = found["kind"], found["said"]
    if kind == "Out of Memory":
        return f"{kind} Error{at}: {_MORE_MEMORY}"
    line = _LINE.search(said)
    where = [f"line {line[1]}"] if line else []
    if kind in _OF_CODE:
        told = said.strip().partition("\n")[0]
        return f"{kind} Error{at}: {told}{f' ({where[0]})' if where else ''}"
    body = said[: line.start()] if line else said
    column, kind_of = _COLUMN.match(body), _TYPE.match(body)
    places = [f"to {kind_of[1]}"] if kind_of else []
    places += [f"column {column[1]}"] if column else []
    told = ", ".join([*places, *where])
    return f"{kind} Error{at}{f' ({told})' if told else ''}; {_NOT_SHOWN}"


def safe_error(fault: BaseException) -> str:
    """One sentence on any exception: our own words filtered; of others class and place alone."""
    name = type(fault).__name__
    if type(fault).__module__.startswith("cx_pipeline."):
        return safe_text(str(fault))
    if isinstance(fault, duckdb.Error) and (found := _OF_DUCKDB.search(str(fault))):
        return redact([_of_database(found, _place(fault))])[0] or ""
    return f"{name}{_place(fault)}; {_NOT_SHOWN}"


def _place(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "cx_pipeline" in frame.filename] or frames
    return f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""


def safe_trace_message(message: str) -> str:
    """The line `module.Class: words` of a stored error; of classes that are not ours no words."""
    found = _QUALIFIED.fullmatch(message)
    if found is None or found["said"] is None or message.startswith(_SAFE_MODULES):
        return safe_text(message)
    told = _OF_DUCKDB.search(message)
    return f"{found['cls']}: {redact([_of_database(told)])[0] if told else _NOT_SHOWN}"


def safe_name(name: str) -> str:
    """The name of a file as it is stored and shown."""
    return redact([name])[0] or ""


def safe_columns(names: Iterable[str], contracted: Container[str] = ()) -> list[str]:
    """Each header as it is shown: a contracted name or a plain identifier, else `column 7`."""
    return [
        name if name in contracted or _is_plain(name) else f"column {place}"
        for place, name in enumerate(names, start=1)
    ]


def _is_plain(name: str) -> bool:
    """Word characters that begin with no digit, no long number, nothing personal."""
    return bool(_HEADER.fullmatch(name)) and not _DIGITS.search(name) and not find_personal(name)
