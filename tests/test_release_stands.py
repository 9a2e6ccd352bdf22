"""What was searched once is not read again, and nobody can make it hide anything."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_world import CONTRACT, TABLES, judge, judged, know, new_home, read, show

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.release.gate import LeakFound, Shown
from cx_pipeline.release.shelf import digest_of, read_manifest, verify, write_manifest
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import scratch

MAIL = "jo.miller@example.org"
OLD, NEW = "ordered_date = '2026-08-20'", "ordered_date = '2026-10-20'"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged(settings) as con:
        know(settings, con)
        yield con


def say(con: duckdb.DuckDBPyConnection, text: str, where: str) -> None:
    """Put a text into one order, and have it judged."""
    con.execute(
        f"""update marts.fct_orders set note = ?
        where order_id = (select min(order_id) from marts.fct_orders where {where})""",
        [text],
    )
    judge(con)


def publish(settings: Settings, con: duckdb.DuckDBPyConnection, run: str = "run-1") -> Path:
    return show(settings, con, contracts=[CONTRACT], run_id=run).folder


def refused(settings: Settings, con: duckdb.DuckDBPyConnection) -> str:
    with pytest.raises(LeakFound) as found:
        publish(settings, con, "run-2")
    return str(found.value)


def rewrite(path: Path, query: str) -> None:
    """Change a published file by hand, and its manifest so that nobody sees it."""
    folder = next(p for p in path.parents if (p / "manifest.json").exists())
    path.chmod(0o640)
    with scratch() as files:
        if path.suffix == ".duckdb":
            files.execute(f"attach '{path}' as shown")
            files.execute("use shown")
            files.execute(query)
        else:
            files.execute(f"create table told as from '{path}'")
            files.execute(query)
            files.execute(f"copy told to '{path}' (format parquet)")
    told = read_manifest(folder)
    for entry in [*told["files"], *(e for t in told["tables"].values() for e in t["files"])]:
        if folder / entry["path"] == path:
            entry["sha256"], entry["bytes"] = digest_of(path), path.stat().st_size
    (folder / "manifest.json").chmod(0o640)
    told.pop("manifest_sha256")
    write_manifest(folder, told)
    assert verify(folder) == []


def kept_words(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("select count(*) from ledger.searched_words").fetchone()
    return row[0] if row else 0


def test_only_rows_that_are_new_are_read(tmp_path: Path) -> None:
    """Whole rows are compared: a text that stood in another column, or table, is read again."""
    table = next(table for table in TABLES if table.name == "fct_orders")
    with scratch() as files:
        before = "(1, 'one one'), (2, 'two two')"
        after = f"{before}, (3, 'two two'), (4, 'four four')"
        for name, rows in (("before", before), ("shown", after)):
            files.execute(f"attach ':memory:' as {name}")
            files.execute(
                f"""create table {name}.fct_orders as select 'o-' || (id // 2) as order_id,
                md5('p') as person_id, current_date as ordered_date, 1::decimal(18,2) as amount,
                note from (values {rows}) as told(id, note)"""
            )
        shown = Shown(files, [table], tmp_path, {}, has_before=True)
        assert sorted(text.value for text in shown.texts) == ["four four", "o-2"]
        shown = Shown(files, [table], tmp_path, {})
        assert len(shown.texts) == 6


@pytest.mark.parametrize("where", [OLD, NEW], ids=["a month that stays", "a month written anew"])
def test_a_value_put_into_a_shown_file_by_hand_is_found(
    settings: Settings, con: duckdb.DuckDBPyConnection, where: str
) -> None:
    """The manifest is made to fit, so that the month is taken over: it is read again."""
    folder = publish(settings, con)
    path = folder / "parquet" / "fct_orders" / "2026-08" / "fct_orders.parquet"
    rewrite(path, f"update told set note = '{MAIL}' where {OLD}")
    say(con, "nothing of note", NEW)
    assert "email in marts.fct_orders.note" in refused(settings, con)


def test_a_value_is_found_though_the_database_shown_before_was_made_to_hold_it(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    folder = publish(settings, con)
    order = con.execute(f"select min(order_id) from marts.fct_orders where {NEW}").fetchone()
    assert order
    say(con, MAIL, NEW)
    rewrite(
        folder / "cx_marts.duckdb",
        f"update main.fct_orders set note = '{MAIL}' where order_id = '{order[0]}'",
    )
    assert "email in marts.fct_orders.note" in refused(settings, con)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("name", "Ada King", "ask Ada King about it"),
        ("account", "KX-77120", "customer KX-77120 waits"),
        ("phone", "01709998877", "ref 01709998877/2"),
        ("device", "ad0e1bed-0000-4000-8000-00000000add1", "crm/ad0e1bed-0000-4000-8000-00000000add1"),
    ],
)  # fmt: skip
def test_what_becomes_known_later_is_found_in_what_stands(
    settings: Settings, con: duckdb.DuckDBPyConnection, kind: str, value: str, text: str
) -> None:
    with Vault(settings.vault_file, Keys.load(settings)) as vault:  # each kind is looked for
        Tokenizer(Keys.load(settings), vault).tokens(kind, ["0000-0000-0000-0"])
    say(con, text, OLD)
    publish(settings, con)
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        Tokenizer(Keys.load(settings), vault).tokens(kind, [value])
    say(con, "nothing of note", NEW)
    assert f"known {kind} in marts.fct_orders.note (1 values, rows " in refused(settings, con)


def test_two_known_names_that_become_one_person_later_are_found(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    say(con, "Summer Miller was here", OLD)
    publish(settings, con)
    tokens = Tokenizer(Keys.load(settings)).tokens("name", ["Summer", "Miller"])
    con.execute("insert into raw_crm.people values (?, ?)", tokens)
    say(con, "nothing of note", NEW)
    assert "known name in marts.fct_orders.note" in refused(settings, con)


def test_what_is_searched_for_otherwise_is_searched_for_everywhere(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    say(con, "about Zyxabcary", OLD)
    publish(settings, con)
    say(con, "nothing of note", NEW)
    with pytest.raises(LeakFound, match=r"canary in marts\.fct_orders\.note"):
        show(settings, con, contracts=[CONTRACT], canaries=["zyxabcary"])


def test_words_are_kept_as_digests_and_go_when_all_is_searched_anew(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    say(con, "Rex ran away", OLD)
    publish(settings, con)
    before = kept_words(con)
    say(con, "nothing of note at all", OLD)
    publish(settings, con, "run-2")
    assert kept_words(con) > before
    kinds = con.execute(
        """select distinct table_name, data_type from information_schema.columns
        where table_name = 'searched_words' and column_name <> 'audience'"""
    ).fetchall()
    assert kinds == [("searched_words", "UBIGINT")]
    say(con, "nothing", OLD)
    show(settings, con, contracts=[CONTRACT], run_id="run-3", anew=True)
    assert kept_words(con) < before


def test_a_refused_search_leaves_no_verdict(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, con)
    told = con.execute("from ledger.searches").fetchall()
    say(con, MAIL, NEW)
    for _ in range(2):
        assert "email in marts.fct_orders.note" in refused(settings, con)
    assert con.execute("from ledger.searches").fetchall() == told
    say(con, "nothing of note", NEW)
    folder = publish(settings, con, "run-3")
    (files,) = con.execute("select files from ledger.searches").fetchone() or ("",)
    assert digest_of(folder / "cx_marts.duckdb") in json.loads(files)
    assert read(folder, "select count(*) from fct_orders") == [(900,)]


def test_a_page_that_was_changed_by_hand_is_no_source_of_charts(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    seen: list[str] = []

    def page(_: object, path: Path, told: Mapping[str, Any], before: str) -> None:
        seen.append(before)
        path.write_text(f"<p>{told['run_id']}</p>")

    def published(run: str) -> Path:
        say(con, run, NEW)
        return show(settings, con, contracts=[CONTRACT], run_id=run, report=page).folder

    published("run-1")
    second = published("run-2") / "report.html"
    second.chmod(0o640)
    second.write_text("<p>planted</p>")
    published("run-3")
    assert seen == ["", "<p>run-1</p>", ""]
