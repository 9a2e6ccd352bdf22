"""What the tests of touchpoints plant: a touch of each kind as a source would deliver it, and what came of some."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from journey_world import AS_OF, START, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Plant = Callable[[World, str], object]


def web(*names: str, **values: Any) -> Plant:
    return lambda world, person: world.visit(person, START, *names, **values)


def message(channel: str, campaign: str) -> Plant:
    return lambda world, person: world.add(
        "campaign_touches",
        person_token=person,
        sent_at=START,
        channel=channel,
        campaign_id=campaign,
    )


def contact(channel: str, reason: str | None = None, category: str | None = None) -> Plant:
    return lambda world, person: world.contact(
        person, START, channel, reason=reason, category=category
    )


def task(kind: str) -> Plant:
    return lambda world, person: world.add(
        "tasks", person_token=person, kind=kind, created_at=START - HOUR, done_at=START
    )


def subscription(**values: Any) -> Plant:
    return lambda world, person: world.add("subscriptions", person_token=person, **values)


def order(world: World, person: str) -> object:
    return world.add("orders", person_token=person, ordered_at=START, status="completed")


def survey(world: World, person: str) -> object:
    return world.add("responses", survey_id="s", response_id=f"r-{person}", item_id="q",
                     person_token=person, answered_at=START, score=9)  # fmt: skip


def mention(world: World, person: str) -> object:
    return world.add("mentions", author_token=person, posted_at=START, platform="forum", score=4)


CPC = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "brand"}
# What is planted: (name, how, touchpoint, stage).
PLANTED: list[tuple[str, Plant, str, str]] = [
    ("website", web(), "website", "awareness"),
    ("product", web("page_view", "view_item"), "website", "consideration"),
    ("cart", web("page_view", "add_to_cart"), "website", "consideration"),
    ("checkout", web("begin_checkout"), "website", "consideration"),
    ("bought", web("page_view", "purchase"), "purchase", "purchase"),
    ("social", web(utm_source="x", utm_medium="social"), "social_page", "awareness"),
    ("social_host", web(referrer_host="www.facebook.com"), "social_page", "awareness"),
    ("social_post", message("social", "spring"), "social_page", "awareness"),
    ("ad", web(**CPC), "advertisement", "awareness"),
    ("banner", message("display", "spring"), "advertisement", "awareness"),
    ("tv", message("tv", "spring"), "advertisement", "awareness"),
    ("search", web(referrer_host="www.google.com"), "search_result", "awareness"),
    ("mail", message("email", "spring_news"), "campaign_message", "awareness"),
    ("webinar", message("email", "webinar-may"), "webinar", "consideration"),
    ("webinar_page", web(page_path="/events/webinar"), "webinar", "consideration"),
    ("paper_event", web("white_paper_download"), "white_paper", "consideration"),
    ("paper_page", web(page_path="/downloads/whitepaper.pdf"), "white_paper", "consideration"),
    ("trial", subscription(started_at=START, plan="Free Trial"), "free_trial", "consideration"),
    ("trial_event", web("start_trial"), "free_trial", "consideration"),
    ("sales", contact("call", "Sales"), "sales_talk", "consideration"),
    ("demo", task("book a demo"), "sales_talk", "consideration"),
    ("quote", contact("email", "Quote"), "quote_request", "purchase"),
    ("quote_page", web(page_path="/quote"), "quote_request", "purchase"),
    ("contract", subscription(started_at=START, plan="Plus"), "contract", "purchase"),
    ("signed", task("contract signing"), "contract", "purchase"),
    ("order", order, "purchase", "purchase"),
    ("deployment", task("deployment"), "deployment", "use"),
    ("installation", contact("ticket", None, "Installation"), "deployment", "use"),
    ("support", contact("call", "login"), "support_contact", "use"),
    ("no_reason", contact("chat"), "support_contact", "use"),
    ("alarm", contact("call", "Security alarm"), "support_contact", "use"),
    ("call_back", task("call_back"), "support_contact", "use"),
    ("survey", survey, "feedback_survey", "use"),
    ("survey_page", web(page_path="/survey"), "feedback_survey", "use"),
    ("end", subscription(started_at=None, ended_at=START), "contract_end", "use"),
    ("loyalty", message("email", "loyalty points"), "loyalty_programme", "loyalty"),
    ("rewards", web(page_path="/rewards"), "loyalty_programme", "loyalty"),
    ("offer", message("post", "renewal-offer"), "renewal_offer", "loyalty"),
    ("offer_call", contact("call", "Renewal"), "renewal_offer", "loyalty"),
    ("renewed", subscription(renewed_at=START), "contract_renewal", "loyalty"),
    ("referral", web("refer_a_friend"), "referral", "loyalty"),
    ("friends", message("email", "invite-friends"), "referral", "loyalty"),
    ("review", mention, "review_or_post", "loyalty"),
    ("store", contact("store"), "store_visit", "consideration"),
    ("store_advice", contact("store", "advice"), "store_visit", "consideration"),
    ("store_return", contact("store", "return"), "support_contact", "use"),
    ("fax", contact("fax", "login"), "unclassified", "unclassified"),
    ("pigeon", message("pigeon", "spring"), "unclassified", "unclassified"),
    ("riddle", task("riddle"), "unclassified", "unclassified"),
]  # fmt: skip


def plant_outcomes(world: World) -> None:
    at = START
    world.visit("reader", at, page_path="/white-paper", **CPC)
    world.visit("reader", at + timedelta(minutes=5), page_path="/white-paper", **CPC)
    world.visit("reader", at + timedelta(minutes=6), page_path="/webinar", **CPC)
    world.visit("reader", at + 3 * HOUR, page_path="/white-paper")
    # one person's orders and contacts
    for place, status in enumerate(("Cancelled", "completed", "refunded")):
        world.add("orders", person_token="ann", ordered_at=at + place * DAY, status=status,
                  status_at=at + (place + 1) * DAY)  # fmt: skip
    cases = [
        {"outcome": "abandoned", "status": "closed"},
        {"outcome": "answered", "status": "closed", "closed_at": at + 10 * DAY + HOUR},
        {"outcome": "self_service", "status": "closed"},
        {"outcome": "handled", "status": "closed", "closed_at": at + 15 * DAY},
        {"status": "solved", "closed_at": AS_OF + DAY},
        {"status": "pending"},
        {"status": "deleted", "closed_at": at + 17 * DAY},
        {"status": "pending", "direction": "outbound"},
    ]
    for place, told in enumerate(cases):
        world.contact("ann", at + (9 + place) * DAY, "call", reason=f"reason {place}", **told)
    # a contact that was handed on twice, came back to the first team and was opened again
    ping = world.contact("ben", at, "ticket", reason="login")
    for place, (kind, before, after) in enumerate([
        ("created", None, "new"), ("transferred", "A", "B"), ("transferred", "B", "A"),
        ("reopened", None, "open"), ("transferred", "A", "C"),
    ]):  # fmt: skip
        world.add("contact_events", contact_id=ping, occurred_at=at + place * HOUR, kind=kind,
                  from_value=before, to_value=after)  # fmt: skip
    world.add("contact_segments", contact_id=ping, kind="queue", started_at=at,
              ended_at=at + timedelta(seconds=90))  # fmt: skip
    # marks
    for item, kind, low, high in [("n", "nps", 0, 10), ("c", "csat", 1, 5), ("d", "csat", 1, 5),
                                  ("e", "ces", 1, 7), ("f", "ces", 1, 5)]:  # fmt: skip
        world.add(
            "surveys", survey_id="marks", item_id=item, kind=kind, scale_min=low, scale_max=high
        )
    answers = {
        "promoter": {"n": 9}, "passive": {"n": 8}, "detractor": {"n": 6}, "invalid": {"n": 11},
        "good": {"c": 4}, "middle": {"c": 3}, "bad": {"c": 5, "d": 2}, "both": {"n": 10, "c": 1},
        "easy": {"e": 7}, "old_scale": {"f": 5},
    }  # fmt: skip
    for person, given in answers.items():
        for item, score in given.items():
            world.add("responses", survey_id="marks", response_id=f"m-{person}", item_id=item,
                      person_token=person, answered_at=at, score=score)  # fmt: skip
    for stars in (1, 3, 5, 9):
        world.add("mentions", author_token=f"stars{stars}", posted_at=at, score=stars,
                  brand_replied_at=at + DAY if stars == 1 else AS_OF + DAY)  # fmt: skip
    # messages, errors, a bot, a test, what has not happened yet, a bounced message
    told = {"person_token": "mia", "sent_at": at, "campaign_id": "news", "channel": "email"}
    for place, more in enumerate([
        {"delivered_at": at + HOUR}, {"opened_at": at + HOUR}, {"clicked_at": at + DAY},
        {"clicked_at": at + DAY, "unsubscribed_at": at + DAY}, {"clicked_at": AS_OF + DAY},
        {"delivered_at": at, "opened_at": at + HOUR, "is_machine_open": True}, {"bounced_at": at},
    ]):  # fmt: skip
        world.add("campaign_touches", **{**told, "sent_at": at + place * DAY}, **more)
    world.visit("eve", at, "page_view", "page_view", error_code="E1")
    world.visit("robot", at, is_bot=True)
    world.contact("ivy", at, is_test=True)
    world.contact("ivy", AS_OF)
    world.add("tasks", person_token="ivy", kind="call_back", created_at=at)
    world.add("subscriptions", person_token="ivy", started_at=at, renewed_at=AS_OF + DAY)
