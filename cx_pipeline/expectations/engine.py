"""Great Expectations on the warehouse, in place: the only module that imports it.

It is imported when something has to be judged, not before (2.6 to 4 s).
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from cx_pipeline.expectations.cursor import buffered_cursors
from cx_pipeline.expectations.rules import Rule
from cx_pipeline.settings import Settings, prepare_environment

_KEPT_DOCS = 5


@dataclass(frozen=True)
class Batch:
    """Rows to be judged together: a query, its rules, and the column that names a bad row."""

    name: str
    query: str
    rules: tuple[Rule, ...]
    index: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one rule found; `error` is set where the check itself failed, which is no verdict on
    the data and never a pass.
    """

    rule: Rule
    passed: bool
    error: str = ""
    rows: tuple[Any, ...] = ()


def run(
    settings: Settings, batches: Sequence[Batch], docs: Path | None = None
) -> dict[str, tuple[Outcome, ...]]:
    """Judge every batch and write data docs to `docs`; outcomes by batch, one a rule, in order.

    The warehouse must not be open for writing in this process: it is opened read-only.
    """
    warm_up(settings)
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    with buffered_cursors({batch.query for batch in batches}), _source(settings, context) as source:
        found = {batch.name: _judge(context, source, batch) for batch in batches}
        if docs is not None:
            _write_docs(context, docs)
    return found


def warm_up(settings: Settings) -> None:
    """Import Great Expectations; call it in a thread while DuckDB is at work."""
    prepare_environment(settings)
    if "great_expectations" not in sys.modules:
        with _put_off("scipy.stats", "altair"):
            import great_expectations  # noqa: F401


class _Later(ModuleType):
    """A module that is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


@contextmanager
def _put_off(*names: str) -> Iterator[None]:
    """What is imported within gets these modules later: a rule and a picture that we do not use
    want them, and they take a third of Great Expectations' import.
    """
    waiting = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules |= waiting
    try:
        yield
    finally:
        for name in waiting:
            del sys.modules[name]


@contextmanager
def _source(settings: Settings, context: Any) -> Iterator[Any]:
    limits = settings.warehouse
    config = {"threads": limits.threads, "memory_limit": limits.memory_limit, "TimeZone": "UTC"}
    told = {
        "database": str(settings.warehouse_file),
        "read_only": True,
        "config": {**config, "autoinstall_known_extensions": False},
    }
    source = context.data_sources.add_sql(
        "warehouse",
        connection_string="duckdb:///",
        create_temp_table=False,
        kwargs={"connect_args": told},
    )
    try:
        yield source
    finally:
        source.get_engine().dispose()


def _judge(context: Any, source: Any, batch: Batch) -> tuple[Outcome, ...]:
    import great_expectations as gx

    asset = source.add_query_asset(batch.name, query=batch.query)
    suite = gx.ExpectationSuite(
        name=batch.name,
        expectations=[_expectation(rule, place) for place, rule in enumerate(batch.rules)],
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=batch.name,
            data=asset.add_batch_definition_whole_table("all"),
            suite=context.suites.add(suite),
        )
    )
    wanted: Any = "BOOLEAN_ONLY"
    if batch.index:
        wanted = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [batch.index],
            "return_unexpected_index_query": False,
        }
    told = definition.run(result_format=wanted)
    definition.data.get_batch().data.execution_engine.engine.dispose()
    return tuple(_outcomes(batch, told.results))


def _outcomes(batch: Batch, results: Sequence[Any]) -> Iterator[Outcome]:
    """One a rule; a rule without a result is an error of the check."""
    by_place = {result.expectation_config.meta["place"]: result for result in results}
    for place, rule in enumerate(batch.rules):
        result = by_place.get(place)
        error = "no result" if result is None else _error(result.exception_info)
        if result is None or error:
            yield Outcome(rule, False, error)
            continue
        rows = result.result.get("unexpected_index_list") or ()
        yield Outcome(rule, bool(result.success), rows=tuple(row[batch.index] for row in rows))


def _error(told: Mapping[str, Any]) -> str:
    """The kind of exception of the check, without its text: that may hold values."""
    infos = [told] if "raised_exception" in told else list(told.values())
    for info in infos:
        if info["raised_exception"]:
            text = str(info["exception_traceback"])
            kinds = re.findall(r"_duckdb\.(\w+)", text) or re.findall(r"\b(\w+Error)\b", text)
            return str(kinds[-1]) if kinds else "Exception"
    return ""


def _expectation(rule: Rule, place: int) -> Any:
    gxe: Any = import_module("great_expectations.expectations")
    told = {
        "meta": {"place": place},
        "notes": rule.told,
        "severity": "critical" if rule.severity == "error" else "warning",
    }
    if rule.kind == "rows":
        return gxe.ExpectTableRowCountToBeBetween(min_value=rule.low, max_value=rule.high, **told)
    if rule.kind == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=rule.column, **told)
    if rule.kind == "between":
        return gxe.ExpectColumnValuesToBeBetween(
            column=rule.column, min_value=rule.low, max_value=rule.high, **told
        )
    query = f"select 1 as bad from {rule.query}"
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, description=rule.told, **told)


def _without_exceptions(context: Any) -> None:
    """Of a check that failed itself only the kind stays: its text and trace quote rows."""
    store = context.validation_results_store
    for key in store.list_keys():
        told = store.get(key)
        if any(_error(result.exception_info) for result in told.results):
            for result in told.results:
                kind = _error(result.exception_info)
                result.exception_info = {
                    "raised_exception": bool(kind),
                    "exception_message": kind,
                    "exception_traceback": kind,
                }
            store.set(key, told)


def _write_docs(context: Any, folder: Path) -> None:
    """Pages of the results of this run; those of the last few runs stay beside them."""
    _without_exceptions(context)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(
        site_name="run",
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "site_section_builders": {
                "expectations": "None",
                "validations": {
                    "class_name": "DefaultSiteSectionBuilder",
                    "source_store_name": "validation_results_store",
                },
            },
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder),
            },
        },
    )
    context.build_data_docs(site_names=["run"])
    runs = sorted(
        (path for path in folder.parent.parent.iterdir() if path.is_dir()),
        key=lambda path: path.stat().st_mtime_ns,
    )
    for old in runs[:-_KEPT_DOCS]:
        shutil.rmtree(old, ignore_errors=True)
