"""The search of the files to be shown: what must not leave is found, wherever it hides."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_world import CONTRACT, judge, judged, know, new_home, show

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.release.gate import LeakFound, Shown, scan
from cx_pipeline.release.known import Known
from cx_pipeline.release.marts import Column, Table
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import scratch


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


def test_a_known_value_is_found_wherever_it_stands_among_many_texts(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    know(settings, con)
    texts = [f"order {place}x" for place in range(110_000)]
    told = {0: "phone", 49_999: "account", 50_000: "name", 109_999: "account"}
    texts[0], texts[49_999] = "ref 01701234567", "for CN-100234"
    texts[50_000], texts[109_999] = "Mrs Summer Rose", "login 55501234"
    known = Known(settings.vault_file, Tokenizer(Keys.load(settings)), con, [CONTRACT])
    assert known.find(texts) == told


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


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("crm/jo.miller@example.org", "email"),
        ("crm/+491701234567", "phone"),
        ("crm/Summer Rose", "known name"),
        ("crm/maria.van.dyke", "known name"),
        ("crm/Rose1Summer", "known name"),
        ("crm/CN-100234", "known account"),
        ("crm/01701234567", "known phone"),
        ("crm/v1_0123456789abcdef0123456789abcdef", "token of the warehouse"),
        ("\uff0b\uff14\uff19 170 1234567", "phone"),
    ],
)
def test_what_hides_in_an_id_behind_its_source_is_found(
    settings: Settings, con: duckdb.DuckDBPyConnection, text: str, kind: str
) -> None:
    know(settings, con)
    con.execute("update marts.fct_orders set order_id = 'crm/' || order_id")
    con.execute("update marts.fct_orders set order_id = ? where rowid = 0", [text])
    judge(con)
    with pytest.raises(LeakFound) as found:
        show(settings, con, contracts=[CONTRACT])
    assert any(
        reason.startswith(f"{kind} in marts.fct_orders.order_id") for reason in found.value.reasons
    )


def test_a_uuid_behind_its_source_is_no_name_but_may_be_a_known_device(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    know(settings, con)
    device, other = "ad0e1bed-0000-4000-8000-00000000add1", "ad0e1bed-0000-4000-8000-00000000add2"
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        tokenizer = Tokenizer(Keys.load(settings), vault)
        tokenizer.tokens("device", [device])
        tokenizer.tokens("name", ["ad e", "bed add"])
    con.execute("update marts.fct_orders set note = ? where amount = 3", [f"crm/{other}"])
    judge(con)
    show(settings, con, contracts=[CONTRACT])
    con.execute("update marts.fct_orders set note = ? where amount = 3", [f"crm/{device}"])
    judge(con)
    with pytest.raises(LeakFound, match=r"known device in marts\.fct_orders\.note"):
        show(settings, con, contracts=[CONTRACT])


# ---- one of two files --------------------------------------------------------------------

EVENTS = Table(
    schema="marts",
    name="fct_sessions",
    columns=(Column("session_id", "VARCHAR"), Column("day", "DATE"), Column("page", "VARCHAR")),
    key=("session_id",),
    month_by="day",
    purpose="service_improvement",
)
MAIL = "'jo.miller@example.org'"


@pytest.mark.parametrize(
    ("in_database", "in_parquet"),
    [
        ("page", "page"),
        (f"case when i = 9 then {MAIL} else page end", "page"),
        ("page", f"case when i = 9 then {MAIL} else page end"),
        ("page", f"case when i = 1 then {MAIL} else page end"),  # a month of Parquet alone
    ],
    ids=["nowhere", "database", "parquet", "old month"],
)
@pytest.mark.parametrize("first", ["2026-01-01", "2026-03-01"], ids=["all months", "the last"])
def test_a_value_in_one_of_the_two_files_is_found(
    tmp_path: Path, in_database: str, in_parquet: str, first: str
) -> None:
    rows = """(select md5(i::varchar) as session_id, i, '/shop/' || i as page,
        date '2026-01-01' + (i * 9)::integer as day from range(12) as r(i))"""
    path = tmp_path / "fct_sessions.parquet"
    with scratch() as files:
        files.execute("attach ':memory:' as shown")
        files.execute("use shown")
        files.execute(
            f"""create table main.fct_sessions as select session_id, day, {in_database} as page
            from {rows} where day >= date '{first}'"""
        )
        files.execute(
            f"copy (select session_id, day, {in_parquet} as page from {rows}) to '{path}'"
        )
        found = scan(Shown(files, [EVENTS], tmp_path, {EVENTS.full_name: [path]}))
    kinds = [(finding.column, finding.kind) for finding in found]
    assert kinds == ([] if in_database == in_parquet else [("page", "email")])
