"""For each blocking check one planted fault makes that check fail, and publishing refuses."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import AS_OF, ROOT, Demo, Home, dagster_environment
from planted_faults import (
    CANARY,
    CHAIN_FAULTS,
    MART_FAULTS,
    ROW_FAULTS,
    SCAN_FAULTS,
    book_faults,
    changed,
    key_faults,
    limit_fault,
    token_faults,
)

from cx_pipeline.contracts import Contract, find_packs, load_pack
from cx_pipeline.expectations.judge import judge_marts
from cx_pipeline.landing import books
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.raw_check import raw_values_found
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.release import arrivals, ledger
from cx_pipeline.release.chain_check import judge_chain
from cx_pipeline.release.gate import CHECKS, Expected, Finding, GateRefused, Shown, prove, scan
from cx_pipeline.release.known import Known
from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.settings import Settings, load_settings
from cx_pipeline.warehouse import connect, scratch

EXPECTED = """
import json
from cx_pipeline.defs.quality import expected_checks
print(json.dumps([[check.check_name, check.tables] for check in expected_checks()]))
"""


def copied(demo: Demo, folder: Path) -> Home:
    home = Home(folder / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    return home


@contextmanager
def planted(con: duckdb.DuckDBPyConnection, fault: str = "") -> Iterator[None]:
    """The fault, and what the block itself writes, is there as long as the block lasts."""
    con.execute("begin")
    try:
        con.execute(fault)
        yield
    finally:
        con.execute("rollback")


@pytest.fixture(scope="module")
def home(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the demo; whoever changes it rolls back."""
    return copied(demo, tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def expected(home: Home) -> list[Expected]:
    """What has to have passed before this home may publish, asked of the product itself."""
    done = subprocess.run(
        [sys.executable, "-c", EXPECTED],
        cwd=ROOT,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [Expected(name, tuple(tables)) for name, tables in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def settings(home: Home) -> Settings:
    return load_settings(home.path)


@pytest.fixture(scope="module")
def contracts(settings: Settings) -> list[Contract]:
    packs = find_packs(settings.pack_roots)
    return [c for source in settings.sources for c in load_pack(packs[source]).contracts]


@pytest.fixture(scope="module")
def manifest(home: Home) -> Mapping[str, Any]:
    """dbt's own, of the run that built the home."""
    told: Mapping[str, Any] = json.loads(
        (home.path / "state" / "dbt" / "manifest.json").read_text()
    )
    return told


@pytest.fixture(scope="module")
def tables(manifest: Mapping[str, Any]) -> tuple[Table, ...]:
    return published_tables(manifest)


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings.warehouse_file) as con:
        yield con


def key_tests(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The faults of each `one_row_per`, by the test's name."""
    nodes = manifest["nodes"]
    return {
        node["name"]: key_faults(node, nodes[node["attached_node"]])
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "one_row_per"
    }


def test_every_blocking_check_has_a_planted_fault(
    expected: list[Expected],
    manifest: Mapping[str, Any],
    contracts: list[Contract],
    settings: Settings,
) -> None:
    faults = {*ROW_FAULTS, *CHAIN_FAULTS, *key_tests(manifest)}
    faults |= {f"as_expected marts.{mart}" for mart in MART_FAULTS}
    faults |= {f"personal_columns_hold_tokens {c.name}" for c in contracts if token_faults(c)}
    faults |= {f"quarantine_limit {source}" for source in settings.sources}
    faults |= {f"books_balance {s}" for s in settings.sources if book_faults(contracts, s)}
    names = [check.check_name for check in expected]
    assert len(names) == len(set(names))
    assert set(names) == faults
    assert [check.__name__ for check in CHECKS] == list(SCAN_FAULTS)


# ---- each check fails ------------------------------------------------------------------------


class RowTests:
    """The tests on rows as dbt ran them: their compiled SQL, their figure, their threshold."""

    def __init__(self, home: Home, manifest: Mapping[str, Any]) -> None:
        nodes = manifest["nodes"].values()
        self._nodes = {node["name"]: node for node in nodes if node["resource_type"] == "test"}
        self._folder = home.path / "state" / "dbt" / "compiled" / "cx"

    def fails(self, con: duckdb.DuckDBPyConnection, name: str) -> bool:
        node = self._nodes[name]
        path = self._folder / node["original_file_path"]
        query = (path / node["path"] if path.is_dir() else path).read_text()
        told = node["config"]
        judged = f"select {told['fail_calc']} {told['error_if']} from ({query}) as found"
        return con.execute(judged).fetchone() == (True,)

    def unseen(self, con: duckdb.DuckDBPyConnection, name: str, faults: Sequence[str]) -> list[str]:
        """The faults that the test does not see; without any it has to pass."""
        assert not self.fails(con, name), f"{name} fails without a fault"
        missed = []
        for fault in faults:
            with planted(con, fault):
                if not self.fails(con, name):
                    missed.append(fault)
        return missed


@pytest.fixture(scope="module")
def row_tests(home: Home, manifest: Mapping[str, Any]) -> RowTests:
    return RowTests(home, manifest)


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_row_that_must_not_be_fails_its_test(
    name: str, con: duckdb.DuckDBPyConnection, row_tests: RowTests
) -> None:
    assert row_tests.unseen(con, name, ROW_FAULTS[name]) == []


def test_a_key_twice_or_null_fails_its_test(
    con: duckdb.DuckDBPyConnection, row_tests: RowTests, manifest: Mapping[str, Any]
) -> None:
    faults = key_tests(manifest)
    assert {name: row_tests.unseen(con, name, faults[name]) for name in faults} == {
        name: [] for name in faults
    }


def test_a_fault_in_each_mart_fails_its_expectations(
    demo: Demo, tmp_path: Path, tables: tuple[Table, ...]
) -> None:
    home = copied(demo, tmp_path)
    broken = {f"as_expected marts.{mart}": rule for mart, (rule, *_) in MART_FAULTS.items()}
    with home.warehouse(read_only=False) as con:
        night = ledger.latest(con)
        for mart, (_, *how) in MART_FAULTS.items():
            con.execute(changed(f"marts.{mart}", *how))
    assert [name for name in broken if night[name].refuses] == []
    marts = [table for table in tables if table.kind == "mart"]
    verdicts = judge_marts(
        load_settings(home.path),
        marts,
        run_id="planted",
        as_of=date.fromisoformat(AS_OF),
        hashes={mart.full_name: "" for mart in marts},
        rows={mart.full_name: 0 for mart in marts},
        last_days={},
        before={},
        known={},
    )
    assert {verdict.check_name for verdict in verdicts if verdict.refuses} == set(broken)
    for verdict in verdicts:
        failed = [rule for rule, passed in verdict.results if not passed]
        warned = night[verdict.check_name].detail
        assert [rule for rule in failed if rule not in warned] == [broken[verdict.check_name]]


def test_a_raw_value_in_a_personal_column_is_found(
    con: duckdb.DuckDBPyConnection, contracts: list[Contract]
) -> None:
    for contract in contracts:
        assert raw_values_found(con, contract) == []
        for column, fault in token_faults(contract).items():
            with planted(con, fault):
                assert raw_values_found(con, contract) == [column], contract.name


def test_a_delivery_over_the_limit_is_seen(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    def over() -> set[str]:
        shares = arrivals.quarantine_shares(con).items()
        return {name for name, share in shares if share > settings.quarantine.limit}

    assert over() == set()
    for source in settings.sources:
        with planted(con, limit_fault(source)):
            assert {name.partition(".")[0] for name in over()} == {source}


def test_books_that_do_not_balance_are_seen(
    con: duckdb.DuckDBPyConnection, contracts: list[Contract], settings: Settings
) -> None:
    def wrong() -> dict[str, str]:
        told = books.prove(con, contracts)
        return {source: sentence for source, (_, sentence) in told.items() if sentence}

    assert wrong() == {} and {files for files, _ in books.prove(con, contracts).values()} == {0}
    for source in settings.sources:
        for fault in book_faults(contracts, source):
            with planted(con, fault):
                assert set(wrong()) == set(wrong()) == {source}, fault  # until it is mended


def test_a_line_of_the_audit_chain_that_is_not_as_written_is_seen(
    demo: Demo, tmp_path: Path
) -> None:
    settings = load_settings(copied(demo, tmp_path).path)
    whole = settings.audit_file.read_text().splitlines()
    now = datetime.now(UTC)
    assert not any(verdict.refuses for verdict in judge_chain(settings, now))
    for name, faults in CHAIN_FAULTS.items():
        for fault in faults:
            lines = list(whole)
            fault(lines)
            settings.audit_file.write_text("".join(line + "\n" for line in lines))
            failed = [v.check_name for v in judge_chain(settings, now) if v.refuses]
            assert failed == [name]


@pytest.fixture
def shown(
    home: Home,
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    contracts: list[Contract],
    tables: tuple[Table, ...],
    tmp_path: Path,
) -> Iterator[Shown]:
    """A copy of the copy's publish as the gate gets it, but open for writing."""
    folder = home.current.resolve()
    database = Path(shutil.copyfile(folder / "cx_marts.duckdb", tmp_path / "cx_marts.duckdb"))
    parquet = {
        table.full_name: [
            folder / file["path"] for file in home.manifest["tables"][table.name]["files"]
        ]
        for table in tables
    }
    known = Known(settings.vault_file, Tokenizer(Keys.load(settings)), con, contracts)
    with scratch() as files:
        files.execute(f"attach '{database}' as shown")
        files.execute("use shown")
        yield Shown(files, tables, folder, parquet, known, [CANARY])


def test_what_is_shown_holds_nothing_that_must_not_leave(shown: Shown) -> None:
    assert scan(shown) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_must_not_leave_is_found(
    check: Callable[[Shown], Iterator[Finding]], shown: Shown, demo: Demo
) -> None:
    name = next(p["names"][0] for p in demo.truth["persons"] if " " in p["names"][0])
    place, kind, fault = SCAN_FAULTS[check.__name__]
    shown.con.execute(fault.format(name=name))
    found = scan(shown)
    assert {(f"{finding.table}.{finding.column}", finding.kind) for finding in found} == {
        (place, kind)
    }


# ---- publishing refuses ----------------------------------------------------------------------


def test_each_check_that_failed_or_never_ran_refuses(
    con: duckdb.DuckDBPyConnection, expected: list[Expected], tables: tuple[Table, ...]
) -> None:
    """All at once: each check gives exactly its own reason."""
    prove(con, expected, tables)
    latest = ledger.latest(con)
    failed = [replace(latest[c.check_name], passed=False, severity="error") for c in expected]
    with planted(con), pytest.raises(GateRefused) as refused:
        ledger.record(con, failed, run_id="planted")
        prove(con, expected, tables)
    assert refused.value.reasons == tuple(verdict.sentence for verdict in failed)
    with planted(con, "delete from ledger.verdicts"), pytest.raises(GateRefused) as refused:
        prove(con, expected, tables)
    assert refused.value.reasons == tuple(f"{c.check_name} never finished" for c in expected)


# dbt stops at its own fault, so the others have a night of their own: (faults, what of the night
# is run, exit code). What the search of the files finds is refused in test_release.
NIGHTS = (
    (
        {
            "assert_nps_parts_add_up": changed(
                "marts.fct_kpi_daily",
                "numerator = numerator + 1",
                "kpi_id = 'nps' and dimension = 'all' and n > 0",
            )
        },
        'key:"marts/fct_responses" or key:"published/analysts"',
        1,
    ),
    (
        {
            "as_expected marts.dim_segments": changed("marts.dim_segments", "scheme = null"),
            "personal_columns_hold_tokens qualtrics.distribution_history": changed(
                "raw_qualtrics.distribution_history", "email = 'anna.vogel@mail.example'"
            ),
            "quarantine_limit connect": limit_fault("connect"),
            "books_balance ga4": "update landing.loads set rows_read = rows_read + 1 "
            "where load = (select min(load) from landing.loads where source = 'ga4')",
        },
        'key:"marts/dim_accounts" or key:"published/analysts"',
        5,
    ),
)


def test_a_night_with_faults_publishes_nothing(
    demo: Demo, tmp_path: Path, expected: list[Expected], tables: tuple[Table, ...]
) -> None:
    homes = [copied(demo, tmp_path / str(place)) for place in range(len(NIGHTS))]
    live = [home.current.resolve() for home in homes]
    for home, (faults, *_) in zip(homes, NIGHTS, strict=True):
        with home.warehouse(read_only=False) as con:
            for fault in faults.values():
                con.execute(fault)

    def run(home: Home, night: tuple[dict[str, str], str, int]) -> Any:
        return home.cx("run", "--select", night[1], "--json", expect=night[2]).told

    with ThreadPoolExecutor(len(NIGHTS)) as at_once:
        told = list(at_once.map(run, homes, NIGHTS))
    assert [home.current.resolve() for home in homes] == live
    for home, night, (faults, *_) in zip(homes, told, NIGHTS, strict=True):
        assert night["published"] is None
        sentences = [*night["failed_checks"], *night["over_limit"]]
        assert {sentence.partition(" failed")[0] for sentence in sentences} == set(faults)
        with home.warehouse(read_only=False) as con, pytest.raises(GateRefused) as refused:
            prove(con, expected, tables)
        failed = [reason.partition(" failed on ") for reason in refused.value.reasons]
        assert {name for name, has_failed, _ in failed if has_failed} == set(faults)
    assert told[-1]["refusal"].startswith("publish refused")


def test_a_check_that_cannot_finish_refuses_and_says_what_the_database_said(
    demo: Demo, tmp_path: Path
) -> None:
    home = copied(demo, tmp_path)
    live = home.current.resolve()
    with home.warehouse(read_only=False) as con:
        con.execute("alter table marts.agg_paths rename column journey_count to other_count")
    chosen = 'key:"marts/agg_journeys" or key:"published/analysts"'
    night = home.cx("run", "--select", chosen, "--json", expect=1).told
    (told,) = night["failed_checks"]
    assert told.startswith("assert_journeys_sum_to_all failed on marts.agg_journeys")
    assert "did not finish (error)" in told
    assert "Binder Error" in told and "journey_count" in told
    with home.warehouse(read_only=False) as con:
        con.execute("drop table marts.agg_paths")
    night = home.cx("run", "--select", chosen, "--json", expect=1).told
    assert "table marts.agg_paths does not exist; rebuild it with: cx run" in night["refusal"]
    assert home.current.resolve() == live
