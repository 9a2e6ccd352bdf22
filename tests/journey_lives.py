"""Lives for the tests of journeys: random ones, at the distances where rules turn, and planted ones."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

from journey_oracle import DAY
from journey_world import AS_OF, START, World

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
# The distances at which rules turn.
STEPS = (HOUR, 5 * HOUR, DAY - SECOND, DAY, DAY + SECOND, 3 * DAY, 7 * DAY - HOUR, 7 * DAY,
         7 * DAY + SECOND, 9 * DAY, 30 * DAY, 30 * DAY + SECOND, 33 * DAY)  # fmt: skip
PERSONS = 250
IDENTITY = "identity check"
STATES = [("status", "Pending"), ("status", "In progress"), ("status", "Solved"), ("reopened", None),
          ("solved", None), ("closed", "Closed"), ("reply_public", None), ("status", None)]  # fmt: skip


def live(world: World, draw: random.Random, person: str) -> None:
    world.add("surveys", survey_id="s", item_id="q", kind="nps", scale_min=0, scale_max=10)
    at, cases = START + draw.randrange(40) * DAY, []
    for number in range(draw.randrange(1, 14)):
        what = draw.choice(
            ["visit"] * 4 + ["message", "order", "cancel", "answer", "renewal"] + ["contact"] * 4
        )
        if at >= AS_OF:
            return
        if what == "visit":
            names = draw.choice([["page_view"], ["add_to_cart"], ["page_view", "purchase"]])
            how = draw.choice([{}, {"utm_source": "g", "utm_medium": "cpc", "utm_campaign": "b"}])
            world.visit(person, at, *names, **how)
        elif what == "message":
            world.add("campaign_touches", person_token=person, sent_at=at, channel="email")
        elif what in ("order", "cancel"):
            status = "completed" if what == "order" else "cancelled"
            world.add("orders", person_token=person, ordered_at=at, status=status, channel="web",
                      status_at=at + draw.choice([HOUR, 2 * DAY]))  # fmt: skip
        elif what == "renewal":
            world.add("subscriptions", person_token=person, renewed_at=at)
        elif what == "answer" and cases:
            world.add("responses", survey_id="s", response_id=f"{person}-{number}", item_id="q",
                      person_token=person, contact_id=draw.choice(cases), answered_at=at,
                      score=draw.choice([2, 8, 10]))  # fmt: skip
        else:
            cases.append(_case(world, draw, person, at))
        at += draw.choice(STEPS)


def _case(world: World, draw: random.Random, person: str, at: datetime) -> str:
    status = draw.choice(["open", "open", "solved", "closed"])
    case = world.contact(
        person,
        at,
        draw.choice(["call", "chat", "ticket"]),
        reason=draw.choice(["login", "login", "billing", None, IDENTITY]),
        conversation_id=draw.choice([None, None, f"{person}-a"]),
        status=status,
        outcome="abandoned" if status == "closed" else None,
        closed_at=at + draw.choice([HOUR, 4 * DAY]) if status != "open" else None,
    )
    teams = draw.choice([[], ["A", "B", "A"], ["A", "B", "C", "A", "B"], ["A", "B", "C"]])
    for place, (before, after) in enumerate(pairwise(teams)):
        world.add("contact_events", contact_id=case, occurred_at=at + place * SECOND,
                  kind="transferred", from_value=before, to_value=after)  # fmt: skip
    told = at - draw.choice(
        [HOUR, timedelta(0)]
    )  # a source's clock may run ahead of its own opening
    for place in range(draw.choice([0, 1, 3, 6])):
        kind, state = draw.choice(STATES) if place else ("created", draw.choice([None, "New"]))
        world.add("contact_events", contact_id=case, occurred_at=told, kind=kind, to_value=state)
        told += draw.choice([timedelta(0), timedelta(seconds=1.5), 3 * HOUR, 20 * DAY])
    return case


def plant(world: World) -> None:
    at = START
    # the order of a purchase session and the confirmation belong to it, what follows a day later does not
    world.visit("buyer", at, "page_view", "purchase")
    world.add(
        "orders", person_token="buyer", ordered_at=at + HOUR, status="completed", channel="web"
    )
    world.add("campaign_touches", person_token="buyer", sent_at=at + 5 * HOUR, channel="email")
    world.add("campaign_touches", person_token="buyer", sent_at=at + 3 * DAY, channel="email")
    # a case that goes on in another channel, then a new one for the same reason
    world.contact("torn", at, "chat", reason="login", conversation_id="c1")
    world.contact("torn", at + DAY, "call", reason="login", conversation_id="c1")
    world.contact("torn", at + 2 * DAY, "ticket", reason="login")
    world.contact("torn", at + 12 * DAY, "call", reason="login")
    # identity is asked though the person was logged in, also where the case goes on
    world.visit("asked", at)
    world.contact("asked", at + HOUR, "chat", reason="login", conversation_id="c2")
    case = world.contact("asked", at + 2 * HOUR, "call", reason="login", conversation_id="c2")
    world.add("contact_events", contact_id=case, occurred_at=at + 2 * HOUR, kind="status",
              to_value="Identity verification")  # fmt: skip
    # preferences
    for person, channel, basis in (("states", "post", None), ("observed", "chat", "observed")):
        world.add("people", account_token=person, preferred_channel=channel, created_at=at,
                  preferred_channel_basis=basis, version_at=at)  # fmt: skip
        world.contact(person, at, "chat", reason="x")
    for place, channel in enumerate(("call", "chat", "chat")):
        world.contact("uses", at + place * HOUR, channel)
    world.visit("uses", at + DAY)
    world.contact("ties", at, "call")
    world.visit("ties", at + DAY)
    world.add("campaign_touches", person_token="silent", sent_at=at, channel="email")
