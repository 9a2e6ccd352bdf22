"""A table of the last publish's database made into that of now: what left goes, what came is added.

A row that left may still be read from the bytes of the file, as from the publishes before it: so
a file is patched no more often than there are publishes kept, and never after an erasure, a
restriction or a redaction, nor where somebody left a mart that asks for their consent. Who goes on
there as another person, whom all their identifiers went to, did not leave it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx_pipeline.warehouse import quoted

# Of so few rows, or when so many of them changed, the whole is written faster.
_FEW, _MANY = 5_000, 0.2
_NOBODY = "select null as former_person_token, null as person_id where false"
_FREE = 0.25  # of the blocks of a file: beyond it is written anew, so that it does not grow


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, database: Path) -> Iterator[None]:
    """The file as `base`, to be read."""
    path = str(database).replace("'", "''")
    con.execute(f"attach '{path}' as base (read_only)")
    try:
        yield
    finally:
        con.execute("detach base")


def has_room(con: duckdb.DuckDBPyConnection, database: Path) -> bool:
    """Whether the file is worth being patched: few of its blocks are left over by earlier ones."""
    with _attached(con, database):
        row = con.execute(
            """select free_blocks <= ? * total_blocks from pragma_database_size()
            where database_name = 'base'""",
            [_FREE],
        ).fetchone()
    return bool(row and row[0])


def holds_who_left(
    con: duckdb.DuckDBPyConnection, database: Path, marts: Sequence[str], rows: Mapping[str, str]
) -> bool:
    """Whether somebody stands in one of these marts of the file who is not in its rows.

    `rows` are queries by the name of their table: of these marts, of all persons, and of those who
    lost identifiers to others.
    """
    persons, moves = rows.get("dim_customers", _NOBODY), rows.get("log_person_merges", _NOBODY)
    left = " union all ".join(
        f"""(select person_id from base.main.{quoted(name)}
        except select person_id from ({rows[name]})
        except select former_person_token from ({moves}) group by all
            having bool_and(coalesce(person_id in (select person_id from ({rows[name]})), false))
                and former_person_token not in (select person_id from ({persons})))"""
        for name in marts
    )
    if not left:
        return False
    with _attached(con, database):
        return con.execute(f"{left} limit 1").fetchone() is not None


def patch(con: duckdb.DuckDBPyConnection, stored: str, rows: str, columns: Sequence[str]) -> bool:
    """Whether the table `stored` now holds what the query `rows` gives, as its columns stand.

    False where it has to be written whole: nothing was changed then. Rows are told by two 64-bit
    hashes of each, and proved afterwards by the sums of both over the whole table.
    """
    told = _hashed(columns)
    for name, query in (
        ("wanted", f"select {told} from ({rows})"),
        ("held", f"select rowid as place, {told} from {stored}"),
        ("came", "from wanted anti join held using (one, other)"),
        ("gone", "select place from held anti join wanted using (one, other)"),
    ):
        con.execute(f"create or replace temp table {name} as {query}")
    counts = con.execute(
        "select (select count(*) from wanted), (select count(*) from came),"
        " (select count(*) from gone)"
    ).fetchone()
    wanted, came, gone = counts or (0, 0, 0)
    if wanted < _FEW or came + gone > _MANY * wanted:
        return False
    con.execute("begin transaction")
    con.execute(f"delete from {stored} where rowid in (select place from gone)")
    names = ", ".join(quoted(name) for name in columns)
    con.execute(
        f"""insert into {stored} ({names}) select {names} from (select *, {told} from ({rows}))
        semi join came using (one, other)"""
    )
    if _sums(con, f"(select {told} from {stored})") != _sums(con, "wanted"):
        con.execute("rollback")  # rows that are equal to one another: they are told by no hash
        return False
    con.execute("commit")
    return True


def _hashed(columns: Sequence[str]) -> str:
    one = ", ".join(quoted(name) for name in columns)
    other = ", ".join(["'other'", *(quoted(name) for name in reversed(columns))])
    return f"hash({one}) as one, hash({other}) as other"


def _sums(con: duckdb.DuckDBPyConnection, relation: str) -> tuple[object, ...] | None:
    return con.execute(f"select count(*), sum(one), sum(other) from {relation}").fetchone()
