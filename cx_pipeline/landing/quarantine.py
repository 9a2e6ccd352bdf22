"""Records that cannot be typed: line, column, reason, and the record without what is personal."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing.decode import CONTROL, UNDECODABLE
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.typed import UNREADABLE, reason_of

_LONGEST = 500
_MARKS = str.maketrans({UNDECODABLE: "\ufffd", CONTROL: "\ufffd", "\r": None})
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Rejected:
    """One record that goes to quarantine."""

    line: int
    column: str | None
    reason: str
    raw: str
    unreadable: bool = False

    @classmethod
    def unread(cls, line: int, raw: str, contract: Contract, width: int) -> "Rejected":
        """A CSV record of the wrong shape."""
        quote, signs = contract.extract.quote, Signs.of(contract.extract)
        if quote and raw.count(quote) % 2:
            reason = "its quotes do not close"
        else:
            fields = raw.count(signs.between) + 1
            whose = "header" if contract.extract.header_rows else "contract"
            reason = f"it does not have the {whose}'s {width} fields (about {fields})"
        return cls(line, None, reason, shape(signs.back(raw)), UNDECODABLE in raw)

    @classmethod
    def unparsed(cls, line: int, raw: str, reason: str) -> "Rejected":
        """A line that is no JSON object of the contract's shape."""
        return cls(line, None, reason, shape(raw), UNDECODABLE in raw)


def shape(raw: str) -> str:
    """The record without its content: which part of it is personal cannot be told any more."""
    return _LETTER.sub("x", _DIGIT.sub("9", raw[:_LONGEST].translate(_MARKS)))


def mistyped(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[Rejected]:
    """The rows of `typed` that have a `_problem`, with their delivered text from `part`."""
    texts = ", ".join(f"left(c{n}, {_LONGEST}) as c{n}" for n in range(len(contract.columns)))
    rows = con.execute(
        f"""select typed._line, _problem, {texts} from typed join part on part.r = typed._r
        where _problem is not null order by typed._line"""
    ).fetchall()
    found = []
    for line, problem, *values in rows:
        column, reason = reason_of(contract, problem)
        unreadable = str(problem).endswith(UNREADABLE)
        found.append(Rejected(line, column, reason, _masked(contract, values), unreadable))
    return found


def _masked(contract: Contract, values: Sequence[str | None]) -> str:
    """Each value's shape: a row that is wrong may have its values in the wrong columns."""
    shown = []
    for column, value in zip(contract.columns, values, strict=True):
        text = "" if value is None else "***" if column.pii else shape(value)
        shown.append(f"{column.name}={text}")
    return "; ".join(shown)[:_LONGEST]


def unreadable_share(rejected: Iterable[Rejected], rows_read: int) -> float:
    """Share of the rows that hold bytes of another encoding."""
    bad = sum(one.unreadable for one in rejected)
    return bad / rows_read if rows_read else 0.0
