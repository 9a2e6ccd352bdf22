"""Olist's lateness, found on real rows: pandas on the delivered files, sharing no code with the models.

The promise is one of a day. It is broken once that day is over and the parcel has not come, whether
it comes later or never; void orders are none. An answer is touched if its person's promise was
broken on its day or in the 90 days before. The impact is the figure of all less that of the others.
"""

from datetime import date

import numpy as np
import oracle_olist as oracle
import pandas as pd
import pytest
from real_homes import OLIST_ZONE, SECOND_NIGHT, Nights

AS_OF = pd.Timestamp(SECOND_NIGHT)
DAYS = 90
DEFECT = "defeit|quebrad|danific|estragad|rasgad|errad|trocar|devol|faltando"


@pytest.fixture(scope="module")
def deliveries(data):
    return [data / "olist" / "delivery_1", data / "olist" / "delivery_2"]


@pytest.fixture(scope="module")
def orders(deliveries) -> pd.DataFrame:
    """Orders by id, with the day that was promised and the day that the parcel came."""
    frame = oracle.orders(deliveries, OLIST_ZONE).set_index("order_id")
    frame["promised"] = pd.to_datetime(frame["order_estimated_delivery_date"]).dt.normalize()
    frame["came"] = pd.to_datetime(frame["order_delivered_customer_date"]).dt.normalize()
    is_told = frame["came"].isna() & (frame["order_status"] == "delivered")
    came = frame["came"].fillna(AS_OF)
    frame["is_broken"] = (came > frame["promised"]) & ~frame["is_void"] & ~is_told
    frame["broken"] = (frame["promised"] + pd.Timedelta(days=1)).where(frame["is_broken"])
    return frame


@pytest.fixture(scope="module")
def answers(deliveries) -> pd.DataFrame:
    """The answers that count, with whether they are of the upper two boxes."""
    given = oracle.answers(deliveries, OLIST_ZONE)
    given = given[given["counts"]].reset_index(drop=True)
    given["date"] = pd.to_datetime(given["date"])
    return given.assign(is_top=(given["score"] >= 4).astype(float))


def touched(answers: pd.DataFrame, orders: pd.DataFrame, day: str) -> pd.Series:
    """Whether the person of each answer was hurt on its day or in the 90 days before."""
    hurt = orders.loc[orders[day].notna(), ["customer_unique_id", day]]
    both = answers.reset_index().merge(hurt, on="customer_unique_id")
    ago = (both["date"] - both[day]).dt.days
    return answers.index.isin(both.loc[(ago >= 0) & (ago <= DAYS), "index"])


def impact(figure: pd.Series, is_touched: pd.Series) -> float:
    return float(figure.mean() - figure[~is_touched].mean())


def told(olist: Nights, kpi: str) -> pd.DataFrame:
    files = olist.home.published("agg_pain_points")
    return olist.home.query(f"select * from {files} where kpi = '{kpi}'").set_index("kind")


def test_lateness_is_the_leading_pain_point_of_the_reviews(olist: Nights, answers, orders):
    is_late = touched(answers, orders, "broken")
    csat = told(olist, "csat")
    wait = csat.loc["wait"]
    assert (wait["impact_rank"], wait["rank_stability"]) == (1, 1.0)
    assert wait["high"] < 0
    assert (wait["fact_count"], wait["touched_count"]) == (len(answers), is_late.sum())
    assert wait["value"] == pytest.approx(answers["is_top"].mean())
    assert wait["touched_value"] == pytest.approx(answers.loc[is_late, "is_top"].mean())
    assert wait["impact"] == pytest.approx(impact(answers["is_top"], is_late), abs=1e-9)
    assert wait["occurrence_count"] == orders["is_broken"].sum()
    late_persons = orders.loc[orders["is_broken"], "customer_unique_id"]
    assert wait["person_count"] == late_persons.nunique()
    # what is found is large: a quarter of the late are content, four of five of the others
    assert wait["touched_value"] < 0.3
    assert answers.loc[~is_late, "is_top"].mean() > 0.8


def test_the_interval_is_that_of_a_plain_bootstrap(olist: Nights, answers, orders):
    by_person = answers.assign(late=touched(answers, orders, "broken")).groupby(
        ["customer_unique_id", "late"]
    )["is_top"].agg(["size", "sum"]).unstack(fill_value=0).to_numpy()  # fmt: skip
    draw = np.random.default_rng(1)
    found = []
    for _ in range(300):
        n0, n1, x0, x1 = by_person.T @ draw.poisson(1, len(by_person))
        found.append((x0 + x1) / (n0 + n1) - x0 / n0)
    wait = told(olist, "csat").loc["wait"]
    half = 1.96 * np.std(found, ddof=1)
    assert 0.6 < (wait["high"] - wait["impact"]) / half < 1.6
    assert wait["impact"] == pytest.approx((wait["low"] + wait["high"]) / 2)


def test_the_other_pain_point_of_the_set_is_the_unavailable_order(olist: Nights, answers, orders):
    gone = orders["order_status"] == "unavailable"
    placed = pd.to_datetime(orders["date"]).where(gone)
    is_touched = touched(answers, orders.assign(placed=placed), "placed")
    csat = told(olist, "csat")
    service = csat.loc["poor_service"]
    assert (service["impact_rank"], service["touched_count"]) == (2, is_touched.sum())
    assert service["impact"] == pytest.approx(impact(answers["is_top"], is_touched), abs=1e-9)
    assert csat["impact"].notna().sum() == 2  # the set tells of nothing else


def test_nothing_else_in_the_files_costs_as_much(deliveries, answers, orders):
    """The kinds that the set tells of are few: every other cause that its rows hold costs less,
    by the share of content answers and by the mean score."""
    items = oracle.read(deliveries, "order_items").groupby("order_id")
    price, freight = (
        items[name].apply(lambda one: one.astype(float).sum())
        for name in ("price", "freight_value")
    )
    due = pd.to_datetime(items["shipping_limit_date"].max())
    handed = pd.to_datetime(orders["order_delivered_carrier_date"])
    said = answers["review_comment_title"] + " " + answers["review_comment_message"]
    by_order = {
        "cancelled": orders["order_status"] == "canceled",
        "unavailable": orders["order_status"] == "unavailable",
        "several pieces": items.size() > 1,
        "several sellers": items["seller_id"].nunique() > 1,
        "dear freight": freight > price / 2,
        "handed over late": handed > due.reindex(orders.index),
    }
    others = {
        name: answers["order_id"].map(flag).eq(True).to_numpy() for name, flag in by_order.items()
    }
    others["words of a defect"] = said.str.contains(DEFECT, case=False).to_numpy()
    is_late = touched(answers, orders, "broken")
    for figure in ("is_top", "score"):
        costs = {name: impact(answers[figure], flag) for name, flag in others.items()}
        assert all(flag.any() for flag in others.values())
        late = impact(answers[figure], is_late)
        assert late < 2 * min(costs.values()) < 0, costs


def test_where_nobody_was_asked_there_is_no_impact(olist: Nights):
    """No question of recommendation, no session and no subscription: null, never 0."""
    for kpi in ("nps", "conversion_rate", "churn"):
        frame = told(olist, kpi)
        assert frame["impact"].isna().all() and (frame["fact_count"] == 0).all()


def test_most_reviews_of_late_parcels_were_written_before_they_came(olist: Nights, orders):
    """Why the promised day tells and not the delivery: dated at delivery two thirds are missed."""
    seen = olist.home.query(
        "select r.local_date as answered, p.local_date as hurt, o.delivered_date as came"
        " from marts.fct_responses as r join marts.fct_orders as o using (order_id)"
        " join marts.fct_pain_points as p on p.object_id = o.order_id and p.rule = 'late_delivery'"
        " where r.is_counted"
    )
    assert (seen["answered"] >= seen["hurt"]).mean() > 0.95
    assert (seen["answered"] >= seen["came"]).mean() < 0.4
    firsts = olist.home.query(
        "select object_id, local_date from marts.fct_pain_points where rule = 'late_delivery'"
    )
    known = {f"olist/{order}": day.date() for order, day in orders["broken"].dropna().items()}
    assert {row.object_id: _date(row.local_date) for row in firsts.itertuples()} == known


def _date(day: object) -> date:
    return pd.Timestamp(day).date()
