"""The rows of one SQL query of PostgreSQL, streamed out of one read-only snapshot."""

import re
from typing import Any, cast
from urllib.parse import urlsplit

from cx_pipeline.contracts import Contract
from cx_pipeline.pull.cursor import begin, higher, kept, mark
from cx_pipeline.pull.fault import PullFault, Transient, needed
from cx_pipeline.pull.manifest import Arrival
from cx_pipeline.pull.rows import RowWriter
from cx_pipeline.pull.source import Source
from cx_pipeline.pulls import QueryPull
from cx_pipeline.sections import LOOPBACK

_ROWS = 1000
# Classes of SQLSTATE that may pass: connection, resources, a shutdown, a conflict.
_PASSING = ("08", "40", "53", "57", "58")

_REMEDY = {
    "0A": "a pull only reads; write a select",
    "25": "a pull only reads; write a select",
    "28": "the login is refused; check user and secret",
    "42": "check its names, and the rights of its user",
}
_OF_LIBPQ = {
    "certificate": "the server's certificate cannot be verified; name its authority by ca_file",
    "ssl": "the server offers no TLS, and only loopback goes without; have it switched on",
    "authentication failed": "the login is refused; check user and secret",
    "no password supplied": "the login is refused; check user and secret",
}


def pull_query(source: Source, contract: Contract) -> list[Arrival]:
    """Fetch the query's rows from the cursor on into one file. Raises PullFault."""
    return [source.patience.keep_trying(lambda: _once(source, contract))]


def _once(source: Source, contract: Contract) -> Arrival:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    pull = cast(QueryPull, contract.pull)
    known = source.manifest.cursor(contract.table)
    engine = _engine(source)
    values, highest = {}, None
    if pull.cursor:
        values = {"cursor": begin(pull.cursor, known)}
        highest = mark(pull.cursor, known) if known is not None else None
    # A colon is a bound value for SQLAlchemy, and is none in what the contract says.
    sql = re.sub(r":", r"\\:", pull.sql).replace("{cursor}", ":cursor")
    with source.temporary() as written:
        try:
            with (
                engine.connect() as con,
                written.open("wb", 0) as file,
                RowWriter(file, contract) as writer,
            ):
                con.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                told = con.execution_options(stream_results=True, max_row_buffer=_ROWS).execute(
                    text(sql), values
                )
                _has_columns(contract, pull, list(told.keys()))
                for rows in told.mappings().partitions(_ROWS):
                    source.patience.check()
                    writer.write(dict(row) for row in rows)
                    if pull.cursor:
                        for row in rows:
                            highest = higher(pull.cursor, highest, row[pull.cursor.field])
        except SQLAlchemyError as fault:
            raise _told(fault) from None
        finally:
            engine.dispose()
        return source.deliver_made(
            contract,
            written,
            rows=writer.rows,
            cursor=kept(highest, source.now) if pull.cursor else None,
        )


def _has_columns(contract: Contract, pull: QueryPull, names: list[str]) -> None:
    needed_names = [c.vendor_name for c in contract.delivered if not (c.optional or c.path)]
    needed_names += [pull.cursor.field] if pull.cursor else []
    if missing := [name for name in needed_names if name not in names]:
        raise PullFault(f"the query gives no column {missing[0]}; name it by as")


def _engine(source: Source) -> Any:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import URL

    place = source.place
    parts = urlsplit(place.url)
    if parts.scheme != "postgresql":
        raise PullFault("is a query, and url is no postgresql:// address; name the database")
    needed("psycopg")
    ca_file = source.path(place.ca_file)
    options = {
        "connect_timeout": str(max(2, round(place.timeout))),
        "options": "-c timezone=UTC",
        "application_name": "cx-pipeline",
    }
    # A socket's folder is the host of libpq; else the name has to be proved, but on loopback.
    if ca_file or (parts.hostname and parts.hostname not in LOOPBACK):
        options |= {"sslmode": "verify-full", "sslrootcert": str(ca_file) if ca_file else "system"}
    url = URL.create(
        "postgresql+psycopg",
        username=place.user or parts.username,
        password=source.secret() or None,
        host=parts.hostname or place.endpoint or None,
        port=parts.port,
        database=parts.path.lstrip("/") or None,
    )
    return create_engine(url, connect_args=options)


def _told(fault: Exception) -> Exception:
    """What the database says, by its code alone: its words quote values."""
    original = getattr(fault, "orig", None)
    state: str | None = getattr(original, "sqlstate", None)
    if state is None:  # libpq itself, before there was a session
        words = str(original).lower()
        for told, sentence in _OF_LIBPQ.items():
            if told in words:
                return PullFault(sentence)
        return Transient(f"the database did not answer ({type(original or fault).__name__})")
    if state.startswith(_PASSING):
        return Transient(f"the database broke off (SQLSTATE {state})")
    remedy = _REMEDY.get(state[:2], "run it by hand to see why")
    return PullFault(f"the query fails (SQLSTATE {state}); {remedy}")
