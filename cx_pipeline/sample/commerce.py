"""Orders and subscriptions of the sample: what its people bought, kept and left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cx_pipeline.sample.clock import DAY, NEVER, Flags, Ints, Period, stream
from cx_pipeline.sample.people import People

PRODUCTS = (
    ("SKU-TEA", "Tea kettle", "Kitchen", 3_900),
    ("SKU-LAMP", "Desk lamp", "Lighting", 5_450),
    ("SKU-CHAIR", "Chair", "Furniture", 18_900),
    ("SKU-MUG", "Mug set", "Kitchen", 2_450),
    ("SKU-RUG", "Rug", "Textiles", 12_900),
    ("SKU-SHELF", "Shelf", "Furniture", 8_990),
    ("SKU-CLOCK", "Wall clock", "Decoration", 3_200),
    ("SKU-TABLE", "Table", "Furniture", 34_900),
)
PLANS = (("Basic", 990), ("Plus", 1_990), ("Premium", 4_990))
LEAVING = ("Price", "Service", "Competitor", "No longer needed")
ORDER_CHANNELS = ("Web", "Phone", "Store")


@dataclass(frozen=True)
class Orders:
    """One entry an order; moments are epoch seconds (NEVER: did not happen), amounts cents.

    `amount` is the price before `discount`; `refund` what was paid back of the rest.
    `channel` indexes ORDER_CHANNELS; a web order has its purchase event in the web log under the
    same number. `lost` orders were never won. `foreign` ones are in US dollars.
    """

    person: Ints
    placed_at: Ints
    channel: Ints
    product: Ints
    amount: Ints
    discount: Ints
    refund: Ints
    refunded_at: Ints
    promised_at: Ints
    delivered_at: Ints
    lost: Flags
    foreign: Flags

    @property
    def count(self) -> int:
        return len(self.person)

    def number(self, order: int) -> str:
        return f"O-{order + 1:07d}"


@dataclass(frozen=True)
class Subscriptions:
    """One entry a contract; `ended_at` is the cancellation (NEVER: still running)."""

    person: Ints
    started_at: Ints
    renewed_at: Ints
    ends_at: Ints
    ended_at: Ints
    plan: Ints
    reason: Ints

    @property
    def count(self) -> int:
        return len(self.person)


def make_orders(people: People, count: int, period: Period, seed: int) -> Orders:
    """`count` orders of people by their activity, each after its person joined."""
    random = stream(seed, 2)
    person = random.choice(people.count, count, p=people.activity / people.activity.sum())
    earliest = np.maximum(people.joined_at[person], period.start + 3 * 3600)
    room = period.end - 3600 - earliest
    placed = earliest + (random.random(count) * room).astype(np.int64)
    order = np.argsort(placed, kind="stable")
    person, placed = person[order].astype(np.int64), placed[order]
    product = random.integers(0, len(PRODUCTS), count)
    price = np.array([cents for *_, cents in PRODUCTS])[product]
    amount = price * random.integers(1, 4, count)
    discount = np.where(random.random(count) < 0.2, amount // 10, 0)
    lost = random.random(count) < 0.02
    delivered = placed + (DAY * random.gamma(4, 0.9, count)).astype(np.int64) + 4 * 3600
    delivered = np.where(lost | (delivered >= period.end), NEVER, delivered)
    sent_back = (random.random(count) < 0.05) & (delivered < period.end - 8 * DAY)
    refunded = delivered + random.integers(DAY, 8 * DAY, count)
    part = np.where(random.random(count) < 0.6, 1.0, 0.5)
    return Orders(
        person=person,
        placed_at=placed,
        channel=random.choice(3, count, p=[0.85, 0.09, 0.06]),
        product=product,
        amount=amount,
        discount=discount,
        refund=np.where(sent_back, ((amount - discount) * part).astype(np.int64), 0),
        refunded_at=np.where(sent_back, refunded, NEVER),
        promised_at=placed + 4 * DAY,
        delivered_at=delivered,
        lost=lost,
        foreign=random.random(count) < 0.005,
    )


def make_subscriptions(people: People, period: Period, seed: int) -> Subscriptions:
    """Two in five have a contract; unhappy ones leave more, a quarter of the lost come back.

    Contracts of one person never overlap. Terms are 365 days, renewed once over.
    """
    random = stream(seed, 3)
    person = np.flatnonzero(random.random(people.count) < 0.4)
    count = len(person)
    started = people.joined_at[person] + random.integers(0, 5 * DAY, count)
    started = np.minimum(np.maximum(started, period.start - 700 * DAY), period.end - DAY)
    started = started // DAY * DAY
    leaves = random.random(count) < 0.12 / (1 + np.exp(1.2 * people.mood[person])) * 2
    after = np.maximum(started, period.start) + DAY
    ended = after + (random.random(count) * (period.end - after)).astype(np.int64)
    ended = ended // DAY * DAY
    ended = np.where(leaves & (ended > started) & (ended < period.end), ended, NEVER)
    plan, reason = random.integers(0, 3, count), random.integers(0, 4, count)
    back_at = ended + random.integers(5, 40, count) * DAY
    back = (random.random(count) < 0.25) & (back_at < period.end)
    all_started = np.concatenate([started, back_at[back]])
    all_ended = np.concatenate([ended, np.full(int(back.sum()), NEVER)])
    renewed = all_started + 365 * DAY
    renewed = np.where((renewed < period.end) & (renewed < all_ended), renewed, NEVER)
    return Subscriptions(
        person=np.concatenate([person, person[back]]).astype(np.int64),
        started_at=all_started,
        renewed_at=renewed,
        ends_at=np.where(renewed < NEVER, renewed, all_started) + 365 * DAY,
        ended_at=all_ended,
        plan=np.concatenate([plan, (plan[back] + 1) % 3]),
        reason=np.concatenate([reason, reason[back]]),
    )
