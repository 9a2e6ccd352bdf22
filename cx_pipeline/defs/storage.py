"""Dagster's event log made bearable: stock, it opens and closes a SQLite file per event.

Every event is stored as the filter leaves it: messages, errors and their causes, metadata.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value
from sqlalchemy import Connection, Engine, create_engine, event

from cx_pipeline.privacy.safe_text import safe_text, safe_trace_message

_BUSY_SECONDS = 60
# Members of stored events that hold words; every other is a name, a number or an id.
_WORDS = {"message", "user_message", "text", "description", "md_str"}


class _Batch(ExitStack):
    """Transactions that stay open until all events of a batch are stored, by file."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, Connection] = {}


class EventLog(SqliteEventLogStorage):
    """The stock event log with one engine kept for each of its files.

    A night has some 500 events; stock, each makes two to seven engines and connections (15 ms).
    With a write-ahead log, synchronous=NORMAL cannot corrupt a file, and a connection that stays
    open keeps each close from checkpointing it. It leans on one private method, `_connect`;
    without this class in `dagster.yaml` everything works, only slower.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._there: set[str] = set()
        self._of_thread = threading.local()  # the batch that this thread stores, if any
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "EventLog":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        batch: _Batch | None = getattr(self._of_thread, "batch", None)
        if batch is None:
            with self._db_lock, self._begun(shard) as connection:
                yield connection
        else:
            if shard not in batch.begun:
                batch.begun[shard] = batch.enter_context(self._begun(shard))
            yield batch.begun[shard]

    @contextmanager
    def _begun(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            self._engines[shard] = self._engine(shard)
        engine = self._engines[shard]
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        with engine.connect() as connection, connection.begin():
            yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store them in one transaction a file: what a run plans, some 400 events, comes so."""
        with self._db_lock, _Batch() as batch:
            self._of_thread.batch = batch
            try:
                super().store_event_batch(events)
            finally:
                del self._of_thread.batch

    def store_event(self, event: EventLogEntry) -> None:
        """Store the event without what its words may hold of a row."""
        told = json.loads(serialize_value(event))
        filtered = _filtered(told)
        super().store_event(
            event if filtered == told else deserialize_value(json.dumps(filtered), EventLogEntry)
        )

    def has_table(self, table_name: str) -> bool:
        """Asked once for each asset event; a table that is there stays there."""
        if table_name not in self._there and super().has_table(table_name):
            self._there.add(table_name)
        return table_name in self._there

    def _engine(self, shard: str) -> Engine:
        told = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(self.conn_string_for_shard(shard), connect_args=told)
        event.listen(engine, "connect", _commit_without_waiting)
        return engine


def _filtered(told: Any) -> Any:
    if isinstance(told, list):
        return [_filtered(one) for one in told]
    if not isinstance(told, dict):
        return told
    is_error = told.get("__class__") == "SerializableErrorInfo"
    words = safe_trace_message if is_error else safe_text
    return {
        name: words(value) if name in _WORDS and isinstance(value, str) else _filtered(value)
        for name, value in told.items()
    }


def _commit_without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma synchronous = normal")
