"""Text as delivered to the contract's types, in SQL: what does not fit is named, never nulled."""

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing.decode import CONTROL, UNDECODABLE
from cx_pipeline.warehouse import quoted

_ISO = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
)
ZONED = r"[0-9]{2}( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))$"
_INTEGER = r"\s*[+-]?[0-9]+([.]0*)?\s*"
_NUMBER = r"\s*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?\s*"
_NO_NUMBERS = ("varchar", "json", "boolean", "date", "timestamp")
_EPOCH_US = {"s": 1_000_000, "ms": 1_000, "us": 1}
# A count of seconds since 1973; counts of a finer unit that are no moment of early 1970.
_IN_SECONDS, _EARLIEST = 100_000_000, 90 * 86_400
_LATEST = 253_402_300_800  # seconds at the end of year 9999

ANY = "*"  # among codes: every text that is not listed
UNREADABLE, UNPRINTABLE, NULL_KEY = "bytes", "control", "key"


def literal(text: str) -> str:
    """The text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def typed_value(column: Column, zone: str, text: str, decimal: str = ".") -> str:
    """SQL that turns the SQL text `text` into the column's type, null where it does not fit.

    With a decimal comma a number with a point does not fit: nobody can tell what the point means.
    """
    kind = column.data_type
    if decimal == "," and kind not in _NO_NUMBERS:
        text = f"translate({text}, '.,', ',.')"
    if kind == "timestamp":
        return _timestamp(column, zone, text)
    if kind == "date" and column.format:
        return f"cast(try_strptime({text}, {literal(column.format)}) as date)"
    value = f"try_cast({text} as {kind})"
    pattern = {"date": _ISO, "bigint": _INTEGER, "integer": _INTEGER}.get(kind, _NUMBER)
    if kind in ("varchar", "json", "boolean"):
        return value if kind == "boolean" else text
    fits = f"regexp_full_match({text}, '{pattern}')"
    fits += f" and isfinite({value})" if kind == "double" else ""
    return f"case when {fits} then {value} end"


def _timestamp(column: Column, zone: str, text: str) -> str:
    """UTC. A naive time is of the contract's zone."""
    if column.epoch:
        factor = _EPOCH_US[column.epoch]
        number = f"try_cast({text} as bigint)"
        highest = _LATEST * 1_000_000 // factor
        fits = f"regexp_full_match({text}, '{_INTEGER}') and {number} between 0 and {highest}"
        if column.epoch != "s":  # a moment of today in a coarser unit
            fits += f" and {number} not between {_IN_SECONDS} and {_EARLIEST * 1_000_000 // factor}"
        return f"case when {fits} then make_timestamp({number} * {factor}) end"
    if column.format:
        parsed = f"try_strptime({text}, {literal(column.format)})"
        return f"timezone('UTC', {parsed})" if "%z" in column.format else _in_utc(parsed, zone)
    with_zone = f"timezone('UTC', try_cast({text} as timestamptz))"
    if zone == "UTC":
        return f"case when regexp_full_match({text}, '{_ISO}') then {with_zone} end"
    naive = _in_utc(f"try_cast({text} as timestamp)", zone)
    told = f"case when regexp_matches({text}, '{ZONED}') and {text} like '%:%' then {with_zone}"
    return f"case when regexp_full_match({text}, '{_ISO}') then {told} else {naive} end end"


def _in_utc(naive: str, zone: str) -> str:
    return naive if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {naive}))"


def typed_rows(contract: Contract, *, marked: bool) -> str:
    """SELECT over `part(r, line, c0, c1, ...)`: _r, _line, typed columns by name, and _problem.

    `_problem` is null for a good row, else `<column number>:<why>` of its first fault. A personal
    column keeps its text, checked against its type, for it is about to become something else; a
    whole number is told without what a spreadsheet added to it.
    """
    columns = list(enumerate(contract.columns))
    zone, decimal = contract.extract.zone, contract.extract.decimal
    values = [f"{typed_value(column, zone, f'c{n}', decimal)} as t{n}" for n, column in columns]
    marks = [_mark_check(n) for n, _ in columns] if marked else []
    faults = [_fault(n, column) for n, column in columns]
    faults += (
        [f"case when {_null_key(contract)} then '-1:{NULL_KEY}' end"]
        if contract.extract.key
        else []
    )
    wanted = [f"{_kept(n, column)} as {quoted(column.name)}" for n, column in columns]
    problem = ", ".join(filter(None, [*marks, *faults])) or "cast(null as varchar)"
    return (
        f"select r as _r, line as _line, coalesce({problem}, null) as _problem, "
        f"{', '.join(wanted)} "
        f"from (select *, {', '.join(values)} from {_decoded(contract)})"
    )


def _decoded(contract: Contract) -> str:
    """`part` with parts put together and codes replaced by what the contract says they mean."""
    numbers = {column.name: n for n, column in enumerate(contract.columns)}
    told = []
    for n, column in enumerate(contract.columns):
        value = " || '_' || ".join(f"c{numbers[part]}" for part in column.parts or (column.name,))
        whens = " ".join(
            f"when {value} = {literal(code)} then {_meant(meaning)}"
            for code, meaning in column.codes.items()
            if code != ANY
        )
        if whens or ANY in column.codes:
            other = _meant(column.codes[ANY]) if ANY in column.codes else value
            rest = f"when {value} is not null then {other}"
            value = f"case {whens} {rest} end"
        if column.parts or column.codes:
            told.append(f"{value} as c{n}")
    return f"(select * replace ({', '.join(told)}) from part)" if told else "part"


def _meant(value: str | None) -> str:
    return "null" if value is None else literal(value)


def _kept(n: int, column: Column) -> str:
    if column.pii is None:
        return f"t{n}"
    if column.pii.action == "drop":
        return f"cast(null as {column.raw_type})"
    is_date = column.pii.kind == "birth_date" and column.data_type == "date"
    # A number that came through a spreadsheet as 17850.0 is the number 17850 of other sources.
    is_whole = column.data_type in ("bigint", "integer")
    return f"cast(t{n} as varchar)" if is_date or is_whole else f"c{n}"


def _fault(n: int, column: Column) -> str:
    whens = ""
    if column.pii and column.pii.action == "drop":
        return whens
    if column.data_type not in ("varchar", "json"):
        whens += f" when c{n} is not null and t{n} is null then '{n}:type'"
    if column.required:
        whens += f" when c{n} is null then '{n}:missing'"
    return f"case{whens} end" if whens else ""


def _mark_check(n: int) -> str:
    return (
        f"case when contains(c{n}, '{UNDECODABLE}') then '{n}:{UNREADABLE}' "
        f"when contains(c{n}, '{CONTROL}') then '{n}:{UNPRINTABLE}' end"
    )


def _null_key(contract: Contract) -> str:
    numbers = {column.name: n for n, column in enumerate(contract.columns)}
    return " and ".join(f"c{numbers[name]} is null" for name in contract.extract.key)


def reason_of(contract: Contract, problem: str) -> tuple[str | None, str]:
    """(column, sentence) of a `_problem`."""
    number, _, why = problem.partition(":")
    if why == NULL_KEY:
        return None, "every key column is empty"
    column = contract.columns[int(number)]
    if why == "type":
        told = (
            f" in {column.format}"
            if column.format
            else f" ({column.epoch})"
            if column.epoch
            else ""
        )
        return column.name, f"is not a {column.data_type}{told}"
    return column.name, {
        "missing": "is required and empty",
        UNREADABLE: f"holds bytes that are not {contract.extract.encoding}",
        UNPRINTABLE: "holds NUL or control characters",
    }[why]
