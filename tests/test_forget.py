"""Erasure in what has landed: equal to extracts without the person, whatever came when and again."""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from seeds import seeds
from small_home import NOW, SmallHome, small_home
from without_persons import rewrite

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing import anew
from cx_pipeline.landing.retire import retire
from cx_pipeline.privacy.keys import KeyFault, Keys
from cx_pipeline.privacy.tombstones import Tombstones
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rights import erase as erasing
from cx_pipeline.rights.erase import Erased, erase, finish, replay
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.register import Register
from cx_pipeline.warehouse import connect

TOKEN = "pii: {kind: %s, action: token}"
CONTRACT = f"""
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: people
        config: {{meta: {{extract: {{files: "people*.csv", format: csv, kind: snapshot,
            key: [id], version: changed_at, subject: id}}}}}}
        columns:
          - {{name: id, config: {{meta: {{required: true, {TOKEN % "account"}}}}}}}
          - {{name: name, config: {{meta: {{{TOKEN % "name"}}}}}}}
          - {{name: email, config: {{meta: {{{TOKEN % "email"}}}}}}}
          - {{name: changed_at, data_type: timestamp}}
      - name: orders
        config: {{meta: {{extract: {{files: "orders*.csv", format: csv, kind: events,
            key: [order_id], subject: person, time: at}}}}}}
        columns:
          - {{name: order_id}}
          - {{name: person, config: {{meta: {{{TOKEN % "account"}}}}}}}
          - {{name: agent, config: {{meta: {{{TOKEN % "account"}}}}}}}
          - {{name: at, data_type: timestamp}}
      - name: lines
        config: {{meta: {{extract: {{files: "lines*.csv", format: csv, kind: increment,
            key: [order_id, number], subject: order_id}}}}}}
        columns:
          - {{name: order_id}}
          - {{name: number, data_type: integer}}
          - {{name: amount, data_type: "decimal(18,2)"}}
      - name: notes
        config: {{meta: {{extract: {{files: "notes*.csv", format: csv, kind: events, time: at,
            subject: person}}}}}}
        columns:
          - {{name: person, config: {{meta: {{{TOKEN % "account"}}}}}}}
          - {{name: email, config: {{meta: {{{TOKEN % "email"}}}}}}}
          - {{name: name, config: {{meta: {{{TOKEN % "name"}}}}}}}
          - {{name: at, data_type: timestamp}}
          - {{name: text, config: {{meta: {{pii: {{kind: text, action: redact, by: email}}}}}}}}
"""
TABLES = ("people", "orders", "lines", "notes")
GIVEN = [("account", "P1"), ("email", "p1@mail.example")]
OWN = {"account": {"P1"}, "email": {"p1@mail.example"}, "shop.order_id": {"O1", "O2", "O3"}}
AT = datetime(2026, 11, 6, tzinfo=UTC)


def homes(folder: Path) -> Iterator[SmallHome]:
    """Homes of one key."""
    first = small_home(folder / "0", CONTRACT)
    yield first
    number = 1
    while True:
        other = small_home(folder / str(number), CONTRACT)
        shutil.copy(first.settings.token_key_file, other.settings.token_key_file)
        yield other
        number += 1


def extracts(seed: int) -> dict[str, str]:
    """Files of a small shop; rows come twice, in several files, and mention other people."""
    rng = random.Random(seed)
    people, orders, lines, notes = [], [], [], []
    for n in range(1, 7):
        for version in range(rng.randint(1, 3)):
            people.append(f"P{n},Name {n % 3},p{n}@mail.example,2026-10-0{version + 1} 00:00:00")
    for n in range(1, 13):
        person = "P1" if n <= 3 else f"P{rng.randint(2, 6)}"
        agent = "P1" if n in (5, 6) else f"A{rng.randint(1, 2)}"
        orders.append(f"O{n},{person},{agent},2026-10-{n:02d} 10:00:00")
        lines += [f"O{n},{place},{rng.randint(1, 99)}.50" for place in (1, 2)]
    for _ in range(40):
        person = rng.choice(["", "P1", "P2", "P3"])
        mail = rng.choice(["", "p1@mail.example", "p2@mail.example"])
        notes.append(
            f"{person},{mail},Name {rng.randint(0, 1)},2026-10-01 0{rng.randint(0, 2)}:00,ok"
        )
    told = {}
    for name, header, rows in (
        ("people", "id,name,email,changed_at", people),
        ("orders", "order_id,person,agent,at", orders),
        ("lines", "order_id,number,amount", lines),
        ("notes", "person,email,name,at,text", notes),
    ):
        for part in range(3):
            chosen = rng.choices(rows, k=len(rows)) if part else rows
            if name == "lines" or part == 0:
                chosen = list(dict.fromkeys(chosen)) if name == "lines" else chosen
            told[f"{name}_{part}.csv"] = "\n".join([header, *chosen, ""])
    return told


def deliver(home: SmallHome, files: dict[str, str], *, without: bool = False) -> None:
    for name, text in files.items():
        path = home.drop(name, text)
        if without:
            table = name.partition("_")[0]
            rewrite(path, home.packs[0].contract(table), OWN)


def told(home: SmallHome) -> dict[str, list[tuple[object, ...]]]:
    return {table: home.content(table) for table in TABLES}


def erased(home: SmallHome) -> Erased:
    return erase(home.settings, GIVEN, actor="anna", verified_by="passport", now=AT)


def balanced(home: SmallHome) -> bool:
    return home.query(
        "select count(*) from landing.loads where status = 'loaded' "
        "and rows_read <> accepted + quarantined + duplicate + erased"
    ) == [(0,)]


@pytest.mark.parametrize("seed", seeds(4))
def test_raw_tables_equal_extracts_without_the_person(tmp_path: Path, seed: int) -> None:
    files, make = extracts(seed), homes(tmp_path)
    home, never = next(make), next(make)
    deliver(home, files)
    home.land()
    before = told(home)
    done = erased(home)
    assert done.rows and done.blanked
    signs = ("P1", "p1@", "O1,", "O2,", "O3,")
    theirs = {f"shop/{name}" for name, text in files.items() if any(s in text for s in signs)}
    assert set(done.files) == theirs
    deliver(never, files, without=True)
    never.land()
    assert told(home) == told(never) != before
    assert balanced(home)
    for again in ("again_", "once_more_", "third_"):
        for name, text in files.items():
            home.drop(name.replace("_", f"_{again}"), text + "\n" * len(again))
        home.land()
        assert told(home) == told(never) and balanced(home)
    with connect(home.settings.warehouse_file) as con:
        assert retire(home.settings, con, NOW)
    assert not [p for p in home.folder.iterdir() if b"P1" in p.read_bytes()]


@pytest.mark.parametrize("seed", seeds(2))
def test_erased_first_or_last_is_the_same(tmp_path: Path, seed: int) -> None:
    """The tombstone before the extracts, between them, or after them all."""
    files, make = extracts(seed), homes(tmp_path)
    names = sorted(files)
    shown = []
    for cut in (0, 2, 5, len(names)):
        home = next(make)
        deliver(home, {name: files[name] for name in names[:cut]})
        home.land()
        erase(home.settings, GIVEN, actor="anna", verified_by="passport", now=AT)
        deliver(home, {name: files[name] for name in names[cut:]})
        home.land()
        shown.append(told(home))
        assert balanced(home)
    assert all(one == shown[0] for one in shown)


def test_nothing_of_the_person_is_left_in_any_file(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    home.land()
    erased(home)
    for path in home.settings.home.rglob("*"):
        if path.is_file():
            assert b"p1@mail.example" not in path.read_bytes(), path
    keys = Keys.load(home.settings)
    with Vault(home.settings.vault_file, keys) as vault:
        held = {value for _, _, value in vault.values(["account", "email"])}
    assert "P2" in held and not held & {"P1", "p1@mail.example"}


def test_a_name_that_others_bear_stays_and_one_that_nobody_bears_goes(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    header = "id,name,email,changed_at"
    rows = ["P1,Only Mine,p1@mail.example,2026-10-01 00:00", "P1,Our Name,,2026-10-02 00:00"]
    rows += ["P2,Our Name,p2@mail.example,2026-10-01 00:00"]
    home.drop("people.csv", "\n".join([header, *rows, ""]))
    home.land()
    erased(home)
    with Vault(home.settings.vault_file, Keys.load(home.settings)) as vault:
        assert [value for _, _, value in vault.values(["name"])] == ["our name"]


@pytest.mark.parametrize("step", ["forget", "rewrite", "publishes.forget"])
def test_cut_off_anywhere_the_next_run_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    files, make = extracts(2), homes(tmp_path)
    home, never = next(make), next(make)
    deliver(home, files)
    home.land()
    deliver(never, files, without=True)
    never.land()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    owner, _, name = step.rpartition(".")
    with monkeypatch.context() as patched:
        patched.setattr(getattr(erasing, owner) if owner else erasing, name, die)
        with pytest.raises(KeyboardInterrupt):
            erased(home)
    (request,) = Register(home.settings.register_file).unfinished()
    assert request.todo and request.todo["stage"] == "store"
    finish(home.settings)
    assert told(home) == told(never) and balanced(home)
    (request,) = Register(home.settings.register_file).unfinished()
    assert request.todo and request.todo["stage"] == "publish" and "tokens" not in request.todo


def test_cut_off_between_the_archive_and_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, make = extracts(3), homes(tmp_path)
    home, never = next(make), next(make)
    deliver(home, files)
    home.land()
    deliver(never, files, without=True)
    never.land()

    def one_only(touched: list[anew.Touched]) -> None:
        touched[0].anew.replace(touched[0].path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cx_pipeline.landing.forget.put_in_place", one_only)
        with pytest.raises(KeyboardInterrupt):
            erased(home)
    finish(home.settings)
    assert told(home) == told(never) and balanced(home)
    assert not list(home.settings.archive.rglob(".*"))


def test_a_file_that_could_not_be_read_goes_when_it_holds_the_person(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    bad = home.drop("people_broken.csv", "name,mail\nAnna,P1@mail.example\n")
    stray = home.drop("letters/old.txt", "Dear p1@mail.example, ...")
    other = home.drop("letters/other.txt", "Dear p2@mail.example, ...")
    home.land()
    done = erased(home)
    assert not bad.exists() and not stray.exists() and other.exists()
    assert {"shop/people_broken.csv", "shop/letters/old.txt"} <= set(done.files)


def test_who_is_unknown_is_kept_out_all_the_same(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(
        home, {"people_0.csv": "id,name,email,changed_at\nP2,B,p2@mail.example,2026-10-01 00:00\n"}
    )
    home.land()
    before = told(home)
    done = erase(
        home.settings, [("email", "P1@Mail.example")], actor="anna", verified_by="letter", now=AT
    )
    assert done.outcome == "nothing was held; a tombstone keeps it from being stored"
    assert told(home) == before
    home.drop(
        "notes_1.csv", "person,email,name,at,text\nP9,p1@mail.example,Nine,2026-10-01 00:00,hi\n"
    )
    home.land()
    assert home.query("select email, name is null from raw_shop.notes") == [(None, False)]


def test_no_tombstone_key_no_landing(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    home.land()
    erased(home)
    key = home.settings.tombstone_key_file
    right = key.read_bytes()
    key.unlink()
    with pytest.raises(KeyFault, match="who was erased would come back"):
        home.land()
    key.write_bytes(b"2" * 32)
    with pytest.raises(KeyFault, match="put the right key back"):
        home.land()
    key.write_bytes(right)
    home.land()


def test_tombstones_tell_no_value(tmp_path: Path) -> None:
    stones = Tombstones(tmp_path / "tombstones.sqlite", b"1" * 32)
    assert stones.lay([("email", "Anna@Mail.example"), ("phone", "+49 170 1234567")], "r", "t") == 2
    assert stones.lay([("email", "anna@mail.example")], "r", "t") == 0
    again = Tombstones(tmp_path / "tombstones.sqlite", b"1" * 32)
    assert again.found("email", ["ANNA@mail.example", "b@mail.example"]) == {"ANNA@mail.example"}
    assert again.found("phone", ["0049 170 1234567"]) and not again.found("account", ["anna"])
    data = (tmp_path / "tombstones.sqlite").read_bytes()
    assert b"anna" not in data.lower() and b"1234567" not in data


def test_an_empty_name_or_value_is_refused(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    for given in ([], [("email", "no address")]):
        with pytest.raises(RightRefused, match="nothing was done"):
            erase(home.settings, given, actor="anna", verified_by="passport", now=AT)
    assert not Register(home.settings.register_file).requests()


def test_packs_of_old_are_cleared_too(tmp_path: Path) -> None:
    """A source that is not active any more still holds the person."""
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    home.land()
    idle = home.settings.model_copy(update={"sources": ()})
    assert load_pack(home.settings.pack_paths[0] / "shop").name == "shop"
    done = erase(idle, GIVEN, actor="anna", verified_by="passport", now=AT)
    assert done.rows


def test_a_backup_from_before_is_cleared_by_the_tombstones_alone(tmp_path: Path) -> None:
    files, make = extracts(1), homes(tmp_path)
    home, never = next(make), next(make)
    deliver(home, files)
    home.land()
    before = tmp_path / "before"
    shutil.copytree(home.settings.state, before)
    erased(home)
    stones = home.settings.tombstones_file.read_bytes()
    key = home.settings.tombstone_key_file.read_bytes()
    shutil.rmtree(home.settings.state)
    shutil.copytree(before, home.settings.state)
    home.settings.tombstones_file.write_bytes(stones)
    home.settings.tombstone_key_file.write_bytes(key)
    assert replay(home.settings).rows
    deliver(never, files, without=True)
    never.land()
    assert told(home) == told(never) and balanced(home)
    assert not replay(home.settings).rows
