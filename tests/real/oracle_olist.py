"""What the KPIs of Olist are: pandas on the delivered files, sharing no code with the pipeline.

The rules, where KPIS.md and the catalogue leave a choice to the source:

- An order belongs to the day on which it was placed, in the reporting zone; file times are of
  São Paulo. `canceled` and `unavailable` orders are void: counted in neither orders nor revenue.
- An order's amount is price plus freight of its pieces, as owed; instalments' interest is no
  revenue. An order without pieces has no amount: it counts as an order and adds no revenue.
- CSAT is the share of scores 4 and 5. The person is `customer_unique_id`, reached through the
  order. The survey has no waves, it asks about one order: of the answers about an order only the
  last counts (by moment, then by review id), on the day it was given.
- Of a record delivered twice only one counts; both deliveries say the same of it, but for leading
  zeros of post codes and the spelling of numbers.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pandas as pd

KEYS = {
    "customers": ["customer_id"],
    "orders": ["order_id"],
    "order_items": ["order_id", "order_item_id"],
    "order_payments": ["order_id", "payment_sequential"],
    "order_reviews": ["review_id", "order_id"],
    "products": ["product_id"],
    "sellers": ["seller_id"],
}
VOID = {"canceled", "unavailable"}


def read(deliveries: Sequence[Path], table: str) -> pd.DataFrame:
    """All rows of a table as text, each key once."""
    frames = [
        pd.read_csv(folder / f"olist_{table}_dataset.csv", dtype=str, keep_default_na=False)
        for folder in deliveries
    ]
    return pd.concat(frames).drop_duplicates(KEYS[table]).reset_index(drop=True)


def day(naive: pd.Series, zone: str) -> pd.Series:
    """Day in `zone` of times of São Paulo; at a clock change the missing hour is the next one."""
    local = pd.to_datetime(naive).dt.tz_localize(
        "America/Sao_Paulo", ambiguous=True, nonexistent=pd.Timedelta(hours=1)
    )
    return local.dt.tz_convert(zone).dt.date


def orders(deliveries: Sequence[Path], zone: str) -> pd.DataFrame:
    """One row per order: day, person, amount (0 without pieces), whether it is void."""
    frame = read(deliveries, "orders").merge(read(deliveries, "customers"), on="customer_id")
    items = read(deliveries, "order_items")
    items["owed"] = items["price"].map(Decimal) + items["freight_value"].map(Decimal)
    owed = items.groupby("order_id")["owed"].sum()
    frame["amount"] = frame["order_id"].map(owed).fillna(Decimal(0))
    frame["has_items"] = frame["order_id"].isin(owed.index)
    frame["is_void"] = frame["order_status"].isin(VOID)
    frame["date"] = day(frame["order_purchase_timestamp"], zone)
    return frame


def answers(deliveries: Sequence[Path], zone: str) -> pd.DataFrame:
    """One row per review and order, with `counts` for the last about the order."""
    who = orders(deliveries, zone)[["order_id", "customer_unique_id"]]
    frame = read(deliveries, "order_reviews").merge(who, on="order_id")
    frame["score"] = frame["review_score"].astype(int)
    frame["date"] = day(frame["review_answer_timestamp"], zone)
    frame = frame.sort_values(["review_answer_timestamp", "review_id", "order_id"])
    frame["counts"] = ~frame.duplicated(["customer_unique_id", "order_id"], keep="last")
    return frame


def daily(deliveries: Sequence[Path], zone: str) -> dict[str, pd.DataFrame]:
    """Per KPI a frame by date: numerator, denominator (none for totals), n_persons."""
    placed = orders(deliveries, zone)
    by_day = placed[~placed["is_void"]].groupby("date")
    given = answers(deliveries, zone)
    given = given[given["counts"]].assign(is_top=lambda frame: frame["score"] >= 4)
    told = given.groupby("date")
    persons = by_day["customer_unique_id"].nunique()
    return {
        "orders": pd.DataFrame({"numerator": by_day.size(), "n_persons": persons}),
        "revenue": pd.DataFrame({"numerator": by_day["amount"].sum()}),
        "csat": pd.DataFrame(
            {
                "numerator": told["is_top"].sum(),
                "denominator": told.size(),
                "n_persons": told["customer_unique_id"].nunique(),
            }
        ),
    }
