"""Extracts to raw tables: one step lands every file and judges every batch before dbt sees it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg

from cx_pipeline import expectations
from cx_pipeline.contracts import Contract
from cx_pipeline.defs.resources import OWNERS, NightResource, home
from cx_pipeline.landing import retire
from cx_pipeline.landing.load import FileOutcome, land, take_out
from cx_pipeline.outcome import FileTold, Night
from cx_pipeline.privacy.raw_check import raw_values_found
from cx_pipeline.release import ledger
from cx_pipeline.warehouse import connect

BATCH, TOKENS, QUARANTINE = "batch_as_expected", "personal_columns_hold_tokens", "quarantine_limit"


def _spec(contract: Contract) -> dg.AssetSpec:
    columns = [dg.TableColumn(name, kind) for name, kind in contract.raw_columns]
    return dg.AssetSpec(
        key=[contract.source, contract.table],
        description=contract.description,
        group_name=contract.source,
        owners=OWNERS,
        kinds={"duckdb"},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
    )


def _process_spec(table: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=["landing", table], description=description, group_name="landing", owners=OWNERS
    )


def _checks(contract: Contract) -> Iterator[dg.AssetCheckSpec]:
    asset = dg.AssetKey([contract.source, contract.table])
    yield dg.AssetCheckSpec(
        BATCH, asset=asset, description="Each delivered file as its contract and history expect."
    )
    yield dg.AssetCheckSpec(
        TOKENS, asset=asset, blocking=True, description="Personal columns hold tokens or nothing."
    )
    yield dg.AssetCheckSpec(
        QUARANTINE, asset=asset, description="The last delivery stays under the quarantine limit."
    )


@dg.multi_asset(
    name="landing",
    specs=[
        *(_spec(contract) for contract in home().contracts),
        _process_spec("loads", "One row per delivered file: rows read, accepted, set aside."),
        _process_spec("quarantine", "One row per record that could not be typed, redacted."),
    ],
    check_specs=[check for contract in home().contracts for check in _checks(contract)],
    can_subset=True,
)
def landing(
    context: dg.AssetExecutionContext, night: NightResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Land what was delivered, judge each batch, and take out what its contract refuses."""
    settings, packs, _ = home()
    run_id = context.run.run_id
    with night.noting(context) as told:
        with connect_home() as con:
            outcomes = land(settings, packs, run_id=run_id, now=_now(), con=con)
        told.files = [_told(outcome) for outcome in outcomes]
        verdicts = expectations.judge_files(settings, home().contracts, run_id=run_id)
        with connect_home() as con:
            for load in sorted({v.load for v in verdicts if v.load and v.refuses}):
                take_out(con, load)
            leaks = {c.name: raw_values_found(con, c) for c in home().contracts}
            shares = ledger.quarantine_shares(con)
            retire.retire(settings, con, _now())
        told.failed_checks += [v.sentence for v in verdicts if v.refuses]
        told.leaks += [f"{name}.{column}" for name, found in leaks.items() for column in found]
        _note_limits(told, shares, settings.quarantine.limit)
        yield from _results(context, outcomes, verdicts, leaks, shares, settings.quarantine.limit)
