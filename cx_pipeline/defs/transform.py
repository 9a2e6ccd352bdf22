"""dbt as Dagster assets: one `dbt build`, of which each event is told as it happens."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from threading import Thread
from typing import Any

import dagster as dg

from cx_pipeline.defs.dbt_library import (
    DagsterDbtTranslator,
    DbtCoreCliEventMessage,
    dbt_assets,
    get_updated_cli_invocation_params_for_context,
)
from cx_pipeline.defs.resources import OWNERS, NightResource, home, manifest, warehouse
from cx_pipeline.defs.work import Work, all_of, part_of, stale_of
from cx_pipeline.expectations.engine import warm_up
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.release import arrivals, ledger
from cx_pipeline.release.marts import published_tables
from cx_pipeline.release.row_checks import dbt_verdict, explain
from cx_pipeline.transform import stale
from cx_pipeline.transform.project import code_fingerprint, invoke, run_vars

_NOT_FINISHED = "RunResultError"  # told at the end, of each node that the database gave up
_RESULTS = {"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"}

learned = [  # no night makes them
    dg.AssetSpec(
        key=["learned", table],
        description=f"The model of {what}, as cx train {command} learnt it.",
        group_name="learned",
        owners=OWNERS,
    )
    for table, what, command in (
        ("reason_terms", "contact reasons", "reasons"),
        ("topic_terms", "topics", "topics"),
    )
]


@dbt_assets(manifest=manifest(), name="transform")
def transform(context: dg.AssetExecutionContext, night: NightResource) -> Iterator[Any]:
    """Staging, entities, intermediate, marts, and the tests on their rows.

    What nothing has touched since it was built stands as it is: where files, code and clock are
    those of the last judged snapshot, all of it. The gate proves every mart again before anything
    is published.
    """
    whole = not context.is_subset
    with night.noting(context) as told:
        with warehouse() as con:
            last, loads = ledger.last_snapshot(con), arrivals.loads_digest(con)
            known = ledger.latest(con)
        told.as_of = day = night.day(None if whole or last is None else last.as_of)
        inputs = arrivals.inputs_hash(loads, code_fingerprint(home().settings, home().packs), day)
        asked = night.full_refresh or night.backfill_from is not None
        keys = context.selected_asset_keys
        if whole and not asked and last is not None and last.inputs_hash == inputs:
            told.transform = "skipped"
            told.step("transform: files, code and clock are those of the last night")
            yield from _standing(context, keys, known.values())
            return
        with warehouse() as con:
            if not whole:
                work = part_of(con, keys, context.selected_asset_check_keys)
            elif asked:
                work = all_of(con, keys, day)
            else:
                work = stale_of(con, keys, day, last, known)
        told.step(f"transform: dbt builds and tests {len(work.build)} models")
        yield from _standing(context, keys - _keys_of(work.build), work.stood)
        verdicts: list[Verdict] = []
        # Great Expectations takes 3 s to import: meanwhile dbt computes.
        Thread(target=warm_up, args=(home().settings,), daemon=True).start()
        run_id = context.run.run_id
        try:
            yield from _dbt(context, night, day, work, verdicts)
        except BaseException:
            with warehouse() as con:
                ledger.record(con, verdicts, run_id=run_id)
            raise
        finally:
            told.failed_checks += [verdict.sentence for verdict in verdicts if verdict.refuses]
        told.transform = "built"
        with warehouse() as con:
            there = stale.tables(con)
            ledger.store(
                con,
                run_id,
                verdicts,
                [t for t in published_tables(manifest()) if whole or (t.schema, t.name) in there],
                inputs if whole else "",
                day,
                stood=work.stood,
                counted=work.counted,
            )
            stale.remember(con, work.signatures)


def _keys_of(models: AbstractSet[str]) -> set[dg.AssetKey]:
    nodes = manifest()["nodes"]
    return {dg.AssetKey([nodes[name]["schema"], nodes[name]["name"]]) for name in models}


def _standing(
    context: dg.AssetExecutionContext, keys: AbstractSet[dg.AssetKey], verdicts: Iterable[Verdict]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What is not computed: the tables are as they were, and so is what was said of them.

    Told of the published ones only, which the next steps wait for: each event costs 8 ms.
    """
    known = {verdict.check_name: verdict for verdict in verdicts}
    published = {dg.AssetKey([table.schema, table.name]) for table in published_tables(manifest())}
    for key in _in_order(keys & published):
        yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
    for check in sorted(context.selected_asset_check_keys):
        verdict = known.get(check.name)
        if verdict and check.asset_key in keys & published:
            warn = verdict.severity == "warn"
            yield dg.AssetCheckResult(
                check_name=check.name,
                asset_key=check.asset_key,
                passed=verdict.passed,
                severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
                metadata={"judged_before": True},
            )


def _in_order(keys: AbstractSet[dg.AssetKey]) -> list[dg.AssetKey]:
    """The keys of dbt models, each behind those it is made from."""
    nodes, parents = manifest()["nodes"], manifest()["parent_map"]

    @cache
    def depth(name: str) -> int:
        return 1 + max((depth(parent) for parent in parents.get(name, ())), default=0)

    made = {
        dg.AssetKey([node["schema"], node["name"]]): depth(name)
        for name, node in nodes.items()
        if node["resource_type"] == "model"
    }
    return sorted(keys, key=lambda key: (made[key], key.to_user_string()))


def _dbt(
    context: dg.AssetExecutionContext,
    night: NightResource,
    day: date,
    work: Work,
    verdicts: list[Verdict],
) -> Iterator[Any]:
    """One `dbt build`; its events become Dagster's."""
    if not work.names:  # asked for a check alone, of what is not there
        return
    told = get_updated_cli_invocation_params_for_context(
        context=context, manifest={}, dagster_dbt_translator=DagsterDbtTranslator()
    )
    args = ["build", "--exclude-resource-type", "unit_test"]
    args += ["--indirect-selection", "empty"]  # each test is named
    args += ["--full-refresh"] if night.full_refresh else []
    settings, packs, _ = home()
    variables = {**run_vars(settings, packs, day), **night.backfill_vars(), **work.variables}
    heard = {*_RESULTS, _NOT_FINISHED}
    for event in invoke(settings, packs, args, variables, only=work.names, events=heard):
        if event["info"]["name"] == _NOT_FINISHED:
            explain(verdicts, event["data"])
            continue
        if event["info"]["name"] == "LogTestResult":
            verdicts.append(dbt_verdict(told.manifest, event["data"]))
        yield from DbtCoreCliEventMessage(
            raw_event=event, event_history_metadata={}
        ).to_default_asset_events(
            told.manifest, told.dagster_dbt_translator, context, project=told.dbt_project
        )
