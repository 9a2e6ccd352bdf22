"""What one run of dbt has to do: which models it builds, and what stands as it was."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
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

    `names` is what dbt is told to select, None for what Dagster selected; `stood` are the last
    verdicts of tests that need not run, `counted` what the marts hold that are not built. What is
    given the rows that it had `may_stand`.
    """

    build: frozenset[str]
    signatures: Mapping[str, str]
    names: Sequence[str] | None = None
    stood: Sequence[Verdict] = ()
    counted: Mapping[str, Counted] | None = None
    may_stand: bool = False

    @property
    def variables(self) -> Mapping[str, Any]:
        """What dbt is told: to note what it makes, and to make only what is given other rows."""
        if not self.may_stand:
            return {"notes": True}
        clocks = sorted(stale.clock_nodes(manifest()))
        return {"notes": True, "signed": dict(self.signatures), "clocks": clocks}


def models_of(keys: Set[dg.AssetKey]) -> frozenset[str]:
    """Unique ids of the models behind these assets."""
    nodes = manifest()["nodes"]
    return frozenset(
        name
        for name in stale.models(manifest())
        if dg.AssetKey([nodes[name]["schema"], nodes[name]["name"]]) in keys
    )


def all_of(con: duckdb.DuckDBPyConnection, keys: Set[dg.AssetKey], day: date | None) -> Work:
    """Build all of these. Only of a whole run (it has a `day`) is it remembered how."""
    models = models_of(keys)
    stale.forget(con, models)
    if day is None:
        return Work(models, {})
    runs = ("model", "test")
    names = [n["name"] for n in manifest()["nodes"].values() if n["resource_type"] in runs]
    return Work(models, _signed(con, models, day), names)


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
    idle = _tests_beside(models, build)
    stood = [known[name] for name in idle if idle[name] and name in known and known[name].passed]
    again = set(idle) - {verdict.check_name for verdict in stood}
    return Work(
        build,
        signed,
        # a model's tests come with it
        names=sorted({manifest()["nodes"][name]["name"] for name in build} | again),
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
        code=code_fingerprint(settings, packs),
        as_of_at=settings.midnight(day),
    )


def _tests_beside(models: frozenset[str], build: frozenset[str]) -> dict[str, bool]:
    """Tests of this home's models none of which is built, and whether they would say the same.

    One that has the day in its text asks something else each day.
    """
    told = {}
    for node in manifest()["nodes"].values():
        parents = {name for name in node["depends_on"]["nodes"] if name.startswith("model.")}
        if node["resource_type"] == "test" and parents <= models and not parents & build:
            told[node["name"]] = "as_of" not in node["raw_code"]
    return told
