"""Promise 1 by random plans: however rows are split, shuffled, repeated, delayed and restated over
files and nights, the raw tables say the same; and so do the marts, by content hash (`make prove`).
"""

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import AS_OF, FIXES, Demo, Home
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_home import PEOPLE, SmallHome, event, small_home

# Six customers, each told up to three times: another name, mail or amount under a later version,
# and twice two tellings of one version that contradict each other.
CUSTOMERS = [
    f"C-{person},Ann{version} Lee,ann{person}.{version}@mail.example,,"
    f"wrote to ann{person}.{version}@mail.example,2026-10-{10 + version} 08:00:00,{version}.50,1,"
    for person in range(6)
    for version in range(1 + person % 3)
]
CUSTOMERS += [
    "C-5,Ann9 Lee,other@mail.example,,,2026-10-12 08:00:00,9.99,1,",
    "C-0,Ann9 Lee,other@mail.example,,,2026-10-10 08:00:00,9.99,1,",
]
# Events of three cookies; the last two contradict one that was told before them.
EVENTS = [event(n * 1_000_000, cookie=f"c.{n % 3}") for n in range(20)]
EVENTS += [
    event(n * 1_000_000, cookie=f"c.{n % 3}", page="https://s.example/other") for n in (3, 8)
]
# What stood in stock on three days.
STOCK = {
    f"stock_2026100{day}.csv": [f"S-{n},title {n * day // 3}" for n in range(5)]
    for day in (1, 2, 3)
}
TABLES = ("people", "events", "stock")

Piece = tuple[str, str, bytes]  # table, first part of the file's name, content


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Piece]]:
    """Nights of files: each row at least once, some twice, in any order and any company."""
    pieces: list[Piece] = []
    for table, rows in (("people", CUSTOMERS), ("events", [json.dumps(one) for one in EVENTS])):
        told = draw(st.permutations(rows))
        again = draw(st.lists(st.sampled_from(rows), max_size=6))
        lines = [*told, *again]
        cuts = sorted(draw(st.sets(st.integers(1, len(lines) - 1), max_size=4)))
        for start, stop in zip([0, *cuts], [*cuts, len(lines)], strict=True):
            head = [PEOPLE] if table == "people" else []
            pieces.append((table, "", "\n".join([*head, *lines[start:stop], ""]).encode()))
    for name, rows in STOCK.items():
        lines = draw(st.permutations(rows))
        cut = draw(st.integers(0, len(lines)))
        for part in filter(None, (lines[:cut], lines[cut:])):
            pieces.append(("stock", name, "\n".join(["sku,title", *part, ""]).encode("gb18030")))
    pieces = draw(st.permutations(pieces))
    pieces += draw(st.lists(st.sampled_from(pieces), max_size=3))  # delivered twice
    nights: list[list[Piece]] = [[] for _ in range(draw(st.integers(1, 4)))]
    for piece in pieces:
        nights[draw(st.integers(0, len(nights) - 1))].append(piece)
    return nights


def drop(home: SmallHome, night: list[Piece], number: int) -> None:
    for place, (table, name, content) in enumerate(night):
        told = f"night{number}_{place}"
        names = {
            "people": f"People_{told}.csv",
            "events": f"events_{told}.ndjson",
            "stock": f"stock_{told}_{name.partition('_')[2]}",
        }
        home.drop(names[table], content)


def said(home: SmallHome) -> dict[str, list[tuple[object, ...]]]:
    """What the raw tables say, and which of contradicting rows lost."""
    told = {table: home.content(table) for table in TABLES}
    lost = home.query(
        "select r._key, r._hash from raw_shop.events as r "
        "join raw_shop.events__superseded as s on s._row = r._row"
    )
    return {**told, "lost": sorted(lost, key=str)}


def prove_same(nights: list[list[Piece]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, many = small_home(Path(folder) / "one"), small_home(Path(folder) / "many")
        shutil.copyfile(one.settings.token_key_file, many.settings.token_key_file)
        drop(one, [piece for night in nights for piece in sorted(night)], 0)
        assert {told.status for told in one.land()} == {"loaded"}
        for number, night in enumerate(nights, start=1):
            drop(many, night, number)
            for told in many.land(f"night {number}"):
                assert told.rows_read == told.accepted + told.quarantined + told.duplicate
        assert said(many) == said(one)
        assert len(one.content("people")) == len(CUSTOMERS)


def plans(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@plans(8)
@given(deliveries())
def test_any_delivery_says_the_same(nights: list[list[Piece]]) -> None:
    prove_same(nights)


@pytest.mark.prove
@plans(300)
@given(deliveries())
def test_very_many_deliveries_say_the_same(nights: list[list[Piece]]) -> None:
    prove_same(nights)


def resplit(file: Path, folder: Path, chance: random.Random) -> None:
    """The rows of a delivered NDJSON or CSV in one to three files, shuffled, some of them twice."""
    if file.suffix not in (".csv", ".ndjson") or file.stem.startswith("survey"):
        shutil.copyfile(file, folder / file.name)
        return
    lines = file.read_bytes().splitlines(keepends=True)
    head = lines[:1] if file.suffix == ".csv" else []
    rows = lines[len(head) :]
    if any(row.count(b'"') % 2 for row in rows):  # a record of several lines stays whole
        shutil.copyfile(file, folder / file.name)
        return
    rows += chance.sample(rows, len(rows) // 10)
    chance.shuffle(rows)
    count = chance.randint(1, 3)
    for part in range(count):
        told = b"".join([*head, *rows[part::count]])
        (folder / f"{file.stem}_{part}{file.suffix}").write_bytes(told)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3))
def test_the_sample_split_anew_over_nights_is_the_demo(
    seed: int, demo: Demo, tmp_path: Path, new_home: Callable[..., Home]
) -> None:
    """Whole nights of the demo's four sources: every mart equals the demo's, by content hash."""
    chance = random.Random(seed)
    home = new_home("split", key=demo.key)
    (home.path / "fixes.yml").write_text(FIXES)
    nights: list[list[tuple[str, Path]]] = [[], [], []]
    for source in ("ga4", "salesforce", "connect", "qualtrics"):
        aside = tmp_path / "parts" / source
        aside.mkdir(parents=True)
        for file in sorted((demo.landing / source).iterdir()):
            resplit(file, aside, chance)
        for file in sorted(aside.iterdir()):
            for night in chance.sample(nights, chance.choice((1, 1, 1, 2))):
                night.append((source, file))
    for number, night in enumerate(nights):
        for source, file in night:
            folder = home.landing / source / str(number)
            folder.mkdir(exist_ok=True)
            shutil.copyfile(file, folder / file.name)
        home.cx("run", "--as-of", AS_OF)
    tables = demo.manifest["tables"]
    for name in (name for name, told in tables.items() if told["kind"] == "mart"):
        told = home.manifest["tables"][name]["content_hash"]
        assert told == tables[name]["content_hash"], name
