"""Land what was delivered: the only way into the raw tables."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, groupby
from queue import Queue

import duckdb

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.extracts import PACKED
from cx_pipeline.landing import archive, corrections, frames, schema
from cx_pipeline.landing.as_one import can_be_together
from cx_pipeline.landing.commit import Batch, Recorded
from cx_pipeline.landing.discover import Delivery, Found, Stray, discover
from cx_pipeline.landing.inherit import heir_columns, keep_out_heirs
from cx_pipeline.landing.lateness import Arrival
from cx_pipeline.landing.machine import told_when_it_fails
from cx_pipeline.landing.prepare import Reader
from cx_pipeline.landing.prepared import Prepared
from cx_pipeline.landing.protect import Door, text_columns
from cx_pipeline.landing.rotate import refuse_half_rotated
from cx_pipeline.landing.second_pass import SecondPass
from cx_pipeline.landing.verdict import take_out
from cx_pipeline.landing.version import IDENTITY, identity_of
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.presidio import rereading
from cx_pipeline.privacy.safe_text import safe_name
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.tombstones import Identifier, Tombstones
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, scratch

__all__ = ["FileOutcome", "land", "take_out"]

# Small enough that a batch on its way into the warehouse stays within _COMMIT_MEMORY.
_BATCH_FILES, _BATCH_BYTES = 256, 20 << 20
# Files read as one: their text is held in memory at once. A gzip grows about so much.
_SHARE_FILES, _SHARE_BYTES, _GROWS = 64, 32 << 20, 16
_READER_MEMORY = "512MB"
# Rows pass through: a file of any size lands in it, and more makes no landing faster.
_COMMIT_MEMORY = "256MB"


@dataclass(frozen=True)
class FileOutcome:
    """What became of one delivered file: read = accepted + quarantined + duplicate + erased.

    status: loaded, aside (its source stays at its last good data), waiting (still being written;
    read next time), or unknown (no active source or contract). `reason` is one sentence.
    """

    source: str
    table: str | None
    file: str
    status: str
    reason: str | None = None
    rows_read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    conflicts: int = 0
    load: int | None = None
    erased: int = 0


def land(
    settings: Settings,
    packs: Sequence[Pack],
    *,
    run_id: str,
    now: datetime,
    con: duckdb.DuckDBPyConnection | None = None,
    as_of: date | None = None,
    only: Collection[str] | None = None,
) -> list[FileOutcome]:
    """Land every delivered file that is not landed yet; one bad file never stops others.

    Rows arrive on the day `as_of`, today unless it is given. `only` names the sources whose files
    are looked at, else all are.

    All raw tables of the packs are there afterwards. Raises KeyFault before anything is read when
    the key is missing or wrong, SettingsError when `cx.toml` asks for what is not installed,
    MachineFault when the disk is full or fails: what was not committed is landed next time.
    """
    reread = rereading(settings)
    keys, tombstones = Keys.load(settings), Tombstones.of(settings)
    refuse_half_rotated(settings, keys)
    with (
        told_when_it_fails(settings.state) as at_work,
        Vault(settings.vault_file, keys) as vault,
        Known(settings.known_file, keys, vault) as known,
        _warehouse(settings, con) as warehouse,
    ):
        archive.sweep(settings.archive)
        schema.prepare(warehouse, packs)
        found = discover(warehouse, settings.landing, packs, only)
        outcomes = [*_still_aside(found), *map(_stray, found.strays)]
        contracts = [contract for pack in packs for contract in pack.contracts]
        second = SecondPass(warehouse, packs, settings.archive, vault, known)
        whole = second.begin()
        at_work += [delivery.path for delivery in found.new]
        if found.new:
            door = Door(
                Tokenizer(keys, vault),
                known,
                tombstones,
                corrections.kept(warehouse),
                heir_columns(contracts),
                reread,
            )
            day = as_of or settings.today()
            arrival = Arrival(day, settings.midnight(day))
            with _readers(settings, door) as readers:
                # Texts come last: most of what they hold is known by then.
                for batch in _batches(sorted(found.new, key=_has_texts)):
                    contract = batch[0].contract
                    files = _prepared(readers, batch, _known(warehouse, contract))
                    known.commit()
                    vault.commit()  # a value is safe before its token is used
                    if heirs := set[Identifier]().union(*(file.heirs for file in files)):
                        kept = (Tokenizer(keys), tombstones, vault)
                        gone = keep_out_heirs(
                            warehouse, contracts, settings.archive, heirs, *kept, now.isoformat()
                        )
                        known.forget(gone)
                    commit = Batch(warehouse, contract, run_id, now, arrival)
                    outcomes += _committed(commit, files)
        if found.new or whole:
            second.end(run_id, whole=whole)
    return outcomes


@contextmanager
def _warehouse(
    settings: Settings, con: duckdb.DuckDBPyConnection | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The given connection, or one of its own: what passes through it, it does not keep."""
    if con is not None:
        (before,) = frames.row(con, "select current_setting('memory_limit')")
        con.execute(f"set memory_limit = '{_COMMIT_MEMORY}'")
        try:
            yield con
        finally:
            with suppress(duckdb.Error):  # after a fault of the disk it takes no statement
                con.execute(f"set memory_limit = '{before}'")
        return
    told = settings.warehouse
    with connect(
        settings.warehouse_file,
        memory_limit=_COMMIT_MEMORY,
        threads=told.threads,
        block_compression=told.block_compression,
    ) as own:
        yield own


@contextmanager
def _readers(settings: Settings, door: Door) -> Iterator[list[Reader]]:
    """One reader a thread: each file is read by one thread, several files at once."""
    settings.archive.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        made = []
        for _ in range(settings.warehouse.threads):
            con = stack.enter_context(scratch(memory_limit=_READER_MEMORY, threads=1))
            made.append(Reader(con, door, settings.archive))
        yield made


def _has_texts(delivery: Delivery) -> bool:
    return bool(text_columns(delivery.contract))


def _batches(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    for _, same in groupby(deliveries, key=lambda one: one.contract.name):
        batch: list[Delivery] = []
        size = 0
        for delivery in same:
            if batch and (len(batch) == _BATCH_FILES or size + delivery.size > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(delivery)
            size += delivery.size
        yield batch


def _committed(batch: Batch, files: Sequence[Prepared]) -> list[FileOutcome]:
    whole = [file for file in files if not file.is_being_written and not file.is_unread]
    recorded = batch.commit(whole) if whole else []
    return [
        *(_outcome(file, told) for file, told in zip(whole, recorded, strict=True)),
        *(_waiting(file.delivery) for file in files if file.is_being_written),
        *(_unread(file) for file in files if file.is_unread),
    ]


def _known(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, int]:
    """Load of each delivery that this very contract has read, by its identity."""
    rows = con.execute(
        f"""select load, {IDENTITY} from landing.loads
        where source = ? and table_name = ? and contract = ? and status = 'loaded'
        order by load desc""",
        [contract.source, contract.table, contract.fingerprint()],
    ).fetchall()
    return {identity_of(contract, *told): int(load) for load, *told in rows}


def _prepared(
    readers: list[Reader], batch: Sequence[Delivery], known: dict[str, int]
) -> list[Prepared]:
    """All files of the batch, in its order, small ones together, each by the next free reader."""
    shares = list(_shares(batch))
    free: Queue[Reader] = Queue()
    for reader in readers:
        free.put(reader)

    def prepare(share: Sequence[Delivery]) -> list[Prepared]:
        reader = free.get()
        try:
            return reader.prepare(share, known)
        finally:
            free.put(reader)

    if len(shares) == 1:
        return prepare(shares[0])
    with ThreadPoolExecutor(len(readers)) as pool:
        return list(chain.from_iterable(pool.map(prepare, shares)))


def _shares(batch: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """Runs of small files that are read as one, and each other file by itself."""
    share: list[Delivery] = []
    size = 0
    for delivery in batch:
        grows = _GROWS if delivery.path.suffix in PACKED else 1
        if share and (
            not can_be_together(delivery.contract)
            or len(share) == _SHARE_FILES
            or size + grows * delivery.size > _SHARE_BYTES
        ):
            yield share
            share, size = [], 0
        share.append(delivery)
        size += grows * delivery.size
    yield share


def _outcome(file: Prepared, told: Recorded) -> FileOutcome:
    contract = file.delivery.contract
    return FileOutcome(
        contract.source,
        contract.table,
        file.delivery.name,
        told.status,
        _sentence(contract.source, file.delivery.name, told.reason),
        told.rows_read,
        told.accepted,
        told.quarantined,
        told.duplicate,
        told.conflicts,
        told.load,
        told.erased,
    )


def _waiting(delivery: Delivery) -> FileOutcome:
    contract = delivery.contract
    reason = "it is still being written; the next run reads it"
    told = _sentence(contract.source, delivery.name, reason)
    return FileOutcome(contract.source, contract.table, delivery.name, "waiting", told)


def _unread(file: Prepared) -> FileOutcome:
    """Not recorded: nothing of the file has to change before the next run reads it."""
    contract, name = file.delivery.contract, file.delivery.name
    told = _sentence(contract.source, name, file.fault)
    return FileOutcome(contract.source, contract.table, name, "aside", told)


def _still_aside(found: Found) -> Iterator[FileOutcome]:
    for delivery, before in found.aside:
        source = delivery.contract.source
        told = _sentence(source, delivery.name, before.reason)
        yield FileOutcome(source, before.table, delivery.name, "aside", told, load=before.load)


def _stray(stray: Stray) -> FileOutcome:
    source, name = safe_name(stray.source), safe_name(stray.name)
    return FileOutcome(source, None, name, "unknown", _sentence(source, name, stray.reason))


def _sentence(source: str, name: str, reason: str | None) -> str | None:
    return f"landing/{source}/{name}: {reason}".replace("/: ", ": ") if reason else None
