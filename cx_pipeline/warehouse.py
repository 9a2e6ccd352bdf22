"""The one way to a DuckDB file: connections, the run lock, and content hashes of tables."""

import fcntl
import hashlib
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb

_Job = TypeVar("_Job")
_Done = TypeVar("_Done")

# A DuckDB file of three blocks holds headers and no table (measured: 12,288 bytes when new).
_HEADERS_ONLY = 12_288
_RETRY_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)


class WarehouseError(Exception):
    """The warehouse cannot be used; the message says why and what to do."""


class WarehouseLocked(WarehouseError):
    """Another process holds the file."""


class LockHeld(WarehouseError):
    """Another run is at work in this home."""


# ---- connections -------------------------------------------------------------------------


@contextmanager
def connect(
    path: Path,
    *,
    read_only: bool = False,
    memory_limit: str = "800MB",
    threads: int = 2,
    block_compression: bool = True,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the DuckDB file `path`, creating it if it is missing, and close it afterwards.

    A new file is born under another name and renamed when it can be opened again, so that a
    crash never leaves one that cannot. Raises WarehouseLocked, or WarehouseError when the file
    is missing (read-only) or unreadable.
    """
    if not path.exists():
        if read_only:
            raise WarehouseError(f"warehouse {path} does not exist yet; make it with: cx run")
        _create(path)
    config = _config(memory_limit, threads) | {"temp_directory": str(path.parent / "tmp")}
    con = _open(path, read_only, config)
    try:
        if not block_compression and not read_only:
            con.execute("set force_compression = 'uncompressed'")
        yield con
    finally:
        con.close()


@contextmanager
def scratch(
    *, memory_limit: str = "800MB", threads: int = 2, temp: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with the same settings as the warehouse; spills to `temp` if given."""
    config = _config(memory_limit, threads)
    if temp is not None:
        config["temp_directory"] = str(temp)
    con = duckdb.connect(":memory:", config=config)
    try:
        yield con
    finally:
        con.close()


def side_by_side(
    con: duckdb.DuckDBPyConnection,
    do: Callable[[duckdb.DuckDBPyConnection, _Job], _Done],
    jobs: Sequence[_Job],
) -> list[_Done]:
    """The result of each job, in order; each has a connection of its own, which sees what is
    committed, and as many run at a time as DuckDB has threads.

    DuckDB reads, sorts and writes a table of a few 100,000 rows with one thread: so all are used.
    """

    def done(job: _Job) -> _Done:
        with con.cursor() as own:
            return do(own, job)

    told = con.execute("select current_setting('threads')").fetchone()
    with ThreadPoolExecutor(int(told[0]) if told else 1) as pool:
        return list(pool.map(done, jobs))


def _config(memory_limit: str, threads: int) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": False,
        "default_null_order": "nulls_first_on_asc_last_on_desc",
        "memory_limit": memory_limit,
        "preserve_insertion_order": False,
        "threads": threads,
        "TimeZone": "UTC",
    }


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".{path.name}.new-*"):
        leftover.unlink()
    newborn = path.with_name(f".{path.name}.new-{os.getpid()}")
    duckdb.connect(str(newborn)).close()
    duckdb.connect(str(newborn), read_only=True).close()
    with suppress(FileExistsError):  # another process was faster: its file stays
        os.link(newborn, path)
    newborn.unlink()


def _open(
    path: Path, read_only: bool, config: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    for pause in (*_RETRY_SECONDS, None):
        try:
            return duckdb.connect(str(path), read_only=read_only, config=config)
        except duckdb.ConnectionException as mixed:
            raise WarehouseLocked(
                f"warehouse {path} is open in this process ({os.getpid()}) in another mode; "
                "close it and run again"
            ) from mixed
        except (duckdb.IOException, duckdb.SerializationException) as error:
            locked = re.search(r"Could not set lock.*?(?:PID (\d+)|$)", str(error), re.DOTALL)
            if locked and pause is not None:
                time.sleep(pause)
                continue
            if locked:
                raise WarehouseLocked(
                    f"warehouse {path} is open in process {locked[1] or 'unknown'}"
                    f"{_command_of(locked[1])}; close it and run again"
                ) from None
            if not read_only and _is_half_born(path):
                path.unlink()
                _create(path)
                return _open(path, read_only, config)
            raise WarehouseError(
                f"warehouse {path} cannot be read ({str(error).splitlines()[0]}); restore a "
                "copy of it, or move it away and run again to build it from landing/"
            ) from error
    raise AssertionError("unreachable")


def _is_half_born(path: Path) -> bool:
    """No table can be in it: headers at most, and nothing waits in a write-ahead log."""
    return (
        path.exists()
        and path.stat().st_size <= _HEADERS_ONLY
        and not path.with_name(path.name + ".wal").exists()
    )


def _command_of(pid: str | None) -> str:
    if pid is None:
        return ""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    names = [Path(word.decode(errors="replace")).name for word in words[:2] if word]
    return f" ({' '.join(names)})" if names else ""


# ---- the run lock ------------------------------------------------------------------------


@dataclass(frozen=True)
class Holder:
    """Who holds the run lock."""

    pid: int
    command: str
    since: str


@contextmanager
def run_lock(path: Path, who: str = "") -> Iterator[Holder | None]:
    """Hold the home's only run lock; yields the holder of a run that died, if one did.

    The kernel drops the lock with its process, so a stale one is simply taken over. `who` is the
    command shown to others (default: this process's arguments). Raises LockHeld.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(_held_by(_read_holder(path.read_text(encoding="utf-8")))) from None
        file.seek(0)
        died = _read_holder(file.read())
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = Holder(os.getpid(), who or shlex.join(sys.argv), since)
        file.truncate(0)
        file.write(json.dumps(asdict(holder)))
        file.flush()
        try:
            yield died
        finally:
            file.truncate(0)


def lock_holder(path: Path) -> Holder | None:
    """Who holds the run lock now, or None; nothing is taken."""
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(path.read_text(encoding="utf-8"))
    return None


def _held_by(holder: Holder | None) -> str:
    if holder is None:
        return "another run has just started in this home; wait for it and run again"
    return (
        f"process {holder.pid} ({holder.command}) holds the run lock since {holder.since}; "
        "wait until it ends and run again"
    )


def _read_holder(text: str) -> Holder | None:
    with suppress(ValueError, TypeError):
        return Holder(**json.loads(text))
    return None


# ---- content hashes ----------------------------------------------------------------------

Column = tuple[str, str]


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[Column]:
    """(name, type) of a table or view of the current database, in its own order.

    Raises LookupError when it does not exist. (`describe`: the catalogue's views cost 16 ms.)
    """
    try:
        told = con.execute(f"describe {quoted(schema)}.{quoted(table)}").fetchall()
    except duckdb.CatalogException:
        raise LookupError(f"table {schema}.{table} does not exist") from None
    return [(str(row[0]), str(row[1])) for row in told]


def content_hash(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """What the table says, as 32 hex digits: independent of row order, threads and file layout."""
    return content_hashes(con, schema, table, by="''")[0]


def content_hashes(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, *, by: str
) -> tuple[str, dict[str, str]]:
    """The table's content hash, and one for each value of the SQL expression `by` (its months)."""
    columns = sorted(columns_of(con, schema, table))
    rows = con.execute(
        f"""select part, count(*),
            sum(cast('0x' || substr(digest, 1, 15) as bigint)),
            sum(cast('0x' || substr(digest, 16, 15) as bigint))
        from (select cast({by} as varchar) as part, md5({canonical_row(columns)}) as digest
              from {quoted(schema)}.{quoted(table)})
        group by part"""
    ).fetchall()
    whole = [sum(int(row[place]) for row in rows) for place in (1, 2, 3)]
    return _digest(columns, *whole), {row[0]: _digest(columns, *row[1:]) for row in rows}


def content_hash_all(hashes: Mapping[str, str]) -> str:
    """One hash over those of several tables, by name; the order they were put in is no matter."""
    told = "".join(f"{name}={hashes[name]}\n" for name in sorted(hashes))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def canonical_row(columns: Sequence[Column]) -> str:
    """SQL text of one row as unambiguous text: '-' for null, lengths before free text."""
    values = [_canonical(quoted(name), kind) for name, kind in columns]
    return f"concat_ws(chr(31), {', '.join(values)})"


def quoted(name: str) -> str:
    """The name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _canonical(value: str, kind: str) -> str:
    """Times as epoch microseconds, decimals at their scale, doubles rounded to nine places.

    A double outside decimal(38,9), an infinity or NaN keeps its own text.
    """
    if kind.startswith("TIMESTAMP"):
        value = f"epoch_us({value})"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "JSON")):
        value = f"cast(to_json({value}) as varchar)"
        kind = "VARCHAR"
    if kind.startswith(("VARCHAR", "ENUM")):
        # one copy of the text; `||` and coalesce would make three
        return f"if({value} is null, '-', concat(length({value}), ':', {value}))"
    told = f"cast({value} as varchar)"
    if kind in ("DOUBLE", "FLOAT"):
        told = f"coalesce(cast(try_cast({value} as decimal(38,9)) as varchar), {told})"
    return f"coalesce({told}, '-')"


def _digest(columns: Sequence[Column], rows: int, low: int, high: int) -> str:
    told = json.dumps([list(columns), rows, int(low), int(high)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]
