"""Delivered files, verified, read, typed and protected, each into a Parquet file of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, csv_rows, frames, json_rows, parquet_rows, xlsx_rows
from cx_pipeline.landing.decode import encoded_twice, pieces, refuse_encoding
from cx_pipeline.landing.discover import Delivery
from cx_pipeline.landing.doubts import Doubts, of_times
from cx_pipeline.landing.erased import KeptOut, keep_out
from cx_pipeline.landing.header import (
    by_place,
    match,
    missing,
    none_fits,
    read,
    without_head,
)
from cx_pipeline.landing.prepared import Prepared, telling
from cx_pipeline.landing.protect import Door, protect
from cx_pipeline.landing.quarantine import Rejected, mistyped, unreadable_share
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.typed import literal, typed_rows
from cx_pipeline.landing.undeclared import stray_sentences
from cx_pipeline.landing.unpack import blocks, packing_of
from cx_pipeline.landing.verify import FileFault, sha256_of
from cx_pipeline.landing.version import file_version, identity

_UNREADABLE_LIMIT = 0.01


class Reader:
    """Prepares files one after the other on one scratch database in memory."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        door: Door,
        archive: Path,
    ) -> None:
        con.execute("set preserve_insertion_order = true")
        # Raw values are in here: nothing may spill to a disk, or be kept for the next file.
        con.execute("set temp_directory = ''")
        con.execute("set enable_external_file_cache = false")
        self._con = con
        self._door = door
        self._archive = archive

    def prepare(self, deliveries: Sequence[Delivery], known: dict[str, int]) -> list[Prepared]:
        """Files of one contract, in their order. Never raises for what is in a file: that is told.

        `known` maps the identity of what this contract has landed before to its load.
        """
        files = [self._verified(delivery, known) for delivery in deliveries]
        self._read([done for done in files if not done.fault and done.is_copy_of is None])
        self._clear()
        for done in files:
            if not done.fault and done.is_copy_of is None and not done.good:
                # What an older contract made rows of would come back from there.
                self._target(done).unlink(missing_ok=True)
        for done in files:
            if not done.fault:
                done.is_being_written = not done.delivery.unchanged()
        return files

    def _clear(self) -> None:
        """Nothing of a batch stays in memory while it is committed."""
        self._con.execute("drop view if exists part")
        for table in ("read", "typed", "made", "strays", "texts"):
            self._con.execute(f"drop table if exists {table}")

    def _verified(self, delivery: Delivery, known: dict[str, int]) -> Prepared:
        done = Prepared(delivery)
        with telling(done):
            if delivery.size == 0:
                raise FileFault("the file is empty (0 bytes); deliver it again")
            done.sha256 = sha256_of(delivery.path)
            done.identity = identity(delivery.contract, done.sha256, delivery.path.name)
            done.is_copy_of = known.get(done.identity)
        return done

    def _read(self, files: Sequence[Prepared]) -> None:
        """All files as one; where one of them wants a reading of its own, each half as one."""
        if len(files) == 1:
            with telling(files[0]):
                self._alone(files[0])
        elif files and not self._together(files):
            half = len(files) // 2
            self._read(files[:half])
            self._read(files[half:])

    def _target(self, done: Prepared) -> Path:
        contract = done.delivery.contract
        target = self._archive / contract.source / f"{done.identity}-{contract.table}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _together(self, files: Sequence[Prepared]) -> bool:
        """Read small files as if they were one: a query costs more than their rows.

        False when any of them needs a reading of its own; nothing is told of them then.
        """
        contract = files[0].delivery.contract
        paths = [done.delivery.path for done in files]
        read_as_one = csv_rows if contract.extract.format == "csv" else json_rows
        try:
            take = partial(self._take, contract)
            with read_as_one.together(self._con, contract, paths, take) as added:
                out = self._keep_out(contract)
                counts, rejected = self._typed(contract)
                self._doubt(contract, files)
                rows = self._protected(contract, None, files[0])
            files[0].heirs |= out.heirs
            for number, (done, names) in enumerate(zip(files, added, strict=True)):
                done.good = counts.get(number, 0)
                done.erased, done.blanked = out.erased.get(number, 0), out.blanked.get(number, 0)
                done.rejected = [
                    replace(one, line=one.line & archive.LINE_MASK)
                    for one in rejected
                    if one.line >> archive.LINE_BITS == number
                ]
                done.added = names
                with telling(done):
                    self._judge(contract, done, b"")
            good = {number: done for number, done in enumerate(files) if done.good}
            if good:
                self._into_archive(contract, rows, good)
        except (FileFault, OSError, duckdb.Error):
            for done in files:
                done.fault, done.good, done.rejected, done.warnings = None, 0, [], []
                done.doubts = Doubts()
                done.erased = done.blanked = 0
            return False
        return True

    def _alone(self, done: Prepared) -> None:
        delivery, contract = done.delivery, done.delivery.contract
        target = self._target(done)
        version = file_version(contract, delivery.path.name)
        bad_bytes = b""
        parts: list[Path] = []
        waiting = ""  # of one piece no part is written: it goes into the archive at once

        def take(*, marked: bool = False) -> int:
            nonlocal waiting
            if waiting:
                parts.append(self._put_by(waiting, target, len(parts)))
                waiting = ""
            return self._take(contract, marked=marked)

        try:
            for sample, rejected in self._pieces(delivery, done, take):
                bad_bytes = bad_bytes or sample
                done.rejected += rejected
                waiting = self._one_piece(contract, done, version)
            done.rejected.sort(key=lambda one: one.line)
            self._judge(contract, done, bad_bytes)
            if done.good:
                if parts:
                    parts.append(self._put_by(waiting, target, len(parts)))
                    files = ", ".join(literal(str(part)) for part in parts)
                    waiting = f"from read_parquet([{files}])"
                self._into_archive(contract, waiting, {0: done})
        finally:
            for part in parts:
                part.unlink(missing_ok=True)

    def _put_by(self, rows: str, target: Path, number: int) -> Path:
        part = target.with_name(f".{target.name}.{id(self)}-{number}")
        self._con.execute(f"copy ({rows}) to {literal(str(part))} (format parquet)")
        return part

    def _pieces(
        self, delivery: Delivery, done: Prepared, take: Callable[..., int]
    ) -> Iterator[tuple[bytes, list[Rejected]]]:
        """Fill `part`, and `take` it, piece by piece; yields (undecodable sample, rejected)."""
        contract, extract = delivery.contract, delivery.contract.extract
        if extract.format == "parquet":
            if packing_of(delivery.path):
                raise FileFault("Parquet cannot be packed again; deliver it as it is")
            for header in parquet_rows.parts(self._con, contract, delivery.path):
                done.added.update(header.added)
                take()
                yield b"", []
            return
        if extract.format == "xlsx":
            for header, rejected in xlsx_rows.parts(self._con, contract, delivery.path):
                done.added.update(header.added)
                take(marked=True)
                yield b"", rejected
            return
        source: Iterator[bytes] = blocks(delivery.path)
        if extract.format == "json":
            source = iter([json_rows.as_lines(b"".join(source), extract.encoding)])
        csv = extract.format == "csv"
        header_ = by_place(contract) if csv and extract.header_rows == 0 else None
        for piece in pieces(
            source,
            encoding="utf-8" if extract.format == "json" else extract.encoding,
            quote=extract.quote if csv else "",
            signs=Signs.of(extract) if csv else None,
        ):
            done.doubts.encoded_twice += encoded_twice(piece.text)
            if not csv:
                shape = json_rows.shape_of(contract)
                done.added |= json_rows.members(piece, shape) - set(shape)
                typed = partial(take, marked=piece.marked)
                with json_rows.part(self._con, contract, piece, typed) as rejected:
                    yield piece.bad_bytes, rejected
                continue
            rest = piece
            if header_ is None:
                names, lines = read(piece.text, extract)
                header_ = match(contract, names, delivery.path.name, lines)
                done.added.update(header_.added)
                rest = without_head(piece, lines)
            rejected = csv_rows.part(self._con, contract, header_, rest)
            take(marked=rest.marked)
            yield rest.bad_bytes, rejected
        if csv and header_ is None:
            raise FileFault("it has no header row; deliver it again")

    def _one_piece(self, contract: Contract, done: Prepared, version: str | None) -> str:
        """Protect the rows of `typed`; returns the SELECT of the good ones."""
        out = self._keep_out(contract)
        done.erased += out.erased.get(0, 0)
        done.blanked += out.blanked.get(0, 0)
        done.heirs |= out.heirs
        counts, rejected = self._typed(contract)
        done.good += counts.get(0, 0)
        done.rejected += rejected
        self._doubt(contract, [done])
        return self._protected(contract, version, done)

    def _take(self, contract: Contract, *, marked: bool = False) -> int:
        """Make `typed` of `part`; returns how many rows it has."""
        rows = typed_rows(contract, marked=marked)
        return frames.number(self._con, f"create or replace temp table typed as {rows}")

    def _protected(self, contract: Contract, version: str | None, done: Prepared) -> str:
        rows = protect(self._con, contract, self._door, version)
        done.warnings += stray_sentences(self._con, contract)
        return rows

    def _keep_out(self, contract: Contract) -> KeptOut:
        heir = self._door.heirs.get(contract.name)
        return keep_out(self._con, contract, self._door.tombstones, heir)

    def _typed(self, contract: Contract) -> tuple[dict[int, int], list[Rejected]]:
        """The good rows of `typed` by number of file, and the others."""
        told = self._con.execute(
            f"select _line >> {archive.LINE_BITS}, count(*), count(_problem) from typed group by 1"
        ).fetchall()
        wrong = sum(one[2] for one in told)
        rejected = mistyped(self._con, contract) if wrong else []
        return {number: read - bad for number, read, bad in told}, rejected

    def _doubt(self, contract: Contract, files: Sequence[Prepared]) -> None:
        for number, columns in of_times(self._con, contract, of_one_file=len(files) == 1).items():
            for name, counts in columns.items():
                files[number].doubts.add(name, counts)

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
        if done.good == 0 and done.rejected and contract.extract.header_rows == 0:
            raise FileFault(none_fits(contract))
        if done.rows_read == 0:
            done.warnings.append(
                "it holds a header and no rows"
                if contract.extract.format == "csv"
                else "it holds no rows"
            )
        done.warnings += done.doubts.sentences(contract)
        if done.added:
            told = ", ".join(sorted(done.added)[:5]) + (", ..." if len(done.added) > 5 else "")
            done.warnings.append(f"columns outside the contract were left out: {told}")

    def _into_archive(self, contract: Contract, rows: str, files: Mapping[int, Prepared]) -> None:
        targets = {number: self._target(done) for number, done in files.items()}
        told = archive.write(self._con, contract, rows, targets)
        for number, done in files.items():
            done.archived = targets[number]
            done.profile = told[number]
            done.min_time, done.max_time = done.profile.pop("times")
