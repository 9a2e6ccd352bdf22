"""What tells rows apart, when they happened or changed, and whose they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.profile.delivered import Delivered
from cx_pipeline.profile.personal import Personal
from cx_pipeline.profile.questions import Asked, UnknownAnswer
from cx_pipeline.profile.types import ID_NAME, Typed

_VERSION_NAME = re.compile(r"(?i)(?:updated|modified|changed|last_?mod|systemmodstamp|_version)")
_MOMENT_NAME = re.compile(r"(?i)(?:created|occurred|start|opened|time|date|timestamp|_at|_on)")
_STAFF = re.compile(r"(?i)(?:agent|employee|owner|author|assign|_by$|_to$)")
_DATE_IN_NAME = re.compile(r"[0-9]{4}[-_]?[0-9]{2}[-_]?[0-9]{2}|[0-9]{8,14}|[0-9]{4}(?![0-9])")
_SUBJECTS = ("account", "email", "phone", "device", "national_id")


@dataclass
class ProposedColumn:
    """One delivered column: its name in the contract, what it is, and how full it is."""

    name: str
    header: str
    typed: Typed
    personal: Personal
    filled: int
    distinct: int


def place_rows(
    con: duckdb.DuckDBPyConnection,
    asked: Asked,
    extract: dict[str, Any],
    columns: Sequence[ProposedColumn],
    seen: Delivered,
) -> None:
    """Key, kind, version, time and subject of the rows."""
    said = asked.told("key")
    key = (
        [name for name in said.split(",") if name] if said is not None else _key(con, columns, seen)
    )
    for name in key:
        if name not in {column.name for column in columns}:
            raise UnknownAnswer(f"key names no column {name!r}")
    moments = [c.name for c in columns if c.typed.data_type in ("date", "timestamp")]
    kind = "events"
    if key:
        extract["key"] = key
        text = (
            f"rows are told apart by {', '.join(key)}; is a row something that happened (events), "
            "what changed since the last file (increment), or one of all that there are (snapshot)"
        )
        kind = asked.ask("kind", text, ("events", "increment", "snapshot")) or "events"
    extract["kind"] = kind
    versions = [name for name in moments if _VERSION_NAME.search(name)]
    if kind != "events":
        version = asked.told("version") or (versions[0] if versions else None)
        if version is not None and version not in moments:
            raise UnknownAnswer(f"version is one of {', '.join(moments)}, not {version!r}")
        if version is None and _DATE_IN_NAME.search(seen.path.name):
            extract["version"] = {"file": _version_in(seen.path.name)}
        elif version is not None:
            extract["version"] = version
        elif moments:
            extract["version"] = asked.ask(
                "version", "which column tells when a row changed", moments
            )
    happened = [name for name in moments if name not in versions]
    hinted = [name for name in happened if _MOMENT_NAME.search(name)] or happened
    if kind == "events" and moments:
        time = asked.told("time") or (hinted[0] if len(hinted) == 1 else None)
        time = time or asked.ask("time", "which column tells when it happened", hinted or moments)
        if time is not None and time not in moments:
            raise UnknownAnswer(f"time is one of {', '.join(moments)}, not {time!r}")
        if time:
            extract["time"] = time
    _subject(asked, extract, columns)
    for name in [told for told in ("version", "time") if extract.get(told, "") is None]:
        del extract[name]


def _version_in(name: str) -> str:
    found = _DATE_IN_NAME.search(name)
    assert found is not None
    before = re.escape(name[: found.start()][-12:]).replace("\\-", "-")
    return f"{before}({re.sub('[0-9]', 'd', found[0]).replace('d', chr(92) + 'd')})"


def _subject(asked: Asked, extract: dict[str, Any], columns: Sequence[ProposedColumn]) -> None:
    """The column of the customer a row belongs to, by which rights are carried out."""
    said = asked.told("subject")
    persons = [column for column in columns if column.personal.kind in _SUBJECTS]
    customers = [column for column in persons if not _STAFF.search(column.name)] or persons
    for kind in _SUBJECTS:
        of_kind = [c.name for c in customers if c.personal.kind == kind]
        if not said and of_kind:
            said = (
                of_kind[0]
                if len(of_kind) == 1
                else asked.ask("subject", "which column is the customer the row is of", of_kind)
            )
            break
    if said:
        if said not in {column.name for column in columns}:
            raise UnknownAnswer(f"subject names no column {said!r}")
        extract["subject"] = said


def _key(
    con: duckdb.DuckDBPyConnection, columns: Sequence[ProposedColumn], seen: Delivered
) -> list[str]:
    """The first column, or pair, that is in every row and in no two different rows the same."""
    if not seen.rows:
        return []
    rows = frames.number(con, "select count(*) from (select distinct * from told)")
    may = [
        (place, column)
        for place, column in enumerate(columns)
        if column.filled == seen.rows
        and column.personal.kind not in ("text", "url", "address", "ip", "birth_date")
        and not column.typed.data_type.startswith(("decimal", "double"))
    ]
    may.sort(key=lambda one: (not ID_NAME.search(one[1].header), one[0]))
    for _, column in may:
        is_moment = column.typed.data_type in ("date", "timestamp")
        if column.distinct == rows and not is_moment and ID_NAME.search(column.header):
            return [column.name]
    near = [(place, c) for place, c in may if ID_NAME.search(c.header)][:6]
    near += [one for one in may if one[1].typed.data_type in ("date", "timestamp")][:4]
    for (one, first), (other, second) in combinations(dict(near).items(), 2):
        if first.distinct * second.distinct < rows:
            continue
        pairs = frames.number(
            con, f"select count(*) from (select distinct c{one}, c{other} from told)"
        )
        if pairs == rows:
            return [first.name, second.name]
    return []
