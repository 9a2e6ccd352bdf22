"""A bank's calls through the product: figures as pandas has them, and every known trap."""

import oracle_bank_calls as oracle
import pandas as pd
import pytest
from real_homes import RealHome, assert_same

ZONE = "UTC"


@pytest.fixture(scope="module")
def file(data):
    return data / "bank_calls" / "calls_1999-02-01_to_14.tsv"


@pytest.fixture(scope="module")
def rows(file):
    return oracle.read(file)


@pytest.fixture(scope="module")
def calls(file):
    return oracle.calls(file, ZONE)


@pytest.mark.parametrize(
    "kpi_id", ["contacts", "abandonment_rate", "asa", "aht", "service_level_80_20"]
)
def test_kpi_equals_pandas(bank: RealHome, file, kpi_id):
    assert_same(bank.kpi(kpi_id), oracle.daily(file, ZONE)[kpi_id])


@pytest.mark.parametrize("kpi_id", ["fcr", "ocr"])
def test_resolution_equals_pandas(bank: RealHome, file, kpi_id):
    """One channel and no web: resolved at the first call is resolved by one contact."""
    judged = oracle.resolved(file, ZONE, "1999-02-15")
    by_day = judged.groupby("date")["is_resolved"]
    wanted = pd.DataFrame({"numerator": by_day.sum(), "denominator": by_day.size()})
    assert_same(bank.kpi(kpi_id), wanted)
    assert 100 < wanted["numerator"].sum() < wanted["denominator"].sum()
    assert set(bank.excluded(kpi_id)) == {"phantom", "unknown_person", "pending"}


def test_a_call_number_that_repeats_is_another_call(bank: RealHome, rows):
    assert rows["call_id"].duplicated().any()
    found = bank.query(
        "select count(*) as n, count(distinct _key) as keys from raw_bank_calls.calls"
    ).iloc[0]
    assert (found["n"], found["keys"]) == (len(rows), len(rows))
    loaded = bank.query("select accepted, duplicate, conflicts, quarantined from landing.loads")
    assert loaded.iloc[0].tolist() == [len(rows), 0, 0, 0]


def test_nothing_is_read_as_nothing(bank: RealHome, rows):
    """0:00:00 is no time, customer 0 is nobody, NO_SERVER is no agent; 0 seconds stay 0 seconds."""
    served, answered = rows["ser_start"] != "0:00:00", rows["outcome"] == "AGENT"
    kinds = bank.query("select kind, count(*) as n from entities.contact_segments group by kind")
    assert dict(zip(kinds["kind"], kinds["n"], strict=True)) == {
        "ivr": len(rows),
        "queue": (rows["q_start"] != "0:00:00").sum(),
        "talk": (served & answered).sum(),
        "ring": (served & ~answered).sum(),
    }
    stored = bank.query(
        "select count(customer_id) as known, count(distinct customer_id) as customers,"
        " count(distinct server) as agents, count(server) as served from raw_bank_calls.calls"
    ).iloc[0]
    # Numbers that a spreadsheet rounded to 3.26702E+11 are shared by many customers: nobody's.
    known = rows[(rows["customer_id"] != "0") & ~rows["customer_id"].str.contains("E")]
    by_agent = rows[rows["server"] != "NO_SERVER"]
    assert (stored["known"], stored["customers"]) == (len(known), known["customer_id"].nunique())
    assert (stored["served"], stored["agents"]) == (len(by_agent), by_agent["server"].nunique())


def test_the_customer_is_known_for_most_who_queued_and_few_others(bank: RealHome, calls):
    found = bank.query(
        "select has_queue, count(person_id) as known, count(*) as n from marts.fct_contacts"
        " where excluded_reason is null group by has_queue"
    ).set_index("has_queue")
    named = (calls["customer_id"] != "0") & ~calls["customer_id"].str.contains("E")
    assert found.loc[True, "known"] == (named & calls["has_queue"]).sum()
    assert found.loc[False, "known"] == (named & ~calls["has_queue"]).sum()
    assert found.loc[True, "known"] / found.loc[True, "n"] > 0.5
    assert found.loc[False, "known"] / found.loc[False, "n"] < 0.1


def test_one_person_a_customer_number(bank: RealHome, rows):
    known = rows[(rows["customer_id"] != "0") & ~rows["customer_id"].str.contains("E")]
    persons = bank.number("select count(distinct person_id) from marts.fct_contacts")
    assert persons == known["customer_id"].nunique()


def test_six_digits_are_a_date_of_1999(bank: RealHome):
    days = bank.query("select min(call_date) as a, max(call_date) as z from raw_bank_calls.calls")
    assert [str(day)[:10] for day in days.iloc[0]] == ["1999-02-01", "1999-02-14"]


def test_phantom_calls_are_no_calls(bank: RealHome, rows):
    phantoms = (rows["outcome"] == "PHANTOM").sum()
    assert sum(bank.excluded("contacts").values()) == phantoms > 0
    assert bank.number("select count(*) from entities.contacts where is_test") == phantoms
    offered = "select count(*) from marts.fct_contacts where is_offered"
    assert bank.number(offered + " and excluded_reason is not null") == 0


def test_negative_ivr_times_land_and_are_no_times(bank: RealHome, rows):
    negative = (rows["vru_time"].astype(int) < 0).sum()
    landed = bank.number(
        "select count(*) from entities.contact_segments"
        " where kind = 'ivr' and ended_at < started_at"
    )
    assert landed == negative > 0
    assert bank.number("select count(*) from marts.fct_contacts where ivr_seconds < 0") == 0


def test_the_other_clock_makes_no_negative_wait(bank: RealHome, calls):
    served, left = oracle.seconds(calls["ser_start"]), oracle.seconds(calls["q_exit"])
    assert (served < left).mean() > 0.2
    found = bank.query(
        "select min(wait_seconds) as least, cast(sum(wait_seconds) as double) as total"
        " from marts.fct_contacts where is_offered or is_short_abandon"
    ).iloc[0]
    assert found["least"] == 0
    assert found["total"] == calls["wait"].sum() == calls["q_time"].astype(int).sum()


def test_waits_and_talks_past_midnight_end_on_the_next_day(bank: RealHome, calls):
    late = calls[oracle.seconds(calls["q_exit"]) < oracle.seconds(calls["q_start"])]
    late_talks = calls[oracle.seconds(calls["ser_exit"]) < oracle.seconds(calls["ser_start"])]
    assert len(late) == 2 and len(late_talks) == 9
    found = bank.query(
        "select kind, cast(sum(epoch(ended_at - started_at)) as bigint) as seconds"
        " from entities.contact_segments where kind in ('queue', 'talk')"
        " and cast(started_at + interval 2 hour as date) < cast(ended_at + interval 2 hour as date)"
        " group by kind"
    ).set_index("kind")["seconds"]
    assert found["queue"] == late["wait"].sum()
    assert found["talk"] == late_talks["service"].sum()


def test_no_name_of_an_agent_is_in_the_warehouse(bank: RealHome, rows):
    agents = set(rows["server"]) - {"NO_SERVER"}
    stored = set(bank.query("select distinct server from raw_bank_calls.calls")["server"].dropna())
    stored |= set(
        bank.query("select distinct agent_token from marts.fct_contacts").iloc[:, 0].dropna()
    )
    assert stored and not stored & agents
