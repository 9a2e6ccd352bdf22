"""What one run of dbt has to do: which models it builds, and what stands as it was."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import dagster as dg
import duckdb

from cx_pipeline.defs.resources import home, manifest
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.release import ledger
from cx_pipeline.release.ledger import Counted, Snapshot
from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.transform import stale
from cx_pipeline.transform.project import code_fingerprint


@dataclass(frozen=True)
class Work:
    """Models by unique id, tests by name.

    `names` is what dbt is told to select, each model and each test; `stood` are the last
    verdicts of tests that need not run, `counted` what the marts hold that are not built. What is
    given the rows that it had `may_stand`.
    """

    build: frozenset[str]
    signatures: Mapping[str, str]
    names: Sequence[str]
    stood: Sequence[Verdict] = ()
    counted: Mapping[str, Counted] | None = None
    may_stand: bool = False

    @property
    def variables(self) -> Mapping[str, Any]:
        """What dbt is told: to note what it makes, and to make only what is given other rows."""
        if not self.may_stand:
            return {"notes": True}
        return {"notes": True, "signed": dict(self.signatures), "clocks": sorted(_clocks())}


def models_of(keys: Set[dg.AssetKey]) -> frozenset[str]:
    """Unique ids of the models behind these assets."""
    nodes = manifest()["nodes"]
    return frozenset(
        name
        for name in stale.models(manifest())
        if dg.AssetKey([nodes[name]["schema"], nodes[name]["name"]]) in keys
    )


def all_of(con: duckdb.DuckDBPyConnection, keys: Set[dg.AssetKey], day: date) -> Work:
    """Build all of these, a whole run, and remember how."""
    models = models_of(keys)
    stale.forget(con, models)
    runs = ("model", "test")
    names = [n["name"] for n in manifest()["nodes"].values() if n["resource_type"] in runs]
    return Work(models, _signed(con, models, day), names)


def part_of(
    con: duckdb.DuckDBPyConnection, keys: Set[dg.AssetKey], checks: Set[dg.AssetCheckKey]
) -> Work:
    """Build these, and judge them beside what is there: a test that reads what was never built
    waits for the run that builds it.
    """
    models, nodes, there = models_of(keys), manifest()["nodes"], stale.tables(con)
    stale.forget(con, models)
    asked = {check.name for check in checks}
    held = models | {m for m in stale.models(manifest()) if _place(nodes[m]) in there}
    tests = {name for name, node in _tests().items() if name in asked and _parents(node) <= held}
    return Work(models, {}, sorted(tests | {nodes[model]["name"] for model in models}))


def stale_of(
    con: duckdb.DuckDBPyConnection,
    keys: Set[dg.AssetKey],
    day: date,
    last: Snapshot | None,
    known: Mapping[str, Verdict],
) -> Work:
    """Build what is not as it would be built now, and whole what another hand changed."""
    models = models_of(keys)
    signed = _signed(con, models, day)
    build = stale.stale(con, manifest(), signed) & models
    marts = {_model(table): table for table in published_tables(manifest()) if table.kind == "mart"}
    then = last.tables if last else {}
    there = stale.tables(con)
    held = [table for table in marts.values() if (table.schema, table.name) in there]
    counted = ledger.count(con, held, before=then)
    changed = {
        name
        for name, table in marts.items()
        if then.get(table.full_name) != counted.get(table.full_name)
    }
    for name in changed:
        build |= stale.with_children(manifest(), name) & models
    stale.make_whole(con, changed)
    stale.forget(con, build)
    tests = {name: node for name, node in _tests().items() if _parents(node) <= models}
    idle = {name for name, node in tests.items() if not _parents(node) & build}
    # One that has the day in its text asks something else each day.
    lasting = {name for name in idle if "as_of" not in tests[name]["raw_code"]}
    stood = [known[name] for name in lasting if name in known and known[name].passed]
    asked = set(tests) - {verdict.check_name for verdict in stood}
    return Work(
        build,
        signed,
        sorted(asked | {manifest()["nodes"][name]["name"] for name in build}),
        stood=stood,
        counted={t.full_name: counted[t.full_name] for n, t in marts.items() if n not in build},
        may_stand=True,
    )


def _model(table: Table) -> str:
    return f"model.{manifest()['metadata']['project_name']}.{table.name}"


def _signed(con: duckdb.DuckDBPyConnection, models: frozenset[str], day: date) -> Mapping[str, str]:
    settings, packs, _ = home()
    return stale.signatures(
        con,
        manifest(),
        models,
        clocks=_clocks(),
        code=code_fingerprint(settings, packs),
        as_of_at=settings.midnight(day),
    )


@cache
def _clocks() -> frozenset[str]:
    return frozenset(stale.clock_nodes(manifest()))


def _tests() -> dict[str, Mapping[str, Any]]:
    nodes = manifest()["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "test"}


def _parents(node: Mapping[str, Any]) -> set[str]:
    return {name for name in node["depends_on"]["nodes"] if name.startswith("model.")}


def _place(node: Mapping[str, Any]) -> tuple[str, str]:
    return node["schema"], node["name"]
