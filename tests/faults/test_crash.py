"""Rows 1 to 4, 10: a landing killed at its steps and at its writes, torn, or on a disk that fails."""

import re
import shutil
import signal
from pathlib import Path

import pytest
from lander import Died, Fault, Lander
from small_home import SmallHome, event
from undisturbed import Content, balanced, content, converges, shop, undisturbed

PEOPLE = [f"{n},Anna Vogel{n},a{n}@mail.example,,,2026-11-0{n},1,," for n in range(1, 6)]


def first_night(home: SmallHome) -> None:
    home.people("People_1.csv", "9,Bert Roth,b@mail.example,,it was Anna Vogel1,2026-11-01,1,,")
    home.events("events_1.ndjson", [event(n) for n in range(40)])


def second_night(home: SmallHome) -> None:
    """News of all kinds: rows, rivals, copies, a bad row, a bad file, names that texts held."""
    home.people("People_2.csv", *PEOPLE, "6,Cleo,c@mail.example,,,2026-11-06,many,,")
    home.people("People_3.csv", *PEOPLE[:2])
    home.drop("People_4.csv", b"")
    home.events("events_2.ndjson", [event(n, device={"category": "tv"}) for n in range(20, 60)])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallHome, Content]:
    """A home after its first night, the second delivered, and what it has to say at the end."""
    home = shop(tmp_path_factory.mktemp("world"), "people", "events")
    first_night(home)
    home.land()
    second_night(home)
    return home, content(undisturbed(home))


def copied(home: SmallHome, folder: Path) -> SmallHome:
    shutil.copytree(home.settings.home, folder / "home")
    shutil.copytree(home.packs[0].folder.parent, folder / "packs")
    told = home.settings.model_copy(
        update={"home": folder / "home", "pack_paths": (folder / "packs",)}
    )
    return SmallHome(told, home.packs)


def dies(world: tuple[SmallHome, Content], folder: Path, lander: Lander, *fault: object) -> None:
    """The second night is killed: what is there balances, and the rerun says what it should."""
    home, expected = world
    hurt = copied(home, folder)
    step = str(fault[0]) if isinstance(fault[0], str) else ""
    told = (
        lander.land(hurt.settings.home, step=step)
        if step
        else lander.land(hurt.settings.home, *fault)  # type: ignore[arg-type]
    )
    assert told.code == -signal.SIGKILL, told
    balanced(hurt)
    converges(hurt, expected)


# ---- 1: at every step --------------------------------------------------------------------------

STEPS = (
    "cx_pipeline.landing.archive:_copy+",
    "cx_pipeline.privacy.vault:Vault.commit+",
    "cx_pipeline.landing.commit:Batch._quarantine",
    "cx_pipeline.landing.commit:Batch.commit+",
    "cx_pipeline.landing.second_pass:put_in_place",
    "cx_pipeline.privacy.known:Known.set_through",
)


@pytest.mark.parametrize("step", STEPS)
def test_fault_01_killed_between_steps(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, step: str
) -> None:
    dies(world, tmp_path, lander, step)


# ---- 2, 3: at a write, whole or torn -----------------------------------------------------------


@pytest.fixture(scope="module")
def writes(
    world: tuple[SmallHome, Content], tmp_path_factory: pytest.TempPathFactory, lander: Lander
) -> int:
    """How many writes the second night takes, undisturbed; 3 fewer with another turn of threads."""
    home, expected = world
    whole = copied(home, tmp_path_factory.mktemp("whole"))
    told = lander.land(whole.settings.home)
    assert told.code == 0 and content(whole) == expected and told.writes > 40
    return told.writes - 3


def test_fault_02_killed_at_a_write(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int
) -> None:
    for share in (0.3, 0.7):
        dies(world, tmp_path / str(share), lander, Fault.KILL, int(writes * share))


def test_fault_03_killed_in_a_torn_write(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int
) -> None:
    for share in (0.6,):
        dies(world, tmp_path / str(share), lander, Fault.TORN, int(writes * share))


@pytest.mark.prove
@pytest.mark.parametrize("fault", [Fault.KILL, Fault.TORN])
def test_fault_02_03_at_every_write(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int, fault: Fault
) -> None:
    for k in range(writes):
        dies(world, tmp_path / str(k), lander, fault, k)
        shutil.rmtree(tmp_path / str(k))


# ---- 4: while the files of a home are born -----------------------------------------------------


def born(folder: Path) -> SmallHome:
    home = shop(folder, "people", "events")
    first_night(home)
    return home


@pytest.fixture(scope="module")
def first_said(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallHome, Content]:
    home = born(tmp_path_factory.mktemp("born"))
    return home, content(undisturbed(home))


def test_fault_04_killed_while_the_warehouse_is_born(
    first_said: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int
) -> None:
    """Vault and known names come first; of the warehouse's own writes some are the first three."""
    home, expected = first_said
    half_born = 0
    for k in (42, 48):
        hurt = copied(home, tmp_path / str(k))
        fault = Fault.TORN if k % 2 else Fault.KILL
        assert lander.land(hurt.settings.home, fault, k).code == -signal.SIGKILL
        half_born += bool(list(hurt.settings.state.glob(".warehouse.duckdb.new-*")))
        converges(hurt, expected)
    assert half_born


@pytest.mark.parametrize("born", [b"", b"\0" * 4096, b"DUCK" * 1000])
def test_fault_04_a_half_born_file_is_discarded(
    first_said: tuple[SmallHome, Content], tmp_path: Path, born: bytes
) -> None:
    """As older homes may hold one: it stands under the warehouse's own name."""
    home, expected = first_said
    hurt = copied(home, tmp_path)
    hurt.settings.warehouse_file.parent.mkdir(exist_ok=True)
    hurt.settings.warehouse_file.write_bytes(born)
    converges(hurt, expected)


def test_fault_04_killed_between_the_tables_of_a_new_source(
    first_said: tuple[SmallHome, Content], tmp_path: Path, lander: Lander
) -> None:
    """Tables are made one by one: those that were made stay, the others are made by the rerun."""
    home, expected = first_said
    hurt = copied(home, tmp_path)
    step = "cx_pipeline.landing.schema:raw_table"
    assert lander.land(hurt.settings.home, at=1, step=step).code == -signal.SIGKILL
    converges(hurt, expected)


@pytest.mark.prove
@pytest.mark.parametrize("fault", [Fault.KILL, Fault.TORN])
def test_fault_04_at_every_write_of_a_first_night(
    first_said: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int, fault: Fault
) -> None:
    home, expected = first_said
    whole = copied(home, tmp_path / "whole")
    for k in range(lander.land(whole.settings.home).writes - 3):
        hurt = copied(home, tmp_path / str(k))
        assert lander.land(hurt.settings.home, fault, k).code == -signal.SIGKILL
        converges(hurt, expected)
        shutil.rmtree(tmp_path / str(k))


# ---- 6, 10: a disk that is full, or fails ------------------------------------------------------

NO_ROOM = re.compile(r"MachineFault: disk full, need [1-9]\d* MiB in \S+/state; make room and run")


def fails(
    world: tuple[SmallHome, Content], folder: Path, lander: Lander, fault: Fault, k: int
) -> Died:
    """The second night ends with a sentence, without a file left behind; then there is room.

    Where all was committed, and only the warehouse's log was still to be folded in, nothing lacks.
    """
    home, expected = world
    hurt = copied(home, folder)
    told = lander.land(hurt.settings.home, fault, k)
    if told.code == 0:
        assert content(hurt) == expected
        return told
    assert told.code == 1, told
    left = [path for path in hurt.settings.archive.rglob(".*") if not path.name.endswith(".anew")]
    assert left == []
    balanced(hurt)
    converges(hurt, expected)
    return told


def test_fault_06_disk_full(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int
) -> None:
    for share in (0.0, 0.8):
        told = fails(world, tmp_path / str(share), lander, Fault.FULL, int(writes * share))
        assert NO_ROOM.match(told.said), told
    fails(world, tmp_path / "last", lander, Fault.FULL, writes)


@pytest.mark.prove
def test_fault_06_disk_full_at_every_write(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander, writes: int
) -> None:
    for k in range(writes):
        told = fails(world, tmp_path / str(k), lander, Fault.FULL, k)
        assert NO_ROOM.match(told.said) or (told.code == 0 and k > 0.8 * writes), told
        shutil.rmtree(tmp_path / str(k))


def cannot_sync(world: tuple[SmallHome, Content], folder: Path, lander: Lander, k: int) -> int:
    """A landing that goes on after it has lost nothing; one that cannot says so."""
    home, expected = world
    hurt = copied(home, folder)
    told = lander.land(hurt.settings.home, Fault.NO_SYNC, k)
    assert told.code == 0 or "cannot be written (input/output error); check it" in told.said, told
    balanced(hurt)
    converges(hurt, expected)
    return told.code


def test_fault_10_a_sync_that_fails(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander
) -> None:
    assert cannot_sync(world, tmp_path, lander, 0) == 1


@pytest.mark.prove
def test_fault_10_every_sync_fails(
    world: tuple[SmallHome, Content], tmp_path: Path, lander: Lander
) -> None:
    home, _ = world
    syncs = lander.land(copied(home, tmp_path / "whole").settings.home).syncs
    told = [cannot_sync(world, tmp_path / str(k), lander, k) for k in range(syncs)]
    assert sum(told) > syncs // 2
