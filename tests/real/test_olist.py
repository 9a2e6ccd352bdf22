"""Olist through the product: figures as pandas has them, and every known trap of the set."""

import oracle_olist as oracle
import pandas as pd
import pytest
from real_homes import OLIST_ZONE, Nights, RealHome, assert_same

KPIS = ["orders", "revenue", "csat"]


@pytest.fixture(scope="module")
def deliveries(data):
    return [data / "olist" / "delivery_1", data / "olist" / "delivery_2"]


@pytest.fixture(scope="module")
def figures(deliveries):
    return oracle.daily(deliveries, OLIST_ZONE)


@pytest.mark.parametrize("kpi_id", KPIS)
def test_kpi_equals_pandas(olist: Nights, figures, kpi_id):
    assert_same(olist.home.kpi(kpi_id), figures[kpi_id])


@pytest.mark.parametrize("kpi_id", KPIS)
def test_first_night_equals_pandas_on_the_first_delivery(olist: Nights, deliveries, kpi_id):
    assert_same(olist.first.kpi(kpi_id), oracle.daily(deliveries[:1], OLIST_ZONE)[kpi_id])


@pytest.mark.prove
def test_two_nights_give_the_content_of_one(olist: Nights, olist_at_once: RealHome):
    assert olist.home.manifest["content_hash"] == olist_at_once.manifest["content_hash"]
    assert olist.first.manifest["content_hash"] != olist_at_once.manifest["content_hash"]


def test_parts_by_product_region_and_channel_sum_to_all(olist: Nights):
    sums = olist.home.query(
        "select kpi_id, dimension, sum(numerator) as total"
        f" from {olist.home.published('fct_kpi_daily')}"
        " where kpi_id in ('orders', 'revenue') group by kpi_id, dimension"
    ).pivot(index="kpi_id", columns="dimension", values="total")
    for dimension in ("product", "region", "channel", "source"):
        assert (sums[dimension] == sums["all"]).all(), dimension


def test_customer_id_is_per_order_and_the_person_is_not(olist: Nights, deliveries):
    customers = oracle.read(deliveries, "customers")
    persons = customers["customer_unique_id"].nunique()
    assert persons < len(customers)
    found = olist.home.query(
        "select count(*) as n, count(person_id) as known, count(distinct person_id) as persons"
        " from marts.fct_orders"
    ).iloc[0]
    assert (found["n"], found["known"], found["persons"]) == (
        len(customers),
        len(customers),
        persons,
    )


def test_hardly_anybody_orders_twice_and_nothing_is_called_churn(olist: Nights, deliveries):
    by_person = oracle.orders(deliveries, OLIST_ZONE).groupby("customer_unique_id").size()
    again = olist.home.number(
        "select count(*) from (select person_id from marts.fct_orders"
        " group by person_id having count(*) > 1)"
    )
    assert again == (by_person > 1).sum()
    assert again / len(by_person) < 0.02
    assert olist.home.number("select count(*) from marts.fct_subscriptions") == 0


def test_reviews_that_repeat_are_kept_by_review_and_order(olist: Nights, deliveries):
    reviews = oracle.read(deliveries, "order_reviews")
    assert reviews["review_id"].duplicated().any() and reviews["order_id"].duplicated().any()
    found = olist.home.query(
        "select count(*) as n, count(distinct review_id) as reviews,"
        " count(distinct order_id) as orders from raw_olist.order_reviews"
    ).iloc[0]
    assert found["n"] == len(reviews)
    assert found["reviews"] == reviews["review_id"].nunique()
    assert found["orders"] == reviews["order_id"].nunique()
    assert olist.home.number("select count(*) from marts.fct_responses") == len(reviews)


def test_several_reviews_of_an_order_are_one_answer(olist: Nights, deliveries):
    answers = oracle.answers(deliveries, OLIST_ZONE)
    excluded = olist.home.excluded("csat")
    assert sum(excluded.values()) == (~answers["counts"]).sum() > 0
    assert len(excluded) == 1


def test_reviews_from_before_delivery_are_kept(olist: Nights, deliveries):
    both = oracle.read(deliveries, "order_reviews").merge(
        oracle.read(deliveries, "orders"), on="order_id"
    )
    delivered = both[both["order_delivered_customer_date"] != ""]
    early = delivered["review_answer_timestamp"] < delivered["order_delivered_customer_date"]
    found = olist.home.number(
        "select count(*) from marts.fct_responses as r"
        " join marts.fct_orders as o on o.order_id = r.order_id"
        " where r.answered_at < o.delivered_at"
    )
    assert found == early.sum() > 0


def test_line_breaks_in_comments_survive(olist: Nights, deliveries):
    comments = oracle.read(deliveries, "order_reviews")["review_comment_message"]
    broken = comments[comments.str.contains("\n")]
    found = olist.home.query(
        "select review_comment_message as said from raw_olist.order_reviews"
        " where contains(review_comment_message, chr(10))"
    )
    assert len(found) == len(broken) > 0
    assert found["said"].str.count("\n").sum() == broken.str.count("\n").sum()
    assert olist.home.number("select count(*) from landing.quarantine") == 0


def test_orders_without_items_are_orders_without_revenue(olist: Nights, deliveries):
    orders = oracle.orders(deliveries, OLIST_ZONE)
    bare = orders[~orders["has_items"]]
    found = olist.home.query(
        "select is_void, count(*) as n, count(amount) as amounts from marts.fct_orders"
        " where line_count = 0 group by is_void"
    ).set_index("is_void")
    assert found["n"].to_dict() == bare["is_void"].value_counts().to_dict()
    assert found["amounts"].sum() == 0
    assert olist.home.excluded("orders") == {"void": orders["is_void"].sum()}
    only_bare = {"no_amount": (~bare["is_void"]).sum()}
    assert olist.home.excluded("revenue") == {"void": orders["is_void"].sum()} | only_bare


def test_an_order_is_worth_its_lines(olist: Nights):
    wrong = olist.home.number(
        "select count(*) from entities.orders as o full join"
        " (select order_id, sum(amount) as amount from entities.order_lines group by order_id) as l"
        " on l.order_id = o.source_id where l.amount is distinct from o.amount"
    )
    assert wrong == 0


def test_lost_zeros_of_post_codes_make_no_second_customer(olist: Nights, deliveries):
    spelt = pd.concat(
        pd.read_csv(folder / "olist_customers_dataset.csv", dtype=str) for folder in deliveries
    )
    spellings = spelt.groupby("customer_id")["customer_zip_code_prefix"].nunique()
    assert (spellings > 1).any()
    customers = olist.home.query(
        "select count(*) as n, count(distinct customer_id) as ids,"
        " count(customer_zip_code_prefix) as codes from raw_olist.customers"
    ).iloc[0]
    assert (customers["n"], customers["ids"], customers["codes"]) == (len(spellings),) * 2 + (0,)


def test_what_comes_twice_is_counted_as_duplicate(olist: Nights, deliveries):
    counted = olist.home.query(
        "select table_name, sum(rows_read) as read, sum(accepted) as accepted,"
        " sum(duplicate) as duplicate, sum(conflicts) as conflicts, sum(quarantined) as quarantined"
        " from landing.loads where source = 'olist' group by table_name"
    ).set_index("table_name")
    for table, key in oracle.KEYS.items():
        once = len(oracle.read(deliveries, table))
        raw = sum(
            len(pd.read_csv(folder / f"olist_{table}_dataset.csv", dtype=str, usecols=key))
            for folder in deliveries
        )
        told = counted.loc[table]
        assert (told["read"], told["accepted"], told["duplicate"]) == (raw, once, raw - once), table
    assert counted[["conflicts", "quarantined"]].to_numpy().sum() == 0


def test_no_customer_number_is_in_the_warehouse(olist: Nights, deliveries):
    customers = oracle.read(deliveries, "customers")
    known = set(customers["customer_unique_id"]) | set(customers["customer_id"])
    stored = olist.home.query(
        "select customer_id, customer_unique_id from raw_olist.customers"
        " union all select customer_id, null from raw_olist.orders"
    )
    assert not known & (set(stored["customer_id"]) | set(stored["customer_unique_id"]))
