"""A few rows of Zendesk in its own layout, with what goes wrong in it; the others stand in vendor_feeds.py.

What each file holds is told beside it; what becomes of it is worked out by hand in the tests.
"""

# fmt: off
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# The header rows of Fivetran's tables, as they are.
TICKET = "id,_fivetran_synced,allow_channelback,assignee_id,brand_id,created_at,description,due_at,external_id,forum_topic_id,group_id,has_incidents,is_public,organization_id,priority,problem_id,recipient,requester_id,status,subject,submitter_id,system_client,ticket_form_id,type,updated_at,url,via_channel,via_source_from_id,via_source_from_title,via_source_rel,via_source_to_address,via_source_to_name,merged_ticket_ids,via_source_from_address,followup_ids,via_followup_source_id"
COMMENT = "id,_fivetran_synced,body,created,facebook_comment,public,ticket_id,tweet,user_id,voice_comment"
HISTORY = "field_name,ticket_id,updated,_fivetran_synced,user_id,value"
USER = "id,_fivetran_synced,active,alias,authenticity_token,chat_only,created_at,details,email,external_id,last_login_at,locale,locale_id,moderator,name,notes,only_private_comments,organization_id,phone,remote_photo_url,restricted_agent,role,shared,shared_agent,signature,suspended,ticket_restriction,time_zone,two_factor_auth_enabled,updated_at,url,verified"
GROUP = "id,_fivetran_deleted,_fivetran_synced,created_at,name,updated_at,url"
TICKET_SLA = "ticket_id,sla_policy_id,policy_applied_at,_fivetran_synced"
SLA = "sla_policy_id,index,sla_policy_updated_at,business_hours,metric,priority,target,_fivetran_synced"
SCHEDULE = "end_time,id,start_time,_fivetran_deleted,_fivetran_synced,end_time_utc,name,start_time_utc,time_zone,created_at"
TICKET_SCHEDULE = "created_at,ticket_id,_fivetran_synced,schedule_id"
HOLIDAY = "id,schedule_id,_fivetran_deleted,_fivetran_synced,end_date,name,start_date"
Row = Mapping[str, Any]
SYNCED = "2026-03-20 06:00:00.123"


def csv_of(header: str, rows: Sequence[Row]) -> str:
    """A file of the header's columns; what a row does not tell is empty."""
    names = header.split(",")
    assert all(set(row) <= set(names) for row in rows)

    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & {",", '"', "\n"} else text

    lines = [",".join(cell(row.get(name)) for name in names) for row in rows]
    return "\n".join([header, *lines, ""])


def fivetran(header: str, names: str, rows: Sequence[Sequence[Any]], **same: Any) -> str:
    """Rows told by a few columns, each synced at the same moment."""
    synced = {"_fivetran_synced": SYNCED} if "_fivetran_synced" in header else {}
    told = [dict(zip(names.split(), row, strict=True)) for row in rows]
    return csv_of(header, [{**synced, **same, **row} for row in told])


def deliver(landing: Path, packs: Mapping[str, Mapping[str, str]]) -> None:
    for source, files in packs.items():
        for name, content in files.items():
            path = landing / source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


ZENDESK_TICKETS = "id requester_id submitter_id assignee_id group_id status priority via_channel subject merged_ticket_ids via_followup_source_id created_at updated_at"
FIRST, SECOND = "2026-03-02 09:00:00", "2026-03-03 08:00:00"
ZENDESK = {
    # An agent, a customer, a customer without any other id, one who was deleted, and nobody.
    "user_20260320.csv": fivetran(
        USER,
        "id role name email external_id phone organization_id active suspended locale created_at updated_at",
        [
            (9001, "agent", "Ada Agent", "ada@ours.example", "", "", "", "TRUE", "FALSE", "en-US", FIRST, FIRST),
            (7001, "end-user", "Mona Meyer", "mona.meyer@mail.example", "C-100", "+49 30 901820", 501, "TRUE", "FALSE", "de-DE", FIRST, SECOND),
            (7002, "end-user", "Otto", "", "", "", "", "TRUE", "TRUE", "", FIRST, FIRST),
            (7003, "end-user", "", "", "", "", 501, "FALSE", "FALSE", "", FIRST, SECOND),
            ("", "end-user", "Nobody", "", "", "", "", "TRUE", "FALSE", "", FIRST, FIRST),
        ],
    ),
    "group_20260320.csv": fivetran(GROUP, "id name", [(31, "Billing"), (32, "Returns")]),
    # Solved, deleted, merged into the next, open, on hold, and a follow-up of nobody we know.
    "ticket_20260303.csv": fivetran(
        TICKET,
        ZENDESK_TICKETS,
        [
            (101, 7001, 7001, 9001, 32, "solved", "high", "email", "Refund, mona.meyer@mail.example", "[]", "", FIRST, "2026-03-03 10:00:00"),
            (102, 7001, 7001, "", 31, "deleted", "", "web", "spam", "[]", "", FIRST, SECOND),
            (103, 7002, 7002, "", 31, "closed", "", "web", "again", "[]", "", FIRST, SECOND),
            (104, 7002, 7002, "", 31, "new", "normal", "web", "first", "[103]", "", SECOND, SECOND),
            (105, 7002, 9001, 9001, "", "hold", "low", "phone", "call", "", "", SECOND, SECOND),
            (106, -1, 9001, "", "", "open", "", "native_messaging", "", "", "101.0", SECOND, SECOND),
        ],
    ),
    # The first again as it was, and the fifth as it became.
    "ticket_20260305.csv": fivetran(
        TICKET,
        ZENDESK_TICKETS,
        [
            (101, 7001, 7001, 9001, 32, "solved", "high", "email", "Refund, mona.meyer@mail.example", "[]", "", FIRST, "2026-03-03 10:00:00"),
            (105, 7002, 9001, 9001, "", "closed", "low", "phone", "call", "", "", SECOND, "2026-03-04 08:00:00"),
        ],
    ),
    # What opened 101, a reply, a note among agents, the customer again; on a deleted and on a merged
    # ticket; by Zendesk itself; and one of which nobody can tell whether the customer saw it.
    "ticket_comment_20260320.csv": fivetran(
        COMMENT,
        "id ticket_id user_id public created body",
        [
            (1, 101, 7001, "TRUE", FIRST, "I want my money\nback"),
            (2, 101, 9001, "TRUE", "2026-03-02 10:00:00", "Dear Mona Meyer"),
            (3, 101, 9001, "FALSE", "2026-03-02 10:05:00", "is she right?"),
            (4, 101, 7001, "TRUE", "2026-03-03 09:00:00", "still nothing"),
            (5, 102, 7001, "TRUE", "2026-03-02 10:00:00", "x"),
            (6, 103, 7002, "TRUE", "2026-03-02 10:00:00", "x"),
            (7, 105, -1, "TRUE", "2026-03-03 08:30:00", "we got your call"),
            (8, 105, 9001, "maybe", "2026-03-03 08:40:00", "x"),
        ],
    ),
    # One row stands three times; of a merged ticket the closing is no closing of a contact.
    "ticket_field_history_20260320.csv": fivetran(
        HISTORY,
        "ticket_id field_name updated user_id value",
        [
            (101, "status", FIRST, 7001, "new"),
            (101, "group_id", FIRST, "", 31),
            (101, "assignee_id", "2026-03-02 09:30:00", "", 9001),
            (101, "group_id", "2026-03-02 09:40:00", 9001, 32),
            *3 * [(101, "status", "2026-03-02 10:00:00", 9001, "open")],
            (101, "status", "2026-03-02 12:00:00", 9001, "solved"),
            (101, "status", "2026-03-03 09:00:00", 7001, "open"),
            (101, "status", "2026-03-03 10:00:00", "", "solved"),
            (101, "subject", "2026-03-03 10:00:00", 9001, "Mona Meyer calls"),
            (103, "status", SECOND, 9001, "closed"),
            (105, "status", SECOND, 9001, "on-hold"),
            (105, "status", "2026-03-04 08:00:00", -1, "closed"),
        ],
    ),
    "ticket_sla_policy_20260320.csv": fivetran(
        TICKET_SLA, "ticket_id sla_policy_id policy_applied_at", [(101, 1001, FIRST), (102, 1001, FIRST)]
    ),
    "sla_policy_metric_history_20260320.csv": fivetran(
        SLA,
        "sla_policy_id index sla_policy_updated_at business_hours metric priority target",
        [
            (1001, 0, "2026-01-01 00:00:00", "TRUE", "first_reply_time", "high", 60),
            (1001, 0, "2026-01-01 00:00:00", "FALSE", "next_reply_time", "high", 120),
            (1001, 0, "2026-03-01 00:00:00", "FALSE", "first_reply_time", "high", 45),
            (1001, 1, "2026-03-01 00:00:00", "FALSE", "total_resolution_time", "high", 1440),
        ],
    ),
    # Monday's day, a night from Friday into Saturday, and hours that hold no more.
    "schedule_20260320.csv": fivetran(
        SCHEDULE,
        "id start_time end_time _fivetran_deleted",
        [(360, 1920, 2640, "FALSE"), (360, 8280, 9000, "FALSE"), (360, 3360, 4080, "TRUE")],
        time_zone="Pacific Time (US & Canada)",
        name="SupportCA",
    ),
    # One follows the hours from the start; a deleted ticket's are nobody's.
    "ticket_schedule_20260320.csv": fivetran(
        TICKET_SCHEDULE, "ticket_id schedule_id created_at", [(101, 360, FIRST), (102, 360, FIRST)]
    ),
    "schedule_holiday_20260320.csv": fivetran(
        HOLIDAY,
        "id schedule_id start_date end_date _fivetran_deleted",
        [(1, 360, "2026-12-25", "2026-12-26", "FALSE"), (2, 360, "2026-05-01", "2026-05-01", "TRUE")],
    ),
}
