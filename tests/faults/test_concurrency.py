"""Rows 9, 11, 12, 15, 30, 65, 68, 71: others at work, signals, memory, keys, and the same again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from lander import Fault, Lander
from small_home import SmallHome, event
from undisturbed import (
    balanced,
    content,
    converges,
    nothing_half_done,
    one_line,
    shop,
    undisturbed,
)

from cx_pipeline import warehouse
from cx_pipeline.privacy.keys import KeyFault, make_key
from cx_pipeline.warehouse import LockHeld, WarehouseError, WarehouseLocked, run_lock

ROOT = Path(__file__).parents[2]
TEXT = "Id,Name,Email,SystemModstamp,Amount\n1,Anna Vogel,anna@mail.example,2026-11-01,12\n"


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    made = shop(tmp_path, "people")
    made.drop("People.csv", TEXT)
    return made


def child(script: str, path: Path) -> subprocess.Popen[str]:
    """A process that has done the script when this returns, and waits then."""
    made = subprocess.Popen(
        [sys.executable, "-c", f"{script}; print('here', flush=True); input()", str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert made.stdout is not None and made.stdout.readline() == "here\n"
    return made


# ---- 9: out of memory --------------------------------------------------------------------------

STARVED = """
import resource, sys
from pathlib import Path
from lander import home_at
home = home_at(Path(sys.argv[1]))
before = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (before + (250 << 20),) * 2)
try:
    home.land()
except Exception as told:
    print(type(told).__name__, told)
"""


@pytest.fixture
def large(tmp_path: Path) -> SmallHome:
    made = shop(tmp_path, "people")
    rows = (f"{n},A B{n},a{n}@mail.example,,{'w ' * 40},2026-11-01,1,," for n in range(20_000))
    made.people("People.csv", *rows)
    return made


def with_memory(home: SmallHome, limit: str) -> SmallHome:
    told = home.settings.warehouse.model_copy(update={"memory_limit": limit, "threads": 2})
    return replace(home, settings=home.settings.model_copy(update={"warehouse": told}))


def test_fault_09_little_memory_is_enough_for_many_rows(
    large: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warehouse spills; a file that takes more than a reader may is set aside with a word."""
    monkeypatch.setattr("cx_pipeline.landing.load._READER_MEMORY", "5MB")
    told = large.land_one()
    assert (told.status, told.accepted) == ("aside", 0)
    one_line(told, "it takes more memory than a file may", "deliver it in smaller files")
    balanced(large)
    monkeypatch.undo()
    path = large.folder / "People.csv"
    path.touch()
    assert [one.accepted for one in with_memory(large, "5MB").land()] == [20_000]
    assert converges(large) == []


@pytest.mark.prove  # how libraries end differs from run to run
def test_fault_09_the_machine_has_no_memory_left(large: SmallHome) -> None:
    """Libraries may end the process; a file is never set aside for it."""
    done = subprocess.run(
        [sys.executable, "-c", STARVED, str(large.settings.home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests:{ROOT}/tests/faults"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 or done.stdout.startswith("MachineFault out of memory; ")
    assert [one.accepted for one in converges(large)] == [20_000]


# ---- 11, 12, 15: others at work ----------------------------------------------------------------

HOLDS_LOCK = """
import sys, pathlib; from cx_pipeline.warehouse import run_lock
held = run_lock(pathlib.Path(sys.argv[1]), 'cx run'); held.__enter__()"""
HOLDS_FILE = "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True)"


def test_fault_11_12_a_second_run_waits_for_the_first_and_takes_over_from_a_dead_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.lock"
    first = child(HOLDS_LOCK, path)
    told = f"process {first.pid} \\(cx run\\) holds the run lock since 20.*wait"
    with pytest.raises(LockHeld, match=told), run_lock(path, "cx run"):
        pass
    first.kill()
    first.wait()
    with run_lock(path, "cx run") as died:
        assert died is not None and died.pid == first.pid
    with run_lock(path, "cx run") as died:
        assert died is None


def test_fault_11_two_landings_at_once_are_one_after_the_other(
    home: SmallHome, lander: Lander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the run lock too: whoever comes second is refused with a word, and changes nothing."""
    monkeypatch.setattr(warehouse, "_RETRY_SECONDS", (0.01, 0.02))
    undone = {}

    def second(pid: int) -> None:
        try:
            home.land()
        except (WarehouseLocked, LockHeld) as told:
            undone["told"] = str(told)
        os.kill(pid, signal.SIGCONT)

    home.land()
    home.drop("People_2.csv", TEXT.replace("1,", "2,"))
    told = lander.land(home.settings.home, Fault.STOP, 2, meanwhile=second)
    assert told.statuses == ("loaded",)
    assert "in use" in undone["told"] or "is open in process" in undone["told"]
    balanced(home)
    assert converges(home) == []


def test_fault_15_the_warehouse_is_open_in_a_sql_client(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "_RETRY_SECONDS", (0.01, 0.02))
    home.land()
    home.drop("People_2.csv", TEXT.replace("1,", "2,"))
    client = child(HOLDS_FILE, home.settings.warehouse_file)
    told = f"open in process {client.pid} .*close it and run again"
    with pytest.raises(WarehouseLocked, match=told):
        home.land()
    client.communicate("")
    assert [one.accepted for one in converges(home)] == [1]


# ---- 30: a corrupt warehouse -------------------------------------------------------------------


def test_fault_30_a_corrupt_warehouse_is_said_and_never_discarded(home: SmallHome) -> None:
    """The message says both ways; the second, from what is delivered, gives the same content."""
    home.land()
    before, path = content(home), home.settings.warehouse_file
    damaged = b"\0" * 12_288 + path.read_bytes()[12_288:]
    path.write_bytes(damaged)
    words = r"cannot be read .*; restore a copy of it, or move it away and run again .* landing/"
    with pytest.raises(WarehouseError, match=words):
        home.land()
    assert path.read_bytes() == damaged
    path.rename(path.with_name("damaged"))
    assert [one.accepted for one in converges(home, before, once_more=True)] == [1]


# ---- 65: the key -------------------------------------------------------------------------------


def test_fault_65_the_key_is_missing_or_another(home: SmallHome) -> None:
    key = home.settings.token_key_file
    away = key.rename(key.with_name("away"))
    with pytest.raises(KeyFault, match="is missing: nothing was read"):
        home.land()
    assert not home.settings.warehouse_file.exists()
    shutil.copy(away, key)
    home.land()
    before = content(home)
    home.drop("People_2.csv", TEXT.replace("1,", "2,"))
    key.unlink()
    make_key(key)
    with pytest.raises(KeyFault, match=r"not the one .*: nothing was read; give"):
        home.land()
    assert content(home) == before
    shutil.copy(away, key)
    assert [one.accepted for one in converges(home)] == [1]


def test_fault_65_the_key_is_swapped_while_a_landing_is_at_work(
    home: SmallHome, lander: Lander
) -> None:
    """The key is read once: the whole landing uses it, and the next one refuses the other."""
    key = home.settings.token_key_file
    right = key.read_bytes()

    def swap(pid: int) -> None:
        key.unlink()
        make_key(key)
        os.kill(pid, signal.SIGCONT)

    assert lander.land(home.settings.home, Fault.STOP, 20, meanwhile=swap).statuses == ("loaded",)
    with pytest.raises(KeyFault, match="not the one"):
        home.land()
    key.unlink()
    key.write_bytes(right)
    assert converges(home) == []


# ---- 68: signals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)]
)
def test_fault_68_stopped_by_a_signal(
    home: SmallHome, lander: Lander, sign: signal.Signals, code: int
) -> None:
    """Within 5 s; -15 is what a shell tells as 143. What it wrote is gone, or goes with the rerun."""
    began = 0.0

    def stop(pid: int) -> None:
        nonlocal began
        began = time.monotonic()
        os.kill(pid, sign)
        os.kill(pid, signal.SIGCONT)

    home.land()
    before = content(home)
    home.drop("People_2.csv", TEXT.replace("1,", "2,"))
    told = lander.land(home.settings.home, Fault.STOP, 1, meanwhile=stop)
    assert told.code == code
    assert time.monotonic() - began < 5
    assert content(home) == before
    if sign == signal.SIGINT:
        nothing_half_done(home)
    assert [one.accepted for one in converges(home)] == [1]


# ---- 71: the same again ------------------------------------------------------------------------


def test_fault_71_threads_and_order_change_nothing(tmp_path: Path) -> None:
    home = shop(tmp_path, "people", "events")
    for n in range(6):
        home.people(
            f"People_{n}.csv", f"{n % 4},Anna {n},a{n}@mail.example,,,2026-11-0{n + 1},{n},,"
        )
        home.events(f"events_{n}.ndjson", [event(k * n, cookie=f"c.{k}") for k in range(30)])
    home.land()
    told = content(home)
    assert content(undisturbed(home)) == told
    one = undisturbed_by_one_thread(home)
    assert content(one) == told


def undisturbed_by_one_thread(home: SmallHome) -> SmallHome:
    """The files under names that turn their order round, read by one thread."""
    other = shop(home.settings.home.parent / "one", "people", "events")
    shutil.copyfile(home.settings.token_key_file, other.settings.token_key_file)
    for path in home.folder.iterdir():
        stem, number = path.stem.split("_")
        shutil.copy(path, other.folder / f"{stem}_{9 - int(number)}{path.suffix}")
    single = other.settings.warehouse.model_copy(update={"threads": 1})
    slow = replace(other, settings=other.settings.model_copy(update={"warehouse": single}))
    slow.land()
    return slow
