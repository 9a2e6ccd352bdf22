"""Verdicts on delivered files and on marts: what Great Expectations found, in our words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.expectations.rules import (
    Mart,
    Rule,
    figures,
    fingerprint,
    mart_rules,
    rows_ratio,
    rules_of,
)
from cx_pipeline.expectations.verdict import Severity, Verdict
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, quoted

BATCH = "batch_as_expected"
FRESH = "fresh"
_FILES_BEFORE = 7
_PROFILES = """
create schema if not exists ledger;
create table if not exists ledger.profiles (
    load bigint, source varchar, table_name varchar, file_name varchar, metric varchar,
    value double
);
"""


def judge_files(
    settings: Settings, contracts: Sequence[Contract], *, run_id: str, as_of: date | None = None
) -> list[Verdict]:
    """One verdict for each file this run loaded, and for each table that shall be fresh.

    Each file has one profile (rows, null shares, ranges), all files of a contract one suite. A
    verdict that `refuses` names the `load` whose rows have to be taken out again. The warehouse
    must be closed in this process.
    """
    with connect(
        settings.warehouse_file,
        memory_limit=settings.warehouse.memory_limit,
        threads=settings.warehouse.threads,
    ) as con:
        con.execute(_PROFILES)
        asked = {c.name: c for c in contracts if rules_of(c) and _profile(con, c, run_id)}
        fresh = list(_fresh(con, settings, contracts, as_of or settings.today()))
    if not asked:
        return fresh
    from cx_pipeline.expectations.engine import Batch, run

    batches = [
        Batch(c.name, _profile_query(c, run_id), rules_of(c), "load") for c in asked.values()
    ]
    found = run(settings, batches, settings.state / "gx" / run_id / "files")
    verdicts = []
    with connect(settings.warehouse_file, read_only=True) as con:
        for name, contract in asked.items():
            told = con.execute(_profile_query(contract, run_id) + " order by load")
            names = [column[0] for column in told.description]
            for row in told.fetchall():
                profile = dict(zip(names, row, strict=True))
                verdicts.append(_file_verdict(contract, profile, found[name]))
    return verdicts + fresh


def _profile(con: duckdb.DuckDBPyConnection, contract: Contract, run_id: str) -> bool:
    """Write down the figures of each new file of a contract; False when there is none."""
    loaded = con.execute(
        """select load, file_name, rows_read, run_id, profile from landing.loads
        where source = ? and table_name = ? and status = 'loaded' order by load""",
        [contract.source, contract.table],
    ).fetchall()
    put: list[Any] = []
    for place, (load, file, rows, run, profile) in enumerate(loaded):
        if run == run_id:
            before = [row[2] for row in loaded[max(0, place - _FILES_BEFORE) : place]]
            told = {"rows": rows, "rows_ratio": rows_ratio(rows, before)}
            for metric, value in (told | figures(contract, json.loads(profile or "{}"))).items():
                put += [load, contract.source, contract.table, file, metric, value]
    if not put:
        return False
    width = 6
    con.execute("delete from ledger.profiles where load in (select unnest(?))", [put[::width]])
    places = ", ".join([f"({', '.join('?' * width)})"] * (len(put) // width))
    con.execute(f"insert into ledger.profiles values {places}", put)
    return True


def _profile_query(contract: Contract, run_id: str) -> str:
    """One row per new file of a contract, one column per figure."""
    names = ["rows", "rows_ratio", *figures(contract, {})]
    told = ", ".join(f"max(value) filter (where metric = '{n}') as {quoted(n)}" for n in names)
    return (
        f"select p.load, p.file_name, {told} from ledger.profiles as p "
        f"join landing.loads as l on l.load = p.load and l.run_id = '{run_id}' "
        f"and l.source = '{contract.source}' and l.table_name = '{contract.table}' "
        "group by p.load, p.file_name"
    )


def _file_verdict(
    contract: Contract, profile: Mapping[str, Any], outcomes: Sequence[Any]
) -> Verdict:
    load = int(profile["load"])
    results = []
    for outcome in outcomes:
        bad = bool(outcome.error) or load in outcome.rows
        value = "" if outcome.error else f" (is {_figure(profile.get(outcome.rule.column))})"
        error = f"the check itself failed: {outcome.error}" if outcome.error else ""
        results.append((outcome.rule, not bad, error or outcome.rule.told + value * bad))
    verdict = _verdict(
        f"{BATCH} {contract.name}", f"raw_{contract.source}.{contract.table}", results
    )
    broken = any(outcome.error for outcome in outcomes)
    detail = f"{profile['file_name']}: {verdict.detail}" if verdict.detail else ""
    rows = float(profile["rows"])
    # A check that failed itself is no reason to take the file's rows out: it names no load.
    return replace(verdict, detail=detail, observed=rows, load=None if broken else load)


def _figure(value: Any) -> str:
    return "unknown" if value is None else f"{float(value):.6g}"


def _verdict(check_name: str, table: str, results: Sequence[tuple[Rule, bool, str]]) -> Verdict:
    """One verdict from all rules: it fails with the worst severity that failed."""
    failed = [(rule, told) for rule, passed, told in results if not passed]
    severity: Severity = "error"
    if failed and all(rule.severity == "warn" for rule, _ in failed):
        severity = "warn"
    return Verdict(
        check_name=check_name,
        table_name=table,
        passed=not failed,
        kind="gx",
        severity=severity,
        detail="; ".join(f"expected {told}" for _, told in failed),
        results=tuple((rule.told, passed) for rule, passed, _ in results),
    )


def _fresh(
    con: duckdb.DuckDBPyConnection, settings: Settings, contracts: Sequence[Contract], as_of: date
) -> Iterator[Verdict]:
    """Whether each table's newest row is young enough, seen from the midnight of `as_of`."""
    for contract in contracts:
        for entry in contract.expectations():
            if entry.kind != "fresh_days" or entry.high is None:
                continue
            row = con.execute(
                """select date_diff('hour', max(max_time), ?::timestamp) / 24.0 from landing.loads
                where source = ? and table_name = ? and status = 'loaded'""",
                [settings.midnight(as_of), contract.source, contract.table],
            ).fetchone()
            age = row[0] if row else None
            passed = age is not None and age <= entry.high
            told = "nothing was delivered" if age is None else f"newest row is {age:.1f} days old"
            yield Verdict(
                check_name=f"{FRESH} {contract.name}",
                table_name=f"raw_{contract.source}.{contract.table}",
                passed=passed,
                severity=entry.severity,
                detail="" if passed else f"{told}, expected at most {entry.high:g}",
                observed=None if age is None else float(age),
                blocking=False,
            )


def check_of(mart: Mart) -> str:
    """Name of the check that judges a mart."""
    return f"as_expected {mart.full_name}"


def judge_marts(
    settings: Settings,
    marts: Sequence[Mart],
    *,
    run_id: str,
    as_of: date,
    hashes: Mapping[str, str],
    rows: Mapping[str, int],
    last_days: Mapping[tuple[str, str], date],
    before: Mapping[str, Sequence[int]],
    known: Mapping[str, Verdict],
) -> list[Verdict]:
    """One verdict for each mart, in the order given.

    `hashes` are the content hashes to be judged and `rows` how many they are, `last_days` the last
    day by mart and column, `before` the row counts of earlier nights, `known` the newest verdicts
    by check: where content and rules are those of a verdict that passed or warned, it is given
    again (`reused`), and Great Expectations is not even imported. What is usual and what is late
    shifts each night: only rows that are not usual, or are late by now, are asked again.
    """
    rules = {m.full_name: mart_rules(m, before.get(m.full_name, ()), as_of) for m in marts}
    verdicts = {}
    for mart in marts:
        name, last = mart.full_name, known.get(check_of(mart))
        asked = (_suite(rules[name]), hashes[name])
        is_usual = all(rule.bounds(rows[name]) for rule in rules[name] if rule.kind == "rows")
        if last is None or (last.suite, last.snapshot) != asked or not is_usual:
            continue
        days = {rule: last_days.get((name, rule.column)) for rule in rules[name]}
        is_as_late = all(
            _failed(last, rule) != (day is None or rule.bounds(day.toordinal()))
            for rule, day in days.items()
            if rule.kind == "day"
        )
        if is_as_late and (last.passed or _warns_of_rows(last, rules[name])):
            verdicts[name] = replace(last, reused=True)
    missing = [mart for mart in marts if mart.full_name not in verdicts]
    if missing:
        from cx_pipeline.expectations.engine import Batch, run

        batches = [
            Batch(m.full_name, f"select * from {m.full_name}", rules[m.full_name]) for m in missing
        ]
        found = run(settings, batches, settings.state / "gx" / run_id / "marts")
        for mart in missing:
            results = [
                (o.rule, o.passed, f"{o.rule.told}" + f" (check failed: {o.error})" * bool(o.error))
                for o in found[mart.full_name]
            ]
            verdict = _verdict(check_of(mart), mart.full_name, results)
            verdicts[mart.full_name] = replace(
                verdict,
                snapshot=hashes[mart.full_name],
                suite=_suite(rules[mart.full_name]),
            )
    return [verdicts[mart.full_name] for mart in marts]


def _failed(verdict: Verdict, rule: Rule) -> bool:
    return f"expected {rule.told}" in verdict.detail.split("; ")


def _warns_of_rows(last: Verdict, rules: Sequence[Rule]) -> bool:
    """Whether all that failed is a warning that the rows themselves are worth, each time anew.

    How many are usual is none, nor what a check died of; an error is always asked again.
    """
    told = {f"expected {rule.told}" for rule in rules if rule.kind != "rows"}
    return last.severity == "warn" and set(last.detail.split("; ")) <= told


def _suite(rules: Sequence[Rule]) -> str:
    """What is asked of the rows themselves, whatever night it is and whatever came before."""
    asked = [rule for rule in rules if rule.kind != "rows"]
    return fingerprint(
        [replace(one, low=None, high=None, query="") if one.kind == "day" else one for one in asked]
    )
