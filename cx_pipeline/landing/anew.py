"""Rows that have landed, written anew: in the archive and the raw tables alike, or in neither."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, frames, rivals
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.typed import literal

_AT_ONCE = 500  # files of the archive in one query


@dataclass(frozen=True)
class Edit:
    """What becomes of a table's rows, in SQL over its columns.

    Rows where `goes` holds are removed; of the others, those where `changes` holds get `values`, an
    expression by name of column, which must give back what stands in all other rows.
    """

    goes: str = "false"
    changes: str = "false"
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def which(self) -> str:
        return f"({self.goes}) or ({self.changes})"


# Older files of the archive may lack columns: an edit is made for those that there are.
EditOf = Callable[[Collection[str]], Edit]


@dataclass(frozen=True)
class Touched:
    """A file of the archive that an edit concerns: rows gone, rows changed, rows left."""

    contract: Contract
    path: Path
    gone: int
    changed: int
    left: int

    @property
    def sha256(self) -> str:
        return self.path.name.partition("-")[0].partition("@")[0]

    @property
    def anew(self) -> Path:
        """The file as it will be, until the warehouse is committed."""
        return _aside(self.path)


def write_anew(
    con: duckdb.DuckDBPyConnection, contract: Contract, folder: Path, edit_of: EditOf
) -> list[Touched]:
    """Edit the rows of one table in the archive in `folder` and in its raw table.

    In the caller's transaction: once it is committed, `put_in_place` gives the rewritten files
    their names. Cut off in between, the same edit is simply made again: what is edited already is
    not concerned any more.
    """
    touched = list(_in_archive(con, contract, folder, edit_of))
    table = raw_table(contract)
    which = edit_of([name for name, _ in contract.raw_columns]).which
    con.execute(
        f"create or replace temp table taken as select _key, _hash from {table.name} where {which}"
    )
    if frames.number(con, "select count(*) from taken"):
        con.execute(
            f"""delete from {table.superseded} where _row in (
                select _row from {table.name} where _key in (select _key from taken))"""
        )
        con.execute(f"delete from {table.name} where {which}")
        for file in touched:
            if file.changed:
                _bring_back(con, contract, file)
        rivals.settle(con, table, "taken", "true")
    for file in touched:
        _balance(con, file)
    return touched


def put_in_place(touched: Sequence[Touched]) -> None:
    """The rewritten files take the place of those that were."""
    for file in touched:
        file.anew.replace(file.path)


def _in_archive(
    con: duckdb.DuckDBPyConnection, contract: Contract, folder: Path, edit_of: EditOf
) -> Iterator[Touched]:
    files = sorted((folder / contract.source).glob(f"*-{contract.table}.parquet"))
    for start in range(0, len(files), _AT_ONCE):
        names = ", ".join(literal(str(path)) for path in files[start : start + _AT_ONCE])
        source = f"read_parquet([{names}], filename = true, union_by_name = true)"
        there = [str(row[0]) for row in con.execute(f"describe from {source}").fetchall()]
        edit = edit_of(there)
        found = con.execute(
            f"""select filename, count(*) filter ({edit.goes}), count(*) filter (not ({edit.goes}))
            from {source} where {edit.which} group by filename order by filename"""
        ).fetchall()
        for name, gone, changed in found:
            path = Path(name)
            values = edit.values if changed else {}
            keep = f"not ({edit.goes})"
            left = archive.rewrite(con, contract, path, _aside(path), keep=keep, values=values)
            yield Touched(contract, path, int(gone), int(changed), left)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.anew")


def _bring_back(con: duckdb.DuckDBPyConnection, contract: Contract, file: Touched) -> None:
    """Rows of a rewritten file that stand nowhere yet, under the load that first brought them."""
    table = raw_table(contract)
    loads = con.execute(
        """select min(load) from landing.loads where source = ? and table_name = ? and sha256 = ?
        and contract = ? and status = 'loaded' having count(*) > 0""",
        [contract.source, contract.table, file.sha256, contract.fingerprint()],
    ).fetchall()
    for (load,) in loads:
        con.execute(
            f"""create or replace temp table back as
            select * from read_parquet({literal(str(file.anew))}) as a
            where not exists (select 1 from {table.name} as raw
                              where raw._key = a._key and raw._hash = a._hash)
            qualify row_number() over (partition by _key, _hash order by _line) = 1"""
        )
        con.execute(
            f"""insert into {table.name} by name
            select *, {load} as _load, row_number() over (order by _line)
                + (select coalesce(max(_row), 0) from {table.name}) as _row from back"""
        )
        con.execute("insert into taken select _key, _hash from back")


def _balance(con: duckdb.DuckDBPyConnection, file: Touched) -> None:
    """The books of its loads: read = accepted + quarantined + duplicate + erased."""
    con.execute(
        f"""update landing.loads set accepted = held.rows, duplicate = $left - held.rows,
            erased = rows_read - quarantined - $left
        from (select l.load, count(r._load) as rows from landing.loads as l
              left join {raw_table(file.contract).name} as r on r._load = l.load
              where l.sha256 = $sha group by l.load) as held
        where held.load = loads.load and source = $source and table_name = $table
          and sha256 = $sha and status = 'loaded'""",
        {
            "left": file.left,
            "sha": file.sha256,
            "source": file.contract.source,
            "table": file.contract.table,
        },
    )
