"""What waits for a mended contract or another delivery: rows in quarantine, files set aside."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.landing.discover import discover, path_of
from cx_pipeline.landing.version import IDENTITY, identity_of
from cx_pipeline.privacy.safe_text import safe_name

# Of a file that was delivered or read again since, what it was set aside for is over.
_ASIDE = """
    from landing.loads as l where l.status = 'aside' and not exists (
        select 1 from landing.loads as n where n.source = l.source and n.file_name = l.file_name
          and n.load > l.load)
"""


@dataclass(frozen=True)
class Wanted:
    """Which of it: a source; a file by its name, its last part or a pattern; words of a reason."""

    source: str | None = None
    file: str | None = None
    reason: str | None = None

    @property
    def where(self) -> str:
        return """(source = $source or $source is null)
            and (reason_told ilike '%' || $reason || '%' or $reason is null)
            and ($file is null or file_name = $file or file_name glob $file
                 or file_name like '%/' || $file)"""

    def takes(self, source: str, file: str, reason: str) -> bool:
        """The same as `where`, of what is not in the warehouse."""
        return (
            self.source in (None, source)
            and (self.reason or "").lower() in reason.lower()
            and (
                self.file is None
                or self.file in (file, Path(file).name)
                or fnmatchcase(file, self.file)
            )
        )

    @property
    def values(self) -> dict[str, str | None]:
        return {"source": self.source, "file": self.file, "reason": self.reason}


@dataclass(frozen=True)
class Counted:
    """Rows of one file in quarantine for one reason; they can be replayed while it `is_there`."""

    source: str
    table: str
    file: str
    reason: str
    rows: int
    is_there: bool


@dataclass(frozen=True)
class Record:
    """One row in quarantine; `row` has the shape of what was delivered, and no value of it."""

    source: str
    table: str
    file: str
    line: int
    reason: str
    row: str | None


@dataclass(frozen=True)
class Aside:
    """A file that was set aside whole; the reason is one sentence with its remedy."""

    source: str
    table: str | None
    file: str
    reason: str
    is_there: bool


_TOLD = """(
    select q.*, l.sha256, l.file_size, l.file_mtime_ns,
        coalesce(q.column_name || ' ', '') || q.reason as reason_told
    from landing.quarantine as q join landing.loads as l on l.load = q.load
)"""


def has_landed(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a landing was ever begun here."""
    told = con.execute(
        "select count(*) from information_schema.tables where table_catalog = current_database() "
        "and table_schema = 'landing' and table_name = 'loads'"
    ).fetchall()
    return bool(told[0][0])


def counted(con: duckdb.DuckDBPyConnection, landing: Path, wanted: Wanted) -> list[Counted]:
    """Rows in quarantine by source, table, file as delivered, and reason."""
    rows = con.execute(
        f"""select source, table_name, file_name, reason_told, count(*),
            sha256, file_size, file_mtime_ns
        from {_TOLD} where {wanted.where} group by all order by all""",
        wanted.values,
    ).fetchall()
    return [
        Counted(source, table, file, reason, n, is_there(landing / source, file, sha, size, mtime))
        for source, table, file, reason, n, sha, size, mtime in rows
    ]


def records(con: duckdb.DuckDBPyConnection, wanted: Wanted, limit: int) -> list[Record]:
    """The first rows in quarantine, in the order of files and lines."""
    rows = con.execute(
        f"""select source, table_name, file_name, line, reason_told, raw_redacted
        from {_TOLD} where {wanted.where}
        order by source, table_name, file_name, load, line limit {limit}""",
        wanted.values,
    ).fetchall()
    return [Record(*row) for row in rows]


def aside(con: duckdb.DuckDBPyConnection, landing: Path, wanted: Wanted) -> list[Aside]:
    """The files that stand aside."""
    rows = con.execute(
        f"""select source, table_name, file_name, reason, sha256, file_size, file_mtime_ns
        from (select l.*, l.reason as reason_told {_ASIDE}) where {wanted.where} order by all""",
        wanted.values,
    ).fetchall()
    return [
        Aside(source, table, file, reason, is_there(landing / source, file, sha, size, mtime))
        for source, table, file, reason, sha, size, mtime in rows
    ]


def strays(
    con: duckdb.DuckDBPyConnection, landing: Path, packs: Sequence[Pack], wanted: Wanted
) -> list[Aside]:
    """Files of no active source or contract: they lie in `landing`, and nothing reads them."""
    only = [wanted.source] if wanted.source else None
    told = discover(con, landing, packs, only).strays
    named = [(safe_name(one.source), safe_name(one.name), one.reason) for one in told]
    return [Aside(s, None, file, why, True) for s, file, why in named if wanted.takes(s, file, why)]


def is_there(folder: Path, name: str, sha256: str, size: int, mtime_ns: int) -> bool:
    """Whether the very file that was read lies in its source's folder still."""
    path = path_of(folder, name, sha256)
    told = path.stat() if path else None
    return told is not None and (told.st_size, told.st_mtime_ns) == (size, mtime_ns)


# A file as it was delivered: source, table, identity.
File = tuple[str, str, str]


@dataclass(frozen=True)
class Waiting:
    """Every line in quarantine, by its file, and every file that stands aside."""

    lines: Mapping[File, Set[int]] = field(default_factory=dict)
    aside: Set[File] = frozenset()

    @property
    def rows(self) -> int:
        return sum(map(len, self.lines.values()))

    def without(self, later: "Waiting") -> tuple[int, int]:
        """(rows, files aside) of this that are not in `later`."""
        moved = sum(len(there - later.lines.get(file, set())) for file, there in self.lines.items())
        return moved, len(self.aside - later.aside)


def waiting(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> Waiting:
    """What waits of these contracts."""
    by_name = {contract.name: contract for contract in contracts}
    rows = con.execute(
        f"""select source, table_name, {IDENTITY},
            (select list(line) from landing.quarantine as q where q.load = loads.load),
            load in (select load {_ASIDE})
        from landing.loads as loads
        where quarantined > 0 or load in (select load {_ASIDE})"""
    ).fetchall()
    lines: dict[File, set[int]] = {}
    aside = set()
    for source, table, *told, there, is_aside in rows:
        contract = by_name.get(f"{source}.{table}")
        if contract is None:
            continue
        file = (source, table, identity_of(contract, *told))
        lines.setdefault(file, set()).update(there or ())
        if is_aside:
            aside.add(file)
    return Waiting({file: there for file, there in lines.items() if there}, aside)


def out_of_reach(
    con: duckdb.DuckDBPyConnection, landing: Path, contracts: Collection[Contract]
) -> Iterator[str]:
    """One sentence for each file that a mended contract would read again, and that is gone."""
    for contract in contracts:
        rows: list[tuple[Any, ...]] = con.execute(
            """select file_name, sha256, file_size, file_mtime_ns, sum(quarantined), bool_or(aside)
            from (select *, status = 'aside' as aside from landing.loads
                  where source = ? and table_name = ? and contract <> ?
                    and (quarantined > 0 or load in (select load """
            + _ASIDE
            + """)))
            group by all order by file_name""",
            [contract.source, contract.table, contract.fingerprint()],
        ).fetchall()
        for name, sha256, size, mtime_ns, rows_lost, is_aside in rows:
            if is_there(landing / contract.source, name, sha256, size, mtime_ns):
                continue  # it was read again and refused again, which the landing tells
            what = f"its {rows_lost} rows in quarantine" if rows_lost or not is_aside else "it"
            yield (
                f"landing/{contract.source}/{name}: the delivered file is gone, so {what} cannot "
                "be read again; let the source deliver it again"
            )
