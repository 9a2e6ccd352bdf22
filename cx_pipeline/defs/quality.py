"""The checks beside dbt's: Great Expectations on every mart, and what Python alone can see."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import dagster as dg
import duckdb

from cx_pipeline.backup.check import RECENT, TOLD, judge_backups
from cx_pipeline.contracts import Contract
from cx_pipeline.defs.resources import NightResource, home, manifest, warehouse
from cx_pipeline.expectations.judge import check_of, judge_marts
from cx_pipeline.expectations.rules import day_columns
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.landing import books
from cx_pipeline.privacy.raw_check import raw_values_found
from cx_pipeline.release import arrivals, chain_check, ledger
from cx_pipeline.release.gate import Expected
from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.release.row_checks import expected_row_checks
from cx_pipeline.report.drawing import start_converter
from cx_pipeline.rights.register import Register

_GX, _TOKENS, _LIMIT = "as_expected", "personal_columns_hold_tokens", "quarantine_limit"
_BOOKS = "books_balance"
_ACTS = dg.AssetKey(["landing", "loads"])  # what the chain's acts begin with
# No figure is wrong because a letter is late: it fails the run and does not stop the publish.
_RIGHTS = "rights_requests_in_time"


@cache
def marts() -> tuple[Table, ...]:
    """The contracted marts, in the order of their names."""
    return tuple(table for table in published_tables(manifest()) if table.kind == "mart")


def expected_checks() -> list[Expected]:
    """Every check that has to have passed on the present content before it may be shown."""
    return [
        *expected_row_checks(manifest()),
        *(Expected(check_of(mart), (mart.full_name,)) for mart in marts()),
        *(Expected(f"{_TOKENS} {contract.name}") for contract in personal()),
        *(Expected(f"{_LIMIT} {source}") for source in sorted(_active())),
        *(Expected(f"{_BOOKS} {source}") for source in sorted(_active())),
        Expected(chain_check.HOLDS),
    ]


def personal() -> tuple[Contract, ...]:
    """The contracts that have personal columns."""
    return tuple(contract for contract in home().contracts if contract.pii_columns)


def _active() -> set[str]:
    return {pack.name for pack in home().packs}


def _mart_key(mart: Table) -> dg.AssetKey:
    return dg.AssetKey([mart.schema, mart.name])


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for mart in marts():
        yield dg.AssetCheckSpec(
            _GX,
            asset=_mart_key(mart),
            blocking=True,
            description="Volume against history, keys never null, shares and intervals in range.",
        )
    for contract in personal():
        yield dg.AssetCheckSpec(
            _TOKENS,
            asset=dg.AssetKey([contract.source, contract.table]),
            additional_deps=[_mart_key(marts()[0])],
            description="Personal columns hold tokens, redacted texts, or nothing.",
        )
    yield dg.AssetCheckSpec(
        _RIGHTS,
        asset=_ACTS,
        additional_deps=[_mart_key(marts()[0])],
        description="No request of a person is open beyond its day by law.",
    )
    for pack in home().packs:
        first = pack.contracts[0]
        yield dg.AssetCheckSpec(
            _LIMIT,
            asset=dg.AssetKey([first.source, first.table]),
            additional_deps=[_mart_key(marts()[0])],
            description="The source's last delivery stays under the quarantine limit.",
        )
        yield dg.AssetCheckSpec(
            _BOOKS,
            asset=dg.AssetKey([first.source, first.table]),
            additional_deps=[_mart_key(marts()[0])],
            description="Every row read is accepted, in quarantine, a duplicate or erased.",
        )
    backups = {RECENT: TOLD} if home().settings.backup_folder else {}
    for name, words in (chain_check.TOLD | backups).items():
        deps = [_mart_key(marts()[0])]
        yield dg.AssetCheckSpec(name, asset=_ACTS, additional_deps=deps, description=words)


@dg.multi_asset_check(name="judge", specs=list(_specs()), can_subset=True)
def judge(
    context: dg.AssetCheckExecutionContext, night: NightResource
) -> Iterator[dg.AssetCheckResult]:
    """Judge what was built; the ledger keeps each verdict with the content that was judged."""
    settings = home().settings
    run_id = context.run.run_id
    with night.noting(context) as told:
        told.step("judge: Great Expectations on marts, tokens in raw tables, quarantine, audit")
        with warehouse() as con:
            snapshot = ledger.last_snapshot(con)
            if snapshot is None:
                raise dg.Failure("nothing is built yet; run the whole night with: cx run")
            if told.transform == "built":
                start_converter()  # takes 1 s on the core that judging leaves idle
            day = night.day(snapshot.as_of)
            before, known = ledger.rows_before(con, day), ledger.latest(con)
            leaks = {c.name: raw_values_found(con, c) for c in personal()}
            shares = arrivals.quarantine_shares(con)
            last_days = _last_days(con)
            balance = books.prove(con, home().contracts)
        hashes = {name: counted.content_hash for name, counted in snapshot.tables.items()}
        built = [mart for mart in marts() if mart.full_name in hashes]
        rows = {name: counted.rows for name, counted in snapshot.tables.items()}
        of_marts = judge_marts(
            settings,
            built,
            run_id=run_id,
            as_of=day,
            hashes=hashes,
            rows=rows,
            last_days=last_days,
            before=before,
            known=known,
        )
        of_raw = [_tokens(name, columns) for name, columns in leaks.items()]
        of_sources = [_limit(pack.name, shares) for pack in home().packs]
        of_books = [_balanced(pack.name, balance) for pack in home().packs]
        now = datetime.now(UTC)
        of_acts = [*chain_check.judge_chain(settings, now), *judge_backups(settings, now)]
        with warehouse() as con:
            fresh = [verdict for verdict in of_marts if not verdict.reused]
            judged = [*fresh, *of_raw, *of_sources, *of_books, *of_acts]
            ledger.record(con, judged, run_id=run_id, snapshot=snapshot)
        told.failed_checks += [
            v.sentence for v in [*of_marts, *of_raw, *of_books, *of_acts] if v.refuses
        ]
        told.warnings += [v.sentence for v in of_acts if not v.passed and not v.refuses]
        told.leaks += [f"raw {v.sentence}" for v in of_raw if v.refuses]
        told.over_limit += [v.sentence for v in of_sources if v.refuses]
        in_time = _in_time()
        told.failed_checks += [in_time.sentence] if in_time.refuses else []
    of_chain = [_result(verdict.check_name, _ACTS, verdict) for verdict in [*of_acts, in_time]]
    for result in [*_results(of_marts, of_raw, of_sources, of_books), *of_chain]:
        if result.asset_key and (result.asset_key, result.check_name) in _selected(context):
            yield result


def _last_days(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], date]:
    """The last day that a mart's column tells, of the marts that are there and not empty."""
    found: dict[tuple[str, str], date] = {}
    for mart in marts():
        for column in day_columns(mart):
            query = f"select cast(max({column}) as date) from {mart.full_name}"
            with suppress(duckdb.CatalogException):
                if (row := con.execute(query).fetchone()) and row[0]:
                    found[mart.full_name, column] = row[0]
    return found


def _selected(context: dg.AssetCheckExecutionContext) -> set[tuple[dg.AssetKey, str | None]]:
    return {(key.asset_key, key.name) for key in context.selected_asset_check_keys}


def _tokens(contract: str, columns: list[str]) -> Verdict:
    detail = f"raw values in {', '.join(columns)}" if columns else ""
    return Verdict(f"{_TOKENS} {contract}", f"raw_{contract}", not columns, detail=detail)


def _limit(source: str, shares: Mapping[str, float]) -> Verdict:
    limit = home().settings.quarantine.limit
    over = {
        name: share
        for name, share in shares.items()
        if name.startswith(f"{source}.") and share > limit
    }
    detail = "; ".join(
        f"{share:.1%} of the last delivery of {name} is in quarantine, over the limit of "
        f"{limit:.1%}; deliver it mended, or raise [quarantine] limit in cx.toml"
        for name, share in sorted(over.items())
    )
    return Verdict(f"{_LIMIT} {source}", f"raw_{source}", not over, detail=detail)


def _balanced(source: str, balance: Mapping[str, tuple[int, str]]) -> Verdict:
    files, wrong = balance.get(source, (0, ""))
    return Verdict(
        f"{_BOOKS} {source}", f"raw_{source}", not wrong, detail=wrong, observed=float(files)
    )


def _in_time() -> Verdict:
    late = [request.request for request in Register(home().settings.register_file).overdue()]
    detail = f"overdue by law: {', '.join(late)}; see: cx subject status" if late else ""
    return Verdict(_RIGHTS, "", not late, detail=detail, blocking=False)


def _results(
    of_marts: list[Verdict],
    of_raw: list[Verdict],
    of_sources: list[Verdict],
    of_books: list[Verdict],
) -> Iterator[dg.AssetCheckResult]:
    judged = {verdict.table_name: verdict for verdict in of_marts}
    for mart in marts():
        if mart.full_name in judged:
            yield _result(_GX, _mart_key(mart), judged[mart.full_name])
    for contract, verdict in zip(personal(), of_raw, strict=True):
        yield _result(_TOKENS, dg.AssetKey([contract.source, contract.table]), verdict)
    for pack, verdict in zip(home().packs, of_sources, strict=True):
        first = pack.contracts[0]
        yield _result(_LIMIT, dg.AssetKey([first.source, first.table]), verdict)
    for pack, verdict in zip(home().packs, of_books, strict=True):
        first = pack.contracts[0]
        yield _result(_BOOKS, dg.AssetKey([first.source, first.table]), verdict)


def _result(name: str, asset: dg.AssetKey, verdict: Verdict) -> dg.AssetCheckResult:
    told = dg.TableRecord
    rows = [told({"expected": sentence, "passed": str(ok)}) for sentence, ok in verdict.results]
    metadata: dict[str, Any] = {"detail": verdict.detail} if verdict.detail else {}
    if rows:
        metadata["expectations"] = dg.MetadataValue.table(rows)
    warn = verdict.severity == "warn"
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
    )
