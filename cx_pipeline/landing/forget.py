"""Take persons out of everything that has landed: archive, raw tables, delivered files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, frames, rivals
from cx_pipeline.landing.owners import Owners, kind_of, plain_kind
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.typed import literal
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.warehouse import columns_of, quoted

_AT_ONCE = 500  # files of the archive in one query


@dataclass(frozen=True)
class Touched:
    """A file of the archive that held what is erased: rows gone, rows blanked, rows left."""

    contract: Contract
    path: Path
    erased: int
    blanked: int
    left: int

    @property
    def sha256(self) -> str:
        return self.path.name.partition("-")[0].partition("@")[0]

    @property
    def anew(self) -> Path:
        """The file without what is erased, until the warehouse is without it too."""
        return _aside(self.path)


def forget(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    folder: Path,
    tokens: Collection[str],
    plain: Collection[Identifier],
) -> tuple[list[Touched], set[str]]:
    """Remove rows of the erased from the raw tables of `con` and from the archive in `folder`.

    Their tokens and plain ids are given. Returns the files that were touched, and tokens of the
    rows removed that stand nowhere any more: their values are nobody's. Doing it twice changes
    nothing, so that one that was cut off is simply done again.
    """
    kinds = [*[""] * len(tokens), *(kind for kind, _ in plain)]
    told = [*tokens, *(value for _, value in plain)]
    frames.write(con, "gone", {"kind": ("text", kinds), "told": ("text", told)})
    con.execute("create or replace temp table loosened (token varchar)")
    touched: list[Touched] = []
    con.execute("begin transaction")
    try:
        for contract in contracts:
            owners = Owners.of(contract)
            if hits := _hits(contract, owners):
                found = list(_in_archive(con, contract, folder, owners, hits))
                _from_raw(con, contract, owners, hits, found)
                _balance(con, found)
                touched += found
        loose = _nowhere(con, contracts)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    for file in touched:
        file.anew.replace(file.path)
    return touched, loose


def plain_ids(
    con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract], tokens: Collection[str]
) -> list[Identifier]:
    """Ids of records that are the erased person's: keys of theirs that own rows of other tables."""
    subjects = {
        (c.source, c.extract.subject)
        for c in contracts
        if c.extract.subject and not c.by_name[c.extract.subject].pii
    }
    frames.write(con, "own", {"token": ("text", sorted(tokens))})
    found: list[Identifier] = []
    for contract in contracts:
        subject, key = contract.extract.subject, contract.extract.key
        if subject is None or len(key) != 1 or (contract.source, key[0]) not in subjects:
            continue
        if subject == key[0] or not contract.by_name[subject].pii:
            continue
        rows = con.execute(
            f"""select distinct cast({quoted(key[0])} as varchar) from {raw_table(contract).name}
            where {quoted(subject)} in (select token from own)"""
        ).fetchall()
        found += [(plain_kind(contract.source, key[0]), value) for (value,) in rows]
    return found


def _hits(contract: Contract, owners: Owners) -> dict[str, str]:
    hits = {}
    for column in (*owners.own, *owners.mentioned):
        kind = "" if column.pii else kind_of(contract, column)
        value = f"cast({quoted(column.name)} as varchar)"
        found = f"(select told from gone where kind = {literal(kind)})"
        hits[column.name] = f"coalesce({value} in {found}, false)"
    return hits


def _in_archive(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    folder: Path,
    owners: Owners,
    hits: Mapping[str, str],
) -> Iterator[Touched]:
    files = sorted((folder / contract.source).glob(f"*-{contract.table}.parquet"))
    for start in range(0, len(files), _AT_ONCE):
        names = ", ".join(literal(str(path)) for path in files[start : start + _AT_ONCE])
        source = f"read_parquet([{names}], filename = true, union_by_name = true)"
        there = {row[0] for row in con.execute(f"describe from {source}").fetchall()}
        known = {name: hit for name, hit in hits.items() if name in there}
        goes, mentions = owners.goes(known), owners.mentions(known)
        found = con.execute(
            f"""select filename, count(*) filter ({goes}), count(*) filter (not ({goes}))
            from {source} where ({goes}) or ({mentions}) group by filename order by filename"""
        ).fetchall()
        for name, erased, blanked in found:
            path = Path(name)
            blank = owners.blanked(known) if blanked else {}
            left = archive.rewrite(
                con, contract, path, _aside(path), keep=f"not ({goes})", blank=blank
            )
            yield Touched(contract, path, int(erased), int(blanked), left)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.anew")


def _from_raw(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    owners: Owners,
    hits: Mapping[str, str],
    touched: Sequence[Touched],
) -> None:
    """Rows that hold what is erased leave; those that only mentioned it come back without it."""
    table = raw_table(contract)
    which = f"({owners.goes(hits)}) or ({owners.mentions(hits)})"
    for column in contract.pii_columns:
        if column.pii and column.pii.action == "token":
            con.execute(
                f"insert into loosened select distinct {quoted(column.name)} from {table.name} "
                f"where {quoted(column.name)} is not null and ({which})"
            )
    con.execute(
        f"create or replace temp table taken as select _key, _hash from {table.name} where {which}"
    )
    if not frames.number(con, "select count(*) from taken"):
        return
    con.execute(
        f"""delete from {table.superseded} where _row in (
            select _row from {table.name} where _key in (select _key from taken))"""
    )
    con.execute(f"delete from {table.name} where {which}")
    for file in touched:
        if file.blanked:
            _bring_back(con, contract, file)
    rivals.settle(con, table, "taken", "true")


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


def _balance(con: duckdb.DuckDBPyConnection, touched: Sequence[Touched]) -> None:
    """The books of these files: read = accepted + quarantined + duplicate + erased."""
    for file in touched:
        con.execute(
            f"""update landing.loads set accepted = held.rows, duplicate = $left - held.rows,
                erased = rows_read - quarantined - $left, blanked = greatest(blanked, $blanked)
            from (select l.load, count(r._load) as rows from landing.loads as l
                  left join {raw_table(file.contract).name} as r on r._load = l.load
                  where l.sha256 = $sha group by l.load) as held
            where held.load = loads.load and source = $source and table_name = $table
              and sha256 = $sha and status = 'loaded'""",
            {
                "left": file.left,
                "blanked": file.blanked,
                "sha": file.sha256,
                "source": file.contract.source,
                "table": file.contract.table,
            },
        )


def _nowhere(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> set[str]:
    con.execute("create or replace temp table loose as select distinct token from loosened")
    for contract in contracts:
        there = {name for name, _ in columns_of(con, f"raw_{contract.source}", contract.table)}
        for column in contract.pii_columns:
            if column.pii and column.pii.action == "token" and column.name in there:
                con.execute(
                    f"delete from loose where token in (select {quoted(column.name)} "
                    f"from {raw_table(contract).name})"
                )
    return {token for (token,) in con.execute("select token from loose").fetchall()}
