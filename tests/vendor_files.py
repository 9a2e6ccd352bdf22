"""A few rows of each vendor pack in the vendor's own layout, with what goes wrong in it.

What each file holds is told beside it; what becomes of it is worked out by hand in the tests.
"""

import json
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
HOLIDAY = "id,schedule_id,_fivetran_deleted,_fivetran_synced,end_date,name,start_date"
CONTACT = "id,updated_at,_fivetran_active,_fivetran_synced,admin_id,android_app_name,android_app_version,android_device,android_last_seen_at,android_os_version,android_sdk_version,browser,browser_language,browser_version,created_at,custom_onboarding_step,custom_organisation_id,custom_organisation_name,external_id,has_hard_bounced,ios_app_name,ios_app_version,ios_device,ios_last_seen_at,ios_os_version,ios_sdk_version,language_override,last_contacted_at,last_email_clicked_at,last_email_opened_at,last_replied_at,last_seen_at,location_city,location_country,location_region,marked_email_as_spam,os,phone,role,signed_up_at,unsubscribed_from_emails,workspace_id,avatar,custom_job_title,email,name,_fivetran_start,_fivetran_end"
CONVERSATION = "id,updated_at,_fivetran_synced,assignee_id,assignee_type,conversation_rating_created_at,conversation_rating_remark,conversation_rating_value,created_at,first_contact_reply_created_at,first_contact_reply_type,priority,read,sla_name,sla_status,snoozed_until,source_author_id,source_author_type,source_delivered_as,source_id,source_type,state,waiting_since,first_contact_reply_url,source_body,source_subject,source_url,_fivetran_start,_fivetran_end,_fivetran_active"
PART = "id,updated_at,_fivetran_synced,assigned_to_id,assigned_to_type,author_id,author_type,conversation_id,conversation_updated_at,created_at,notified_at,part_type,body,_fivetran_start,_fivetran_end,_fivetran_active"
MEMBER = "contact_id,conversation_id,conversation_updated_at,_fivetran_synced,_fivetran_start,_fivetran_end,_fivetran_active"
TEAM = "id,name,_fivetran_deleted,_fivetran_synced"
# Columns of hit_data, in the order of the feed.
HIT = "browser country currency duplicate_purchase exclude_hit hit_source hitid_high hitid_low ip mobile_id post_campaign post_cust_hit_time_gmt post_cust_visid post_event_list post_page_event post_page_url post_pagename post_purchaseid post_referrer post_visid_high post_visid_low product_list".split()

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


def hit(number: int, at: int, **values: Any) -> str:
    """One line of hit_data: a page view of visitor 11_22 in a known browser, unless told otherwise."""
    told = {
        "browser": 7, "country": 276, "currency": "EUR", "duplicate_purchase": 0, "exclude_hit": 0,
        "hit_source": 1, "hitid_high": 3_500_000_000_000_000_000, "hitid_low": number,
        "ip": "203.0.113.9", "mobile_id": 0, "post_cust_hit_time_gmt": at, "post_page_event": 0,
        "post_visid_high": 11, "post_visid_low": 22,
    }  # fmt: skip
    assert set(values) <= set(HIT)
    return "\t".join(str({**told, **values}.get(name, "")) for name in HIT) + "\n"


def ndjson(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


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
    "schedule_holiday_20260320.csv": fivetran(
        HOLIDAY,
        "id schedule_id start_date end_date _fivetran_deleted",
        [(1, 360, "2026-12-25", "2026-12-26", "FALSE"), (2, 360, "2026-05-01", "2026-05-01", "TRUE")],
    ),
}

NOON = 1_772_539_200  # 2026-03-03 12:00:00 UTC
LANDED = hit(
    1, NOON, post_page_url="https://shop.example/de/shoes?email=mona.meyer%40mail.example",
    post_pagename="Shoes\\\tmen\\\nnew \\\\ old", post_referrer="https://search.example/q", post_campaign="spring",
)  # fmt: skip
SHOES = "Shoes;SKU1;2;59.90;event1=3|event2=1;eVar1=x,Shoes^, red;SKU^,2;1;10.00"
ADOBE = {
    # A page, a product in an app, a cart; a purchase, its reload that Adobe knows, another that it
    # does not; what its reports leave out, by exclusion and by source; a link; a line that is cut
    # off; and the first again. The last visitor refused every cookie.
    "hit_data_20260303.tsv": "".join([
        LANDED,
        hit(2, NOON + 60, mobile_id=88, post_event_list="2,100,205=3.00", product_list=";SKU1"),
        hit(3, NOON + 120, post_event_list="12", product_list="Shoes;SKU1;1;"),
        hit(4, NOON + 180, post_event_list="1,200=1", post_purchaseid="O-1", product_list=SHOES, post_cust_visid="C-100"),
        hit(5, NOON + 240, post_event_list="1,200=1", post_purchaseid="O-1", product_list=SHOES, duplicate_purchase=1),
        hit(6, NOON + 300, post_event_list="1", post_purchaseid="O-1", product_list=SHOES, post_visid_low=33),
        hit(7, NOON + 360, exclude_hit=1, post_event_list="1", post_purchaseid="O-2", product_list="Shoes;SKU9;1;99"),
        hit(8, NOON + 360, hit_source=5, post_event_list="1", post_purchaseid="O-3", product_list="Shoes;SKU9;1;99"),
        hit(9, NOON + 420, post_page_event=100, post_event_list="20101"),
        "cut\toff\n",
        LANDED,
        hit(10, NOON + 480, post_visid_high=0, post_visid_low=0, browser=404),
    ]),
    "column_headers.tsv": "\t".join(HIT) + "\n",
    "browser.tsv": "7\tFirefox 148\n8\tA\\\tB\n",
    "country.tsv": "276\tGermany\n",
    "event.tsv": "1\tPurchase\n205\tNewsletter Signup\n",
}  # fmt: skip

ADMIN, MONA, LEAD = "4077639", "5f19187f9c0ca3ba4e5f85a4", "5edd3869fc6d3d1112079b14"
CHAT = "id state source_author_id source_author_type source_type priority created_at updated_at"
INTERCOM = {
    "contact_history_20260320.csv": fivetran(
        CONTACT,
        "id role external_id email phone name location_country browser_language unsubscribed_from_emails created_at updated_at",
        [
            (MONA, "user", "C-100", "old@mail.example", "", "Mona Meyer", "Germany", "de", "FALSE", "2026-01-01 00:00:00", "2026-02-01 00:00:00"),
            (MONA, "user", "C-100", "mona.meyer@mail.example", "", "Mona Meyer", "Germany", "de", "TRUE", "2026-01-01 00:00:00", "2026-03-01 00:00:00"),
            (LEAD, "lead", "", "", "", "", "", "", "FALSE", "2026-03-01 00:00:00", "2026-03-01 00:00:00"),
        ],
    ),
    "team_20260320.csv": fivetran(TEAM, "id name", [(123456, "Customer support")]),
    # Through the bot to a human and closed, in two versions; the bot alone; waiting; begun by us;
    # given up; and a version without a state.
    "conversation_history_20260320.csv": fivetran(
        CONVERSATION,
        CHAT,
        [
            (11, "open", MONA, "user", "conversation", "priority", "2026-03-02 10:00:00", "2026-03-02 10:01:00"),
            (11, "closed", MONA, "user", "conversation", "priority", "2026-03-02 10:00:00", "2026-03-02 10:30:00"),
            (12, "closed", LEAD, "lead", "conversation", "not_priority", "2026-03-02 11:00:00", "2026-03-02 11:05:00"),
            (13, "open", LEAD, "lead", "email", "not_priority", "2026-03-02 12:00:00", "2026-03-02 12:00:00"),
            (14, "snoozed", ADMIN, "admin", "conversation", "not_priority", "2026-03-02 13:00:00", "2026-03-02 13:20:00"),
            (15, "closed", LEAD, "lead", "whatsapp", "not_priority", "2026-03-02 14:00:00", "2026-03-02 14:10:00"),
            (16, "", LEAD, "lead", "conversation", "not_priority", "2026-03-02 15:00:00", "2026-03-02 15:00:00"),
        ],
    ),
    "conversation_contact_history_20260320.csv": fivetran(
        MEMBER, "contact_id conversation_id conversation_updated_at", [(MONA, 14, "2026-03-02 13:00:00")]
    ),
    "conversation_part_history_20260320.csv": fivetran(
        PART,
        "id conversation_id part_type author_id author_type assigned_to_type assigned_to_id body created_at updated_at",
        [
            (1, 11, "comment", "b1", "bot", "", "", "Hi", "2026-03-02 10:00:05", "2026-03-02 10:00:05"),
            (2, 11, "comment", MONA, "user", "", "", "a human please, Mona Meyer", "2026-03-02 10:01:00", "2026-03-02 10:01:00"),
            (3, 11, "assignment", "b1", "bot", "team", "123456", "", "2026-03-02 10:01:30", "2026-03-02 10:01:30"),
            (4, 11, "note", ADMIN, "admin", "", "", "knows her", "2026-03-02 10:03:00", "2026-03-02 10:03:00"),
            (5, 11, "comment", ADMIN, "admin", "", "", "Hello", "2026-03-02 10:04:00", "2026-03-02 10:04:00"),
            (6, 11, "close", ADMIN, "admin", "", "", "", "2026-03-02 10:20:00", "2026-03-02 10:20:00"),
            (7, 11, "open", MONA, "user", "", "", "", "2026-03-02 10:25:00", "2026-03-02 10:25:00"),
            (8, 11, "close", ADMIN, "admin", "", "", "", "2026-03-02 10:30:00", "2026-03-02 10:30:00"),
            (9, 12, "comment", "b1", "bot", "", "", "Here you are", "2026-03-02 11:00:10", "2026-03-02 11:00:10"),
            (10, 12, "close", "", "", "", "", "", "2026-03-02 11:05:00", "2026-03-02 11:05:00"),
            (11, 14, "snoozed", ADMIN, "admin", "", "", "", "2026-03-02 13:20:00", "2026-03-02 13:20:00"),
            (12, 14, "quick_reply", ADMIN, "admin", "", "", "", "2026-03-02 13:21:00", "2026-03-02 13:21:00"),
            (13, 15, "close", "", "", "", "", "", "2026-03-02 14:10:00", "2026-03-02 14:10:00"),
        ],
    ),
}


def post(number: str, at: str, author: Any, text: str, **more: Any) -> dict[str, Any]:
    told = {"platform": "x", "post_id": number, "author_id": author, "text": text}
    return {**told, "created_at": at, "updated_at": at, **more}


SOCIAL = {
    # A post and our answer, later edited; a post and a reply that were deleted; the same number of
    # an author on another platform; and a line that is cut off.
    "posts_20260303.ndjson": ndjson([
        post("1", "2026-03-02T08:00:00Z", 42, "Great, says mona.meyer@mail.example", reach=120, rating=4.5, language="en"),
        post("2", "2026-03-02T09:00:00Z", 1, "Thanks", is_brand=True, parent_id="1"),
        post("2", "2026-03-02T09:00:00Z", 1, "Thank you", is_brand=True, parent_id="1", updated_at="2026-03-02T09:10:00Z"),
        post("3", "2026-03-02T10:00:00Z", 42, "Awful", reach=7),
        post("4", "2026-03-02T11:00:00Z", 43, "So is mine", parent_id="3"),
        post("5", "2026-03-02T12:00:00Z", 44, "Me too", parent_id="1"),
        {**post("1", "2026-03-02T08:00:00Z", 42, "elsewhere"), "platform": "forum"},
    ]) + '{"platform": "x", "post\n',
    # Of the fifth it came an hour before the post did, by its own time a day after.
    "deletions_20260302.ndjson": ndjson([
        {"platform": "x", "post_id": "5", "deleted_at": "2026-03-03T12:00:00Z"},
        {"platform": "x", "post_id": "5", "deleted_at": "2026-03-03T12:00:00Z"},
        {"platform": "x", "post_id": "3", "deleted_at": "2026-03-02T10:30:00Z"},
        {"platform": "x", "post_id": "99", "deleted_at": "2026-03-02T10:30:00Z"},
    ]),
}  # fmt: skip

OPERATIONS = {
    # Two half hours, a break that runs into the second, a plan of a queue told twice, and no start.
    "staffing_202603.csv": """agent_id,queue,state,started_at,ended_at,planned_agents,updated_at
9001,Billing,available,2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,,2026-03-01
9001,Billing,Break,2026-03-02T09:15:00Z,2026-03-02T09:45:00Z,,2026-03-01
9001,Billing,available,2026-03-02T10:30:00+01:00,2026-03-02T10:00:00Z,,2026-03-01
,Billing,planned,2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,4,2026-02-01
,Billing,planned,2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,5,2026-03-01
9002,Billing,available,,2026-03-02T09:30:00Z,,2026-03-01
""",
    # One that has ended since, one that lasts.
    "outages_202603.csv": """outage_id,service,started_at,ended_at,updated_at
1,Chat,2026-03-02T09:00:00Z,,2026-03-02T09:01:00Z
1,Chat,2026-03-02T09:00:00Z,2026-03-02T09:40:00Z,2026-03-02T09:41:00Z
2,call,2026-03-03T22:00:00Z,,2026-03-03T22:05:00Z
""",
}

RESEARCH = {
    "findings_2026.csv": """finding_id,participant_id,method,held_at,touchpoint,outcome,severity,quote,updated_at
F1,C-100,interview,2026-02-10T10:00:00Z,refund,gave up at the form,high,"Write to mona.meyer@mail.example, she said",2026-02-11
F2,,usability test,2026-02-12T10:00:00Z,checkout,found it at once,low,,2026-02-13
F3,,diary,,checkout,no day,low,,2026-02-13
""",
    "figures_2026.csv": """figure_id,metric,sector,place,period,value,n,source_name,licence,status,updated_at
G1,nps,retail,DE,2025,32.5,1200,Trade body,CC BY 4.0,verified,2026-01-05
G2,nps,retail,EU,2025,61,,Agency blog,,rumoured,2026-01-05
G3,nps,retail,EU,2025,many,,Agency blog,,claimed,2026-01-05
""",
}

PACKS = {
    "adobe": ADOBE, "intercom": INTERCOM, "operations": OPERATIONS, "research": RESEARCH,
    "social": SOCIAL, "zendesk": ZENDESK,
}  # fmt: skip


def deliver(landing: Path, packs: Mapping[str, Mapping[str, str]]) -> None:
    for source, files in packs.items():
        for name, content in files.items():
            path = landing / source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
