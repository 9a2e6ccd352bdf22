"""What dbt is spared gives what dbt's own code gives."""

from collections.abc import Iterator
from typing import Any

import pytest
from dbt.adapters.events.types import SQLQuery
from dbt.events.types import LogStartLine, StatsLine
from dbt_common.clients import agate_helper
from dbt_common.events import event_manager_client
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.functions import fire_event, msg_to_dict
from dbt_common.events.types import Note

from cx_pipeline.transform.lighter import lighten

STATS = {"pass": 3, "warn": 1, "error": 0, "skip": 0, "noop": 0, "total": 4}
ROWS = [
    [
        {"a": 1, "b": "2026-01-01", "c": "x", "d": None, "e": "null"},
        {"a": 2, "b": "2026-01-02", "c": "", "d": 1.5, "e": "true"},
    ],
    [{"a": "1", "b": None, "c": "2026-01-01T10:00:00", "d": "1.5", "e": True}],
    [{"a": 1, "b": "2026-01-01", "c": "y", "d": None, "e": "false"}],
]


@pytest.fixture
def lighter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Lighten dbt when called; the next test finds it as it was."""
    for name in ("__init__", "__getattr__", "__setattr__"):
        monkeypatch.setattr(BaseEvent, name, getattr(BaseEvent, name))
    monkeypatch.setattr(agate_helper, "build_type_tester", agate_helper.build_type_tester)
    before = event_manager_client.get_event_manager()
    yield lighten
    event_manager_client.ctx_set_event_manager(before)


def events() -> list[BaseEvent]:
    made = [
        LogStartLine(description="model a", index=1, total=2, node_info={"node_name": "a"}),
        StatsLine(stats=STATS),
        SQLQuery(conn_name="c", sql="select 1", node_info={}),
        Note(msg=3),
    ]
    made[-1].msg = "changed before it was read"
    return made


def told() -> list[Any]:
    made: list[Any] = list(events())
    return [(type(e).__name__, e.message(), e.to_dict(), e.level_tag()) for e in made]


def types() -> list[Any]:
    tables = [agate_helper.table_from_data_flat(rows, "abcde") for rows in ROWS]
    return [
        [(repr(type(t)), row.values()) for t in x.column_types for row in x.rows] for x in tables
    ]


def test_messages_and_types_are_those_of_dbt(lighter: Any) -> None:
    before = told(), types()
    lighter([])
    assert (told(), types()) == before
    made = agate_helper.build_type_tester(["c"])
    assert agate_helper.build_type_tester(["c"]) is made
    assert agate_helper.build_type_tester(["a"]) is not made
    assert "pb_msg" not in events()[0].__dict__, "dbt makes its messages elsewhere by now"


def test_warnings_errors_and_what_is_wanted_are_heard(lighter: Any) -> None:
    lighter(["StatsLine"])
    heard: list[dict[str, Any]] = []
    manager = event_manager_client.get_event_manager()
    manager.callbacks.append(lambda message: heard.append(msg_to_dict(message)))
    for event in events():
        fire_event(event)
    fire_event(Note(msg="mind"), level=EventLevel.WARN)
    fire_event(Note(msg="broken"), level=EventLevel.ERROR)
    assert [(e["info"]["name"], e["info"]["level"]) for e in heard] == [
        ("StatsLine", "info"),
        ("Note", "warn"),
        ("Note", "error"),
    ]
    assert heard[0]["data"] == {"stats": STATS}
    assert [e["info"]["msg"] for e in heard[1:]] == ["mind", "broken"]
