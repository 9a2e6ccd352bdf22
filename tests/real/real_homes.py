"""A home that runs a real set, and questions to what it published and stored."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import forked
import pandas as pd
from homes import Home

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
FIRST_NIGHT, SECOND_NIGHT = "2018-11-01", "2018-11-02"
OLIST_ZONE = "America/Sao_Paulo"
CURRENT = Path("published") / "analysts" / "current"


def cx(home: Path, *args: str) -> None:
    """Run one command of the product as its users do."""
    done = forked.cx(["--home", str(home), *args], ROOT, timeout=540)
    assert done.code == 0, f"{args} gave {done.code}\n{done.out}\n{done.err}"


@dataclass(frozen=True)
class RealHome:
    """A home of one real source."""

    folder: Path

    @classmethod
    def begin(cls, folder: Path, source: str, key_file: Path, **settings: str) -> "RealHome":
        """A new home whose `cx.toml` says what `settings` say."""
        cx(folder, "init", "--sources", source, "--key-file", str(key_file))
        toml = folder / "cx.toml"
        lines = toml.read_text().splitlines()
        lines = [line for line in lines if line.split(" ")[0] not in settings]
        told = [f'{key} = "{value}"' for key, value in settings.items()]
        toml.write_text("\n".join(told + lines) + "\n")
        return cls(folder)

    def deliver(self, source: str, delivery: Path) -> None:
        """Drop a folder of extracts, or one, into landing."""
        landing = self.folder / "landing" / source
        if delivery.is_dir():
            shutil.copytree(delivery, landing / delivery.name)
        else:
            shutil.copy(delivery, landing)

    def run(self, as_of: str) -> None:
        cx(self.folder, "run", "--as-of", as_of)

    def make(self, as_of: str, *marts: str) -> None:
        """Land, and make these marts with all under them in the warehouse; nothing is published."""
        Home(self.folder).make(as_of, *marts)

    @property
    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / CURRENT / "manifest.json").read_text())
        return told

    def published(self, name: str) -> str:
        """The published files of a mart, to be read in SQL."""
        files = self.folder / CURRENT / "parquet" / name
        return f"read_parquet('{files}/**/*.parquet', hive_partitioning = false)"

    def query(self, sql: str) -> pd.DataFrame:
        """Ask the warehouse and the published files; nobody writes between runs."""
        warehouse = self.folder / "state" / "warehouse.duckdb"
        with duckdb.connect(str(warehouse), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            return con.execute(sql).df()

    def number(self, sql: str) -> Any:
        return self.query(sql).iloc[0, 0]

    def kpi(self, kpi_id: str) -> pd.DataFrame:
        """The published total of a KPI by day, days without anything left out."""
        frame = published_kpi(self.published("fct_kpi_daily"), kpi_id)
        frame["date"] = pd.to_datetime(frame["date"]).dt.date
        return frame.set_index("date")

    def excluded(self, kpi_id: str) -> dict[str, int]:
        """Rows of a KPI that are not counted, by reason."""
        frame = self.query(
            f"select reason, cast(sum(n) as bigint) as n from {self.published('fct_kpi_excluded')}"
            f" where kpi_id = '{kpi_id}' and dimension = 'all' group by reason"
        )
        return {str(reason): int(n) for reason, n in zip(frame["reason"], frame["n"], strict=True)}


def published_kpi(files: str, kpi_id: str) -> pd.DataFrame:
    with duckdb.connect() as con:
        return con.execute(
            "select date, numerator, denominator, value, n, n_persons, excluded"
            f" from {files} where kpi_id = ? and dimension = 'all' and n > 0 order by date",
            [kpi_id],
        ).df()


@dataclass(frozen=True)
class Nights:
    """A home after two nights, and what the first of them had published."""

    home: RealHome
    first: RealHome


def assert_same(published: pd.DataFrame, oracle: pd.DataFrame) -> None:
    """Every day and every column that the oracle tells, exactly."""
    assert list(published.index) == list(oracle.index)
    for column in oracle.columns:
        here = published[column].astype(float).round(6)
        there = oracle[column].astype(float).round(6)
        wrong = here[here != there]
        assert wrong.empty, f"{column}: {wrong.to_dict()}, expected {there[wrong.index].to_dict()}"
    value = oracle["numerator"].astype(float)
    if "denominator" in oracle:
        value = value / oracle["denominator"]
    assert (published["value"].astype(float) - value).abs().max() < 1e-6
