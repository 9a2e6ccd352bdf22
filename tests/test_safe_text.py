"""The one filter: what is said of an error, a file or a column holds no value of a row."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from homes import ROOT
from small_home import NOW, PEOPLE, SmallHome, small_home

from cx_pipeline.landing.retire import retire
from cx_pipeline.privacy.safe_text import (
    safe_columns,
    safe_error,
    safe_name,
    safe_text,
    safe_trace_message,
)
from cx_pipeline.settings import Settings, prepare_dagster_home
from cx_pipeline.warehouse import connect, scratch

PERSON = "Quolla Zimbert"
# SQL that fails on the value of a row; what has to be told of it.
FAILING = {
    "cast(a as integer)": "Conversion Error",
    "cast(a as date)": "column a",
    "cast(a as decimal(5, 2))": "to DECIMAL(5,2)",
    "cast(a as struct(x integer))": "Conversion Error",
    "cast(a as enum('x'))": "Conversion Error",
    "strptime(a, '%Y')": "Invalid Input Error",
    "error(a)": "Invalid Input Error",
    "error(a || chr(10) || a)": "Invalid Input Error",
    "error('Binder Error: ' || a)": "Invalid Input Error",
    "json_extract(a, '$.x')": "Invalid Input Error",
    "regexp_matches(a, a || '(')": "Invalid Input Error",
    "date_trunc(a, timestamp '2026-01-01')": "Conversion Error",
    "nothing": 'Referenced column "nothing" not found',
}


def fault_of(sql: str) -> duckdb.Error:
    with scratch() as con:
        con.execute(f"create table t as select '{PERSON}' as a, 1 as b")
        with pytest.raises(duckdb.Error) as raised:
            con.execute(sql).fetchall()
        return raised.value


@pytest.mark.parametrize("value", FAILING)
def test_a_database_error_keeps_its_kind_and_place_and_loses_the_value(value: str) -> None:
    fault = fault_of(f"select b, {value} from t")
    head = "Runtime Error in model notes (packs/notes/notes.sql)"
    by_dbt = f"{head}\n  {fault}\n  compiled code at target/notes.sql"
    stored = f"_duckdb.{type(fault).__name__}: {fault}\n"
    for told in (safe_error(fault), safe_text(by_dbt), safe_trace_message(stored)):
        assert FAILING[value] in told
        assert "Quolla" not in told and "Zimbert" not in told
        assert safe_text(told) == told
    assert safe_text(by_dbt).startswith(head)
    assert safe_text(by_dbt).endswith("compiled code at target/notes.sql")


def test_a_doubled_key_is_not_told() -> None:
    with scratch() as con:
        con.execute(f"create table t (a varchar primary key); insert into t values ('{PERSON}')")
        with pytest.raises(duckdb.Error) as raised:
            con.execute(f"insert into t values ('{PERSON}')")
    assert PERSON in str(raised.value)
    assert safe_error(raised.value).startswith("Constraint Error")
    assert PERSON not in safe_error(raised.value)


def test_what_others_raise_is_told_by_class_and_place_alone() -> None:
    try:
        int(PERSON)
    except ValueError as fault:
        told = safe_error(fault)
    assert told.startswith("ValueError at test_safe_text.py:") and PERSON not in told
    assert safe_trace_message(f"KeyError: '{PERSON}'\n").startswith("KeyError: its text may")
    ours = "cx_pipeline.settings.SettingsError: the key of anna@mail.example is missing"
    assert safe_trace_message(ours).endswith("the key of [email] is missing")


def test_dbt_s_words_on_code_stay() -> None:
    told = "Compilation Error in model notes (packs/notes/notes.sql)\n  'nothing' is undefined"
    assert safe_text(told).endswith("'nothing' is undefined")
    python = (
        f"Runtime Error in model notes (notes.py)\n  Python model failed:\n  KeyError: '{PERSON}'"
    )
    assert PERSON not in safe_text(python)


def test_headers_are_shown_where_they_are_identifiers() -> None:
    told = [
        "Id",
        "Q1_NPS",
        "anna@mail.example",
        "Quolla Zimbert",
        "01701234567",
        "a1234567",
        "",
        "7",
    ]
    places = [f"column {place}" for place in range(3, 9)]
    assert safe_columns(told) == ["Id", "Q1_NPS", *places]
    assert safe_columns(["Duration (in seconds)"], {"Duration (in seconds)"}) == [
        "Duration (in seconds)"
    ]


# ---- names of files --------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def test_files_of_one_stored_name_are_told_apart_by_their_bytes(home: SmallHome) -> None:
    one = home.people("People_anna@mail.example.csv", "1,A,,,,2026-11-01,1,,")
    two = home.people("People_bert@mail.example.csv", "2,B,,,,2026-11-01,1,,")
    for path in (one, two):
        os.utime(path, (1, 1))
    assert one.stat().st_size == two.stat().st_size
    assert safe_name(one.name) == safe_name(two.name) != one.name
    told = home.land()
    assert [file.accepted for file in told] == [1, 1]
    assert not any("anna" in str(file) or "bert" in str(file) for file in told)
    assert home.land() == []
    two.write_text(two.read_text().replace("2,B", "3,C"))
    os.utime(two, (1, 1))
    assert [file.accepted for file in home.land()] == [1]
    with connect(home.settings.warehouse_file) as con:
        gone = retire(home.settings, con, NOW + timedelta(days=99))
    assert len(gone) == 2 and not one.exists() and not two.exists()


def test_an_added_header_that_is_a_value_is_a_place(home: SmallHome) -> None:
    home.people("People.csv", "1,A,,,,2026-11-01,1,,,x,y", header=f"{PEOPLE},a@mail.example,Shoe")
    reason = home.land_one().reason or ""
    assert "left out: Shoe, column 10" in reason and "mail.example" not in reason
    home.events("events.ndjson", [{"ts": "1793491200000000", "name": "x", "Anna Vogel": 1}])
    assert "column 3" in (home.land_one().reason or "")


# ---- the command line ------------------------------------------------------------------------

UNFORESEEN = f"""
import cx_pipeline.cli.app as app
def broken(): raise ValueError("{PERSON} anna@mail.example")
app.app = broken
app.main()
"""
WAITING = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
import cx_pipeline.cli.app as app
def waiting():
    person = "Quolla Zimbert"
    print("here", flush=True)
    time.sleep(60)
app.app = waiting
app.main()
"""


def test_an_unforeseen_error_leaves_no_trace_of_values() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNFORESEEN], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr.startswith("cx: ValueError at ")
    assert "Traceback" not in done.stderr
    assert "Quolla" not in done.stderr and "anna" not in done.stderr


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_command_leaves_no_trace_of_values(sign: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "here\n"
        time.sleep(0.1)
        process.send_signal(sign)
        _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if sign == signal.SIGINT else -signal.SIGTERM)
    assert err == ""


# ---- Dagster's storage -----------------------------------------------------------------------


def test_what_dagster_stores_is_filtered_whoever_raised_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that no step of ours caught: its message, its cause, what was logged, metadata."""
    settings = Settings(home=tmp_path)
    prepare_dagster_home(settings)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))

    @dg.asset
    def broken(context: dg.AssetExecutionContext) -> None:
        context.log.info("asked anna@mail.example")
        context.add_output_metadata({"who": "anna@mail.example", "rows": 7})
        try:
            int(PERSON)
        except ValueError as fault:
            raise KeyError(PERSON) from fault

    @dg.asset
    def made() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"who": "anna@mail.example", "rows": 7})

    with dg.DagsterInstance.get() as instance:
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        for asset in (broken, made):
            dg.materialize([asset], instance=instance, raise_on_error=False, run_config=config)
        told = instance.get_latest_materialization_event(dg.AssetKey("made"))
        assert told is not None and told.asset_materialization is not None
        metadata = told.asset_materialization.metadata
        assert (metadata["who"].value, metadata["rows"].value) == ("[email]", 7)
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"asked [email]" in held and b"KeyError: its text may hold values" in held
    for secret in (b"Quolla", b"Zimbert", b"anna@mail.example"):
        assert secret not in held


def test_a_query_that_needs_more_memory_says_which_setting_to_raise(tmp_path: Path) -> None:
    with connect(tmp_path / "w.duckdb", memory_limit="12MB") as con:
        con.execute("set temp_directory = ''")
        with pytest.raises(duckdb.OutOfMemoryException) as raised:
            con.execute("select list(md5(range::varchar)) from range(5_000_000)").fetchall()
    for told in (safe_error(raised.value), safe_text(str(raised.value))):
        assert "memory_limit in [warehouse] of cx.toml; raise it" in told
        assert "MiB" not in told
