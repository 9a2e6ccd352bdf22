"""Extracts to raw tables: one step lands every file and judges every batch before dbt reads it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from cx_pipeline.contracts import Contract
from cx_pipeline.defs import pull
from cx_pipeline.defs.resources import OWNERS, NightResource, home, warehouse
from cx_pipeline.expectations.judge import judge_files
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.landing.load import FileOutcome, land
from cx_pipeline.landing.retire import retire
from cx_pipeline.landing.second_pass import redacted_again
from cx_pipeline.landing.verdict import take_out
from cx_pipeline.outcome import FileTold
from cx_pipeline.privacy import acts
from cx_pipeline.release import ledger

_BATCH = "batch_as_expected"


def _key(contract: Contract) -> dg.AssetKey:
    return dg.AssetKey([contract.source, contract.table])


def _spec(contract: Contract) -> dg.AssetSpec:
    columns = [dg.TableColumn(name, kind) for name, kind in contract.raw_columns]
    return dg.AssetSpec(
        key=_key(contract),
        deps=pull.before(contract.source),
        description=contract.description,
        group_name=contract.source,
        owners=OWNERS,
        kinds={"duckdb"},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
    )


def _record(table: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=["landing", table], description=description, group_name="landing", owners=OWNERS
    )


@dg.multi_asset(
    name="landing",
    specs=[
        *(_spec(contract) for contract in home().contracts),
        _record("loads", "One row per delivered file: rows read, accepted, set aside."),
        _record("quarantine", "One row per record that could not be typed, redacted."),
        _record("lateness", "Rows of each file by how late they came; no row itself."),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            _BATCH, asset=_key(contract), description="Each file as contract and history expect."
        )
        for contract in home().contracts
    ],
    can_subset=True,
)
def landing(
    context: dg.AssetExecutionContext, night: NightResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Land what was delivered, judge each batch, and take out what its contract refuses."""
    settings, packs, _ = home()
    run_id, now = context.run.run_id, datetime.now(UTC).replace(tzinfo=None)
    with night.noting(context) as told:
        told.step("landing: verify, decode, tokenise, load")
        with warehouse() as con:
            outcomes = land(
                settings,
                packs,
                run_id=run_id,
                now=now,
                con=con,
                as_of=night.day(None),
                only=night.sources,
            )
            if sentence := redacted_again(con, run_id):
                told.step(f"landing: {sentence}")
        told.files = [_told(outcome) for outcome in outcomes]
        verdicts = judge_files(settings, home().contracts, run_id=run_id, as_of=night.day(None))
        with warehouse() as con:
            for verdict in verdicts:
                if verdict.refuses and verdict.load is not None:
                    take_out(con, verdict.load, verdict.sentence)
            ledger.record(con, verdicts, run_id=run_id)
            retire(settings, con, now)
            acts.landed(settings, con, run_id)
        told.failed_checks += [verdict.sentence for verdict in verdicts if verdict.refuses]
        told.warnings += [v.sentence for v in verdicts if not v.passed and not v.refuses]
    yield from _results(context, outcomes, verdicts)


def _results(
    context: dg.AssetExecutionContext, outcomes: Sequence[FileOutcome], verdicts: Sequence[Verdict]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    for key in sorted(context.selected_asset_keys, key=lambda key: key.path):
        mine = [one for one in outcomes if [one.source, one.table] == list(key.path)]
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "files": len(mine),
                "rows_read": sum(one.rows_read for one in mine),
                "accepted": sum(one.accepted for one in mine),
                "quarantined": sum(one.quarantined for one in mine),
                "duplicate": sum(one.duplicate for one in mine),
            },
        )
    for check in context.selected_asset_check_keys:
        table = f"raw_{'.'.join(check.asset_key.path)}"
        judged = [verdict for verdict in verdicts if verdict.table_name == table]
        failed = [verdict for verdict in judged if not verdict.passed]
        warn = all(verdict.severity == "warn" for verdict in failed)
        yield dg.AssetCheckResult(
            check_name=check.name,
            asset_key=check.asset_key,
            passed=not failed,
            severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
            metadata={"judged": len(judged), "failed": "\n".join(v.sentence for v in failed)},
        )


def _told(outcome: FileOutcome) -> FileTold:
    return FileTold(
        source=outcome.source,
        table=outcome.table,
        file=Path(outcome.file).name,
        status=outcome.status,
        reason=outcome.reason,
        rows_read=outcome.rows_read,
        accepted=outcome.accepted,
        quarantined=outcome.quarantined,
        duplicate=outcome.duplicate,
    )
