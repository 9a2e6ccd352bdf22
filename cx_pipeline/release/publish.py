"""Publish: prove the gate, build aside, search what was built, and only then show it."""

import hashlib
import hmac
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.release import ledger
from cx_pipeline.release.build import Build
from cx_pipeline.release.gate import Expected, LeakFound, Shown, prove, scan
from cx_pipeline.release.known import Known
from cx_pipeline.release.ledger import Counted, Snapshot
from cx_pipeline.release.marts import META_CHECKS, META_PUBLISH, Table
from cx_pipeline.release.patch import has_room
from cx_pipeline.release.searched import NOTHING, Clean, Search
from cx_pipeline.release.shelf import (
    DATABASE,
    REPORT,
    PublishError,
    Shelf,
    digest_of,
    entries,
    file_entry,
    read_manifest,
    verify,
    write_manifest,
)
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import scratch

_SPARE = 64 * 1024 * 1024
# Writes the page people look at: an open connection to the publish, the page, the manifest, and
# the page before, if it is as it was when it was searched.
Report = Callable[[duckdb.DuckDBPyConnection, Path, Mapping[str, Any], str], None]


@dataclass(frozen=True)
class Published:
    """What is shown now. `unchanged`: the last publish holds the same and stays."""

    folder: Path
    manifest: Mapping[str, Any]
    unchanged: bool = False

    @property
    def content_hash(self) -> str:
        return str(self.manifest["content_hash"])


def publish(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    *,
    audience: str,
    run_id: str,
    as_of: date,
    manifest_extra: Mapping[str, Any],
    expected: Sequence[Expected],
    tables: Sequence[Table],
    report: Report | None = None,
    prepare: Callable[[], object] = lambda: None,
    contracts: Sequence[Contract] = (),
    canaries: Sequence[str] = (),
    anew: bool = False,
) -> Published:
    """Show the tables of the warehouse `con` (open for writing) to one audience.

    What was not written anew since the last publish is taken over, with the verdict of its search;
    nothing is where somebody was erased or restricted since (`anew`), though no mart told of them
    any more: bytes of earlier rows may stand in a database that was patched.

    Raises GateRefused when not all of it was judged, LeakFound when the files built hold what
    must not leave, PublishError when they cannot be written. The last publish then stays live.
    `prepare` makes ready what the report needs, beside the building of the files.
    """
    keys = Keys.load(settings)
    shelf = Shelf(settings.published / audience)
    snapshot = prove(con, expected, tables)
    who = {"run_id": run_id, "audience": audience, "as_of": as_of.isoformat()}
    told = _manifest(con, snapshot, {**who, "code": _code(report), **manifest_extra})
    _process_tables(con, shelf, audience)
    process = ledger.count(con, [table for table in tables if table.kind == "process"])
    counted = {**snapshot.tables, **process}
    if not anew and (current := _unchanged(shelf, told, counted)):
        return Published(current, read_manifest(current), unchanged=True)
    name = shelf.new_name(run_id, datetime.now(UTC))
    told |= {"publish": name, "previous": shelf.current.name if shelf.current else None}
    told["published_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    con.execute(
        "insert into process.meta_publish values (?, ?, ?, ?, ?)",
        [name, run_id, as_of, told["content_hash"], datetime.now(UTC).replace(tzinfo=None)],
    )
    counted |= ledger.count(con, [table for table in tables if table.name == META_PUBLISH])
    known = Known(settings.vault_file, Tokenizer(keys), con, contracts)
    audience_key = _audience_key(keys, audience)
    words = [told["code"], audience_key, *map(repr, [*tables, *contracts]), *canaries]
    search = Search(con, audience, known, words)
    clean = NOTHING if anew else search.clean(shelf.current)
    base = clean.database if clean.is_base and clean.patches < settings.publish.keep else None
    if base and not has_room(con, base):
        base = None
    with shelf.building(name) as aside, _told_when_full(shelf), ThreadPoolExecutor(1) as beside:
        beside.submit(prepare)
        build = Build(
            con=con,
            folder=aside,
            audience_key=audience_key,
            as_of=as_of,
            previous=shelf.current,
            compression="zstd" if settings.warehouse.block_compression else "uncompressed",
            base=base,
            holds=clean.holds if base else {},
        )

        def page(files: duckdb.DuckDBPyConnection) -> None:
            if report is not None:
                report(files, aside / REPORT, told, _page_before(shelf, clean))

        told["tables"] = build.tables(tables, counted, page)
        with _opened(settings, aside / DATABASE, clean.database) as files:
            shown = Shown(
                con=files,
                tables=tables,
                folder=aside,
                parquet=_parquet(aside, tables, told),
                known=known,
                canaries=canaries,
                clean=_clean(aside, told, clean),
                has_before=clean.database is not None,
            )
            beside.shutdown()
            _seal(aside, told)
            _search(shown)
        folder = shelf.show(aside, name)
    told = read_manifest(folder)
    digests = [entry["sha256"] for entry in entries(told)]
    patches = clean.patches + 1 if build.base else 0
    search.record(digests, clean, build.stamps(tables, counted), patches)
    ledger.record_publishes(con, audience, [told])
    shelf.drop_old(settings.publish.keep)
    return Published(folder, told)


def _audience_key(keys: Keys, audience: str) -> str:
    told = f"cx-pipeline audience {audience}".encode()
    return hmac.digest(keys.token_key(), told, hashlib.sha256).hex()


def _code(report: Report | None) -> str:
    """Changes with the code that writes a publish, searches it, or makes its page."""
    release = Path(__file__).parent
    search = release.with_name("privacy")
    page = Path(report.__code__.co_filename).parent if report else release
    digest = hashlib.sha256()
    roots, kinds = (release, search, page), ("*.py", "*.css", "*.html")
    for path in sorted({path for root in roots for kind in kinds for path in root.rglob(kind)}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _manifest(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """All of the manifest that is known before the files are, as JSON will give it back."""
    checks = [
        {
            "check": verdict.check_name,
            "kind": verdict.kind,
            "table": verdict.table_name,
            "severity": verdict.severity,
            "passed": verdict.passed,
            "judged": verdict.snapshot,
        }
        for verdict in ledger.latest(con).values()
    ]
    told = {**extra, "content_hash": snapshot.content_hash, "checks": checks}
    return dict(json.loads(json.dumps(told, default=str)))


def _process_tables(con: duckdb.DuckDBPyConnection, shelf: Shelf, audience: str) -> None:
    """The tables that tell of checks and publishes; a publish that a crash kept from the ledger
    is entered from its manifest.
    """
    ledger.record_publishes(con, audience, [read_manifest(path) for path in shelf.publishes])
    con.execute("create schema if not exists process")
    con.execute(
        f"""create or replace table process.{META_CHECKS} as
        select check_name, kind, table_name, severity, passed as is_passed, observed, detail,
            judged_at, snapshot as judged_content
        from ledger.verdicts where load is null
        qualify row_number() over (partition by check_name order by number desc) = 1"""
    )
    con.execute(
        f"""create or replace table process.{META_PUBLISH} as
        select publish, run_id, as_of, content_hash, published_at
        from ledger.publishes where audience = ?""",
        [audience],
    )


def _unchanged(
    shelf: Shelf, told: Mapping[str, Any], counted: Mapping[str, Counted]
) -> Path | None:
    """The current publish, if it says the same, was written by the same code, and is undamaged."""
    current = shelf.current
    if current is None:
        return None
    before = read_manifest(current)
    if any(before.get(key) != value for key, value in told.items() if key != "run_id"):
        return None
    own = {META_CHECKS, META_PUBLISH}
    now = {name.partition(".")[2]: table.content_hash for name, table in counted.items()}
    then = {name: table["content_hash"] for name, table in before["tables"].items()}
    if any(now.get(name) != then.get(name) for name in (now.keys() | then.keys()) - own):
        return None
    return None if verify(current) else current


def _page_before(shelf: Shelf, clean: Clean) -> str:
    page = shelf.current / REPORT if shelf.current else None
    if page is None or not page.is_file() or digest_of(page) not in clean.files:
        return ""
    return page.read_text(encoding="utf-8")


def _seal(aside: Path, told: dict[str, Any]) -> None:
    """Hash what stands beside the tables' files, and write the manifest last."""
    others = [path for path in (aside / DATABASE, aside / REPORT) if path.exists()]
    told["files"] = [file_entry(aside, path) for path in others]
    write_manifest(aside, told)


def _parquet(
    aside: Path, tables: Sequence[Table], told: Mapping[str, Any]
) -> dict[str, list[Path]]:
    files = {table.full_name: told["tables"][table.name]["files"] for table in tables}
    return {name: [aside / entry["path"] for entry in of_it] for name, of_it in files.items()}


def _clean(aside: Path, told: Mapping[str, Any], clean: Clean) -> frozenset[Path]:
    """The Parquet files that were searched, as their bytes tell."""
    files = [entry for table in told["tables"].values() for entry in table["files"]]
    return frozenset(aside / entry["path"] for entry in files if entry["sha256"] in clean.files)


def _search(shown: Shown) -> None:
    places: dict[tuple[str, str, str], list[str]] = {}
    for finding in scan(shown):
        places.setdefault((finding.kind, finding.table, finding.column), []).append(finding.row)
    if places:
        raise LeakFound([_leak(*place, rows) for place, rows in sorted(places.items())])


def _leak(kind: str, table: str, column: str, rows: Sequence[str]) -> str:
    """One sentence a column: how many values, and hashes of the first rows; never a value."""
    named = ", ".join(row for row in rows if row)
    return f"{kind} in {table}.{column} ({len(rows)} values{f', rows {named}' if named else ''})"


@contextmanager
def _opened(
    settings: Settings, database: Path, before: Path | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the built file as a reader will, and cannot write it; and the file
    that was searched before.
    """
    limits = settings.warehouse
    temp = settings.state / "tmp"
    with scratch(memory_limit=limits.memory_limit, threads=limits.threads, temp=temp) as con:
        for name, path in (("shown", database), ("before", before)):
            if path is not None:
                told = str(path).replace("'", "''")
                con.execute(f"attach '{told}' as {name} (read_only)")
        con.execute("use shown")
        yield con


@contextmanager
def _told_when_full(shelf: Shelf) -> Iterator[None]:
    """A full disk in one sentence; what was half built is gone by then."""
    before = shelf.current
    needed = sum(p.stat().st_size for p in before.rglob("*") if p.is_file()) if before else 0
    mib = (needed + _SPARE) // 2**20
    sentence = f"disk full, need {mib} MiB in {shelf.folder}; make room and run again"
    if shutil.disk_usage(shelf.folder).free < needed:
        raise PublishError(sentence)
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        if "space left" in str(error) or "File too large" in str(error):
            raise PublishError(sentence) from error
        raise
