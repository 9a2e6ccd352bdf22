"""A DuckDB file without the bytes of what was deleted from it."""

from pathlib import Path

import duckdb

from cx_pipeline.warehouse import WarehouseError, scratch


def rewrite(
    path: Path, *, memory_limit: str = "4GB", threads: int = 2, block_compression: bool = True
) -> None:
    """Copy the file into a new one that takes its place: deleted rows leave their bytes behind.

    Nobody may have it open. Raises WarehouseError when a table's rows did not come along.
    """
    anew = path.with_name(f".{path.name}.anew")
    anew.unlink(missing_ok=True)
    temp = path.parent / "tmp"
    with scratch(memory_limit=memory_limit, threads=threads, temp=temp) as con:
        if not block_compression:
            con.execute("set force_compression = 'uncompressed'")
        try:
            _copy(con, path, anew)
        except duckdb.Error as fault:
            anew.unlink(missing_ok=True)
            told = str(fault).splitlines()[0]
            raise WarehouseError(
                f"warehouse {path} cannot be rewritten ({told}); it is as it was"
            ) from None
    anew.replace(path)


def _copy(con: duckdb.DuckDBPyConnection, path: Path, anew: Path) -> None:
    con.execute(f"attach {_literal(path)} as old (read_only)")
    con.execute(f"attach {_literal(anew)} as new")
    con.execute("copy from database old to new")
    lost = con.execute(
        """select schema_name, table_name from duckdb_tables() where database_name = 'old'
        except select schema_name, table_name from duckdb_tables() where database_name = 'new'"""
    ).fetchall()
    if lost:
        raise WarehouseError(f"table {'.'.join(lost[0])} was not copied; run again")
    con.execute("detach old")
    con.execute("checkpoint new")


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
