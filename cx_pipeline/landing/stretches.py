"""A file in stretches of rows: one is in memory at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import csv_rows, json_rows, parquet_rows, xlsx_rows
from cx_pipeline.landing.decode import Piece, encoded_twice, pieces
from cx_pipeline.landing.discover import Delivery
from cx_pipeline.landing.header import Header, by_place, match, read, without_head
from cx_pipeline.landing.quarantine import Rejected
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.unpack import blocks, packing_of
from cx_pipeline.landing.verify import FileFault

# Makes table `typed` of `part`; returns how many rows that were.
Take = Callable[[], int]
Filled = AbstractContextManager[Sequence[Rejected]]


@dataclass(frozen=True)
class Stretch:
    """Some rows of a file.

    `fill` has them taken from `part(r, line, c0, c1, ...)`, which stays in its block, and gives
    the records that are no rows.
    """

    fill: Callable[[duckdb.DuckDBPyConnection, Take], Filled]
    marked: bool = False
    bad_bytes: bytes = b""
    encoded_twice: int = 0
    added: Collection[str] = ()


def stretches(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[Stretch]:
    """All rows of the file in their order, each stretch to be taken before the next is asked for.

    Those of Parquet and Excel are read by `con`.
    """
    contract, extract = delivery.contract, delivery.contract.extract
    if extract.format == "parquet":
        if packing_of(delivery.path):
            raise FileFault("Parquet cannot be packed again; deliver it as it is")
        for header in parquet_rows.parts(con, contract, delivery.path):
            yield Stretch(partial(_there, []), added=header.added)
    elif extract.format == "xlsx":
        for header, rejected in xlsx_rows.parts(con, contract, delivery.path):
            yield Stretch(partial(_there, rejected), marked=True, added=header.added)
    elif extract.format == "csv":
        yield from _of_csv(delivery)
    else:
        yield from _of_json(delivery)


def _of_csv(delivery: Delivery) -> Iterator[Stretch]:
    contract, extract = delivery.contract, delivery.contract.extract
    header = by_place(contract) if extract.header_rows == 0 else None
    for piece in pieces(
        blocks(delivery.path),
        encoding=extract.encoding,
        quote=extract.quote,
        signs=Signs.of(extract),
    ):
        rest = piece
        if header is None:
            names, lines = read(piece.text, extract)
            header = match(contract, names, delivery.path.name, lines)
            rest = without_head(piece, lines)
        fill = partial(_csv_rows, contract, header, rest)
        yield Stretch(fill, rest.marked, rest.bad_bytes, encoded_twice(piece.text), header.added)
    if header is None:
        raise FileFault("it has no header row; deliver it again")


def _of_json(delivery: Delivery) -> Iterator[Stretch]:
    contract, extract = delivery.contract, delivery.contract.extract
    source, encoding = blocks(delivery.path), extract.encoding
    if extract.format == "json":
        source, encoding = iter([json_rows.as_lines(b"".join(source), encoding)]), "utf-8"
    shape = json_rows.shape_of(contract)
    for piece in pieces(source, encoding=encoding):
        fill = partial(_json_rows, contract, piece)
        added = json_rows.members(piece, shape) - set(shape)
        yield Stretch(fill, piece.marked, piece.bad_bytes, encoded_twice(piece.text), added)


@contextmanager
def _csv_rows(
    contract: Contract, header: Header, piece: Piece, con: duckdb.DuckDBPyConnection, take: Take
) -> Iterator[Sequence[Rejected]]:
    rejected = csv_rows.part(con, contract, header, piece)
    take()
    yield rejected


def _json_rows(
    contract: Contract, piece: Piece, con: duckdb.DuckDBPyConnection, take: Take
) -> Filled:
    return json_rows.part(con, contract, piece, take)


@contextmanager
def _there(
    rejected: Sequence[Rejected], _: duckdb.DuckDBPyConnection, take: Take
) -> Iterator[Sequence[Rejected]]:
    take()
    yield rejected
