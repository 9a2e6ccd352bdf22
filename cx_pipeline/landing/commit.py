"""A batch of prepared files into the warehouse: rows, quarantine and records, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames, lateness, rivals
from cx_pipeline.landing.archive import LINE_BITS
from cx_pipeline.landing.lateness import Arrival
from cx_pipeline.landing.prepared import Prepared, profile_text
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verdict import rebuild_next
from cx_pipeline.landing.version import IDENTITY, identity_of
from cx_pipeline.warehouse import quoted

_PLACE = f"(load << {LINE_BITS}) + _line"  # a row's place among all that arrived
_COUNTS = (
    "rows_read", "accepted", "quarantined", "duplicate", "conflicts", "erased", "blanked",
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """What became of one file of the batch."""

    load: int
    status: str
    reason: str | None
    rows_read: int
    accepted: int
    quarantined: int
    duplicate: int
    conflicts: int
    erased: int = 0
    blanked: int = 0


class Batch:
    """Prepared files of one contract that are loaded in one transaction."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        contract: Contract,
        run_id: str,
        now: datetime,
        arrival: Arrival,
    ) -> None:
        self._con = con
        self._contract = contract
        self._table = raw_table(contract)
        self._raw = self._table.name
        self._run_id = run_id
        self._now = now
        self._arrival = arrival
        self._fingerprint = contract.fingerprint()

    def commit(self, files: Sequence[Prepared]) -> list[Recorded]:
        """Load all files in the given order; nothing is in the warehouse if this raises."""
        self._con.execute("begin transaction")
        try:
            first = 1 + frames.number(self._con, "select coalesce(max(load), 0) from landing.loads")
            numbered = list(enumerate(files, start=first))
            _mark_copies(numbered)
            base = frames.number(self._con, f"select coalesce(max(_row), 0) from {self._raw}")
            again = self._replace_older_readings(numbered)
            accepted, conflicts = self._insert(numbered, base, again)
            self._quarantine(numbered)
            told: dict[int, Recorded] = {}
            for load, file in numbered:
                counts = accepted.get(load, 0), conflicts.get(load, 0)
                told[load] = self._told(load, file, *counts, told)
            self._record(numbered, told)
            self._con.execute("commit")
        except BaseException:
            frames.roll_back(self._con)
            raise
        return list(told.values())

    def _insert(
        self, files: Sequence[tuple[int, Prepared]], base: int, again: set[int]
    ) -> tuple[rivals.Counts, rivals.Counts]:
        """The rows that are not there yet; (accepted, conflicts) by load."""
        new = [(load, str(file.archived)) for load, file in files if file.archived]
        if not new:
            return {}, {}
        frames.write(
            self._con,
            "batch",
            {
                "load": ("integer", [load for load, _ in new]),
                "filename": ("text", [name for _, name in new]),
            },
        )
        paths = ", ".join(literal(name) for _, name in new)
        source = f"(from read_parquet([{paths}], filename = true) join batch using (filename))"
        bounds = self._keep_new(source)
        names = ", ".join(quoted(name) for name, _ in self._contract.raw_columns)
        delivered = sum(file.good for _, file in files)
        all_new = frames.number(self._con, "select count(*) from kept") == delivered
        some = "" if all_new else f"where {_PLACE} in (select place from kept)"
        self._con.execute(
            f"""insert into {self._raw} ({names}, _key, _hash, _version, _time, _row, _load, _line)
            select {names}, _key, _hash, _version, _time, {base} + row_number() over (), load, _line
            from {source} {some}"""
        )
        accepted = self._con.execute(
            f"select place >> {LINE_BITS} as load, count(*) from kept group by all"
        ).fetchall()
        conflicts = rivals.settle(self._con, self._table, "kept", bounds)
        lateness.note(self._con, self._contract, self._arrival, again)
        return dict(accepted), conflicts

    def _keep_new(self, source: str) -> str:
        """Table `kept`: each new (_key, _hash) once, at its first place; returns the bounds.

        Only narrow columns are read here: the wide rows pass once, into the raw table.
        """
        self._con.execute(
            f"""create or replace temp table kept as
            select _key, _hash, min({_PLACE}) as place, min(_time) as _time,
                min(_version) as _version
            from {source} group by _key, _hash"""
        )
        bounds = self._bounds()
        if frames.number(
            self._con, f"select count(*) from (from {self._raw} as raw where {bounds} limit 1)"
        ):
            self._con.execute(
                f"""delete from kept where exists (
                    select 1 from {self._raw} as raw
                    where {bounds} and raw._key = kept._key and raw._hash = kept._hash)"""
            )
        return bounds

    def _bounds(self) -> str:
        """Literal bounds for the search of equal keys, where an equal key means an equal time."""
        column = self._contract.time_column
        if column is None or column.name not in self._contract.extract.key:
            return "true"
        first, last, without = frames.row(
            self._con, "select min(_time), max(_time), count(*) filter (_time is null) from kept"
        )
        if first is None or without:
            return "true"
        return f"raw._time between timestamp '{first}' and timestamp '{last}'"

    def _replace_older_readings(self, files: Sequence[tuple[int, Prepared]]) -> set[int]:
        """Take out what the same bytes gave under an older contract, or before they were refused.

        Returns the loads that read such bytes again; table `waited` holds their lines that were no
        rows until now.
        """
        contract = self._contract
        self._con.execute("create or replace temp table waited (load bigint, line bigint)")
        read = {
            file.identity: load
            for load, file in files
            if file.fault is None and file.is_copy_of is None
        }
        loads = self._con.execute(
            f"""select load, rows_read, {IDENTITY} from landing.loads
            where source = ? and table_name = ? and (contract <> ? or status = 'aside')""",
            [contract.source, contract.table, contract.fingerprint()],
        ).fetchall()
        again = set()
        for load, rows_read, *told in loads:
            now = read.get(identity_of(contract, *told))
            if now is None:
                continue
            if rivals.take_rows(self._con, self._table, load):
                rivals.settle(self._con, self._table, "taken", "true")
            self._con.execute(
                f"insert into waited select {now}, line from landing.quarantine where load = {load}"
            )
            lateness.hand_on(self._con, load, now)
            self._forget(load)
            again |= {now} if rows_read else set()
        for load in self._of_other_tables(files):
            self._forget(load)
        if again:
            rebuild_next(self._con)
        return again

    def _of_other_tables(self, files: Sequence[tuple[int, Prepared]]) -> list[int]:
        """Loads of these very files that gave no row to the table they were taken for before."""
        delivered = {(file.delivery.name, file.sha256) for _, file in files}
        found = self._con.execute(
            """select load, file_name, sha256 from landing.loads
            where source = ? and table_name <> ? and accepted + duplicate = 0""",
            [self._contract.source, self._contract.table],
        ).fetchall()
        return [int(load) for load, *file in found if tuple(file) in delivered]

    def _forget(self, load: int) -> None:
        self._con.execute(f"delete from landing.quarantine where load = {load}")
        self._con.execute(f"delete from landing.loads where load = {load}")

    def _quarantine(self, files: Sequence[tuple[int, Prepared]]) -> None:
        rows = [
            (load, file.delivery.name, one.line, one.column, one.reason, one.raw)
            for load, file in files
            for one in file.rejected
        ]
        if not rows:
            return
        load, name, line, column, reason, raw = map(list, zip(*rows, strict=True))
        frames.write(
            self._con,
            "rejected",
            {
                "load": ("integer", load),
                "name": ("text", name),
                "line": ("integer", line),
                "col": ("text", column),
                "reason": ("text", reason),
                "raw": ("text", raw),
            },
        )
        self._con.execute(
            "insert into landing.quarantine select load, ?, ?, name, line, col, reason, raw, ? "
            "from rejected",
            [self._contract.source, self._contract.table, self._now],
        )

    def _record(
        self, files: Sequence[tuple[int, Prepared]], recorded: Mapping[int, Recorded]
    ) -> None:
        """As columns: a value by itself takes longer than a small file's row."""
        told: frames.Columns = {
            "load": ("integer", [load for load, _ in files]),
            "file_name": ("text", [file.delivery.name for _, file in files]),
            "file_size": ("integer", [file.delivery.size for _, file in files]),
            "file_mtime_ns": ("integer", [file.delivery.mtime_ns for _, file in files]),
            "sha256": ("text", [file.sha256 for _, file in files]),
            "min_time": ("moment", [file.min_time for _, file in files]),
            "max_time": ("moment", [file.max_time for _, file in files]),
            "profile": ("text", [profile_text(file) for _, file in files]),
            "identity": ("text", [file.identity for _, file in files]),
        }
        for name in ("status", "reason"):
            told[name] = ("text", [getattr(recorded[load], name) for load, _ in files])
        for name in _COUNTS:
            told[name] = ("integer", [getattr(recorded[load], name) for load, _ in files])
        frames.write(self._con, "recorded", told)
        self._con.execute(
            """insert into landing.loads by name
            select *, ? as run_id, ? as source, ? as table_name, ? as contract, ? as loaded_at
            from recorded""",
            [
                self._run_id, self._contract.source, self._contract.table, self._fingerprint,
                self._now,
            ],
        )  # fmt: skip

    def _counts_of(self, load: int, before: Mapping[int, Recorded]) -> tuple[int, int, int]:
        if told := before.get(load):
            return told.rows_read, told.erased, told.blanked
        query = "select rows_read, erased, blanked from landing.loads where load = ?"
        rows, erased, blanked = frames.row(self._con, query, [load])
        return int(rows), int(erased), int(blanked)

    def _told(
        self,
        load: int,
        file: Prepared,
        accepted: int,
        conflicts: int,
        before: Mapping[int, Recorded],
    ) -> Recorded:
        """What is recorded of a file; `before` are those of its batch."""
        if file.fault is not None:
            return Recorded(load, "aside", file.fault, 0, 0, 0, 0, 0)
        if file.is_copy_of is not None:
            rows, erased, blanked = self._counts_of(file.is_copy_of, before)
            reason = f"the same bytes were landed before, as load {file.is_copy_of}"
            again = rows - erased
            return Recorded(load, "loaded", reason, rows, 0, 0, again, 0, erased, blanked)
        warnings = list(file.warnings)
        if conflicts:
            warnings.append(f"{conflicts} rows contradict a row of the same key and version")
        return Recorded(
            load, "loaded", "; ".join(warnings) or None, file.rows_read, accepted,
            len(file.rejected), file.good - accepted, conflicts, file.erased, file.blanked,
        )  # fmt: skip


def _mark_copies(files: Sequence[tuple[int, Prepared]]) -> None:
    """Of equal bytes in one batch only the first is loaded."""
    seen: dict[str, int] = {}
    for load, file in files:
        if file.fault is None and seen.setdefault(file.identity, load) != load:
            file.is_copy_of, file.archived = seen[file.identity], None
            file.good, file.rejected, file.erased = 0, [], 0
