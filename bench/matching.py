"""Persons who share no identifier: pairs found by Splink against planted and labelled truth."""

import csv
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import Line, cx
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.matching import score_pairs
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.sections import Identity
from cx_pipeline.settings import load_settings

AS_OF = "2026-07-11"
_EVERY = 8  # of so many records of the CRM one is doubled
# What the second record tells, by turns; none shares an identifier with the first.
SIGNS = ("another mailbox", "phone without its country", "misspelt name", "name and decade alone")
MATCH = Identity().match_threshold
REVIEW = Identity().review_threshold


def is_installed() -> bool:
    return importlib.util.find_spec("splink") is not None


def double(home: Path) -> dict[str, tuple[str, str]]:
    """Deliver the contacts once more, with second records; by id of each: the first, its sign."""
    (path,) = (home / "landing" / "salesforce").glob("Contact_*.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = {row["Id"]: row for row in rows if row["Email"] and row["Customer_Number__c"]}
    planted, more = {}, []
    for place, row in enumerate(list(told.values())[::_EVERY]):
        sign, last = SIGNS[place % len(SIGNS)], row["LastName"]
        number = "".join(digit for digit in row["Phone"] or row["MobilePhone"] if digit.isdigit())
        twin = row | {"Id": f"003TWIN{place:011d}", "CreatedDate": "2026-06-20T10:00:00.000Z"}
        twin |= dict.fromkeys(("Customer_Number__c", "Email", "Phone", "MobilePhone"), "")
        twin["SystemModstamp"] = twin["CreatedDate"]
        if sign in (SIGNS[0], SIGNS[2]):
            twin["Email"] = row["Email"].split("@")[0] + "@elsewhere.example.net"
        if sign == SIGNS[1]:
            twin["Phone"] = f"0{number[-10:]}"
        if sign == SIGNS[2]:
            twin["LastName"] = last[:1] + last[2:3] + last[1:2] + last[3:]
            twin["Name"] = f"{row['FirstName']} {twin['LastName']}"
        planted[twin["Id"]] = (row["Id"], sign)
        more.append(twin)
    with path.with_name("Contact_20260701.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        out.writeheader()
        out.writerows([*rows, *more])
    return planted


def planted(home: Path, truth: Any, world: Any, persons: Mapping[str, str]) -> list[Line]:
    """On a home of the sample, of which `persons` tells each token's planted person."""
    told = double(home)
    tokens = Tokenizer(Keys.load(load_settings(home)))
    of: dict[str, str] = {}
    signs: dict[str, str] = {}
    for twin, (first, sign) in told.items():
        one, other = tokens.tokens("account", [first, twin])
        if one in persons and other:
            of[other], signs[other] = persons[one], sign
    true = {**persons, **of}
    cx(home, "run", "--as-of", AS_OF)
    with duckdb.connect(str(home / "state" / "warehouse.duckdb"), read_only=True) as con:
        every = truth.found_persons(con, seen_together=False)
        before = truth.found_persons(con, seen_together=True)
        before |= {token: every[token] for token in of if token in every}
    took = cx(home, "identity", "match")
    with duckdb.connect(str(home / "state" / "warehouse.duckdb"), read_only=True) as con:
        pairs = con.execute(
            "select token, other_token, score from landing.identity_matches"
        ).fetchall()
    name = f"sample, {len(of):,} second records without a shared identifier"
    lines = [
        _line(truth, world, f"{name}: by identifiers alone", before, (), true),
        _line(truth, world, f"{name}: with Splink", before, _over(pairs, MATCH), true),
        _line(truth, world, f"{name}: and all to review", before, _over(pairs, REVIEW), true),
    ]
    joined = {token for one, other, score in pairs if score >= MATCH for token in (one, other)}
    listed = {token for one, other, _ in pairs for token in (one, other)}
    for sign in SIGNS:
        all_of = [token for token, its in signs.items() if its == sign]
        found = f"{len(joined & set(all_of))} joined, {len(listed & set(all_of))} found"
        lines.append(
            Line(f"second records, {sign}", f"{found} of {len(all_of)}", "", None, "", None)
        )
    cost = f"{took.cpu:.1f} CPU-s, {took.peak_mib:,.0f} MiB"
    return [*lines, Line("cx identity match there", cost, "", None, "", None)]


def labelled(truth: Any, world: Any, path: Path) -> list[Line]:
    """On Splink's fake_1000: equal e-mails are one person already, the rest is compared."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"""create table records as
            select unique_id as token, coalesce(email, 'record ' || unique_id) as person,
                lower(trim(first_name)) as first_name, lower(trim(surname)) as last_name,
                lower(email) as email, cast(null as varchar) as phone, lower(city) as address,
                dob as birth_date
            from read_csv('{path}', all_varchar = true)""")
        true = dict(
            con.execute(
                f"select unique_id, cluster from read_csv('{path}', all_varchar = true)"
            ).fetchall()
        )
        before = dict(con.execute("select token, person from records").fetchall())
        pairs = [(p.token, p.other_token, p.score) for p in score_pairs(con, least=REVIEW)]
    name = "Splink's fake_1000, e-mails and Splink"
    return [
        _line(truth, world, f"{name}, {MATCH} or more", before, _over(pairs, MATCH), true),
        _line(truth, world, f"{name}, all to review", before, _over(pairs, REVIEW), true),
    ]


def _over(pairs: Iterable[tuple[str, str, float]], least: float) -> list[tuple[str, str]]:
    return [(one, other) for one, other, score in pairs if score >= least]


def _line(
    truth: Any,
    world: Any,
    name: str,
    before: Mapping[str, str],
    pairs: Iterable[tuple[str, str]],
    true: Mapping[str, str],
) -> Line:
    """The persons of `before` with those of the pairs joined, against the truth."""
    joined = [(before[one], before[other]) for one, other in pairs if {one, other} <= before.keys()]
    named = world.union_find(set(before.values()), joined)
    found = {token: named[person] for token, person in before.items()}
    return Line(name, str(truth.score(found, true)), "", None, "", None)
