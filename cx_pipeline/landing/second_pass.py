"""Texts that hold what became known after they landed: redacted again, wherever they are stored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.landing import frames
from cx_pipeline.landing.anew import Edit, put_in_place, write_anew
from cx_pipeline.landing.protect import text_columns
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verdict import rebuild_next
from cx_pipeline.privacy.full_names import full_name_columns
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.warehouse import columns_of, quoted

_AT_ONCE = 20_000  # texts in memory


@dataclass(frozen=True)
class SecondPass:
    """The end of a landing: every stored text loses what is known by now.

    What became known is searched for in the stored texts. Where that was cut off once, or the
    digests are another key's, all names are learned again and the archive is searched as well.
    """

    con: duckdb.DuckDBPyConnection
    packs: Sequence[Pack]
    archive: Path
    vault: Vault
    known: Known

    def begin(self) -> bool:
        """Whether all that is stored has to be searched; names of stored rows are known then."""
        if self.known.is_through(self._place()):
            return False
        self.known.begin_anew()
        for contract in self._contracts:
            self.known.add(self._names(contract))
        self.known.commit()
        return True

    def end(self, run_id: str, *, whole: bool) -> None:
        """Redact again what is stored, table by table, each in a transaction of its own."""
        self.known.commit()
        self.vault.commit()
        if whole or self.known.has_new:
            for contract in self._contracts:
                if text_columns(contract):
                    self._table(contract, run_id, whole)
        self.known.set_through(self._place())

    def _place(self) -> str:
        last = frames.number(self.con, "select coalesce(max(load), 0) from landing.loads")
        return " ".join([str(last), *sorted(pack.name for pack in self.packs)])

    @property
    def _contracts(self) -> Iterator[Contract]:
        return (contract for pack in self.packs for contract in pack.contracts)

    def _names(self, contract: Contract) -> Iterator[tuple[str, str]]:
        """Full names of the stored rows, as far as the vault still opens them."""
        for column in contract.pii_columns:
            if column.pii and (column.pii.kind, column.pii.action) == ("name", "token"):
                for token in self._distinct(contract, [column.name])[0]:
                    if (name := self.vault.open(token)) is not None:
                        yield token, name
        for pair in full_name_columns(contract):
            for one, other in zip(*self._distinct(contract, pair), strict=True):
                names = self.vault.open(one), self.vault.open(other)
                if names[0] is not None and names[1] is not None:
                    yield f"{one} {other}", f"{names[0]} {names[1]}"

    def _distinct(self, contract: Contract, columns: Sequence[str]) -> list[list[str]]:
        names = ", ".join(map(quoted, columns))
        there = " and ".join(f"{quoted(name)} is not null" for name in columns)
        query = f"select distinct {names} from {raw_table(contract).name} where {there}"
        return frames.read(self.con, query)

    def _table(self, contract: Contract, run_id: str, whole: bool) -> None:
        told, made = self._changed(contract, whole)
        if not told:
            return
        frames.write(self.con, "retold", {"_told": ("text", told), "_made": ("text", made)})
        self.con.execute("begin transaction")
        try:
            touched = write_anew(self.con, contract, self.archive, partial(_edit, contract))
            rows = sum(file.changed for file in touched)
            self.con.execute(
                "insert into landing.redactions values (?, ?, ?, ?, ?)",
                [run_id, contract.source, contract.table, len(told), rows],
            )
            if contract.extract.kind == "events":  # else its models are built from all its rows
                rebuild_next(self.con)
            self.con.execute("commit")
        except BaseException:
            frames.roll_back(self.con)
            raise
        finally:
            self.con.execute("drop table if exists retold")
        put_in_place(touched)

    def _changed(self, contract: Contract, whole: bool) -> tuple[list[str], list[str]]:
        """Stored texts that hold what is known, and what becomes of them."""
        told: list[str] = []
        made: list[str] = []
        found = self.con.cursor().execute(" union ".join(self._texts(contract, whole)))
        while rows := found.fetchmany(_AT_ONCE):
            texts = [text for (text,) in rows]
            for text, safe in zip(texts, self.known.redact(texts), strict=True):
                if safe != text:
                    told.append(text)
                    made.append(safe or "")
        return told, made

    def _texts(self, contract: Contract, whole: bool) -> Iterator[str]:
        names = [column.name for column in text_columns(contract)]
        there = {name for name, _ in columns_of(self.con, f"raw_{contract.source}", contract.table)}
        places = [(raw_table(contract).name, there)]
        if files := self._archived(contract, whole):
            paths = ", ".join(literal(str(path)) for path in files)
            source = f"read_parquet([{paths}], union_by_name = true)"
            rows = self.con.execute(f"describe from {source}").fetchall()
            places.append((source, {str(row[0]) for row in rows}))
        for place, columns in places:
            for name in names:
                if name in columns:
                    yield f"select {quoted(name)} from {place} where {quoted(name)} is not null"

    def _archived(self, contract: Contract, whole: bool) -> list[Path]:
        """Files whose rows are not all in the raw table: of loads set aside, or any."""
        folder = self.archive / contract.source
        if whole:
            return sorted(folder.glob(f"*-{contract.table}.parquet"))
        aside = self.con.execute(
            "select distinct sha256 from landing.loads where source = ? and table_name = ? "
            "and status = 'aside' and sha256 <> ''",
            [contract.source, contract.table],
        ).fetchall()
        return [
            path
            for (sha256,) in sorted(aside)
            for path in sorted(folder.glob(f"{sha256}*-{contract.table}.parquet"))
        ]


def redacted_again(con: duckdb.DuckDBPyConnection, run_id: str) -> str | None:
    """One sentence of what a run redacted again; None when it was nothing."""
    texts, rows = frames.row(
        con, "select sum(texts), sum(rows) from landing.redactions where run_id = ?", [run_id]
    )
    return f"{texts} texts in {rows} rows redacted again by what is known now" if texts else None


def _edit(contract: Contract, there: Collection[str]) -> Edit:
    names = {c.name: quoted(c.name) for c in text_columns(contract) if c.name in there}
    holds = [f"coalesce({name} in (select _told from retold), false)" for name in names.values()]
    made = "select any_value(_made) from retold where _told"
    return Edit(
        changes=" or ".join(holds) or "false",
        values={name: f"coalesce(({made} = {shown}), {shown})" for name, shown in names.items()},
    )
