"""What cannot be read is shown without a value, and moves once when its contract is mended."""

import gzip
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from homes import Home
from seeds import seeds
from small_home import CONTRACT, NOW, SmallHome, event, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing import waiting
from cx_pipeline.landing.load import take_out
from cx_pipeline.landing.retire import retire
from cx_pipeline.warehouse import connect

ANNA = "1,Anna Vogel,anna@mail.example,+49 170 1234567,,2026-11-01T10:00:00.000Z,12.50,0.5,3"
BERT = "2,Bert Roth,bert@mail.example,,,2026-11-01T11:00:00.000Z,many,,"
CARL = "3,Carl Ott,carl@mail.example,,,2026-11-01T12:00:00.000Z,few,,"
DORA = "4,Dora Rau,dora@mail.example,,,yesterday,few,,"
# What was wrong with the contract: the amount is a text, and Email came as "E-Mail".
MENDED = CONTRACT.replace(
    '{name: amount, data_type: "decimal(18,2)", config', "{name: amount, config"
).replace("{from: Email, pii", "{from: Email, names: [E-Mail], pii")
SECRETS = ("anna", "vogel", "mail.example", "bert", "roth", "many", "1234567", "yesterday")


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def with_contract(home: SmallHome, text: str) -> SmallHome:
    """The same home after somebody wrote its contract anew."""
    folder = home.packs[0].folder
    (folder / "_shop__sources.yml").write_text(text)
    return SmallHome(home.settings, (load_pack(folder),))


def beside(home: SmallHome, name: str, contract: str) -> SmallHome:
    """An empty home of the same key with that contract from the start."""
    other = small_home(home.settings.home.parent / name, contract)
    other.settings.token_key_file.write_bytes(home.settings.token_key_file.read_bytes())
    return other


def listed(home: SmallHome, **wanted: str) -> tuple[list[Any], list[Any], list[Any]]:
    told = waiting.Wanted(**wanted)
    with connect(home.settings.warehouse_file, read_only=True) as con:
        return (
            waiting.counted(con, home.settings.landing, told),
            waiting.records(con, told, 100),
            waiting.aside(con, home.settings.landing, told),
        )


def lost(home: SmallHome) -> waiting.Waiting:
    with connect(home.settings.warehouse_file, read_only=True) as con:
        return waiting.waiting(con, home.packs[0].contracts)


def out_of_reach(home: SmallHome) -> list[str]:
    with connect(home.settings.warehouse_file, read_only=True) as con:
        return list(waiting.out_of_reach(con, home.settings.landing, home.packs[0].contracts))


def balanced(home: SmallHome) -> bool:
    """Each file's books, and that they are those of the tables."""
    loads = home.query(
        "select load, table_name, rows_read, accepted, quarantined, duplicate, erased from landing.loads"
    )
    assert len({load for load, *_ in loads}) == len(loads)
    for load, table, read, accepted, quarantined, duplicate, erased in loads:
        assert read == accepted + quarantined + duplicate + erased
        assert home.query(f"select count(*) from raw_shop.{table} where _load = {load}") == [
            (accepted,)
        ]
        held = home.query(
            "select count(*), count(distinct line) from landing.quarantine where load = ?", [load]
        )
        assert held == [(quarantined, quarantined)]
    known = "(select load from landing.loads)"
    return home.query(f"select count(*) from landing.quarantine where load not in {known}") == [
        (0,)
    ]


# ---- what is shown -----------------------------------------------------------------------------


def test_what_lies_in_quarantine_is_told_without_a_value(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT, CARL, DORA)
    home.drop("stores/People_2.csv", "Id,Name\n9,Bert Roth\n")
    home.drop("People_3.csv.gz", gzip.compress(b"Id,Name,Email\n" * 999, mtime=0)[:-30])
    home.drop("events_1.ndjson", "no json\n" + "{}")
    home.land()
    counts, records, aside = listed(home)
    assert [(c.table, c.file, c.reason, c.rows) for c in counts if c.table == "people"] == [
        ("people", "People_1.csv", "amount is not a decimal(18,2)", 2),
        ("people", "People_1.csv", "changed_at is not a timestamp", 1),
    ]
    assert [(one.line, one.reason) for one in records if one.file == "People_1.csv"] == [
        (3, "amount is not a decimal(18,2)"),
        (4, "amount is not a decimal(18,2)"),
        (5, "changed_at is not a timestamp"),
    ]
    assert all("email=***" in str(one.row) for one in records if one.table == "people")
    asides = {one.file: one.reason for one in aside}
    assert "truncated" in asides["People_3.csv.gz"] and "deliver" in asides["People_3.csv.gz"]
    assert "'Email'" in asides["stores/People_2.csv"]
    everything = str((counts, records, aside)).lower()
    assert not [secret for secret in SECRETS if secret in everything]
    assert all(one.is_there for one in [*counts, *aside])


def test_a_source_a_file_or_words_of_a_reason_choose(home: SmallHome) -> None:
    home.people("People_1.csv", BERT)
    home.people("stores/People_2.csv", CARL, DORA)
    home.drop("People_3.csv", "Id,Name\n")
    home.land()

    def chosen(**wanted: str) -> tuple[int, int, int]:
        counts, records, aside = listed(home, **wanted)
        assert sum(one.rows for one in counts) == len(records)
        return len(counts), len(records), len(aside)

    assert chosen() == (3, 3, 1)
    assert chosen(source="shop") == (3, 3, 1) and chosen(source="other") == (0, 0, 0)
    assert chosen(file="People_2.csv") == chosen(file="stores/*") == (2, 2, 0)
    assert chosen(file="People_*") == (1, 1, 1)
    assert chosen(reason="AMOUNT is not") == (2, 2, 0)
    assert chosen(reason="missing") == (0, 0, 1)


def test_a_file_that_was_delivered_again_stands_aside_no_more(home: SmallHome) -> None:
    home.drop("People_1.csv", "Id,Name\n")
    home.land()
    home.people("People_1.csv", ANNA)
    home.land()
    assert listed(home) == ([], [], [])


# ---- read again --------------------------------------------------------------------------------


def test_rows_move_once_and_only_once(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT, CARL, DORA)
    home.drop(
        "People_2.csv",
        "Id,Name,E-Mail,SystemModstamp,Amount\n5,Emil Bo,emil@mail.example,2026-11-01,7\n",
    )
    first, second = home.land()
    assert (first.accepted, first.quarantined, second.status) == (1, 3, "aside")
    mended = with_contract(home, MENDED)
    assert [(one.accepted, one.quarantined, one.duplicate) for one in mended.land()] == [
        (3, 1, 0),
        (1, 0, 0),
    ]
    _, (dora,), aside = listed(mended)
    assert (dora.line, dora.reason) == (5, "changed_at is not a timestamp") and aside == []
    told = mended.content("people")
    assert balanced(mended) and mended.land() == [] and mended.content("people") == told
    start = beside(mended, "start", MENDED)
    for path in home.folder.iterdir():
        start.drop(path.name, path.read_bytes())
    start.land()
    assert start.content("people") == told


def test_of_a_file_without_one_good_row_the_older_reading_goes(home: SmallHome) -> None:
    """The other way round: a contract that has become stricter."""
    loose = with_contract(home, MENDED)
    loose.people("People_1.csv", BERT, CARL)
    loose.people("People_2.csv", ANNA)
    loose.land()
    strict = with_contract(loose, CONTRACT)
    assert [(one.accepted, one.quarantined) for one in strict.land()] == [(0, 2), (1, 0)]
    assert strict.query("select count(*) from raw_shop.people") == [(1,)]
    assert balanced(strict)
    archived = list(strict.settings.archive.glob("shop/*-people.parquet"))
    assert len(archived) == 1  # else an erasure would bring the rows of the older reading back
    again = with_contract(strict, MENDED)
    again.land()
    assert again.query("select count(*) from raw_shop.people") == [(3,)] and balanced(again)


def test_a_file_taken_for_another_table_is_told_once(home: SmallHome) -> None:
    home.drop("People_stock_20261101.csv", "sku,title\n1,Kettle\n")
    assert home.land_one().status == "aside"
    globs = CONTRACT.replace('"People*.csv"', '"People_[0-9]*.csv"').replace('"stock', '"*stock')
    mended = with_contract(home, globs)
    assert mended.land_one().accepted == 1
    assert mended.query("select table_name, status from landing.loads") == [("stock", "loaded")]
    assert listed(mended) == ([], [], [])


def test_a_refused_batch_that_is_delivered_again_lies_in_quarantine_once(home: SmallHome) -> None:
    path = home.events("events_1.ndjson", [event(0), event(1)])
    for _ in range(2):
        load = home.land_one().load
        assert load is not None
        with connect(home.settings.warehouse_file) as con:
            assert take_out(con, load) == 2
        assert balanced(home) and lost(home).rows == 2
        path.touch()
    assert home.land_one().accepted == 2 and lost(home) == waiting.Waiting() and balanced(home)


def test_what_is_gone_is_not_lost_and_its_remedy_is_said(home: SmallHome) -> None:
    path = home.people("People_1.csv", ANNA, BERT)
    home.people("People_2.csv", CARL)
    content = path.read_bytes()
    home.land()
    assert out_of_reach(home) == []
    with connect(home.settings.warehouse_file) as con:
        retire(home.settings, con, NOW + timedelta(days=31))
    assert [one.is_there for one in listed(home)[0]] == [False, False]
    before = lost(home)
    mended = with_contract(home, MENDED)
    assert mended.land() == [] and lost(mended) == before and balanced(mended)
    assert mended.query("select count(*) from raw_shop.people") == [(1,)]
    assert out_of_reach(mended) == [
        f"landing/shop/{name}: the delivered file is gone, so its 1 rows in quarantine cannot be read "
        "again; let the source deliver it again"
        for name in ("People_1.csv", "People_2.csv")
    ]
    mended.drop("sent_again/People_x.csv", content)
    assert (mended.land_one().accepted, balanced(mended)) == (2, True)
    assert len(out_of_reach(mended)) == 1 and lost(mended).rows == 1


@pytest.mark.parametrize("seed", seeds(6))
def test_any_order_of_deliveries_and_mending_gives_the_same(seed: int, tmp_path: Path) -> None:
    """Overlapping files, mended somewhere between them, equal the mended contract from the start."""
    draw = random.Random(seed)
    rows = [ANNA, BERT, CARL, DORA, BERT.replace("11:00", "13:00"), ANNA.replace("12.50", "13")]
    files = [draw.sample(rows, draw.randrange(1, len(rows))) for _ in range(6)]
    home = small_home(tmp_path)
    mended_at = draw.randrange(len(files) + 1)
    for number, file in enumerate(files):
        if number == mended_at:
            home = with_contract(home, MENDED)
        home.people(f"People_{number}.csv", *file)
        if draw.random() < 0.7:
            home.land()
    home = with_contract(home, MENDED)
    home.land()
    start = beside(home, "start", MENDED)
    for path in draw.sample(sorted(home.folder.iterdir()), len(files)):
        start.drop(path.name, path.read_bytes())
        start.land()
    assert home.content("people") == start.content("people")
    assert balanced(home) and balanced(start) and home.land() == []
    assert {file: set(there) for file, there in lost(home).lines.items()} == lost(start).lines


# ---- the commands ------------------------------------------------------------------------------


def command_home(home: SmallHome) -> Home:
    """The small home as the command line finds it."""
    told = f'sources = ["shop"]\npack_paths = ["{home.packs[0].folder.parent}"]\n'
    (home.settings.home / "cx.toml").write_text(told)
    return Home(home.settings.home)


def test_the_commands_show_replay_and_tell(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT, CARL, DORA)
    home.drop(
        "People_2.csv", "Id,Name,E-Mail,SystemModstamp,Amount\n5,E,e@x.example,2026-11-01,7\n"
    )
    home.people("People_gone.csv", BERT.replace("2,", "9,"))
    home.drop("Persons.csv", "Id\n1\n")  # of no contract
    home.land()
    (home.folder / "People_gone.csv").unlink()
    cx = command_home(home)
    told = cx.cx("quarantine", "shop", "--json").told
    assert [(one["file"], one["rows"], one["is_there"]) for one in told["counts"]] == [
        ("People_1.csv", 2, True),
        ("People_1.csv", 1, True),
        ("People_gone.csv", 1, False),
    ]
    assert [one["file"] for one in told["files_aside"]] == ["People_2.csv", "Persons.csv"]
    assert "no contract matches its name" in told["files_aside"][1]["reason"]
    shown = cx.cx("quarantine", "--limit", "1")
    assert "1 of 4 records" in shown.err and "cx replay" in shown.err
    assert "'Email' is missing" in shown.out and not any(s in shown.out.lower() for s in SECRETS)
    assert "no source of this home" in cx.cx("quarantine", "shup", expect=2).err
    with_contract(home, MENDED)
    told = cx.cx("replay", "shop", "--json", expect=1).told  # for the file of no contract
    assert (told["rows_moved"], told["rows_still_in_quarantine"]) == (2, 2)
    assert (told["files_no_longer_aside"], told["files_still_aside"]) == (1, 0)
    (gone,) = told["cannot_be_replayed"]
    assert "People_gone.csv" in gone and "let the source deliver it again" in gone
    (home.folder / "Persons.csv").unlink()
    again = cx.cx("replay").out
    assert "left quarantine: 0; still there: 2" in again and "aside: 0; still aside: 0" in again
    mended = SmallHome(home.settings, (load_pack(home.packs[0].folder),))
    assert mended.query("select count(*) from raw_shop.people") == [(4,)] and balanced(mended)
