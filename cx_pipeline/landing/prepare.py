"""Delivered files, verified, read, typed and protected, each into a Parquet file of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, csv_rows, frames, json_rows
from cx_pipeline.landing.decode import refuse_encoding
from cx_pipeline.landing.discover import Delivery
from cx_pipeline.landing.doubts import Doubts, of_times
from cx_pipeline.landing.erased import KeptOut, keep_out
from cx_pipeline.landing.header import missing, none_fits
from cx_pipeline.landing.prepared import Prepared, telling
from cx_pipeline.landing.protect import Door, protect
from cx_pipeline.landing.quarantine import Rejected, mistyped, unreadable_share
from cx_pipeline.landing.stretches import Stretch, stretches
from cx_pipeline.landing.typed import typed_rows
from cx_pipeline.landing.undeclared import stray_sentences
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
        con.execute("set global arrow_lossless_conversion = true")  # a UUID stays one
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
                each = sum(done.good for done in files) // len(good)
                self._into_archive(self._con, contract, rows, good, each=each)
        except (FileFault, OSError, duckdb.Error):
            for done in files:
                done.fault, done.good, done.rejected, done.warnings = None, 0, [], []
                done.doubts = Doubts()
                done.erased = done.blanked = 0
            return False
        return True

    def _alone(self, done: Prepared) -> None:
        """A file of any size: its stretches pass through memory into the archive."""
        delivery, contract = done.delivery, done.delivery.contract
        bad_bytes = b""
        raised: list[BaseException] = []

        def tables() -> Iterator[pa.Table]:
            nonlocal bad_bytes
            try:
                for stretch in stretches(self._con, delivery):
                    bad_bytes = bad_bytes or stretch.bad_bytes
                    yield self._rows_of(stretch, done)
                done.rejected.sort(key=lambda one: one.line)
                self._judge(contract, done, bad_bytes)  # before it stands in the archive
            except BaseException as fault:
                raised.append(fault)
                raise

        rows = tables()
        with self._con.cursor() as writing:
            first = next(rows, None)
            if first is None:
                return
            schema, stream = first.schema, chain(iter([first]), rows)
            del first  # in memory until it is written, and no longer
            try:
                with frames.streamed(writing, "stretches", schema, stream):
                    self._into_archive(writing, contract, "from stretches", {0: done})
            except duckdb.Error:
                if raised:
                    raise raised[0] from None
                raise

    def _rows_of(self, stretch: Stretch, done: Prepared) -> pa.Table:
        """The good rows of the stretch, protected; all that is told of it is added to `done`."""
        contract = done.delivery.contract
        done.doubts.encoded_twice += stretch.encoded_twice
        done.added.update(stretch.added)
        with stretch.fill(
            self._con, partial(self._take, contract, marked=stretch.marked)
        ) as unread:
            done.rejected += unread
            out = self._keep_out(contract)
            done.erased += out.erased.get(0, 0)
            done.blanked += out.blanked.get(0, 0)
            done.heirs |= out.heirs
            counts, rejected = self._typed(contract)
            done.good += counts.get(0, 0)
            done.rejected += rejected
            self._doubt(contract, [done])
            version = file_version(contract, done.delivery.path.name)
            rows = self._protected(contract, version, done)
        return self._con.sql(rows).to_arrow_table()

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

    def _into_archive(
        self,
        con: duckdb.DuckDBPyConnection,
        contract: Contract,
        rows: str,
        files: Mapping[int, Prepared],
        *,
        each: int | None = None,
    ) -> None:
        targets = {number: self._target(done) for number, done in files.items()}
        told = archive.write(con, contract, rows, targets, each=each)
        for number, done in files.items():
            if not done.good:
                continue  # known of a stream at its end alone; `prepare` removes the empty file
            done.archived = targets[number]
            done.profile = told[number]
            done.min_time, done.max_time = done.profile.pop("times")
