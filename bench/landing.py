"""The landing against plain gunzip and against pandas, polars and dlt doing the same load."""

import gzip
import json
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from bench.measure import Line, Measured, command, repeat

ROWS = 1_000_000
BIG_BYTES = 5 << 30
HEAD = "order_id,email,ordered_at,status,channel,amount,items,promised_on"
PEERS = ("pandas", "polars")
DLT_ROWS = 100_000  # dlt takes its 40 s and 4 GB for as many


def landing(home: Path) -> list[Line]:
    """CSV and NDJSON of a million orders, each load in a process of its own; many small files."""
    folder = home.parent / "extracts"
    packed = _written(folder / "csv.gz" / "orders_1.csv.gz", ROWS)
    plain = _written(folder / "ndjson" / "orders_1.ndjson", ROWS)
    gunzip = repeat(3, lambda: command("gunzip", "--to-stdout", str(packed)))
    csv = {name: _load(name, packed.parent, home) for name in ("ours", *_there())}
    objects = {name: _load(name, plain.parent, home) for name in ("ours", *_there())}
    ours, other = objects["ours"], objects["pandas"]
    lines = [
        _line("csv.gz of a million orders, landed", csv["ours"], gunzip, "plain gunzip", 4),
        *(_beside("csv.gz", name, csv[name], csv["ours"]) for name in _there()),
        Line(
            "NDJSON of a million orders, landed", _told(ours), f"pandas {_told(other)}",
            other.wall / ours.wall, ">= 3", other.wall >= 3 * ours.wall,
        ),
        Line(
            "the same, peak memory", f"{ours.peak_mib:.0f} MiB", f"pandas {other.peak_mib:.0f} MiB",
            ours.peak_mib / other.peak_mib, "<= 0.1", ours.peak_mib <= 0.1 * other.peak_mib,
        ),
        *(_beside("NDJSON", name, objects[name], ours) for name in _there() if name != "pandas"),
    ]  # fmt: skip
    if find_spec("dlt"):
        for ending in ("csv.gz", "ndjson"):
            few = _written(folder / f"few.{ending}" / f"orders_1.{ending}", DLT_ROWS).parent
            peer, mine = (_load(name, few, home) for name in ("dlt", "ours"))
            lines.append(_beside(f"{ending}, 100,000 orders", "dlt", peer, mine))
    whole = _load("ours", _written(folder / "one" / "orders_1.csv", ROWS).parent, home)
    small = _load("ours", _split(folder / "small", 10_000), home)
    return [*lines, _line("10,000 small files", small, whole, "one file of the same rows", 3)]


def big(home: Path) -> list[Line]:
    """A file of 5 GB: the memory that it takes to land."""
    file = home.parent / "big" / "orders_1.csv"
    file.parent.mkdir(parents=True)
    with file.open("w") as written:
        for row in _rows(BIG_BYTES // 85):
            written.write(",".join(row) + "\n")
    told = _load("ours", file.parent, home)
    size = f"a file of {file.stat().st_size / (1 << 30):.1f} GiB, peak memory"
    is_met = told.peak_mib < 1024
    return [Line(size, _told(told), "1024 MiB", told.peak_mib / 1024, "< 1", is_met)]


def _there() -> tuple[str, ...]:
    """Peers that are installed: `make bench` installs all."""
    return tuple(name for name in PEERS if find_spec(name))


def _load(name: str, folder: Path, home: Path) -> Measured:
    work = home.parent / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return command(sys.executable, "-m", "bench.loads", name, str(folder), str(work))


def _told(run: Measured) -> str:
    return f"{run.wall:.1f} s ({run.cpu:.1f} CPU-s, {run.peak_mib:.0f} MiB)"


def _line(name: str, run: Measured, floor: Measured, called: str, goal: float) -> Line:
    ratio = run.wall / floor.wall
    return Line(name, _told(run), f"{called} {_told(floor)}", ratio, f"<= {goal}", ratio <= goal)


def _beside(what: str, name: str, peer: Measured, ours: Measured) -> Line:
    return Line(
        f"{what}, the same load by {name}", _told(peer), f"ours {_told(ours)}",
        peer.wall / ours.wall, "", None,
    )  # fmt: skip


def _rows(count: int) -> Iterator[tuple[str, ...]]:
    """The header and so many orders: a quarter as many customers, some of whom order often."""
    yield tuple(HEAD.split(","))
    chance = random.Random(1)
    for n in range(count):
        person = int(chance.random() ** 1.5 * count / 4)
        yield (
            f"O-{n:09}",
            f"person.{person}@mail.example",
            f"2026-01-{1 + n % 28:02} {n % 24:02}:{n % 60:02}:{n % 59:02}",
            chance.choice(("new", "paid", "sent", "closed")),
            chance.choice(("web", "app", "store")),
            f"{chance.randrange(1, 50_000) / 100:.2f}",
            str(chance.randrange(1, 9)),
            f"2026-02-{1 + n % 28:02}",
        )


def _written(file: Path, count: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = _rows(count)
    names = next(rows)
    lines = map(",".join, chain([names], rows))
    if file.suffix == ".ndjson":
        lines = (json.dumps(_object(names, row)) for row in rows)
    is_packed = file.suffix == ".gz"
    # Line by line: a process that is started counts this one's memory as its own.
    with gzip.open(file, "wt", compresslevel=6) if is_packed else file.open("w") as written:
        for line in lines:
            written.write(f"{line}\n")
    return file


def _object(names: Sequence[str], row: Sequence[str]) -> dict[str, object]:
    told: dict[str, object] = dict(zip(names, row, strict=True))
    return told | {"amount": float(row[5]), "items": int(row[6])}


def _split(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    rows = _rows(ROWS)
    head = ",".join(next(rows))
    for number in range(count):
        lines = [",".join(next(rows)) for _ in range(ROWS // count)]
        (folder / f"orders_{number:05}.csv").write_text("\n".join([head, *lines, ""]))
    return folder
