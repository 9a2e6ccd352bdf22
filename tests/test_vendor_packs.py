"""Adobe Analytics, Intercom, social listening, operations, research, and what holds for all vendor packs.

What was delivered stands in vendor_feeds.py, trap by trap; the rows are worked out by hand.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import Home
from small_home import NOW
from vendor_feeds import HIT, NOON, PACKS, hit, ndjson, post
from vendor_files import deliver
from vendor_home import DAY2, DAY3, DAY4, Vendors, night

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.settings import SHIPPED_PACKS, Settings


def test_every_row_is_accounted_for(vendors: Vendors) -> None:
    told = vendors.rows(
        "landing.loads",
        "source, sum(rows_read)::int, sum(accepted)::int, sum(quarantined)::int,"
        " sum(duplicate)::int, sum(conflicts)::int, min(status)",
        "true group by source",
    )
    assert told == [
        ("adobe", 18, 16, 1, 1, 0, "loaded"),
        ("intercom", 25, 24, 1, 0, 0, "loaded"),
        ("operations", 9, 8, 1, 0, 0, "loaded"),
        ("research", 6, 4, 2, 0, 0, "loaded"),
        ("social", 12, 10, 1, 1, 0, "loaded"),
        ("zendesk", 50, 45, 2, 3, 0, "loaded"),
    ]
    aside = vendors.rows("landing.quarantine", "source, table_name, line, reason")
    assert aside == [
        ("adobe", "hits", 11, "it does not have the contract's 22 fields (about 2)"),
        ("intercom", "conversations", 8, "is required and empty"),
        ("operations", "staffing", 7, "is required and empty"),
        ("research", "figures", 4, "is not a decimal(18,6)"),
        ("research", "findings", 4, "is required and empty"),
        ("social", "posts", 8, "it is not JSON (cut off, or broken)"),
        ("zendesk", "ticket_comments", 10, "is not a boolean"),
        ("zendesk", "users", 6, "is required and empty"),
    ]


def test_the_packs_are_listed_and_nobody_is_in_what_they_store(vendors: Vendors) -> None:
    listed = vendors.cx("sources", "--json").out
    assert all(json.dumps(source) in listed for source in PACKS)
    secrets = "Mona|Meyer|mail.example|901820|203.0.113|7001|C-100|O-1"
    tables = vendors.rows(
        "duckdb_columns()",
        "schema_name || '.' || table_name, string_agg(column_name, ', ')",
        "schema_name like 'raw_%' and data_type = 'VARCHAR' group by all",
    )
    assert len(tables) > 20
    with vendors.warehouse() as con:
        for table, columns in tables:
            told = con.execute(
                f"from {table} where regexp_matches(concat_ws(' ', {columns}), '{secrets}')"
            )
            assert told.fetchall() == [], table


def test_an_adobe_hit_is_a_page_view_and_each_event_in_its_list(vendors: Vendors) -> None:
    columns = "occurred_at, event_name, visitor_token, login_token, item_id, device, value"
    noon, web, app = "2026-03-03 12:0", "desktop", "mobile"
    mona, other = "11_22", "11_33"
    assert vendors.rows("entities.web_events", columns) == [
        (noon + "0", "page_view", mona, None, None, web, None),
        (noon + "1", "newsletter_signup", mona, None, "SKU1", app, None),
        (noon + "1", "page_view", mona, None, None, app, None),
        (noon + "1", "view_item", mona, None, "SKU1", app, None),
        (noon + "2", "add_to_cart", mona, None, "SKU1", web, None),
        (noon + "2", "page_view", mona, None, None, web, None),
        (noon + "3", "event_200", mona, "C-100", None, web, None),
        (noon + "3", "page_view", mona, "C-100", None, web, None),
        (noon + "3", "purchase", mona, "C-100", None, web, 69.9),
        (noon + "4", "page_view", mona, None, None, web, None),
        (noon + "5", "page_view", other, None, None, web, None),
        (noon + "5", "purchase", other, None, None, web, 69.9),  # Adobe did not know it
        (noon + "7", "event_20101", mona, None, None, web, None),
        (noon + "8", "page_view", None, None, None, web, None),
    ]
    page = "page_path, page_title, referrer_host, utm_campaign, browser, country"
    assert vendors.rows("entities.web_events", page, "page_path is not null") == [
        (
            "/de/shoes",
            "Shoes\tmen\nnew \\ old",
            "search.example",
            "spring",
            "Firefox 148",
            "Germany",
        )
    ]
    assert vendors.rows("entities.web_events", "browser", "visitor_token is null") == [("404",)]


def test_a_purchase_counts_once_whoever_tells_it_again(vendors: Vendors) -> None:
    order = "person_token, ordered_at, status, amount, currency"
    at = DAY3 + "12:03"
    assert vendors.rows("entities.orders", order) == [("C-100", at, "completed", 69.9, "EUR")]
    lines = vendors.rows("entities.order_lines", "product_id, quantity, amount")
    assert lines == [("SKU%2C2", 1, 10), ("SKU1", 2, 59.9)]
    pairs = vendors.rows(
        "entities.identifiers", "token, other_kind, other_token", "source = 'adobe'"
    )
    assert pairs == [("11_22", "login", "C-100"), ("11_22", "order", "O-1")]


def test_columns_in_another_order_are_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, sources=("adobe",))
    make_key(settings.token_key_file)
    names = [HIT[1], HIT[0], *HIT[2:]]
    files = {"column_headers.tsv": "\t".join(names) + "\n", "hit_data.tsv": hit(1, NOON)}
    deliver(tmp_path / "landing", {"adobe": files})
    told = land(settings, [load_pack(SHIPPED_PACKS / "adobe")], run_id="x", now=NOW)
    assert {one.table: one.status for one in told} == {"column_headers": "aside", "hits": "loaded"}
    (aside,) = (one for one in told if one.status == "aside")
    assert "its required column 'browser' is missing" in str(aside.reason)


def test_a_deleted_post_is_gone_and_an_answer_of_ours_is_none_of_theirs(vendors: Vendors) -> None:
    columns = "source_id, author_token, posted_at, score, text_redacted, reach, parent_id, brand_replied_at"
    assert vendors.rows("entities.mentions", columns) == [
        ("forum/1", "forum_42", DAY2 + "08:00", None, "elsewhere", None, None, None),
        ("x/1", "x_42", DAY2 + "08:00", 4.5, "Great, says [email]", 120, None, DAY2 + "09:00"),
        ("x/4", "x_43", DAY2 + "11:00", None, "So is mine", None, "x/3", None),
    ]


def test_a_post_is_gone_whether_its_deletion_comes_before_or_after(later: Vendors) -> None:
    deletions = [
        {"platform": "x", "post_id": number, "deleted_at": f"{DAY4}10:00:00Z"}
        for number in ("4", "6")
    ]
    deliver(later.landing, {"social": {"deletions_20260304.ndjson": ndjson(deletions)}})
    later.land("social")
    posts = ndjson([post(number, f"{DAY4}0{number}:00:00Z", 42, "again") for number in ("6", "7")])
    deliver(later.landing, {"social": {"posts_20260305.ndjson": posts}})
    later.land("social")
    ids = later.rows("staging.stg_social__mentions", "source_id")
    assert ids == [("forum/1",), ("x/1",), ("x/7",)]


def test_no_agent_is_in_two_states_at_once(vendors: Vendors) -> None:
    columns = "agent_token, queue, state, started_at, ended_at, planned_agents"
    nine = DAY2 + "09:"
    assert vendors.rows("entities.staffing", columns) == [
        ("9001", "Billing", "available", nine + "00", nine + "15", None),
        ("9001", "Billing", "available", nine + "30", DAY2 + "10:00", None),
        ("9001", "Billing", "break", nine + "15", nine + "30", None),
        (None, "Billing", "planned", nine + "00", nine + "30", 5),
    ]


def test_an_outage_lasts_until_its_end_is_told(vendors: Vendors) -> None:
    assert vendors.rows("entities.outages", "source_id, channel, started_at, ended_at") == [
        ("1", "chat", DAY2 + "09:00", DAY2 + "09:40"),
        ("2", "call", DAY3 + "22:00", None),
    ]


def test_findings_and_figures(vendors: Vendors) -> None:
    findings = "source_id, method, touchpoint, outcome, severity, quote_redacted"
    assert vendors.rows("entities.research_findings", findings) == [
        ("F1", "interview", "refund", "gave up at the form", "high", "Write to [email], she said"),
        ("F2", "usability test", "checkout", "found it at once", "low", None),
    ]
    figures = "source_id, metric, place, value, n, source_name, status"
    assert vendors.rows("entities.external_figures", figures) == [
        ("G1", "nps", "DE", 32.5, 1200, "Trade body", "verified"),
        ("G2", "nps", "EU", 61, None, "Agency blog", "claimed"),  # no word but verified verifies
    ]


@pytest.mark.parametrize("source", sorted(PACKS))
def test_every_entity_of_a_pack_is_filled_with_unique_ids(source: str, vendors: Vendors) -> None:
    pack = load_pack(SHIPPED_PACKS / source)
    for entity in pack.entities:
        total, ids = vendors.rows(
            f"entities.{entity}", "count(*), count(distinct source_id)", f"source = '{source}'"
        )[0]
        assert total == ids > 0, entity


def test_an_erased_customer_takes_tickets_chats_and_hits_along(later: Vendors) -> None:
    """A comment is its ticket's, a turn its conversation's, a cookie in two halves is one cookie."""
    told = later.cx(
        "subject", "erase", "--account", "C-100", "--verified-by", "passport shown", "--json"
    ).told
    assert told["rows"] > 30
    left = {
        "zendesk.tickets": "ticket_id", "zendesk.ticket_comments": "ticket_id",
        "zendesk.ticket_field_history": "ticket_id", "intercom.conversations": "conversation_id",
        "intercom.conversation_parts": "conversation_id", "adobe.hits": "hitid_low",
        "research.findings": "finding_id",
    }  # fmt: skip
    assert {
        name: [value for (value,) in later.rows(f"raw_{name}", f"distinct {column}")]
        for name, column in left.items()
    } == {
        "zendesk.tickets": [103, 104, 105, 106],  # 102 was hers too
        "zendesk.ticket_comments": [103, 105],
        "zendesk.ticket_field_history": [103, 105],
        "intercom.conversations": ["12", "13", "14", "15"],  # the 14th was begun by us
        "intercom.conversation_parts": ["12", "14", "15"],
        "adobe.hits": ["10", "6"],
        "research.findings": ["F2"],
    }
    assert later.rows("raw_intercom.conversation_contacts", "conversation_id") == []
    assert not (later.landing / "zendesk" / "ticket_comment_20260320.csv").exists()
    assert (later.landing / "zendesk" / "group_20260320.csv").exists()


@pytest.mark.prove
def test_names_that_come_after_their_hits_change_the_sessions_of_before(later: Vendors) -> None:
    """The second night is incremental, and is published only if it equals a full rebuild."""
    told = "country, has_checkout, is_converted, page_views"
    before = [("840", False, True, 1), ("Germany", False, True, 5)]
    assert later.rows("marts.fct_sessions", told) == before
    names = {"country_2.tsv": "840\tUnited States\n", "event_2.tsv": "20101\tBegin Checkout\n"}
    feed = {"hit_data_20260304.tsv": hit(12, NOON + 30), **names}
    night(later, {"adobe": feed}, as_of="2026-04-02")
    after = [("Germany", True, True, 6), ("United States", False, True, 1)]
    assert later.rows("marts.fct_sessions", told) == after


@pytest.mark.prove  # in make test all six are one home
@pytest.mark.parametrize("source", sorted(PACKS))
def test_each_pack_alone_publishes_the_same_rows(
    source: str, vendors: Vendors, new_home: Callable[..., Home]
) -> None:
    home = Vendors(new_home(source, sources=source, key=vendors.path / "state/keys/token.key").path)
    night(home, {source: PACKS[source]})
    for entity in load_pack(SHIPPED_PACKS / source).entities:
        columns = "* exclude (load_number)" if entity == "web_events" else "*"
        mine = home.rows(f"entities.{entity}", columns)
        assert mine == vendors.rows(f"entities.{entity}", columns, f"source = '{source}'")
    assert set(home.manifest["tables"]) == set(vendors.manifest["tables"])
