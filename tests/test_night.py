"""The night is exact: after any history of nights, int_sessions is what one full rebuild gives."""

import json
import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from night_world import START, SUMMARY, Event, Raw, corrected, history, sessions_of
from portable_sql import faults

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"
PACK = {
    "_shop__sources.yml": """
version: 2
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: events
        description: One row per event.
        config: {meta: {extract: {files: "*.csv", format: csv, kind: events, key: [id]}}}
""",
    "stg_shop__web_events.sql": """
with source as (select * from {{ rows_of('shop', 'events') }})
select
    'shop' as source, id as source_id, cast(null as timestamp) as version_at, visitor_token,
    login_token, occurred_at, event_name, page_path, null as page_title, referrer_host, utm_source,
    utm_medium, utm_campaign, null as device, null as browser, null as app_version,
    null as country, value, currency, null as item_id, error_code, null as load_ms, is_bot,
    null as consent_state, _load as load_number
from source
""",
}


class Dbt:
    """The real project cut down to sessions, parsed once, run in this process.

    `fault` (file under the project, text, other text) plants a mistake in it.
    """

    def __init__(self, folder: Path, fault: tuple[str, str, str] | None = None) -> None:
        self.folder = folder
        self.project = folder / "project"
        for part in ("macros", "tests/generic", "models/entities", "models/intermediate/sessions"):
            shutil.copytree(DBT_PROJECT / part, self.project / part)
        for part in ("dbt_project.yml", "profiles.yml", "models/_groups.yml"):
            shutil.copy(DBT_PROJECT / part, self.project / part)
        pack = self.project / "packs" / "shop"
        pack.mkdir(parents=True)
        for name, text in PACK.items():
            (pack / name).write_text(text)
        if fault:
            wrong = self.project / fault[0]
            assert fault[1] in wrong.read_text(), f"{fault[0]} no longer holds {fault[1]!r}"
            wrong.write_text(wrong.read_text().replace(fault[1], fault[2]))
        self.manifest: Any = None
        self.manifest = self.invoke(["parse"], {})

    def invoke(self, command: list[str], variables: dict[str, str]) -> Any:
        told = {"packs": {"shop": ["web_events"]}, **variables}
        where = ["--project-dir", self.project, "--profiles-dir", self.project]
        where += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
        quiet += ["--no-write-json", "--no-version-check"]
        args = [*quiet, *command, *map(str, where), "--vars", json.dumps(told)]
        failed: list[str] = []
        hear = [lambda event: failed.append(event.info.msg) if event.info.level == "error" else 0]
        try:
            done = dbtRunner(manifest=self.manifest, callbacks=hear).invoke(args)
        finally:
            if command != ["parse"]:
                DuckDBConnectionManager.env().close()
            DuckDBConnectionManager.close_all_connections()
        assert done.success, "\n".join(failed) or done.exception
        return done.result

    def run(self, as_of: datetime, *args: str, select: str = "+int_sessions", **told: str) -> None:
        day = {"as_of": f"{as_of:%Y-%m-%d}", "as_of_at": f"{as_of:%Y-%m-%d %H:%M:%S}"}
        self.invoke(["run", "--select", *select.split(), *args], {**day, **told})


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("night")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        yield folder


@pytest.fixture(scope="module")
def dbt(environment: Path) -> Dbt:
    return Dbt(environment / "sound")


@pytest.fixture
def warehouse(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("CX_WAREHOUSE", str(path))
    return path


def held(warehouse: Path, columns: str = SUMMARY) -> dict[str, tuple[Any, ...]]:
    with duckdb.connect(str(warehouse)) as con:
        rows = con.execute(f"select {columns} from intermediate.int_sessions").fetchall()
    return {row[0]: row[1:] for row in rows}


def mode(warehouse: Path) -> str:
    """How the last run built int_sessions: full or night."""
    with duckdb.connect(str(warehouse)) as con:
        found = con.execute("select mode from state.watermarks where step = 'applied'").fetchone()
    assert found is not None
    return str(found[0])


class Life:
    """A random history of nights, compared after each with a plain reading of the rules."""

    def __init__(self, seed: int, dbt: Dbt, warehouse: Path) -> None:
        self.draw = random.Random(seed)
        self.dbt, self.warehouse = dbt, warehouse
        self.events = history(self.draw)
        self.draw.shuffle(self.events)
        with duckdb.connect(str(warehouse)) as con:
            self.raw = Raw(con)
        self.nights = self.draw.choice([2, 3, 5])
        self.hot = {"hot_days": self.draw.choice(["0", "7"])}
        self.built: list[str] = []

    def live(self) -> list[str]:
        """Live through all nights; returns how each was built."""
        end = max(event.occurred_at for event in self.events) + timedelta(days=2)
        as_of = told = START
        for night in range(self.nights):
            as_of += timedelta(days=self.draw.choice([0, 1, (end - START).days // self.nights + 1]))
            self._deliver(as_of, is_last=night == self.nights - 1)
            if self.draw.random() < 0.3:  # dies between the change tables and their application
                self.dbt.run(as_of, select="+chg_sessions", **self.hot)
                if self.draw.random() < 0.5:
                    self._land(self.draw.sample(self.events, min(3, len(self.events))))
            told = as_of - timedelta(days=1) if self.draw.random() < 0.1 else as_of
            self.dbt.run(told, **self.hot, **self._backfill(as_of))
            self.built.append(mode(self.warehouse))
            if self.draw.random() < 0.2:  # the same change tables applied again
                self.dbt.run(told, select="int_sessions", **self.hot)
            assert held(self.warehouse) == sessions_of(self.raw.current(told)), self.built
        incremental = held(self.warehouse, "*")
        self.dbt.run(told, "--full-refresh", **self.hot)
        assert held(self.warehouse, "*") == incremental
        return self.built

    def _deliver(self, as_of: datetime, *, is_last: bool) -> None:
        """Most rows come with their night; some late, some before their time, some twice."""
        late = 0.0 if is_last else self.draw.choice([0.0, 0.05, 0.4])
        until = as_of + timedelta(days=self.draw.choice([0, 3]))
        file = [e for e in self.events if e.occurred_at < until and self.draw.random() >= late]
        file += [corrected(self.draw, event) for event in file if self.draw.random() < 0.03]
        file += self.draw.sample(file, len(file) // 10)
        self.draw.shuffle(file)
        self._land(file)
        if self.draw.random() < 0.5:
            self._land(file[::2])

    def _land(self, file: list[Event]) -> None:
        with duckdb.connect(str(self.warehouse)) as con:
            self.raw.deliver(con, file)

    def _backfill(self, as_of: datetime) -> dict[str, str]:
        if self.draw.random() < 0.8:
            return {}
        return {"backfill_from": f"{START:%Y-%m-%d}", "backfill_to": f"{as_of:%Y-%m-%d}"}


@pytest.mark.parametrize("seed", range(1))
def test_any_history_gives_the_full_rebuild(seed: int, dbt: Dbt, warehouse: Path) -> None:
    Life(seed, dbt, warehouse).live()


def test_a_night_without_files_brings_what_was_held(dbt: Dbt, warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        raw = Raw(con)
        raw.deliver(con, history(random.Random(7)))
    for day in (1, 2, 40):
        dbt.run(START + timedelta(days=day))
        assert held(warehouse) == sessions_of(raw.current(START + timedelta(days=day)))
    assert mode(warehouse) == "night"
    for path in (dbt.folder / "target" / "compiled").rglob("sessions/*.sql"):
        assert faults(path.read_text()) == [], path


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1, 200))
def test_many_histories_give_the_full_rebuild(seed: int, dbt: Dbt, warehouse: Path) -> None:
    Life(seed, dbt, warehouse).live()


BROKEN = {
    "a type": ("table", "* replace (cast(is_bot as varchar) as is_bot)", "is_bot is VARCHAR"),
    "a column more": ("view", "*, 1 as extra", "extra is in no contract"),
    "a column less": ("table", "* exclude (is_bot)", "is_bot"),
}


@pytest.mark.parametrize(
    "broken",
    ["a type", *(pytest.param(n, marks=pytest.mark.prove) for n in BROKEN if n != "a type")],
)
def test_what_breaks_its_contract_is_refused_and_the_old_stays(
    broken: str, environment: Path, warehouse: Path
) -> None:
    kind, columns, sentence = BROKEN[broken]
    with duckdb.connect(str(warehouse)) as con:
        Raw(con).deliver(con, history(random.Random(7)))
    dbt = Dbt(environment / broken.replace(" ", "_"))

    def build(columns: str) -> None:
        text = f"select {columns} from ({{{{ union_of('web_events') }}}})"
        head = f"{{{{ config(materialized='{kind}') }}}}\n"
        (dbt.project / "models/entities/web_events.sql").write_text(head + text)
        dbt.manifest = None
        dbt.manifest = dbt.invoke(["parse"], {})
        dbt.run(START + timedelta(days=40), select="+web_events")

    build("*")
    with pytest.raises(AssertionError, match=sentence):
        build(columns)
    with duckdb.connect(str(warehouse)) as con:
        held = con.execute("select count(is_bot) > 0 from entities.web_events").fetchone()
    assert held == (True,)


CHANGES = "macros/session_changes.sql"
FAULTS = {
    "held rows forgotten": (CHANGES, "where e.occurred_at >= {{ seen_at }}", "where false"),
    "conflicts forgotten": (CHANGES, "where l._load > {{ load_number }} and", "where false and"),
    "arrivals forgotten": (CHANGES, "where e.load_number > {{ load_number }}", "where false"),
    "chain cut at the change": (
        "models/intermediate/sessions/chg_visitors.sql",
        "coalesce(c.chain_started_at, t.changed_at)",
        "t.changed_at",
    ),
    "late rows not looked for": (
        "models/intermediate/sessions/chg_sessions.sql",
        "if cold_at is not none",
        "if false",
    ),
}


@pytest.mark.prove
@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds_a_planted_fault(fault: str, environment: Path, tmp_path: Path) -> None:
    faulty = Dbt(environment / fault.replace(" ", "_"), FAULTS[fault])
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
            try:
                Life(seed, faulty, folder / "warehouse.duckdb").live()
            except AssertionError:
                return
    pytest.fail(f"twelve histories did not find: {fault}")
