"""What a column's texts are: a type that takes them all, how it is written, what does not fit.

Each candidate is judged by the SQL that the landing types with, so what fits here fits there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.landing import frames
from cx_pipeline.landing.typed import literal, typed_value

# What stands for nothing in a column of numbers or dates.
NOTHING = (
    "null", "none", "nil", "na", "n/a", "#n/a", "nan", "-", "--", "?", "\\n", "unknown", "(null)",
)  # fmt: skip
ALWAYS_NOTHING = ("null", "(null)", "#n/a", "?", "\\n")  # in a column of texts too
_MOST_ODD = 0.02  # more texts that do not fit than this, and the column is text
_DAYS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y",
    "%B %d, %Y",
)  # fmt: skip
_TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
_OTHER_MOMENTS = (
    "%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%Y%m%dT%H%M%S",
)  # fmt: skip
_TIME_NAME = re.compile(
    r"(?i)(?:^|[^a-z])(?:date|day|time|timestamp|ts|at|on|when|created|updated|modified|since|until"
    r"|start|end|opened|closed|data|datum|zeit|fecha|日期|时间)(?:$|[^a-z])|(?:Date|Time|At|On)$"
)
ID_NAME = re.compile(
    r"(?i:(?:^|[^a-z])(?:id|key|no|nr|number|uuid|guid|code)|num|number|reference)$|[iI][dD]$"
)
_WHOLE = r"[-+]?(?:0|[1-9][0-9]{0,17})"
_EPOCHS: tuple[tuple[Literal["s", "ms", "us"], int], ...] = (
    ("s", 1), ("ms", 1_000), ("us", 1_000_000),
)  # fmt: skip
_PLAUSIBLE = (631_152_000, 2_208_988_800)  # seconds of 1990 and 2040
_TRUTHS = ({"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"})
_SWAPPED = {"%d": "%m", "%m": "%d"}


@dataclass
class Typed:
    """A column's proposed type. `orders` are the date formats that fit equally where two do.

    `odd` counts the values that do not fit, `first_odd` is the row of the first of them;
    `nothing` are texts that stand for nothing there.
    """

    data_type: str = "varchar"
    format: str | None = None
    epoch: Literal["s", "ms", "us"] | None = None
    is_zoned: bool = False
    orders: tuple[str, ...] = ()
    is_order_seen: bool = False
    odd: int = 0
    first_odd: int | None = None
    nothing: tuple[str, ...] = ()

    @property
    def wants_zone(self) -> bool:
        return self.data_type == "timestamp" and not self.epoch and not self.is_zoned

    def keep_text(self) -> None:
        """A personal value keeps its text, but for whole numbers, whatever wrote them."""
        if self.data_type != "bigint" or self.odd:
            self.become_text()

    def become_text(self) -> None:
        """Of no type after all."""
        self.data_type, self.format, self.epoch, self.orders = "varchar", None, None, ()
        self.odd, self.nothing = 0, ()

    def meta(self) -> dict[str, Any]:
        """Its part of a column's `config.meta`."""
        told = {"format": self.format, "epoch": self.epoch}
        codes = {text: None for text in self.nothing}
        return {k: v for k, v in told.items() if v} | ({"codes": codes} if codes else {})


@dataclass(frozen=True)
class Values:
    """Distinct texts of a column with how often each stands there, most frequent first."""

    texts: tuple[str, ...]
    counts: tuple[int, ...]
    total: int = field(default=0)

    @property
    def filled(self) -> int:
        return sum(self.counts)


_MOST_DISTINCT = 50_000


def values_of(con: duckdb.DuckDBPyConnection, place: int) -> Values:
    """The distinct texts of a column; of more than 50,000 a part, evenly taken."""
    texts, counts = frames.read(
        con,
        f"""select v, k from (
            select c{place} as v, count(*) as k from told where c{place} is not null group by 1)
        qualify row_number() over (order by hash(v)) <= {_MOST_DISTINCT} order by k desc, v""",
    )
    total = frames.number(con, f"select count(distinct c{place}) from told")
    return Values(tuple(texts), tuple(counts), total)


def has_decimal_comma(columns: Iterable[Values]) -> bool | None:
    """Whether numbers are written with a comma; None where commas may part thousands as well."""
    found = None
    for values in columns:
        texts = Texts(dict(zip(values.texts, values.counts, strict=True)), _MOST_ODD)
        if not values.texts or not texts.are(r"[-+]?[0-9]+(?:,[0-9]+)?"):
            continue
        parts = [text.partition(",")[2] for text in values.texts if "," in text]
        if any(len(part) != 3 for part in parts):
            return True
        found = found or bool(parts)
    return None if found else False


def type_of(
    con: duckdb.DuckDBPyConnection, place: int, name: str, values: Values, decimal: str = "."
) -> Typed:
    """The narrowest type that takes all values of column `c<place>`, or nearly all of them."""
    if not values.texts:
        return Typed()
    nothing = tuple(text for text in values.texts if text.lower() in NOTHING)
    texts = {
        text: count
        for text, count in zip(values.texts, values.counts, strict=True)
        if text.lower() not in NOTHING
    }
    if not texts:
        return Typed()
    # First a type that takes every value, then one that takes nearly all of them.
    found = (_typed(con, Texts(texts, odd), name, decimal) for odd in (0.0, _MOST_ODD))
    told = next(filter(None, found), None)
    if told is None:
        return Typed()
    told.nothing = nothing
    column = Column(name="c", data_type=told.data_type, format=told.format, epoch=told.epoch)
    fits = typed_value(column, "UTC", f"c{place}", decimal)
    kept = f"c{place} is not null and {fits} is null"
    if nothing:
        kept += f" and c{place} not in ({', '.join(map(literal, nothing))})"
    odd, first = frames.row(con, f"select count(*), min(rowid) from told where {kept}")
    if odd > _MOST_ODD * values.filled:
        return Typed()
    told.odd, told.first_odd = odd, None if first is None else first + 1
    return told


@dataclass(frozen=True)
class Texts:
    """Texts with how often each stands there, and the share of values that need not fit."""

    counts: Mapping[str, int]
    odd: float

    def are(self, pattern: str) -> bool:
        """Whether all values, but for that share, are so written."""
        fits = re.compile(pattern).fullmatch
        wrong = sum(count for text, count in self.counts.items() if fits(text) is None)
        return wrong <= self.odd * self.total

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def _typed(con: duckdb.DuckDBPyConnection, texts: Texts, name: str, decimal: str) -> Typed | None:
    numbers = texts
    if decimal == ",":  # then a number with a point is none
        signs = str.maketrans({",": ".", ".": "?"})
        numbers = Texts({t.translate(signs): n for t, n in texts.counts.items()}, texts.odd)
    return _truth(texts) or _number(numbers, name) or _moment(con, texts)


def _truth(texts: Texts) -> Typed | None:
    told = {text.lower() for text in texts.counts}
    return Typed("boolean") if any(told <= pair for pair in _TRUTHS) else None


def _number(texts: Texts, name: str) -> Typed | None:
    if texts.are(_WHOLE):
        return (_TIME_NAME.search(name) and _moment_as_number(texts)) or Typed("bigint")
    if any(re.fullmatch(r"[-+]?0[0-9]+", text) for text in texts.counts):
        return None  # ids with zeros in front
    if ID_NAME.search(name) and texts.are(rf"{_WHOLE}(?:\.0)?"):
        return Typed("bigint")  # a spreadsheet wrote 17850.0 where no value was missing
    if texts.are(r"[-+]?[0-9]*\.?[0-9]+"):
        parts = [text.lstrip("+-").partition(".") for text in texts.counts]
        scale = max(len(part[2]) for part in parts)
        narrow = scale <= 6 and max(len(part[0]) for part in parts) <= 12
        return Typed(f"decimal(18,{max(scale, 2)})" if narrow else "double")
    return Typed("double") if texts.are(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?") else None


def _moment_as_number(texts: Texts) -> Typed | None:
    """A day or a moment written in digits alone."""
    if texts.are(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"):
        return Typed("date", format="%Y%m%d")
    if texts.are(r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"):
        return Typed("date", format="%y%m%d")
    if texts.are(r"(?:19|20)[0-9]{12}"):
        return Typed("timestamp", format="%Y%m%d%H%M%S")
    whole = [int(text) for text in texts.counts if re.fullmatch(_WHOLE, text)]
    for epoch, factor in _EPOCHS:
        if all(_PLAUSIBLE[0] <= number / factor < _PLAUSIBLE[1] for number in whole):
            return Typed("timestamp", epoch=epoch)
    return None


def _moment(con: duckdb.DuckDBPyConnection, texts: Texts) -> Typed | None:
    if not texts.are(r".*[0-9].*") or not texts.are(r".{6,40}"):
        return None
    counts = list(texts.counts.values())
    frames.write(con, "moments", {"v": ("text", list(texts.counts)), "k": ("integer", counts)})
    enough = (1 - texts.odd) * texts.total
    day = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    zone = r"(?: ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))"
    if texts.are(day):
        return _fitting(con, [Typed("date")], enough)
    if texts.are(rf"{day}(?:[T ][0-9:.]{{2,18}}{zone}?)?"):
        is_zoned = all(re.fullmatch(rf"{day}[T ].*{zone}", text) for text in texts.counts)
        return _fitting(con, [Typed("timestamp", is_zoned=is_zoned)], enough)
    found = _formats(con, enough)
    if not found:
        return None
    best = found[0]
    is_day = not re.search("%[HI]", best)
    told = Typed("date" if is_day else "timestamp", format=best, is_zoned="%z" in best)
    swapped = re.sub("%[dm]", lambda sign: _SWAPPED[sign[0]], best)
    if swapped in found:
        told.orders = tuple(sorted((best, swapped)))
    told.is_order_seen = not told.orders and ("%d" in best and "%m" in best and best[1] in "dm")
    return told


def _fitting(
    con: duckdb.DuckDBPyConnection, candidates: Sequence[Typed], enough: float
) -> Typed | None:
    for told in candidates:
        column = Column(name="c", data_type=told.data_type)
        fits = typed_value(column, "UTC", "v")
        if frames.number(con, f"select sum(k) from moments where {fits} is not null") >= enough:
            return told
    return None


def _formats(con: duckdb.DuckDBPyConnection, enough: float) -> list[str]:
    """Formats that fit, of plausible years, the best first."""
    wanted = [*_DAYS, *(f"{day} {time}" for day in _DAYS for time in _TIMES), *_OTHER_MOMENTS]
    counts = ", ".join(
        f"sum(k) filter (year(try_strptime(v, {literal(told)})) between 1900 and 2100)"
        for told in wanted
    )
    fitting = frames.row(con, f"select {counts} from moments")
    found = [
        (count, told) for count, told in zip(fitting, wanted, strict=True) if (count or 0) >= enough
    ]
    return [told for _, told in sorted(found, key=lambda one: -one[0])]


def settle_orders(columns: Mapping[str, Typed]) -> list[str]:
    """Columns whose days and months stay undecided.

    Where another column of the file shows its order, by a day above 12, the same order is taken.
    """
    seen = {"d" if told.format.find("%d") < told.format.find("%m") else "m"
            for told in columns.values() if told.is_order_seen and told.format}  # fmt: skip
    open_ = []
    for name, told in columns.items():
        if not told.orders:
            continue
        if len(seen) == 1:
            told.format = order(told.orders, next(iter(seen)))
            told.orders = ()
        else:
            open_.append(name)
    return open_


def order(formats: Sequence[str], first: str) -> str:
    """The one of the formats in which the day (`d`) or the month (`m`) stands first."""
    return next(told for told in formats if (told.find("%d") < told.find("%m")) == (first == "d"))
