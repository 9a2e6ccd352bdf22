"""A few rows of Adobe Analytics, Intercom, social listening, operations and research: see vendor_files.py."""

# fmt: off
import json
from collections.abc import Sequence
from typing import Any

from vendor_files import ZENDESK, Row, fivetran

CONTACT = "id,updated_at,_fivetran_active,_fivetran_synced,admin_id,android_app_name,android_app_version,android_device,android_last_seen_at,android_os_version,android_sdk_version,browser,browser_language,browser_version,created_at,custom_onboarding_step,custom_organisation_id,custom_organisation_name,external_id,has_hard_bounced,ios_app_name,ios_app_version,ios_device,ios_last_seen_at,ios_os_version,ios_sdk_version,language_override,last_contacted_at,last_email_clicked_at,last_email_opened_at,last_replied_at,last_seen_at,location_city,location_country,location_region,marked_email_as_spam,os,phone,role,signed_up_at,unsubscribed_from_emails,workspace_id,avatar,custom_job_title,email,name,_fivetran_start,_fivetran_end"
CONVERSATION = "id,updated_at,_fivetran_synced,assignee_id,assignee_type,conversation_rating_created_at,conversation_rating_remark,conversation_rating_value,created_at,first_contact_reply_created_at,first_contact_reply_type,priority,read,sla_name,sla_status,snoozed_until,source_author_id,source_author_type,source_delivered_as,source_id,source_type,state,waiting_since,first_contact_reply_url,source_body,source_subject,source_url,_fivetran_start,_fivetran_end,_fivetran_active"
PART = "id,updated_at,_fivetran_synced,assigned_to_id,assigned_to_type,author_id,author_type,conversation_id,conversation_updated_at,created_at,notified_at,part_type,body,_fivetran_start,_fivetran_end,_fivetran_active"
MEMBER = "contact_id,conversation_id,conversation_updated_at,_fivetran_synced,_fivetran_start,_fivetran_end,_fivetran_active"
TEAM = "id,name,_fivetran_deleted,_fivetran_synced"
# Columns of hit_data, in the order of the feed.
HIT = ["browser", "country", "currency", "duplicate_purchase", "exclude_hit", "hit_source", "hitid_high", "hitid_low", "ip", "mobile_id", "post_campaign", "post_cust_hit_time_gmt", "post_cust_visid", "post_event_list", "post_page_event", "post_page_url", "post_pagename", "post_purchaseid", "post_referrer", "post_visid_high", "post_visid_low", "product_list"]



def hit(number: int, at: int, **values: Any) -> str:
    """One line of hit_data: a page view of visitor 11_22 in a known browser, unless told otherwise."""
    told = {
        "browser": 7, "country": 276, "currency": "EUR", "duplicate_purchase": 0, "exclude_hit": 0,
        "hit_source": 1, "hitid_high": 3_500_000_000_000_000_000, "hitid_low": number,
        "ip": "203.0.113.9", "mobile_id": 0, "post_cust_hit_time_gmt": at, "post_page_event": 0,
        "post_visid_high": 11, "post_visid_low": 22,
    }
    assert set(values) <= set(HIT)
    return "\t".join(str({**told, **values}.get(name, "")) for name in HIT) + "\n"


def ndjson(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


NOON = 1_772_539_200  # 2026-03-03 12:00:00 UTC
LANDED = hit(
    1, NOON, post_page_url="https://shop.example/de/shoes?email=mona.meyer%40mail.example",
    post_pagename="Shoes\\\tmen\\\nnew \\\\ old", post_referrer="https://search.example/q", post_campaign="spring",
)
SHOES = "Shoes;SKU1;2;59.90;event1=3|event2=1;eVar1=x,Shoes^, red;SKU^,2;1;10.00"
ADOBE = {
    # A page, a product in an app, a cart; a purchase, its reload that Adobe knows, another that it
    # does not, from a country without a name; what its reports leave out, by exclusion and by source; a link; a line that is cut
    # off; and the first again. The last visitor refused every cookie.
    "hit_data_20260303.tsv": "".join([
        LANDED,
        hit(2, NOON + 60, mobile_id=88, post_event_list="2,100,205=3.00", product_list=";SKU1"),
        hit(3, NOON + 120, post_event_list="12", product_list="Shoes;SKU1;1;"),
        hit(4, NOON + 180, post_event_list="1,200=1", post_purchaseid="O-1", product_list=SHOES, post_cust_visid="C-100"),
        hit(5, NOON + 240, post_event_list="1,200=1", post_purchaseid="O-1", product_list=SHOES, duplicate_purchase=1),
        hit(6, NOON + 300, post_event_list="1", post_purchaseid="O-1", product_list=SHOES, post_visid_low=33, country=840),
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
}

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
            (2, 11, "comment", MONA, "user", "", "", "<p>a <b>human</b> please,<br>Mona Meyer</p>", "2026-03-02 10:01:00", "2026-03-02 10:01:00"),
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
}

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
}
