"""A backup brings everything back but its key, and nobody who was erased since."""

import fcntl
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from homes import AS_OF, ROOT, Demo, Home, Ran, dagster_environment
from small_home import SmallHome, small_home

from cx_pipeline.backup import history, shelf
from cx_pipeline.backup.check import RECENT, judge_backups
from cx_pipeline.backup.fault import BackupError, BackupRefused
from cx_pipeline.backup.package import packed, read_through
from cx_pipeline.backup.restore import MARKER, restore
from cx_pipeline.backup.take import KEPT, LEFT, NEWEST, Taken, take
from cx_pipeline.backup.verify import verify
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import KeyFault, Keys, make_key
from cx_pipeline.privacy.sealed_file import CHUNK, SealedFileDamaged, Sealer, opened
from cx_pipeline.settings import Backup, Settings, load_settings
from cx_pipeline.warehouse import connect

ROW = "003A,Anna Vogel,anna@mail.example,,,2026-11-01 10:00:00,12.50,0.5,3"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)

# ---- the sealed file -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys({1: b"k" * 32, 2: b"l" * 32})


def sealed(path: Path, keys: Keys, data: bytes) -> Path:
    with path.open("wb") as file:
        sealer = Sealer(file, keys, {"kind": "test"})
        for start in range(0, len(data), 300_000):
            sealer.write(data[start : start + 300_000])
        sealer.close()
    return path


def plain(path: Path, keys: Keys) -> bytes:
    with opened(path, keys) as stream:
        parts = list(iter(lambda: stream.read(70_000), b""))
        stream.finish()
        return b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_opens_and_no_cut_does(size: int, keys: Keys, tmp_path: Path) -> None:
    data = os.urandom(size)
    path = sealed(tmp_path / "file", keys, data)
    assert plain(path, keys) == data
    assert size < 16 or data[:16] not in path.read_bytes()
    whole = path.read_bytes()
    head = len(whole) - size - 16 * max(1, -(-size // CHUNK))
    cuts = {0, 5, head - 1, head, head + 3, len(whole) - 1}
    cuts |= {head + n * (CHUNK + 16) for n in range(1, size // CHUNK + 1)} - {len(whole)}
    for cut in sorted(cut for cut in cuts if cut < len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(SealedFileDamaged, match=r"damaged|cut|no file"):
            plain(path, keys)


def test_every_byte_and_the_order_of_chunks_count(keys: Keys, tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", keys, os.urandom(2 * CHUNK + 100))
    whole = path.read_bytes()
    head = len(whole) - (2 * CHUNK + 100) - 3 * 16
    places = [*range(0, head, 7), *range(head, len(whole), 99_991), len(whole) - 1]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(SealedFileDamaged, match="file"):
            plain(path, keys)
    step = CHUNK + 16
    one, two, rest = (
        whole[head : head + step],
        whole[head + step : head + 2 * step],
        whole[head + 2 * step :],
    )
    other = sealed(tmp_path / "other", keys, os.urandom(2 * CHUNK + 100)).read_bytes()
    for forged in (
        whole[:head] + two + one + rest,
        whole[:head] + one + one + rest,
        whole[:head] + one + rest,
        whole + rest,
        whole + b"x",
        other[:head] + whole[head:],
    ):
        path.write_bytes(forged)
        with pytest.raises(SealedFileDamaged, match=r"does not open|cut"):
            plain(path, keys)


def test_only_the_key_opens_and_a_rotation_keeps_old_files(keys: Keys, tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", keys, b"told")
    assert plain(path, Keys({**keys.versions, 3: b"m" * 32})) == b"told"
    with pytest.raises(KeyFault, match="the key is not the one that"):
        plain(path, Keys({2: b"x" * 32}))
    with pytest.raises(KeyFault, match="needs version 2 of the key"):
        plain(path, Keys({1: keys.versions[1]}))
    same = sealed(tmp_path / "again", keys, b"told")
    assert same.read_bytes()[-20:] != path.read_bytes()[-20:]


def test_memory_does_not_grow_with_the_file(keys: Keys, tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(CHUNK))
    tracemalloc.start()
    with packed(tmp_path / "cx-1.backup", keys, {"kind": "test"}, 1) as packing:
        packing.add(big, "state/big")
    read_through(tmp_path / "cx-1.backup", keys)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * CHUNK


# ---- a small home ----------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> SmallHome:
    home = small_home(tmp_path)
    toml = f'sources = ["shop"]\npack_paths = ["{tmp_path / "packs"}"]\n'
    (home.settings.home / "cx.toml").write_text(toml)
    home.people("People_1.csv", ROW)
    home.land("one")
    with connect(home.settings.warehouse_file) as con:
        con.execute("create schema marts; create table marts.dim_x as select 1 as a, 'b' as b")
    Audit(home.settings.audit_file).append("anna", "token", {"token": "v1_1"})
    return home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere"


def erased(settings: Settings, *digests: str) -> None:
    with sqlite3.connect(settings.tombstones_file) as con:
        con.execute("create table if not exists tombstones (digest text primary key)")
        con.executemany("insert into tombstones values (?)", [(one,) for one in digests])


def brought_back(shop: SmallHome, place: Path, name: str = "new", **more: Path) -> Settings:
    home = shop.settings.home.with_name(name)
    restore(place, home, key_file=shop.settings.token_key_file, **more)
    return load_settings(home)


def test_all_but_keys_and_delivered_files_comes_back(shop: SmallHome, folder: Path) -> None:
    settings = shop.settings
    done = take(settings, folder)
    assert [path.name for path in folder.iterdir()] == [done.path.name]
    assert done.path.stat().st_mode & 0o777 == 0o600 and done.tombstones is None
    new = brought_back(shop, folder)
    for path in (settings.vault_file, settings.warehouse_file):
        assert (new.home / path.relative_to(settings.home)).read_bytes() == path.read_bytes() or (
            path == settings.vault_file  # has the acts since
        )
    chain = settings.audit_file.read_text().splitlines()
    told = new.audit_file.read_text().splitlines()
    assert told[0] == chain[0] and '"restored"' in told[1] and '"backup"' in chain[1]
    assert Audit(new.audit_file).broken() is None
    archived = {p.relative_to(settings.home) for p in settings.archive.rglob("*.parquet")}
    assert archived == {p.relative_to(new.home) for p in new.archive.rglob("*.parquet")} != set()
    assert [path.name for path in new.landing.rglob("*")] == ["shop"]
    assert new.vault_file.stat().st_mode & 0o777 == 0o600
    with connect(new.warehouse_file, read_only=True) as con:
        assert con.execute("select accepted from landing.loads").fetchall() == [(1,)]
    aside = shop.settings.home.with_name("aside")
    aside.mkdir()
    read_through(done.path, Keys.load(settings), aside)
    key = settings.token_key_file.read_bytes().strip()
    for path in aside.rglob("*"):
        if path.is_file():
            assert key not in path.read_bytes() and "landing/" not in str(path), path


def test_the_proof_tells_recovery_and_loss(shop: SmallHome, folder: Path) -> None:
    done = take(shop.settings, folder, NOW)
    shop.people("People_2.csv", ROW.replace("003A", "003B"), ROW.replace("003A", "003C"))
    shop.land("two")
    proof = verify(shop.settings, folder, NOW + timedelta(hours=3))
    assert (proof.backup, proof.made_at, proof.acts) == (done.path, NOW, 1)
    assert (proof.loss_seconds, proof.files_since, proof.rows_since) == (10800, 1, 2)
    assert 0 < proof.recovery_seconds < 60 and not proof.is_as_published
    assert list((shop.settings.state / "tmp").glob("verify-*")) == []
    told = history.read(shop.settings)
    assert told["taken"]["made_at"] == told["verified"]["made_at"] == NOW.isoformat()


def repacked(shop: SmallHome, done: Taken, change: Callable[[Path], object]) -> None:
    """A backup by the right key whose content is not what it was made of."""
    keys = Keys.load(shop.settings)
    aside = done.path.parent / "aside"
    aside.mkdir()
    index = read_through(done.path, keys, aside)
    change(aside)
    done.path.unlink()
    about = shelf.about(shelf.BACKUP, done.made_at, has_tombstones=False)
    with packed(done.path, keys, about, 1) as packing:
        packing.facts |= {name: told for name, told in index.items() if name != "members"}
        for path in sorted(aside.rglob("*")):
            if path.is_file():
                packing.add(path, path.relative_to(aside).as_posix())
    shutil.rmtree(aside)


def other_mart(home: Path) -> None:
    with connect(home / "state" / "warehouse.duckdb") as con:
        con.execute("update marts.dim_x set a = 2")


def other_loads(home: Path) -> None:
    with connect(home / "state" / "warehouse.duckdb") as con:
        con.execute("update landing.loads set load = load + 1")


def cut_chain(home: Path) -> None:
    (home / "state" / "audit.jsonl").write_text("")


def no_chain(home: Path) -> None:
    cut_chain(home)
    with sqlite3.connect(home / "state" / "vault.sqlite") as con:
        con.execute("delete from chain")


def torn_vault(home: Path) -> None:
    path = home / "state" / "vault.sqlite"
    data = bytearray(path.read_bytes())
    data[5000:9000] = b"\xff" * 4000
    path.write_bytes(data)


def other_value(home: Path) -> None:
    with sqlite3.connect(home / "state" / "vault.sqlite") as con:
        con.execute("update sealed set value = zeroblob(40)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_mart, "marts.dim_x is not what it was"),
        (other_loads, "last_load of the warehouse is not what it was"),
        (cut_chain, "line 1 of the audit chain was cut"),
        (no_chain, "its audit chain has 0 acts, not 1"),
        (torn_vault, "vault"),
        (other_value, "does not open"),
    ],
)
def test_a_backup_that_does_not_hold_what_it_should_is_no_proof(
    shop: SmallHome, folder: Path, change: Callable[[Path], object], words: str
) -> None:
    done = take(shop.settings, folder)
    repacked(shop, done, change)
    with pytest.raises((BackupError, KeyFault), match=words):
        verify(shop.settings, folder)
    assert "verified" not in history.read(shop.settings)


def test_acts_written_meanwhile_never_part_chain_and_vault(shop: SmallHome, folder: Path) -> None:
    is_over = Event()

    def write() -> int:
        number = 0
        while not is_over.is_set():
            Audit(shop.settings.audit_file).append("anna", "token", {"token": f"v1_{number}"})
            number += 1
        return number

    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(write)
        for place in range(8):
            take(shop.settings, folder / str(place))
        is_over.set()
        assert writing.result() > 3
    for place in range(8):
        proof = verify(shop.settings, folder / str(place))
        assert proof.acts >= 1


def test_what_a_killed_backup_left_is_no_backup_and_goes(shop: SmallHome, folder: Path) -> None:
    erased(shop.settings, "a")
    code = (
        "import os, signal, sys, tarfile\n"
        "from pathlib import Path\n"
        "from cx_pipeline.backup.take import take\n"
        "from cx_pipeline.backup.package import Packing\n"
        "from cx_pipeline.settings import load_settings\n"
        "add = Packing.add\n"
        "def dying(self, path, name):\n"
        "    add(self, path, name)\n"
        "    if name.endswith(sys.argv[3]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "Packing.add = dying\n"
        "take(load_settings(Path(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    for name in ("tombstones.sqlite", "vault.sqlite", "warehouse.duckdb"):
        command = [sys.executable, "-c", code, str(shop.settings.home), str(folder), name]
        died = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert shelf.newest(folder, shelf.BACKUP) is None
        with pytest.raises(BackupRefused, match="holds no backup"):
            shelf.chosen(folder)
    assert Audit(shop.settings.audit_file).broken() is None
    take(shop.settings, folder)
    assert list((shop.settings.state / "tmp").iterdir()) == []
    verify(shop.settings, folder)


# ---- who was erased since ----------------------------------------------------------------------


def test_an_older_backup_gets_the_newest_tombstones(shop: SmallHome, folder: Path) -> None:
    erased(shop.settings, "a")
    first = take(shop.settings, folder, NOW)
    erased(shop.settings, "b")
    second = take(shop.settings, folder, NOW + DAY)
    new = brought_back(shop, first.path)
    with sqlite3.connect(new.tombstones_file) as con:
        assert con.execute("select digest from tombstones order by 1").fetchall() == [
            ("a",),
            ("b",),
        ]
    marker = json.loads((new.state / MARKER).read_text())
    assert marker == {
        "backup": first.path.name,
        "backup_made_at": NOW.isoformat(),
        "tombstones": second.tombstones.name if second.tombstones else "",
        "tombstones_made_at": (NOW + DAY).isoformat(),
    }


def test_tombstones_that_are_older_or_gone_refuse(shop: SmallHome, folder: Path) -> None:
    take(shop.settings, folder, NOW - DAY)  # before anyone was erased
    assert brought_back(shop, folder, "early").home.is_dir()
    erased(shop.settings, "a")
    first = take(shop.settings, folder, NOW)
    second = take(shop.settings, folder, NOW + DAY)
    assert first.tombstones and second.tombstones
    apart = second.tombstones.rename(shop.settings.home / "apart.tombstones")
    with pytest.raises(
        BackupRefused, match=r"tombstones older than the backup: .* by --tombstones"
    ):
        brought_back(shop, folder)
    with pytest.raises(BackupRefused, match="tombstones older than the backup"):
        brought_back(shop, folder, tombstones=first.tombstones)
    with pytest.raises(BackupRefused, match="holds backup, not a tombstones"):
        brought_back(shop, folder, tombstones=first.path)
    first.tombstones.unlink()
    with pytest.raises(BackupRefused, match="has no tombstones, and there were some"):
        brought_back(shop, folder)
    assert not shop.settings.home.with_name("new").exists()
    new = brought_back(shop, folder, tombstones=apart)
    assert new.tombstones_file.exists()


def test_a_write_ahead_log_of_tombstones_is_in_their_copy(shop: SmallHome, folder: Path) -> None:
    erased(shop.settings, "a")
    with sqlite3.connect(shop.settings.tombstones_file) as con:
        con.execute("pragma journal_mode = wal")
        con.execute("insert into tombstones values ('b')")
        con.commit()
        take(shop.settings, folder)
    new = brought_back(shop, folder)
    with sqlite3.connect(new.tombstones_file) as con:
        assert con.execute("select count(*) from tombstones").fetchone() == (2,)


# ---- what is refused -------------------------------------------------------------------------


def said(ran: Ran) -> str:
    """The one sentence of a command that failed."""
    assert ran.out == "" and ran.err.count("\n") == 1 and ran.err.startswith("cx: "), ran
    return ran.err


def test_what_cannot_be_is_one_sentence(
    shop: SmallHome, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = shop.settings
    home, new = Home(settings.home), Home(settings.home.with_name("new"))
    key = ("--key-file", str(settings.token_key_file))
    assert "name a folder, or set [backup] folder" in said(home.cx("backup", expect=2))
    assert "holds no warehouse yet" in said(
        (empty := Home(folder.with_name("empty"))).cx("init", expect=0)
        and empty.cx("backup", str(folder), expect=2)
    )
    assert "does not exist" in said(new.cx("restore", str(folder), *key, expect=2))
    folder.mkdir()
    assert "holds no backup" in said(new.cx("restore", str(folder), *key, expect=2))
    (blocked := folder / "file").write_text("x")
    assert "cannot be written" in said(home.cx("backup", str(blocked), expect=1))
    assert "cannot be written" in said(home.cx("backup", str(blocked / "in"), expect=1))
    assert "is no file of cx backup" in said(home.cx("backup", "verify", str(blocked), expect=1))
    home.cx("backup", str(folder))
    (path,) = folder.glob("*.backup")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert "it was cut or changed" in said(new.cx("restore", str(path), *key, expect=1))
    path.write_bytes(whole[:300_000] + b"?" + whole[300_001:])
    assert "is damaged" in said(home.cx("backup", "verify", str(path), expect=1))
    assert "is damaged" in said(new.cx("restore", str(path), *key, expect=1))
    path.write_bytes(whole)
    make_key(wrong := folder / "wrong.key")
    told = said(new.cx("restore", str(path), "--key-file", str(wrong), expect=2))
    assert "the key is not the one that" in told
    assert "is missing" in said(new.cx("restore", str(path), expect=2))
    assert list(new.path.parent.glob("*new*")) == []
    assert "is not empty" in said(home.cx("restore", str(path), *key, expect=2))
    new.path.mkdir()
    there = home.cx("restore", str(path), *key, "--home", str(new.path), "--json").told
    assert there["home"] == str(new.path) and there["tombstones_at"] is None
    assert not (new.path / "state" / MARKER).exists()  # nobody to erase again
    with settings.lock_file.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps({"pid": 77, "command": "cx run", "since": "2026-11-22"}))
        lock.flush()
        told = said(home.cx("backup", str(folder), expect=4))
    assert "process 77 (cx run) holds the run lock" in told
    monkeypatch.setenv("CX_KEY", "nonsense")
    assert "CX_KEY" in said(home.cx("backup", str(folder), expect=2))
    assert len(list(folder.glob("*.backup"))) == 1 and not list(folder.glob(".*"))


def test_a_full_disk_leaves_nothing_behind(shop: SmallHome, folder: Path) -> None:
    limit = shop.settings.warehouse_file.stat().st_size + (1 << 19)
    (shop.settings.archive / "big.parquet").write_bytes(os.urandom(1 << 20))

    def full(*args: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "cx_pipeline.cli", *args],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1 and "disk full, need " in done.stderr, done
        assert done.stderr.count("\n") == 1

    home, new = shop.settings.home, shop.settings.home.with_name("new")
    full("--home", str(home), "backup", str(folder))
    assert list(folder.iterdir()) == []
    (shop.settings.archive / "big.parquet").write_bytes(os.urandom(limit + 1))
    Home(home).cx("backup", str(folder))
    key = str(shop.settings.token_key_file)
    full("restore", str(folder), "--home", str(new), "--key-file", key)
    assert list(home.parent.glob("*new*")) == []


# ---- settings and the check ------------------------------------------------------------------


def test_the_check_fails_when_the_last_proof_is_missing_or_old(
    shop: SmallHome, folder: Path
) -> None:
    assert judge_backups(shop.settings, NOW) == []
    told = Backup(folder=folder, verify_within_days=7)
    settings = shop.settings.model_copy(update={"backup": told})
    (verdict,) = judge_backups(settings, NOW)
    assert (verdict.check_name, verdict.refuses, verdict.blocking) == (RECENT, True, False)
    assert "no restore of a backup was ever proved" in verdict.detail
    take(settings, folder, NOW)
    assert not judge_backups(settings, NOW)[0].passed
    verify(settings, folder)
    assert judge_backups(settings, NOW + 7 * DAY)[0].passed
    (verdict,) = judge_backups(settings, NOW + 7 * DAY + timedelta(seconds=1))
    assert "of 2026-11-22 12:00 UTC, more than 7 days ago" in verdict.detail
    old = take(settings, folder, NOW - 30 * DAY)
    verify(settings, old.path)  # to prove an old one is no news
    assert judge_backups(settings, NOW + DAY)[0].passed


def test_a_backup_is_due_by_dates_of_the_schedule(shop: SmallHome, folder: Path) -> None:
    settings = shop.settings.model_copy(update={"backup": Backup(folder=folder, every_days=2)})
    assert history.is_due(settings, NOW)
    take(settings, folder, NOW)
    assert not history.is_due(settings, NOW + DAY + timedelta(hours=11))
    assert history.is_due(settings, NOW + DAY + timedelta(hours=12))


def test_an_empty_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "cx.toml").write_text('[backup]\nfolder = ""\n')
    assert load_settings(tmp_path).backup_folder is None
    (tmp_path / "cx.toml").write_text('[backup]\nfolder = "kept"\n')
    assert load_settings(tmp_path).backup_folder == tmp_path / "kept"


# ---- the demo --------------------------------------------------------------------------------


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    return home


def test_everything_in_the_state_is_kept_or_left_on_purpose(demo: Demo) -> None:
    """A new file of the state has to be in one of these lists: else it would be lost unseen."""
    known = {*KEPT, *LEFT, *NEWEST, "warehouse.duckdb", "vault.sqlite", "audit.jsonl"}
    assert {path.name for path in (demo.path / "state").iterdir()} - known == set()


def test_a_restored_home_publishes_the_same(home: Home, demo: Demo, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    told = home.cx("backup", str(folder), "--json").told
    proof = home.cx("backup", "verify", str(folder), "--json").told
    assert proof["backup"] == told["path"] and proof["is_as_published"]
    assert proof["content_hash"] == demo.manifest["content_hash"]
    new = Home(tmp_path / "new")
    new.cx("restore", str(folder), "--key-file", str(demo.key))
    night = new.cx("run", "--as-of", AS_OF, "--json").told
    assert (
        night["content_hash"] == demo.manifest["content_hash"] and night["transform"] == "skipped"
    )
    new.cx("audit", "verify")
    actions = [act["action"] for act in new.cx("audit", "show", "--json").told]
    assert actions[-3:] == ["restored", "configuration", "publish"] or actions[-2:] == [
        "restored",
        "publish",
    ]


def test_a_run_refuses_while_tombstones_cannot_be_read(
    home: Home, demo: Demo, tmp_path: Path
) -> None:
    folder, new = tmp_path / "elsewhere", Home(tmp_path / "new")
    erased(load_settings(home.path), "a")
    home.cx("backup", str(folder))
    told = new.cx("restore", str(folder), "--key-file", str(demo.key), expect=2)
    assert "tombstone.key cannot be read" in told.err and "put the key back" in told.err
    night = new.cx("run", "--as-of", AS_OF, "--json", expect=1).told
    assert night["published"] is None and "who was erased would come back" in night["errors"][0]
    assert (new.path / "state" / MARKER).exists()


DEFINED = """
from cx_pipeline.definitions import defs
graph = defs.resolve_asset_graph()
nightly = defs.resolve_job_def("nightly")
print([job.name for job in defs.resolve_all_job_defs() if job.name in ("nightly", "take_backup")])
print([key.to_user_string() for key in graph.get_all_asset_keys() if key.path == ["backup"]])
print([k.name for k in graph.asset_check_keys if k.name == "last_verified_restore_is_recent"])
print("backup" in [node.name for node in nightly.nodes])
"""


TICKS = """
from datetime import UTC, datetime, timedelta
import dagster as dg
from cx_pipeline.defs.backup import schedules
from cx_pipeline.defs.resources import home
from cx_pipeline.warehouse import run_lock
def tick(days):
    at = datetime.now(UTC) + timedelta(days=days)
    told = schedules[0].evaluate_tick(dg.build_schedule_context(scheduled_execution_time=at))
    print(told.skip_message or f"{len(told.run_requests)} run")
tick(0)
tick(1)
with run_lock(home().settings.lock_file, "cx run"):
    tick(1)
"""


@contextmanager
def backing_up(home: Home, folder: Path) -> Iterator[None]:
    toml = home.path / "cx.toml"
    before = toml.read_text()
    toml.write_text(f'{before}\n[backup]\nfolder = "{folder}"\n')
    yield
    toml.write_text(before)


def python(home: Home, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, *args],
        cwd=ROOT,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.prove
def test_dagster_takes_and_proves_one_and_a_missing_proof_stops_no_publish(
    home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    assert python(home, "-c", DEFINED).splitlines() == ["['nightly']", "[]", "[]", "False"]
    with backing_up(home, folder):
        told = python(home, "-c", DEFINED).splitlines()
        assert sorted(json.loads(told[0].replace("'", '"'))) == ["nightly", "take_backup"]
        assert told[1:] == ["['backup']", f"['{RECENT}']", "False"]
        (home.current / "report.html").unlink()  # so that there is something to publish
        live = home.current.resolve()
        night = home.cx("run", "--as-of", AS_OF, "--json", expect=1).told
        assert night["published"] and home.current.resolve() != live
        assert night["failed_checks"][0].startswith(f"{RECENT} failed: no restore of a backup")
        job = (
            "-m",
            "dagster",
            "job",
            "execute",
            "-j",
            "take_backup",
            "-m",
            "cx_pipeline.definitions",
        )
        python(home, *job)
        assert len(list(folder.glob("*.backup"))) == 1
        assert home.cx("run", "--as-of", AS_OF, "--json").told["failed_checks"] == []
        early, due, held = python(home, "-c", TICKS).splitlines()
        assert early == "the last backup is recent enough" and due == "1 run"
        assert held == "a run is at work (cx run); tried again in an hour"
