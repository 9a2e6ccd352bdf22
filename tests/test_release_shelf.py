"""The shelf of publishes: names, what stays, what readers and crashes see."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from release_world import FILL, judge, judged, new_home, show

from cx_pipeline.release import shelf
from cx_pipeline.release.shelf import Shelf, roll_back, verify
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged(settings) as con:
        yield con


def test_the_last_five_stay_and_an_earlier_one_can_be_shown_again(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    made = []
    for night in range(7):
        con.execute("update marts.fct_orders set amount = ? where amount >= 60", [60 + night])
        judge(con)
        made.append(show(settings, con, run_id=f"run{night}-x").folder)
    folder = settings.published / "analysts"
    assert Shelf(folder).publishes == made[2:]
    assert [path.name for path in made] == sorted(path.name for path in made)
    assert roll_back(folder) == made[-2]
    assert Shelf(folder).current == made[-2]
    with pytest.raises(shelf.PublishError, match="no publish gone"):
        roll_back(folder, "gone")


def test_names_go_forward_when_the_clock_goes_back(tmp_path: Path) -> None:
    rack = Shelf(tmp_path)
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    names = []
    for back in (0, 3600, 7200):
        name = rack.new_name("abc-def", datetime.fromtimestamp(now.timestamp() - back, UTC))
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        names.append(name)
    assert names == sorted(set(names))
    assert names[0] == "20261101T120000-abc"


def test_a_reader_keeps_what_it_has_open_through_a_publish(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    show(settings, con)
    current = settings.published / "analysts" / "current" / "cx_marts.duckdb"
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin:\n"
        "    print(c.execute('select sum(amount)::int from fct_orders').fetchone()[0], flush=True)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(current)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write("\n")
    reader.stdin.flush()
    before = reader.stdout.readline()
    con.execute("update marts.fct_orders set amount = 0")
    judge(con)
    show(settings, con, run_id="run-2")
    after, _ = reader.communicate("\n")
    assert before == after != "0\n"
    with connect(current, read_only=True) as shown:
        assert shown.execute("select sum(amount) from fct_orders").fetchone() == (0,)


CRASH = """
import os, signal, sys
from pathlib import Path
import release_world as t
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect
settings = Settings(home=Path(sys.argv[1]))
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
with connect(settings.warehouse_file) as con:
    t.show(settings, con, run_id="run-2", report=die)
"""


def test_a_killed_publish_leaves_the_last_one_and_nothing_half_done(settings: Settings) -> None:
    with connect(settings.warehouse_file) as con:
        con.execute(FILL)
        judge(con)
        live = show(settings, con).folder
        con.execute("update marts.fct_orders set amount = 0")
        judge(con)
    died = subprocess.run(
        [sys.executable, "-c", CRASH, str(settings.home)],
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    rack = Shelf(settings.published / "analysts")
    assert rack.current == live
    assert verify(live) == []
    assert list(rack.folder.glob(".building-*"))
    with connect(settings.warehouse_file) as con:
        made = show(settings, con, run_id="run-3").folder
    assert rack.current == made
    assert not list(rack.folder.glob(".building-*"))


def test_an_unwritable_place_is_told_before_any_work(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    settings.published.mkdir(parents=True)
    (settings.published / "analysts").write_text("in the way")
    with pytest.raises(shelf.PublishError, match=r"cannot be written.*last publish stays live"):
        show(settings, con)
