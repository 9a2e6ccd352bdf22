"""Records that may be one person though they share no identifier: Fellegi-Sunter, by Splink.

Values are compared in memory alone. What leaves here are tokens, a score, and names of fields.
"""

import importlib.util
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from cx_pipeline.settings import SettingsError

if TYPE_CHECKING:
    from splink import Linker

FIELDS = ("first_name", "last_name", "email", "phone", "address", "birth_date")
SEED = 5  # of the sample from which u is estimated
# What two records have in common before they are compared at all: SQL of one record's key.
_KEYS = (
    "both_names",
    "last_name || ' ' || substr(first_name, 1, 1)",
    "last_name || ' ' || birth_date",
    "first_name || ' ' || birth_date",
    "birth_date",
    "email_name",
    "phone_end",
    "last_name || ' ' || address",
)
# What makes two values of a field alike, where they are not the same, the stronger sign first: SQL
# of a left (_l) and a right (_r) record. Addresses of namesakes differ in a number, misspelt ones
# hardly ever do; a decade is like no other.
_ALIKE = {
    "first_name": ("jaro_winkler_similarity(first_name_l, first_name_r) >= 0.88",),
    "last_name": ("jaro_winkler_similarity(last_name_l, last_name_r) >= 0.88",),
    "email": (
        "email_name_l = email_name_r",
        "email_digits_l = email_digits_r "
        "and 8 * damerau_levenshtein(email_l, email_r) <= length(email_l)",
    ),
    "phone": ("phone_end_l = phone_end_r",),
    "address": ("jaro_winkler_similarity(address_l, address_r) >= 0.9",),
    "birth_date": (
        "length(birth_date_l) = 10 and damerau_levenshtein(birth_date_l, birth_date_r) <= 1",
    ),
}
_DERIVED = {
    "both_names": "first_name || ' ' || last_name",
    "email_name": "regexp_extract(email, '^[^@]+')",
    "email_digits": "regexp_replace(email, '[^0-9]', '', 'g')",
    "phone_end": "right(phone, 7)",
}
# A key of more records says little: a name that many have, a decade. It is not compared by.
_CROWD = 300
_SIDE = re.compile(r"\b(\w+)_([lr])\b")
_SAMPLED, _TRAINED = 200_000, 1_000_000  # at most so many pairs tell u, and m
# Of the pairs that are one person, the share that the strict rules below find: a prior, not a fact.
_RECALL = 0.6
_STRICT = {
    ("last_name", "birth_date"): "length(l.birth_date) = 10",
    ("first_name", "birth_date"): "length(l.birth_date) = 10",
    ("last_name", "email_name"): "true",
    ("last_name", "phone_end"): "true",
}
# (pairs in common, so that the other fields are trained), each a fair guess of one person.
_TRAINING = (
    ("first_name", "last_name"),
    ("last_name", "birth_date"),
    ("first_name", "birth_date"),
    ("email",),
    ("phone",),
)


@dataclass(frozen=True)
class Pair:
    """Two records of different persons: tokens, the probability (0-1) that they are one person,
    and the fields that agree, `same` or `alike`.
    """

    token: str
    other_token: str
    score: float
    same: tuple[str, ...]
    alike: tuple[str, ...]


def require_splink() -> None:
    """Raises SettingsError where Splink is not installed."""
    if importlib.util.find_spec("splink") is None:
        raise SettingsError(
            "Splink is not installed: nothing was opened or compared; install it with: "
            "pip install 'cx-pipeline[splink]'"
        )


def score_pairs(con: duckdb.DuckDBPyConnection, *, least: float) -> list[Pair]:
    """Pairs of persons whose records score `least` (0-1) or more, the best pair of records each.

    `con` is in memory and holds `records(token, person, *FIELDS)`, all text, normalised, null where
    nothing is known; records of one person share identifiers and are never paired. The same
    records give the same scores, in whatever order they come.
    """
    require_splink()
    fields = _prepared(con)
    if not {"first_name", "last_name"} < set(fields):
        return []
    with _silent():
        found = _trained(con, fields).inference.predict(threshold_match_probability=least)
        return _pairs(con, found.physical_name, fields)


def _prepared(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Make the table that Splink reads; the fields that at least two records tell."""
    keys = ", ".join(
        f"case when count(*) over (partition by {key}) <= {_CROWD} then {key} end as key_{place}"
        for place, key in enumerate(_KEYS)
    )
    names = ", ".join(FIELDS)
    derived = ", ".join(f"{sql} as {name}" for name, sql in _DERIVED.items())
    con.execute(
        f"""create or replace temp table compared as
        with told as (
            select token, person, {names}, {derived} from records group by all
        )
        select row_number() over (order by token, person, {names}) as unique_id, *, {keys}
        from told order by unique_id"""
    )
    counts = con.execute(f"select {', '.join(f'count({f})' for f in FIELDS)} from compared")
    return [f for f, count in zip(FIELDS, counts.fetchall()[0], strict=True) if count > 1]


def _trained(con: duckdb.DuckDBPyConnection, fields: Sequence[str]) -> "Linker":
    """The model, trained on these records."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.blocking_rule_library import CustomRule

    apart = "l.person <> r.person"
    told = [rule for rule in _TRAINING if set(rule) <= set(fields)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=_comparisons(fields),
        blocking_rules_to_generate_predictions=[
            CustomRule(f"l.key_{place} = r.key_{place} and {apart}") for place in range(len(_KEYS))
        ],
        probability_two_random_records_match=_prior(con),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("compared"), settings)
    training = linker.training
    training.estimate_u_using_random_sampling(
        max_pairs=_SAMPLED, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    for rule in told:
        if _has_pairs(con, rule):  # else Splink fails, and forgets the fields of the rule
            training.estimate_parameters_using_expectation_maximisation(
                block_on(*rule),
                fix_probability_two_random_records_match=True,
                max_pairs=_TRAINED,
            )
    return linker


def _has_pairs(con: duckdb.DuckDBPyConnection, rule: Sequence[str]) -> bool:
    names = ", ".join(rule)
    there = " and ".join(f"{name} is not null" for name in rule)
    return bool(
        con.execute(
            f"select 1 from compared where {there} group by {names} having count(*) > 1 limit 1"
        ).fetchall()
    )


def _prior(con: duckdb.DuckDBPyConnection) -> float:
    """Probability (0-1) that two records of different persons are one: what strict signs find."""
    pairs = " union ".join(
        f"""select l.unique_id, r.unique_id as other from compared as l
        inner join compared as r using ({", ".join(fields)})
        where l.unique_id < r.unique_id and l.person <> r.person and {more}"""
        for fields, more in _STRICT.items()
    )
    (found, records), *_ = con.execute(
        f"select (select count(*) from ({pairs})), (select count(*) from compared)"
    ).fetchall()
    return min(max(int(found), 1) / _RECALL / (int(records) * (int(records) - 1) / 2), 0.5)


def _comparisons(fields: Sequence[str]) -> list[Any]:
    """Names together, since one tells much of the other; each other field by itself."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    made: list[Any] = [
        library.ForenameSurnameComparison(
            "first_name", "last_name", forename_surname_concat_col_name="both_names"
        )
    ]
    for field in fields[2:]:
        made.append(
            library.CustomComparison(
                output_column_name=field,
                comparison_levels=[
                    levels.NullLevel(field),
                    levels.ExactMatchLevel(field, term_frequency_adjustments=True),
                    *(levels.CustomLevel(alike) for alike in _ALIKE[field]),
                    levels.ElseLevel(),
                ],
            )
        )
    return made


def _of_table(side: re.Match[str]) -> str:
    return f"{'a' if side[2] == 'l' else 'b'}.{side[1]}"


def _pairs(con: duckdb.DuckDBPyConnection, scored: str, fields: Sequence[str]) -> list[Pair]:
    told = ", ".join(
        f"case when a.{f} = b.{f} then 'same' "
        f"when {_SIDE.sub(_of_table, ' or '.join(_ALIKE[f]))} then 'alike' end"
        for f in fields
    )
    rows = con.execute(
        f"""select least(a.token, b.token), greatest(a.token, b.token),
            round(s.match_probability, 6), {told}
        from {scored} as s
        inner join compared as a on a.unique_id = s.unique_id_l
        inner join compared as b on b.unique_id = s.unique_id_r
        qualify row_number() over (
            partition by least(a.person, b.person), greatest(a.person, b.person)
            order by round(s.match_probability, 6) desc, 1, 2, a.unique_id, b.unique_id
        ) = 1
        order by 3 desc, 1, 2"""
    ).fetchall()
    return [
        Pair(
            one,
            other,
            score,
            tuple(f for f, how in zip(fields, hows, strict=True) if how == "same"),
            tuple(f for f, how in zip(fields, hows, strict=True) if how == "alike"),
        )
        for one, other, score, *hows in rows
    ]


@contextmanager
def _silent() -> Iterator[None]:
    """Splink tells its progress in a log that nobody asked for."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
