"""What may leave: the proof that all was judged, and the search of the very files to be shown.

To check one more thing of what leaves, write one function that yields findings, and name it in
CHECKS.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from cx_pipeline.privacy.detectors import find_personal
from cx_pipeline.purposes import NEEDING_CONSENT, NEEDING_NONE
from cx_pipeline.release import ledger
from cx_pipeline.release.known import Known
from cx_pipeline.release.ledger import Snapshot
from cx_pipeline.release.marts import Table
from cx_pipeline.release.texts import AUDIENCE_KEY, Sight, Text, parquet, texts_of
from cx_pipeline.warehouse import canonical_row, quoted, side_by_side

NAMED_ROWS = 3
_KEY = re.compile(AUDIENCE_KEY)


class Refused(Exception):
    """Nothing is published; `reasons` say why, one sentence each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        more = f" (and {len(reasons) - 8} more)" if len(reasons) > 8 else ""
        super().__init__("publish refused: " + "; ".join(self.reasons[:8]) + more)


class GateRefused(Refused):
    """Something was not judged, failed, or is not what was judged."""


class LeakFound(Refused):
    """The files to be shown hold what must not leave."""


# ---- the proof ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """A blocking check that has to have passed, and the tables it judges."""

    check_name: str
    tables: tuple[str, ...] = ()


def prove(
    con: duckdb.DuckDBPyConnection, expected: Sequence[Expected], tables: Sequence[Table]
) -> Snapshot:
    """The snapshot that was judged, if it still is what the tables hold; else GateRefused.

    Every expected check must have a newest verdict that passed and speaks of the present content.
    """
    told = ledger.last_snapshot(con)
    if told is None:
        raise GateRefused(["nothing was judged yet; run the whole night with: cx run"])
    try:
        marts = [table for table in tables if table.kind == "mart"]
        now = ledger.count(con, marts, before=told.tables)
    except LookupError as missing:
        raise GateRefused([f"{missing}; rebuild it with: cx run"]) from missing
    overall = ledger.hash_of_marts(now)
    snapshot = Snapshot(told.run_id, told.as_of, told.inputs_hash, overall, now)
    failed, unknown = [], list(_edited(told, snapshot))
    latest = ledger.latest(con)
    for check in expected:
        verdict = latest.get(check.check_name)
        if verdict is None:
            unknown.append(f"{check.check_name} never finished")
        elif verdict.refuses:
            failed.append(verdict.sentence)
        elif verdict.snapshot != (present := snapshot.hash_of(check.tables)):
            unknown.append(
                f"{check.check_name} judged other content ({verdict.snapshot}) than there is now "
                f"({present})"
            )
    if failed or unknown:
        raise GateRefused([*failed, *unknown])
    return snapshot


def _edited(told: Snapshot, now: Snapshot) -> Iterator[str]:
    if told.content_hash == now.content_hash:
        return
    changed = [
        name
        for name in sorted(told.tables.keys() | now.tables.keys())
        if (told.tables.get(name) or None) != (now.tables.get(name) or None)
    ]
    yield (
        f"the marts hold {now.content_hash}, judged was {told.content_hash} "
        f"(changed since: {', '.join(changed) or 'the list of marts'}); run again: cx run"
    )


# ---- the search --------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """Something that must not leave: where, and a hash of its row; never the value."""

    table: str
    column: str
    kind: str
    row: str = ""


@dataclass(frozen=True)
class Shown:
    """The files about to be shown: the database, attached to `con` as `shown`, and the Parquet.

    `clean` are those Parquet files that were searched before; the database that was is attached
    as `before` if `has_before`.
    """

    con: duckdb.DuckDBPyConnection
    tables: Sequence[Table]
    folder: Path
    parquet: dict[str, list[Path]]
    known: Known | None = None
    canaries: Sequence[str] = field(default=(), repr=False)
    clean: Collection[Path] = ()
    has_before: bool = False
    named: Counter[tuple[str, str, str]] = field(default_factory=Counter, repr=False)

    def relations(self, table: Table) -> list[str]:
        """The table in the database, and in its Parquet files."""
        files = self.parquet.get(table.full_name)
        return [f"shown.{_stored(table)}", *([parquet(files)] if files else [])]

    @cached_property
    def texts(self) -> list[Text]:
        """Distinct values of all text columns of all files, without plain ids and without the rows
        and files that are clean.
        """
        sights = [self._sight(table) for table in self.tables]
        found = side_by_side(self.con, lambda own, sight: list(texts_of(own, sight)), sights)
        return [text for of_table in found for text in of_table]

    def _sight(self, table: Table) -> Sight:
        files = self.parquet.get(table.full_name, [])
        fresh = [path for path in files if path not in self.clean]
        return Sight(
            table=table,
            database=f"shown.{_stored(table)}",
            before=f"before.{_stored(table)}" if self.has_before else None,
            parquet=parquet(fresh) if fresh else None,
            is_all=len(fresh) == len(files),
        )

    @cached_property
    def known_kinds(self) -> dict[str, str]:
        """Kind of what the vault knows in a text, by the text."""
        if self.known is None:
            return {}
        values = list(dict.fromkeys(text.value for text in self.texts))
        return {values[place]: kind for place, kind in self.known.find(values).items()}

    def finding(self, text: Text, kind: str) -> Finding:
        """Names the first row that holds the text by a hash of that row.

        Only for the first three of a column: a search of a row that nobody reads costs as much.
        """
        name = quoted(text.column)
        self.named[kind, text.table.full_name, name] += 1
        if self.named[kind, text.table.full_name, name] > NAMED_ROWS:
            return Finding(text.table.full_name, text.column, kind)
        for relation in self.relations(text.table):
            columns = canonical_row([(c.name, c.data_type) for c in text.table.columns])
            row = self.con.execute(
                f"select min(md5({columns})) from {relation} where {name} = ?", [text.value]
            ).fetchone()
            if row and row[0]:
                return Finding(text.table.full_name, text.column, kind, row[0][:12])
        return Finding(text.table.full_name, text.column, kind)


def _stored(table: Table) -> str:
    return f"{table.published_schema}.{quoted(table.name)}"


def only_contracted(shown: Shown) -> Iterator[Finding]:
    """Tables, columns and types of the files are those of the contracts, and no other."""
    rows = shown.con.execute(
        """select table_schema, table_name from information_schema.tables
        where table_catalog = 'shown' and table_type = 'BASE TABLE'"""
    ).fetchall()
    contracted = {(table.published_schema, table.name): table for table in shown.tables}
    for schema, name in sorted(set(rows) ^ contracted.keys()):
        yield Finding(f"{schema}.{name}", "*", "table missing or in no contract")
    for place in sorted(set(rows) & contracted.keys()):
        table = contracted[place]
        wanted = {(column.name, column.data_type) for column in table.columns}
        for relation in shown.relations(table):
            told = shown.con.execute(f"describe select * from {relation}").fetchall()
            for name in sorted({name for name, _ in wanted ^ {(row[0], row[1]) for row in told}}):
                yield Finding(table.full_name, name, "column missing or not as contracted")


def only_audience_keys(shown: Shown) -> Iterator[Finding]:
    """Columns that name persons hold the audience's keys; our own tokens stand nowhere."""
    naming = {(table.full_name, name) for table in shown.tables for name in table.rekeyed}
    named = {
        (text.table.full_name, text.column)
        for text in shown.texts
        if not _KEY.fullmatch(text.value)
    }
    for table, column in sorted(naming & named):
        yield Finding(table, column, "key that is not the audience's")
    for text in shown.texts:
        if text.has_token:
            yield shown.finding(text, "token of the warehouse")


def no_patterns(shown: Shown) -> Iterator[Finding]:
    """Nothing looks like an e-mail, a phone, a card, an IBAN, an address of a machine."""
    for text in shown.texts:
        if text.is_suspect:
            for kind in find_personal(text.value):
                yield shown.finding(text, kind)


def no_known_values(shown: Shown) -> Iterator[Finding]:
    """No name, phone, login or device that the vault knows."""
    for text in shown.texts:
        if kind := shown.known_kinds.get(text.value):
            yield shown.finding(text, f"known {kind}")


def no_canaries(shown: Shown) -> Iterator[Finding]:
    """None of the planted values, in any text or in the bytes of any file."""
    planted = [value.casefold() for value in shown.canaries if value]
    for text in shown.texts if planted else ():
        if any(value in text.value.casefold() for value in planted):
            yield shown.finding(text, "canary")
    for path in sorted(shown.folder.rglob("*")) if planted else ():
        if path.is_file():
            told = path.read_bytes()
            if any(value.encode() in told for value in shown.canaries if value):
                yield Finding(path.relative_to(shown.folder).as_posix(), "*", "canary")


def only_consented(shown: Shown) -> Iterator[Finding]:
    """A mart for a purpose that needs consent holds only persons whose consent stands."""
    marts = {table.name: table for table in shown.tables if table.kind == "mart"}
    for mart in marts.values():
        if mart.purpose in NEEDING_NONE:
            continue
        if mart.purpose not in NEEDING_CONSENT:
            yield Finding(mart.full_name, "*", f"meta.purpose {mart.purpose!r} is not known")
        elif "dim_consents" not in marts or "person_id" not in {c.name for c in mart.columns}:
            yield Finding(mart.full_name, "*", "no person_id, or no dim_consents to judge it by")
        else:
            columns = canonical_row([(c.name, c.data_type) for c in mart.columns])
            for relation in shown.relations(mart):
                row = shown.con.execute(
                    f"""select min(md5({columns})) from {relation}
                    where person_id is null or person_id not in (
                        select person_id from shown.main.dim_consents
                        where purpose = ? and state = 'granted' and person_id is not null)""",
                    [mart.purpose],
                ).fetchone()
                if row and row[0]:
                    kind = f"person without consent to {mart.purpose}"
                    yield Finding(mart.full_name, "person_id", kind, row[0][:12])


CHECKS = (
    only_contracted,
    only_audience_keys,
    only_consented,
    no_patterns,
    no_known_values,
    no_canaries,
)


def scan(shown: Shown) -> list[Finding]:
    """Every finding of every check; an empty list lets the files be shown."""
    findings = list(only_contracted(shown))
    if findings:  # what is not as contracted cannot be searched by contract
        return findings
    return [finding for check in CHECKS[1:] for finding in check(shown)]
