"""The four demo packs: what the sample planted is what the warehouse tells."""

from typing import Any

import duckdb
import pytest
from homes import Demo

from cx_pipeline.contracts import load_pack
from cx_pipeline.settings import SHIPPED_PACKS

SOURCES = ("connect", "ga4", "qualtrics", "salesforce")
PACKS = [load_pack(SHIPPED_PACKS / source) for source in SOURCES]
FILLED = sorted({entity for pack in PACKS for entity in pack.entities})
PERSONAL = [
    (contract.source, contract.table, column.name, column.pii.action)
    for pack in PACKS
    for contract in pack.contracts
    for column in contract.pii_columns
    if column.pii
]
ASIDE = {"broken json", "bad timestamp", "ragged row", "non-numeric amount"}


def _one(demo: Demo, query: str) -> tuple[Any, ...]:
    with demo.warehouse() as con:
        row = con.execute(query).fetchone()
    assert row is not None
    return row


def test_the_packs_fill_the_entities_that_are_asked_of_them() -> None:
    asked = {
        "people", "identifiers", "accounts", "subscriptions", "orders", "web_events", "contacts",
        "contact_segments", "contact_events", "surveys", "invitations", "responses", "consents",
    }  # fmt: skip
    assert asked <= set(FILLED)


@pytest.mark.parametrize("kpi_id", [
    "abandonment_rate", "aht", "asa", "ces", "contacts", "conversion_rate", "csat", "orders",
    "revenue", "service_level_80_20", "sessions",
])  # fmt: skip
def test_a_kpi_of_the_whole_period_is_the_planted_one(demo: Demo, kpi_id: str) -> None:
    truth = demo.truth["kpis"][kpi_id]
    numerator, denominator = _total(demo, kpi_id)
    assert float(numerator) == pytest.approx(truth.get("numerator", truth["value"]), abs=0.001)
    assert denominator == truth.get("denominator")


def test_nps_counts_one_answer_a_person_and_wave(demo: Demo) -> None:
    truth = demo.truth["kpis"]["nps"]
    numerator, denominator = _total(demo, "nps")
    assert numerator == truth["promoters"] - truth["detractors"]
    assert denominator == truth["denominator"]


def test_every_planted_fault_is_set_aside_where_it_stands(demo: Demo) -> None:
    planted = {
        (fault["file"].split("/")[-1], fault["line"])
        for fault in demo.truth["faults"]
        if fault["kind"] in ASIDE
    }
    with demo.warehouse() as con:
        found = con.execute("select file_name, line from landing.quarantine").fetchall()
    assert sorted((name.split("/")[-1], line) for name, line in found) == sorted(planted)


@pytest.mark.parametrize("entity", FILLED)
def test_an_entity_is_filled_with_unique_ids(demo: Demo, entity: str) -> None:
    rows, ids = _one(
        demo, f"select count(*), count(distinct source || '/' || source_id) from entities.{entity}"
    )
    assert rows == ids > 0


def test_the_sources_meet_in_their_tokens(demo: Demo) -> None:
    """Website logins, order numbers, e-mails and phones are the CRM's, however they are written."""
    meets = {
        "ga4.events.user_id": "customer_number from raw_salesforce.contacts",
        "ga4.events.transaction_id": "order_number from raw_salesforce.opportunities",
        "qualtrics.responses.recipient_email": "email from raw_salesforce.contacts",
        "connect.contact_records.customer_number": "customer_number from raw_salesforce.contacts",
    }
    for place, other in meets.items():
        source, table, column = place.split(".")
        missing, rows = _one(
            demo,
            f"select count(*) filter ({column} not in (select {other})), count(*)"
            f" from raw_{source}.{table} where {column} is not null",
        )
        assert (missing, rows > 0) == (0, True), place
    callers, strangers = _one(
        demo,
        "select count(*), count(*) filter (customer_endpoint_address not in ("
        " select mobile_phone from raw_salesforce.contacts where mobile_phone is not null"
        " union all select phone from raw_salesforce.contacts where phone is not null))"
        " from raw_connect.contact_records where customer_number is not null"
        " and customer_endpoint_address is not null",
    )
    assert (callers > 0, strangers) == (True, 0)


def test_personal_columns_hold_tokens_or_nothing(demo: Demo) -> None:
    with demo.warehouse() as con:
        for source, table, column, action in PERSONAL:
            if action in ("token", "drop"):
                assert _bare(con, source, table, column, action) == 0, (source, table, column)


def test_page_addresses_lose_what_their_query_tells(demo: Demo) -> None:
    told, kept = _one(
        demo,
        "select count(*) filter"
        " (page_location like '%@%' or page_location like '%=%!%40%' escape '!'),"
        " count(*) filter (page_location like '%utm_campaign=april_news%') from raw_ga4.events",
    )
    assert (told, kept > 0) == (0, True)
    assert _one(demo, "select count(*) from entities.web_events where page_path like '%?%'") == (0,)


def test_robots_previews_and_trial_calls_are_no_people(demo: Demo) -> None:
    assert _one(demo, "select count(*) > 0 from entities.web_events where is_bot") == (True,)
    (previews,) = _one(demo, "select count(*) from raw_qualtrics.responses where status = '1'")
    (counted,) = _one(
        demo,
        "select count(*) from entities.responses as r join raw_qualtrics.responses as q"
        " on q.response_id = r.response_id where q.status = '1'",
    )
    assert (previews > 0, counted) == (True, 0)


def test_a_transferred_call_is_one_contact(demo: Demo) -> None:
    legs, contacts, moved = _one(
        demo,
        "select (select count(*) from raw_connect.contact_records),"
        " (select count(*) from entities.contacts where source = 'connect'),"
        " (select count(*) from entities.contact_events where source = 'connect')",
    )
    assert (legs, moved > 0) == (contacts + moved, True)


def _total(demo: Demo, kpi_id: str) -> tuple[Any, Any]:
    numerator, denominator = _one(
        demo,
        "select sum(numerator), sum(denominator) from marts.fct_kpi_daily"
        f" where kpi_id = '{kpi_id}' and dimension = 'all'",
    )
    return numerator, denominator


def _bare(con: duckdb.DuckDBPyConnection, source: str, table: str, column: str, action: str) -> int:
    """How many values of a personal column are neither null nor, for tokens, a token."""
    allowed = (
        "false" if action == "drop" else f"regexp_full_match({column}, 'v[0-9]+_[0-9a-f]{{32}}')"
    )
    row = con.execute(
        f"select count(*) from raw_{source}.{table} where {column} is not null and not {allowed}"
    ).fetchone()
    assert row is not None
    return int(row[0])
