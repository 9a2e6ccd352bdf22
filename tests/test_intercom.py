"""Intercom: what was delivered stands in vendor_feeds.py, trap by trap; the rows are worked out by hand."""

from vendor_feeds import LEAD, MONA
from vendor_home import DAY2, DAY3, Vendors


def test_an_intercom_conversation_is_one_contact_in_its_latest_version(vendors: Vendors) -> None:
    columns = "source_id, person_token, channel, direction, opened_at, closed_at, priority, team, status, outcome"
    assert vendors.rows("entities.contacts", columns, "source = 'intercom'") == [
        (
            "11",
            MONA,
            "chat",
            "inbound",
            DAY2 + "10:00",
            DAY2 + "10:30",
            "high",
            "Customer support",
            "closed",
            "answered",
        ),
        (
            "12",
            LEAD,
            "chat",
            "inbound",
            DAY2 + "11:00",
            DAY2 + "11:05",
            "normal",
            None,
            "closed",
            "self_service",
        ),
        ("13", LEAD, "email", "inbound", DAY2 + "12:00", None, "normal", None, "open", None),
        ("14", MONA, "chat", "outbound", DAY2 + "13:00", None, "normal", None, "pending", None),
        (
            "15",
            LEAD,
            "message",
            "inbound",
            DAY2 + "14:00",
            DAY2 + "14:10",
            "normal",
            None,
            "closed",
            "abandoned",
        ),
    ]
    turns = "occurred_at, kind, to_value, actor"
    assert vendors.rows(
        "entities.contact_events", turns, "source = 'intercom' and contact_id = '11'"
    ) == [
        (DAY2 + "10:00", "created", None, "customer"),
        (DAY2 + "10:00", "reply_public", None, "bot"),
        (DAY2 + "10:01", "assigned", "team", "bot"),
        (DAY2 + "10:01", "reply_public", None, "customer"),
        (DAY2 + "10:03", "reply_private", None, "agent"),
        (DAY2 + "10:04", "reply_public", None, "agent"),
        (DAY2 + "10:20", "closed", None, "agent"),
        (DAY2 + "10:25", "reopened", None, "customer"),
        (DAY2 + "10:30", "closed", None, "agent"),
    ]
    others = vendors.rows(
        "entities.contact_events",
        "contact_id, kind, actor",
        "source = 'intercom' and contact_id in ('12', '14')",
    )
    assert others == [
        ("12", "closed", "system"),
        ("12", "created", "customer"),
        ("12", "reply_public", "bot"),
        ("14", "created", "agent"),
        ("14", "status", "agent"),
    ]


def test_the_bot_the_wait_and_the_talk_are_apart(vendors: Vendors) -> None:
    columns = "contact_id, kind, strftime(started_at, '%H:%M:%S'), strftime(ended_at, '%H:%M:%S'), agent_token, queue"
    assert vendors.rows("entities.contact_segments", columns) == [
        ("11", "bot", "10:00:00", "10:01:30", None, None),
        ("11", "queue", "10:01:30", "10:04:00", None, "Customer support"),
        ("11", "talk", "10:04:00", "10:20:00", "4077639", None),
        ("12", "bot", "11:00:00", "11:05:00", None, None),
        ("13", "queue", "12:00:00", None, None, None),
        ("15", "queue", "14:00:00", "14:10:00", None, None),
    ]
    outcomes = "contact_id, queue_outcome, wait_seconds"
    assert vendors.rows("marts.fct_contacts", outcomes, "has_queue") == [
        ("intercom/11", "answered", 150),
        ("intercom/13", "waiting", None),
        ("intercom/15", "abandoned", 600),
    ]


def test_who_unsubscribed_in_the_messenger_is_no_recipient(vendors: Vendors) -> None:
    consents = vendors.rows("entities.consents", "person_token, purpose, state, stated_at")
    assert consents == [(MONA, "email_marketing", "withdrawn", "2026-03-01 00:00")]


def test_what_customers_wrote_is_a_text_without_names_and_tags(vendors: Vendors) -> None:
    texts = vendors.rows(
        "intermediate.int_texts",
        "source, regexp_replace(trim(text), ' +', ' ', 'g'), said_at, channel",
        "entity = 'message'",
    )
    assert texts == [
        ("intercom", "a human please, [person]", DAY2 + "10:01", "chat"),
        ("zendesk", "still nothing", DAY3 + "09:00", "email"),
    ]
    told = vendors.rows("marts.fct_text_sentiment", "text_id", "entity = 'message'")
    assert told[0] == ("intercom/part/2",)
    assert len(told) == len(texts)
