"""What every step of a run shares: its home, its clock, and the one run lock."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import duckdb

from cx_pipeline.contracts import Contract, Pack, find_packs, load_pack
from cx_pipeline.landing import rotate
from cx_pipeline.outcome import Night, noting
from cx_pipeline.privacy import acts
from cx_pipeline.privacy.safe_text import safe_error
from cx_pipeline.release.shelf import Shelf, read_manifest
from cx_pipeline.rights import erase, standing
from cx_pipeline.settings import (
    Settings,
    SettingsError,
    home_from,
    load_settings,
    prepare_environment,
)
from cx_pipeline.transform.project import manifest_path
from cx_pipeline.warehouse import connect, run_lock

OWNERS = ["data-engineering@cx-pipeline.example"]


class Home(NamedTuple):
    """One home as Dagster sees it: settings, active packs, and dbt's manifest of them."""

    settings: Settings
    packs: tuple[Pack, ...]
    manifest: Path

    @property
    def contracts(self) -> tuple[Contract, ...]:
        return tuple(contract for pack in self.packs for contract in pack.contracts)

    @property
    def audience(self) -> str:
        return "analysts"


@cache
def home() -> Home:
    """The home of this process (CX_HOME): read once, as a run must not change its mind."""
    settings = load_settings(home_from())
    prepare_environment(settings)
    packs = active_packs(settings)
    return Home(settings, packs, manifest_path(settings, packs))


@cache
def manifest() -> Mapping[str, Any]:
    """dbt's manifest of this home, without the packs it does not take in (parsed, never run)."""
    told: dict[str, Any] = json.loads(home().manifest.read_text())
    idle = set(find_packs(home().settings.pack_roots)) - {pack.name for pack in home().packs}
    for kind in ("nodes", "sources"):
        told[kind] = {n: node for n, node in told[kind].items() if idle.isdisjoint(node["fqn"])}
    for kind in ("parent_map", "child_map"):
        told[kind] = {
            name: [other for other in others if _is_there(told, other)]
            for name, others in told[kind].items()
            if _is_there(told, name)
        }
    return told


def _is_there(manifest: Mapping[str, Any], name: str) -> bool:
    kinds = {"source": "sources", "exposure": "exposures", "unit_test": "unit_tests"}
    return name in manifest[kinds.get(name.partition(".")[0], "nodes")]


def active_packs(settings: Settings) -> tuple[Pack, ...]:
    """The packs that `cx.toml` names, or SettingsError with the names that exist."""
    known = find_packs(settings.pack_roots)
    if unknown := sorted(set(settings.sources) - set(known)):
        raise SettingsError(
            f"cx.toml names the source {unknown[0]!r}, which has no pack; "
            f"packs: {', '.join(sorted(known))}"
        )
    return tuple(load_pack(known[name], settings.redaction.reading) for name in settings.sources)


class NightResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The clock of a run and what it was asked for; holds the run lock while the run lasts."""

    as_of: str | None = None
    full_refresh: bool = False
    backfill_from: str | None = None
    backfill_to: str | None = None
    sources: list[str] | None = None  # whose files are landed; else of all

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["NightResource"]:
        with locked(home().settings, f"Dagster run {context.run_id or ''}".strip()):
            yield self

    def day(self, fallback: date | None) -> date:
        """`as_of` if it was given, else the fallback, else today in the reporting zone."""
        if self.as_of:
            return date.fromisoformat(self.as_of)
        return fallback or home().settings.today()

    def backfill_vars(self) -> dict[str, str]:
        """The days to compute again, as dbt's models read them."""
        if self.backfill_from is None or self.backfill_to is None:
            return {}
        return {"backfill_from": self.backfill_from, "backfill_to": self.backfill_to}

    @contextmanager
    def noting(
        self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext
    ) -> Iterator[Night]:
        """The record of this run, written after each step, with the seconds that it took.

        Before the first step, a restored home has to have its tombstones replayed; then what was
        set otherwise since the last run goes into the audit chain, and what that run was kept
        from entering.
        """
        folder = home().settings.state / "runs"
        began = time.monotonic()
        with noting(folder, context.run.run_id, datetime.now(UTC)) as night:
            try:
                if not night.took:
                    _entered(context.run.run_id)
                yield night
            except Exception as fault:
                raise unchained(fault) from None
            finally:
                night.took[context.op_execution_context.op.name] = time.monotonic() - began


class StepFailed(Exception):
    """A step failed in a way nobody foresaw: the message says where, and no value."""


def unchained(fault: Exception) -> Exception:
    """What Dagster may keep of an exception: our own, or where another came from.

    Dagster stores the words of the exception and of its causes, and prints them.
    """
    if isinstance(fault, dg.Failure) or type(fault).__module__.startswith("cx_pipeline."):
        return fault
    return StepFailed(safe_error(fault))


def _entered(run_id: str) -> None:
    settings, audience = home().settings, home().audience
    erase.replay_restored(settings)
    acts.configured(settings, home().contracts)
    shelf = Shelf(settings.published / audience)
    acts.published(settings, audience, map(read_manifest, shelf.publishes), run_id)


@contextmanager
def warehouse(*, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """This home's working file, as `cx.toml` sizes it."""
    told = home().settings.warehouse
    with connect(
        home().settings.warehouse_file,
        read_only=read_only,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    ) as con:
        yield con


_held: set[Path] = set()


@contextmanager
def locked(settings: Settings, who: str) -> Iterator[None]:
    """The run lock, once a process: `cx run` holds it around the run that it starts."""
    path = settings.lock_file
    if path in _held:
        yield
        return
    with run_lock(path, who):
        _held.add(path)
        try:
            rotate.finish(settings)
            erase.finish(settings)
            standing.settle(settings)
            yield
        finally:
            _held.discard(path)


def command_line() -> str:
    """How this process was started, for the message of whoever finds the lock held."""
    return f"{Path(sys.argv[0]).name} (process {os.getpid()})"
