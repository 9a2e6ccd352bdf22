"""The portable subset of SQL (RECIPES 7) as a reading of a statement's tree: what a second engine
would not read, or would read differently and say nothing."""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

# What an engine macro gives stands between these comments; it is read as one name.
ENGINE = re.compile(r"/\*engine\*/(?:(?!/\*engine\*/).)*?/\*end\*/", re.DOTALL)

REFUSED: dict[type[exp.Expression], str] = {
    exp.Array: "a list: rows and windows instead",
    exp.ArrayAgg: "a list: rows and windows instead",
    exp.Struct: "a struct: columns instead",
    exp.Bracket: "a subscript: rows and windows instead",
    exp.Lambda: "a lambda",
    exp.Unnest: "unnest: macro split_to_rows",
    exp.Explode: "unnest: macro split_to_rows",
    exp.Pivot: "pivot: filter or case inside aggregates",
    exp.Qualify: "qualify: a subquery with row_number",
    exp.ArgMax: "arg_max: row_number (ties and nulls differ)",
    exp.ArgMin: "arg_min: row_number (ties and nulls differ)",
    exp.AnyValue: "any_value: depends on the order of rows",
    exp.First: "first: depends on the order of rows",
    exp.Last: "last: depends on the order of rows",
    exp.Mode: "mode: ties differ",
    exp.IgnoreNulls: "ignore nulls: macro last_known",
    exp.RegexpLike: "regular expression: macro regexp_match",
    exp.RegexpFullMatch: "regular expression: macro regexp_match",
    exp.RegexpReplace: "regular expression: one engine replaces the first match, one all",
    exp.JSONExtract: "json: macro json_text",
    exp.JSONExtractScalar: "json: macro json_text",
    exp.DateDiff: "date_diff: macro days_between or seconds_between",
    exp.TimeToStr: "strftime: macro date_text",
    exp.StrToTime: "strptime: the contract types what lands",
    exp.TimeToUnix: "epoch: macro epoch_us",
    exp.GenerateSeries: "range: macro calendar",
    exp.GroupConcat: "string_agg: macro ordered_text",
    exp.Concat: "concat skips nulls on one engine: ||",
    exp.IntDiv: "//: floor of a division",
    exp.Rand: "random: md5",
    exp.CurrentTimestamp: "now: as_of_at()",
    exp.CurrentDate: "now: as_of()",
    exp.Quantile: "quantile: percentile_cont within group",
    exp.ApproxQuantile: "an approximate quantile",
    exp.Median: "median: percentile_cont(0.5) within group",
}
KNOWN_FUNCTIONS = {"percentile_cont", "bool_or", "bool_and", "ntile", "percent_rank", "cume_dist"}
WHOLE = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT}
NO_TYPES = {
    exp.DataType.Type.INTERVAL,
    exp.DataType.Type.TIME,
    exp.DataType.Type.JSON,
    exp.DataType.Type.INT128,
    exp.DataType.Type.UINT,
    exp.DataType.Type.UBIGINT,
    exp.DataType.Type.UUID,
}
# What is whole already, so that a cast to an integer cuts nothing off.
WHOLE_ALREADY = (
    exp.Round,
    exp.Floor,
    exp.Ceil,
    exp.Sum,
    exp.Count,
    exp.RowNumber,
    exp.Window,
    exp.Column,
    exp.Literal,
    exp.Case,
    exp.Coalesce,
    exp.Extract,
    exp.Null,
    exp.Neg,
    exp.Filter,
)


def faults(sql: str) -> list[str]:
    """Sentences on what in a compiled statement is outside the portable subset."""
    for _ in range(8):  # engine macros within engine macros, from the inside out
        sql, replaced = ENGINE.subn(" engine_value ", sql)
        if not replaced:
            break
    tree = sqlglot.parse_one(sql, read="duckdb")
    return sorted({fault for node in tree.walk() for fault in _of(node)})


def _of(node: exp.Expression) -> Iterator[str]:
    if type(node) in REFUSED:
        yield REFUSED[type(node)]
    if isinstance(node, exp.Anonymous) and node.name.lower() not in KNOWN_FUNCTIONS:
        yield f"a function that is not common to both engines: {node.name}"
    yield from _of_shape(node)
    yield from _of_numbers(node)
    yield from _of_windows(node)


def _of_shape(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Star) and any(
        node.args.get(key) for key in ("except", "except_", "replace", "rename")
    ):
        yield "* exclude or replace: name the columns"
    if isinstance(node, exp.Identifier) and node.quoted and not _is_relation(node):
        yield f"a quoted name: {node.name}"
    if isinstance(node, exp.CTE) and (
        node.args.get("materialized") is not None or node.args.get("key_expressions")
    ):
        yield "materialized or using key: only in macros/engine"
    if isinstance(node, exp.Join) and (
        node.args.get("method") or node.kind in ("SEMI", "ANTI", "POSITIONAL")
    ):
        yield "asof, semi, anti or positional join"


def _is_relation(node: exp.Identifier) -> bool:
    return isinstance(node.parent, exp.Table)


def _of_numbers(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Cast):
        if node.to.this in NO_TYPES:
            yield f"the type {node.to.sql('duckdb')}"
        if node.to.this in WHOLE and not isinstance(node.this.unnest(), WHOLE_ALREADY):
            yield f"a cast to a whole number without round or floor: {node.sql('duckdb')[:80]}"
    if isinstance(node, exp.Div):
        if not isinstance(node.this.unnest(), (exp.Cast, exp.Literal)):
            yield f"a division whose numerator is not cast: {node.sql('duckdb')[:80]}"
        if not isinstance(node.expression.unnest(), (exp.Literal, exp.Nullif)):
            yield f"a division without nullif: {node.sql('duckdb')[:80]}"
    if isinstance(node, exp.Sub) and any(
        isinstance(side.unnest(), exp.Cast) and side.unnest().to.this == exp.DataType.Type.DATE
        for side in (node.this, node.expression)
    ):
        yield "a date less a date: macro days_between"


def _of_windows(node: exp.Expression) -> Iterator[str]:
    if not isinstance(node, exp.Window):
        return
    if node.args.get("alias"):
        yield "a named window: write it out"
    ordered = isinstance(node.this, (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue))
    if ordered and not node.args.get("order"):
        yield f"a window without order: {node.sql('duckdb')[:80]}"
