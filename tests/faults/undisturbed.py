"""What every case asks: the state after a fault, and after the plain rerun when the fault is gone.

The state is right when the books balance and nothing half done is left; the rerun is right when the
home says the same as one that was never disturbed and got the same files at once.
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from small_home import CONTRACT, SmallHome, small_home

from cx_pipeline.landing import books
from cx_pipeline.landing.load import FileOutcome
from cx_pipeline.warehouse import connect

Content = dict[str, list[tuple[Any, ...]]]

_RECORDS = (
    "select source, table_name, file_name, line, column_name, reason, raw_redacted "
    "from landing.quarantine"
)


def shop(folder: Path, *tables: str, contract: str = CONTRACT) -> SmallHome:
    """The home of the pack `shop` with these of its tables alone, read by one thread: both cost time."""
    head, *parts = re.split(r"(?m)^(?=      - name: )", contract)
    kept = [part for part in parts if part.split()[2] in tables]
    assert len(kept) == len(tables)
    made = small_home(folder, "".join([head, *kept]))
    one = made.settings.warehouse.model_copy(update={"threads": 1})
    return replace(made, settings=made.settings.model_copy(update={"warehouse": one}))


def _asked(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return sorted(con.execute(sql).fetchall(), key=str)


def content(home: SmallHome) -> Content:
    """What all raw tables say, which rows of them stand, and what is in quarantine."""
    with connect(home.settings.warehouse_file) as con:
        told = {"quarantine": sorted(set(_asked(con, _RECORDS)), key=str)}
        for contract in home.packs[0].contracts:
            table = f"raw_{contract.source}.{contract.table}"
            told[table] = _asked(con, f"select * exclude (_row, _load, _line) from {table}")
            told[f"{table} superseded"] = _asked(
                con, f"select _key, _hash from {table} join {table}__superseded as l using (_row)"
            )
    return told


def balanced(home: SmallHome) -> None:
    """Read = accepted + quarantined + duplicate (+ erased), and as many rows are there as told.

    The product's own proof of it, and what it cannot see: a row twice, or a row of no file.
    """
    contracts = home.packs[0].contracts
    with connect(home.settings.warehouse_file) as con:
        con.execute("drop table if exists ledger.books")  # what was counted is counted again
        assert [told for _, told in books.prove(con, contracts).values() if told] == []
        for contract in contracts:
            table = f"raw_{contract.source}.{contract.table}"
            twice = f"select _key, _hash from {table} group by all having count(*) > 1"
            assert _asked(con, twice) == [], f"{table}: a row twice"
            stray = f"select 1 from {table} where _load not in (select load from landing.loads)"
            assert _asked(con, stray) == [], f"{table}: a row of no file"
        status = "select count(*) from landing.loads where status = 'aside' and accepted > 0"
        assert _asked(con, status) == [(0,)]


def nothing_half_done(home: SmallHome) -> None:
    """No file is left that only a landing at work has."""
    state = home.settings.state
    left = [path.relative_to(state) for path in state.rglob(".*")]
    assert left == []
    assert not (state / "warehouse.duckdb.wal").exists()


def undisturbed(home: SmallHome, name: str = "undisturbed") -> SmallHome:
    """A home of the same contract, key and files, in which nothing ever went wrong."""
    contract = home.packs[0].folder / "_shop__sources.yml"
    other = small_home(home.settings.home.parent / name, contract.read_text(encoding="utf-8"))
    shutil.copyfile(home.settings.token_key_file, other.settings.token_key_file)
    shutil.copytree(home.folder, other.folder, dirs_exist_ok=True)
    other.land()
    return other


def converges(
    home: SmallHome, expected: Content | None = None, *, once_more: bool = False
) -> list[FileOutcome]:
    """The plain rerun: then all is as in a home never disturbed."""
    told = home.land("rerun")
    balanced(home)
    nothing_half_done(home)
    after = content(home)
    assert after == (expected or content(undisturbed(home)))
    if once_more:
        again = home.land("once more")
        assert [one.status for one in again if one.status == "loaded"] == []
        assert content(home) == after
    return told


def one_line(told: FileOutcome, *words: str, secrets: Sequence[str] = ()) -> str:
    """The outcome's sentence: it names source and file, and says the words and no secret."""
    reason = told.reason or ""
    assert reason.startswith(f"landing/{told.source}/{told.file}: "), reason
    assert "\n" not in reason
    for word in words:
        assert word in reason, reason
    for secret in secrets:
        assert secret.lower() not in reason.lower(), reason
    return reason


def rejected(home: SmallHome) -> list[tuple[int, str | None, str]]:
    """(line, column, reason) of all that is in quarantine."""
    return [
        (line, column, reason)
        for line, column, reason in home.query(
            "select line, column_name, reason from landing.quarantine order by load, line"
        )
    ]


def tells_nothing(home: SmallHome, secrets: Sequence[str], *told: str | None) -> None:
    """No value of a person in what is said, recorded or put into quarantine."""
    everything = str(told) + str(home.query("select * from landing.loads"))
    everything += str(home.query("select * from landing.quarantine"))
    for secret in secrets:
        assert secret.lower() not in everything.lower(), secret


@dataclass(frozen=True)
class Bad:
    """A file that cannot be read, what is said of it, and the same file as it should be."""

    name: str
    content: bytes
    good: bytes
    words: tuple[str, ...]


def stand_aside(home: SmallHome, *files: Bad) -> None:
    """Bad files: nothing changes, each is told each night; delivered well, all is well."""
    before = content(home) if home.settings.warehouse_file.exists() else None
    for file in files:
        home.drop(file.name, file.content)
    told = {one.file: one for one in home.land()}
    assert set(told) == {file.name for file in files}
    for file in files:
        one = told[file.name]
        assert (one.status, one.rows_read, one.accepted) == ("aside", 0, 0), one
        reason = one_line(one, *file.words)
        assert re.search(r"; .*\b(deliver|change|set|rename|save|check)\b", reason), reason
    balanced(home)
    nothing_half_done(home)
    assert before in (None, content(home))
    again = {one.file: one for one in home.land("the next night")}
    assert [(name, one.reason, one.load) for name, one in again.items()] == [
        (name, told[name].reason, told[name].load) for name in again
    ]
    for file in files:
        home.drop(file.name, file.good)
    for mended in converges(home):
        assert mended.status == "loaded" and mended.accepted + mended.duplicate > 0


def mended(home: SmallHome, name: str, good: str | bytes) -> None:
    """A file of which rows went to quarantine comes again as it should have been.

    The raw tables are then those of a home that got only the good one; what was refused once stays
    told in quarantine.
    """
    home.drop(name, good)
    assert [one.status for one in home.land("mended")] == ["loaded"]
    balanced(home)
    nothing_half_done(home)
    after, never = content(home), content(undisturbed(home))
    assert {**after, "quarantine": []} == {**never, "quarantine": []}
