"""Zendesk: what was delivered stands in vendor_files.py, trap by trap; the rows are worked out by hand."""

from vendor_files import COMMENT, TICKET, ZENDESK_TICKETS, deliver, fivetran
from vendor_home import DAY2, DAY3, DAY4, Vendors


def test_a_zendesk_ticket_is_a_contact_unless_deleted_or_merged(vendors: Vendors) -> None:
    columns = (
        "source_id, person_token, channel, direction, opened_at, closed_at, priority, team, agent_token,"
        " status, outcome, conversation_id, subject_redacted"
    )
    assert vendors.rows("entities.contacts", columns, "source = 'zendesk'") == [
        ("101", "7001", "email", "inbound", DAY2 + "09:00", DAY3 + "10:00", "high", "Returns", "9001",
         "solved", "handled", None, "Refund, [email]"),
        ("104", "7002", "ticket", "inbound", DAY3 + "08:00", None, "normal", "Billing", None,
         "open", None, None, "first"),
        ("105", "7002", "call", "inbound", DAY3 + "08:00", DAY4 + "08:00", "low", None, "9001",
         "closed", "handled", None, "call"),
        ("106", None, "chat", "inbound", DAY3 + "08:00", None, None, None, None,
         "open", None, "101", None),
    ]  # fmt: skip


def test_a_note_is_no_reply_and_the_first_comment_neither(vendors: Vendors) -> None:
    columns = "contact_id, occurred_at, kind, from_value, to_value, actor, actor_token"
    assert vendors.rows("entities.contact_events", columns, "source = 'zendesk'") == [
        ("101", DAY2 + "09:00", "created", None, None, "customer", "7001"),
        ("101", DAY2 + "09:30", "assigned", None, None, "system", None),
        ("101", DAY2 + "09:40", "transferred", None, None, "agent", "9001"),
        ("101", DAY2 + "10:00", "reply_public", None, None, "agent", "9001"),
        ("101", DAY2 + "10:00", "status", "new", "open", "agent", "9001"),
        ("101", DAY2 + "10:05", "reply_private", None, None, "agent", "9001"),
        ("101", DAY2 + "12:00", "solved", "open", "solved", "agent", "9001"),
        ("101", DAY3 + "09:00", "reopened", "solved", "open", "customer", "7001"),
        ("101", DAY3 + "09:00", "reply_public", None, None, "customer", "7001"),
        ("101", DAY3 + "10:00", "solved", "open", "solved", "system", None),
        ("104", DAY3 + "08:00", "created", None, None, "customer", "7002"),
        ("105", DAY3 + "08:00", "created", None, None, "agent", "9001"),
        ("105", DAY3 + "08:30", "reply_public", None, None, "system", None),
        ("105", DAY4 + "08:00", "closed", "hold", "closed", "system", None),
        ("106", DAY3 + "08:00", "created", None, None, "agent", "9001"),
    ]


def test_zendesk_promises_and_hours(vendors: Vendors) -> None:
    policies = "policy, priority, metric, target_minutes, clock, schedule_id, valid_from, valid_to"
    first, second = "2026-01-01 00:00", "2026-03-01 00:00"
    assert vendors.rows("entities.sla_policies", policies) == [
        ("1001", "high", "first_reply_time", 45, "calendar", None, second, None),
        ("1001", "high", "first_reply_time", 60, "business", None, first, second),
        ("1001", "high", "next_reply_time", 120, "calendar", None, first, second),
        ("1001", "high", "resolution_time", 1440, "calendar", None, second, None),
    ]
    targets = vendors.rows("entities.sla_targets", "contact_id, policy, applied_at")
    assert targets == [("101", "1001", DAY2 + "09:00")]
    followed = vendors.rows("entities.contact_schedules", "contact_id, schedule_id, applied_at")
    assert followed == [("101", "360", DAY2 + "09:00")]
    hours = "zone, weekday, opens, closes, cast(holiday_date as varchar)"
    pacific = "America/Los_Angeles"
    assert vendors.rows("entities.schedules", hours) == [
        (pacific, 1, 28_800, 72_000, None),
        (pacific, 5, 64_800, 86_400, None),
        (pacific, 6, 0, 21_600, None),
        (pacific, None, None, None, "2026-12-25"),
        (pacific, None, None, None, "2026-12-26"),
    ]
    # What the SLA mart makes of it: late for the first reply, in time with the solution.
    assert vendors.rows(
        "marts.fct_sla_events", "contact_id, metric, state", "source = 'zendesk'"
    ) == [
        ("zendesk/101", "first_reply_time", "breached"),
        ("zendesk/101", "resolution_time", "met"),
    ]


def test_zendesk_customers_are_people_and_agents_are_not(vendors: Vendors) -> None:
    people = "source_id, account_token, status, language"
    assert vendors.rows("entities.people", people, "source = 'zendesk'") == [
        ("7001", "C-100", "active", "de"),
        ("7002", "7002", "suspended", None),
        ("7003", "7003", "deleted", None),
    ]
    pairs = "kind, token, other_kind, other_token"
    assert vendors.rows("entities.identifiers", pairs, "source = 'zendesk'") == [
        ("account", "7001", "email", "mona.meyer@mail.example"),
        ("account", "7001", "login", "C-100"),
        ("account", "7001", "phone", "+49 30 901820"),
    ]
    members = vendors.rows("entities.accounts", "account_id, person_account_token, valid_to")
    assert members == [("501", "7001", None), ("501", "7003", DAY3 + "08:00")]


def test_a_customer_of_three_systems_is_one_person(vendors: Vendors) -> None:
    """The customer number ties helpdesk, messenger and browser together."""
    persons = vendors.rows(
        "marts.fct_contacts",
        "count(distinct person_id)",
        "contact_id in ('zendesk/101', 'intercom/11', 'intercom/14')",
    )
    assert persons == [(1,)]
    assert vendors.rows(
        "marts.fct_orders as o join marts.fct_contacts as c using (person_id)", "c.contact_id"
    ) == [("intercom/11",), ("intercom/14",), ("zendesk/101",)]


def test_a_ticket_that_is_deleted_later_is_gone(later: Vendors) -> None:
    gone = (101, 7001, 7001, 9001, 32, "deleted", "high", "email", "x", "[]", "", DAY2 + "09:00:00",
            "2026-03-21 00:00:00")  # fmt: skip
    files = {
        "ticket_20260321.csv": fivetran(TICKET, ZENDESK_TICKETS, [gone]),
        "ticket_comment_20260321.csv": fivetran(
            COMMENT,
            "id ticket_id user_id public created body",
            [(9, 104, 9001, "TRUE", DAY4 + "08:00:00", "x")],
        ),
    }
    deliver(later.landing, {"zendesk": files})
    later.land("zendesk")
    ids = later.rows("staging.stg_zendesk__contacts", "source_id")
    assert ids == [("104",), ("105",), ("106",)]
    kinds = later.rows(
        "staging.stg_zendesk__contact_events", "contact_id, kind", "contact_id < '105'"
    )
    assert kinds == [("104", "created"), ("104", "reply_public")]
    assert later.rows("staging.stg_zendesk__sla_targets", "contact_id") == []
