"""The search of the files to be shown: what must not leave is found, wherever it hides."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_world import CONTRACT, judge, judged, know, new_home, show

from cx_pipeline.release.gate import LeakFound
from cx_pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged(settings) as con:
        yield con


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to jo.miller@example.org please", "email"),
        ("call +49 170 1234567 after six", "phone"),
        ("Mrs Summer Rose was kind", "known name"),
        ("ROSE, Summer", "known name"),
        ("met maria van dyke there", "known name"),
        ("customer CN-100234 waits", "known account"),
        ("login 55501234", "known account"),
        ("ref 01701234567/2", "known phone"),
        ("seen by v1_0123456789abcdef0123456789abcdef", "token of the warehouse"),
    ],
)
def test_what_must_not_leave_is_found_and_never_repeated(
    settings: Settings, con: duckdb.DuckDBPyConnection, text: str, kind: str
) -> None:
    know(settings, con)
    live = show(settings, con, contracts=[CONTRACT]).folder
    con.execute("update marts.fct_orders set note = ? where amount = 3", [text])
    judge(con)
    with pytest.raises(LeakFound) as found:
        show(settings, con, contracts=[CONTRACT], run_id="run-2")
    assert any(
        reason.startswith(f"{kind} in marts.fct_orders.note (1 values, rows ")
        for reason in found.value.reasons
    )
    assert text not in str(found.value)
    assert [p.name for p in live.parent.iterdir() if not p.is_symlink()] == [live.name]


HARMLESS = [
    "Summer Sale", "the Rose garden", "order 4111111", "2026-10-31 23:59:59.123456",
    "d41d8cd98f00b204e9800998ecf8427e", "123e4567-e89b-12d3-a456-426614174000", "1234567890",
    "/shop/item-10023/summer-dress", "v1.2.0.0", "10:30 to 11:45",
]  # fmt: skip


def test_no_false_alarm(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    know(settings, con)
    for place, text in enumerate(HARMLESS):
        con.execute("update marts.fct_orders set note = ? where amount = ?", [text, place])
    judge(con)
    assert show(settings, con, contracts=[CONTRACT]).manifest


def test_a_column_or_table_in_no_contract_is_found(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("alter table marts.dim_customers alter person_id type varchar")
    con.execute("alter table marts.fct_orders alter amount type decimal(12,2)")
    judge(con)
    with pytest.raises(LeakFound, match=r"not as contracted in marts\.fct_orders\.amount"):
        show(settings, con)


def test_a_canary_is_found(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update marts.fct_orders set note = 'about Zyxabcary' where amount = 3")
    judge(con)
    with pytest.raises(LeakFound, match=r"canary in marts\.fct_orders\.note"):
        show(settings, con, canaries=["zyxabcary"])
