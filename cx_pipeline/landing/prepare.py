"""One delivered file, verified, read, typed and protected, into one Parquet file of the archive."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import csv_rows, frames, json_rows, parquet_rows
from cx_pipeline.landing.decode import Piece, pieces, refuse_encoding
from cx_pipeline.landing.discover import Delivery
from cx_pipeline.landing.header import Header, match, missing, read
from cx_pipeline.landing.protect import protect
from cx_pipeline.landing.quarantine import Rejected, mistyped, unreadable_share
from cx_pipeline.landing.typed import literal, typed_rows
from cx_pipeline.landing.verify import FileFault, blocks, sha256_of
from cx_pipeline.landing.version import file_version, identity
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.warehouse import canonical_row, quoted

_UNREADABLE_LIMIT = 0.01
_NUMBERS = ("bigint", "integer", "double", "decimal")


@dataclass
class Prepared:
    """A file that is ready to be loaded, or why it is not."""

    delivery: Delivery
    sha256: str = ""
    identity: str = ""
    archived: Path | None = None
    good: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    min_time: datetime | None = None
    max_time: datetime | None = None
    warnings: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    fault: str | None = None
    is_copy_of: int | None = None
    is_being_written: bool = False

    @property
    def rows_read(self) -> int:
        return self.good + len(self.rejected)


class Reader:
    """Prepares files one after the other on one scratch database in memory."""

    def __init__(self, con: duckdb.DuckDBPyConnection, tokenizer: Tokenizer, archive: Path) -> None:
        con.execute("set preserve_insertion_order = true")
        # Raw values are in here: nothing may spill to a disk, or be kept for the next file.
        con.execute("set temp_directory = ''")
        con.execute("set enable_external_file_cache = false")
        self._con = con
        self._tokenizer = tokenizer
        self._archive = archive

    def prepare(self, delivery: Delivery, known: dict[str, int]) -> Prepared:
        """Never raises for what is in the file: a fault is told in the result.

        `known` maps the identity of what this contract has landed before to its load.
        """
        done = Prepared(delivery)
        try:
            if delivery.size == 0:
                raise FileFault("the file is empty (0 bytes); deliver it again")
            done.sha256 = sha256_of(delivery.path)
            done.identity = identity(delivery.contract, done.sha256, delivery.path.name)
            done.is_copy_of = known.get(done.identity)
            if done.is_copy_of is None:
                self._read(delivery, done)
            done.is_being_written = not delivery.unchanged()
        except FileFault as fault:
            done.fault = str(fault)
        except OSError as fault:
            done.fault = f"it cannot be read ({fault.strerror}); check its permissions"
        except duckdb.Error as fault:  # its message may hold raw values
            done.fault = f"it cannot be read by its contract ({type(fault).__name__})"
        if done.fault:
            done.good, done.rejected, done.archived = 0, [], None
        return done

    def _read(self, delivery: Delivery, done: Prepared) -> None:
        contract = delivery.contract
        target = self._archive / contract.source / f"{done.identity}-{contract.table}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        version = file_version(contract, delivery.path.name)
        bad_bytes = b""
        parts: list[Path] = []
        waiting = ""  # of one piece no part is written: it goes into the archive at once
        try:
            for marked, sample, rejected in self._pieces(delivery, done):
                bad_bytes = bad_bytes or sample
                done.rejected += rejected
                if waiting:
                    parts.append(self._put_by(waiting, target, len(parts)))
                waiting = self._one_piece(contract, done, marked, version)
            done.rejected.sort(key=lambda one: one.line)
            self._judge(contract, done, bad_bytes)
            if done.good:
                if parts:
                    parts.append(self._put_by(waiting, target, len(parts)))
                    files = ", ".join(literal(str(part)) for part in parts)
                    waiting = f"from read_parquet([{files}])"
                self._archived(contract, waiting, target)
                self._profile(contract, target, done)
                done.archived = target
        finally:
            for part in parts:
                part.unlink(missing_ok=True)

    def _put_by(self, rows: str, target: Path, number: int) -> Path:
        part = target.with_name(f".{target.name}.{id(self)}-{number}")
        self._con.execute(f"copy ({rows}) to {literal(str(part))} (format parquet)")
        return part

    def _pieces(
        self, delivery: Delivery, done: Prepared
    ) -> Iterator[tuple[bool, bytes, list[Rejected]]]:
        """Fill table `part` piece by piece; yields (marked, undecodable sample, rejected)."""
        contract, extract = delivery.contract, delivery.contract.extract
        if extract.format == "parquet":
            for header in parquet_rows.parts(self._con, contract, delivery.path):
                done.added.update(header.added)
                yield False, b"", []
            return
        source: Iterator[bytes] = blocks(delivery.path)
        if extract.format == "json":
            source = iter([json_rows.as_lines(b"".join(source))])
        csv = extract.format == "csv"
        header_: Header | None = None
        for piece in pieces(
            source,
            encoding=extract.encoding,
            quote=extract.quote if csv else "",
            delimiter=extract.delimiter if csv else "",
        ):
            if not csv:
                done.added |= json_rows.members(piece) - set(json_rows.shape_of(contract))
                yield piece.marked, piece.bad_bytes, json_rows.part(self._con, contract, piece)
                continue
            rest = piece
            if header_ is None:
                names, lines = read(piece.text, extract)
                header_ = match(contract, names, lines)
                done.added.update(header_.added)
                rest = _without_head(piece, lines)
            rejected = csv_rows.part(self._con, contract, header_, rest)
            yield rest.marked, rest.bad_bytes, rejected
        if csv and header_ is None:
            raise FileFault("it has no header row; deliver it again")

    def _one_piece(
        self, contract: Contract, done: Prepared, marked: bool, version: str | None
    ) -> str:
        """Type and protect the rows of `part`; returns the SELECT of the good ones."""
        rows = typed_rows(contract, marked=marked)
        read = frames.number(self._con, f"create or replace temp table typed as {rows}")
        wrong = frames.number(self._con, "select count(_problem) from typed")
        if wrong:
            done.rejected += mistyped(self._con, contract)
        done.good += read - wrong
        return protect(self._con, contract, self._tokenizer, version)

    def _judge(self, contract: Contract, done: Prepared, bad_bytes: bytes) -> None:
        share = unreadable_share(done.rejected, done.rows_read)
        if share > _UNREADABLE_LIMIT:
            raise refuse_encoding(contract.extract.encoding, bad_bytes, share)
        if done.good == 0 and done.rejected:
            for column in contract.columns:
                if column.required and all(
                    one.column == column.name and one.reason == "is required and empty"
                    for one in done.rejected
                ):
                    raise FileFault(missing(column.vendor_name, sorted(done.added)))
        if done.rows_read == 0:
            done.warnings.append(
                "it holds a header and no rows"
                if contract.extract.format == "csv"
                else "it holds no rows"
            )
        if done.added:
            told = ", ".join(sorted(done.added)[:5]) + (", ..." if len(done.added) > 5 else "")
            done.warnings.append(f"columns outside the contract were left out: {told}")

    def _archived(self, contract: Contract, rows: str, target: Path) -> None:
        new = target.with_name(f".{target.name}.{id(self)}")
        self._con.execute(
            f"""copy (select *, {_key(contract)} as _key from ({rows}))
            to {literal(str(new))} (format parquet, compression zstd, compression_level 1)"""
        )
        new.replace(target)

    def _profile(self, contract: Contract, target: Path, done: Prepared) -> None:
        """What the batch is judged by: rows, null counts, ranges of plain numbers and times."""
        wanted = ["count(*)", "min(_time)", "max(_time)"]
        wanted += [f"count(*) - count({quoted(c.name)})" for c in contract.columns]
        ranged = [c for c in contract.columns if c.pii is None and c.data_type.startswith(_NUMBERS)]
        for column in ranged:
            wanted += [f"min({quoted(column.name)})", f"max({quoted(column.name)})"]
        enums = [c for c in contract.columns if c.pii is None and c.enum]
        for column in enums:
            allowed = ", ".join(map(literal, column.enum))
            wanted.append(f"count(*) filter ({quoted(column.name)} not in ({allowed}))")
        source = f"read_parquet({literal(str(target))})"
        told = iter(frames.row(self._con, f"select {', '.join(wanted)} from {source}"))
        rows, done.min_time, done.max_time = next(told), next(told), next(told)
        done.profile = {
            "rows": rows,
            "nulls": {column.name: next(told) for column in contract.columns},
            "ranges": {c.name: [_number(next(told)), _number(next(told))] for c in ranged},
            "outside": {column.name: next(told) for column in enums},
        }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _without_head(piece: Piece, lines: int) -> Piece:
    end = 0
    for _ in range(lines):
        end = piece.text.find(b"\n", end) + 1
    return Piece(piece.text[end:], piece.first_line + lines, piece.marked, piece.bad_bytes)


def _key(contract: Contract) -> str:
    """What names a row: its key columns, else its content and which of equals it is."""
    types = dict(contract.raw_columns)
    if contract.extract.key:
        told = canonical_row([(name, types[name]) for name in contract.extract.key])
    else:
        ordinal = "row_number() over (partition by _hash order by _line)"
        told = f"cast(_hash as varchar) || ':' || {ordinal}"
    return f"cast(md5({told}) as uuid)"


def profile_text(done: Prepared) -> str:
    """The profile as it stands in `landing.loads`."""
    return json.dumps(done.profile, sort_keys=True)
