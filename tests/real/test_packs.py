"""Six more real sources through the landing: every row accounted for, every known trap met."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from real_homes import RealHome

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import FileOutcome, land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.settings import SHIPPED_PACKS, Settings
from cx_pipeline.warehouse import connect

SOURCES = ("sfo_survey", "web_logs", "incidents", "retail", "ratings", "marketing")
FILES = ("*.csv", "*.parquet", "*.bz2", "*.gz")
WAVES = {2010: 3234, 2011: 3872, 2012: 3521, 2013: 3535, 2014: 2818, 2015: 2958, 2016: 3087}


class Landed:
    """One source's real files, landed."""

    def __init__(self, folder: Path, data: Path, source: str) -> None:
        self.settings = Settings(home=folder, sources=(source,))
        make_key(self.settings.token_key_file)
        self.landing = folder / "landing" / source
        self.landing.mkdir(parents=True)
        for pattern in FILES:
            for file in (data / source).glob(pattern):
                shutil.copy(file, self.landing)
        self.outcomes = self.land()

    def land(self) -> list[FileOutcome]:
        pack = load_pack(SHIPPED_PACKS / self.settings.sources[0])
        return land(self.settings, [pack], run_id="real", now=datetime(2026, 1, 1))

    def query(self, sql: str) -> pd.DataFrame:
        with connect(self.settings.warehouse_file) as con:
            return con.execute(sql).df()

    def one(self, sql: str) -> list[int]:
        return [int(value) for value in self.query(sql).iloc[0]]


@pytest.fixture(scope="module")
def landed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Landed]:
    made: dict[str, Landed] = {}

    def of(source: str) -> Landed:
        if source not in made:
            made[source] = Landed(tmp_path_factory.mktemp(source), data, source)
        return made[source]

    return of


@pytest.mark.parametrize(
    ("source", "read", "quarantined", "duplicate"),
    [
        ("sfo_survey", sum(WAVES.values()), 0, 0),
        ("web_logs", 10_000, 1, 0),
        ("incidents", 5_998, 0, 0),
        ("retail", 541_909, 0, 5_268),
        pytest.param("ratings", 578_805, 0, 2_793, marks=pytest.mark.prove),
        ("marketing", 45_211, 0, 0),
    ],
)
def test_every_row_is_accounted_for(
    landed: Callable[[str], Landed], source: str, read: int, quarantined: int, duplicate: int
) -> None:
    told = landed(source).outcomes
    assert {one.status for one in told} == {"loaded"}
    assert sum(one.rows_read for one in told) == read
    assert sum(one.quarantined for one in told) == quarantined
    assert sum(one.duplicate for one in told) == duplicate
    assert sum(one.accepted for one in told) == read - quarantined - duplicate
    assert sum(one.conflicts for one in told) == 0
    assert landed(source).land() == []


def wave(data: Path, year: int) -> pd.DataFrame:
    file = data / "sfo_survey" / f"{year}_SFO_Customer_Survey.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    return frame.rename(columns=lambda name: name.strip())


def test_waves_of_seven_years_are_one_table(landed: Callable[[str], Landed], data: Path) -> None:
    """The share of each answer, by wave, as pandas has it from the column of that wave."""
    overall = {2010: "Q6N", 2011: "Q8N", 2012: "Q8N_WHOLE", 2013: "Q7O_WHOLE"}
    restrooms = {2010: "Q6B", 2011: "Q8B", 2012: "Q8B_FOOD", 2013: "Q7B_FOOD"}
    told = landed("sfo_survey")
    for year, rows in WAVES.items():
        frame = wave(data, year)
        assert len(frame) == rows
        for column, name in (
            ("overall", overall.get(year, "Q7ALL")),
            ("restaurants", restrooms.get(year, "Q7FOOD")),
        ):
            answers = frame[name][frame[name].isin(list("12345"))].astype(int)
            of_year = f"from raw_sfo_survey.responses where year(_version) = {year}"
            assert told.one(f"select count(*), count({column}), sum({column}) {of_year}") == [
                rows, len(answers), answers.sum(),
            ]  # fmt: skip
    least, most = told.one(
        "select min(least(artwork, wifi, overall)), max(overall) from raw_sfo_survey.responses"
    )
    assert (least, most) == (1, 5)


def test_one_name_is_another_question_in_another_wave(
    landed: Callable[[str], Landed], data: Path
) -> None:
    """Q8A is the cleanliness of the boarding areas in 2010, and artwork in 2011."""
    assert {"Q6A", "Q8A"} <= set(wave(data, 2010)) and "Q8A" in wave(data, 2011)
    told = landed("sfo_survey").one(
        "select sum(artwork) from raw_sfo_survey.responses where year(_version) = 2010"
    )
    answers = wave(data, 2010)["Q6A"]
    assert told == [answers[answers.isin(list("12345"))].astype(int).sum()]


def test_the_web_log_has_no_header_and_no_address(landed: Callable[[str], Landed]) -> None:
    home = landed("web_logs")
    assert home.one(
        "select count(*), count(bytes), count(distinct status), count(identity), count(login),"
        " min(utc_offset) + max(utc_offset) from raw_web_logs.hits"
    )[:1] == [9_999]
    days = home.query(
        "select cast(requested_at as date) as day, count(*) as n from raw_web_logs.hits"
        " group by 1 order by 1"
    )
    assert days["n"].tolist() == [1632, 2893, 2896, 2578]
    # Addresses are kept as networks, wherever they stand.
    everything = home.query("select * from raw_web_logs.hits").to_csv()
    assert "198.18.0.1," not in everything and "198.18.0.0/16" in everything
    assert home.query("select line, reason from landing.quarantine").values.tolist() == [
        [8899, "its quotes do not close"]
    ]


def test_a_log_of_another_zone_is_not_taken_for_utc(data: Path, tmp_path: Path) -> None:
    home = Landed(tmp_path, data, "web_logs")
    line = '198.18.0.9 - - [18/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 5 "-" "x"\n'
    (home.landing / "access_other.log").write_text(line + line.replace("+0200", "+0000"))
    (told,) = home.land()
    assert (told.accepted, told.quarantined) == (1, 1)


def test_a_question_mark_is_nothing_and_days_come_first(
    landed: Callable[[str], Landed], data: Path
) -> None:
    frame = pd.read_csv(
        data / "incidents" / "incident_event_log_first5998.csv", dtype=str, na_values=["?"]
    )
    told = landed("incidents").query("select * from raw_incidents.events")
    for column in ("sys_created_at", "assigned_to", "vendor", "caused_by", "cmdb_ci", "problem_id"):
        assert told[column].count() == frame[column].count(), column
    opened = pd.to_datetime(frame["opened_at"], format="%d-%m-%Y %H:%M")
    assert sorted(told["opened_at"]) == sorted(opened)
    assert told["number"].nunique() == 890
    assert told.groupby("number")["reopen_count"].max().sum() == (
        frame.assign(n=frame["reopen_count"].astype(int)).groupby("number")["n"].max().sum()
    )
    assert not told["caller_id"].str.contains("Caller").any()


def test_customers_are_whole_numbers_and_cancellations_stay(
    landed: Callable[[str], Landed], data: Path
) -> None:
    file = data / "retail" / "online_retail.parquet"
    frame = pd.read_parquet(file)
    assert frame["CustomerID"].isna().sum() == 135_080
    assert frame.duplicated().sum() == 5_268
    once = frame.drop_duplicates()
    home = landed("retail")
    assert home.one(
        "select count(*), count(customer_id), count(distinct customer_id),"
        " count(distinct invoice_no), sum(case when invoice_no like 'C%' then 1 end), sum(quantity)"
        " from raw_retail.order_lines"
    ) == [
        len(once),
        once["CustomerID"].count(),
        once["CustomerID"].nunique(),
        once["InvoiceNo"].nunique(),
        once["InvoiceNo"].str.startswith("C").sum(),
        once["Quantity"].sum(),
    ]
    revenue = home.query("select sum(quantity * unit_price) as gbp from raw_retail.order_lines")
    assert float(revenue["gbp"][0]) == pytest.approx((once["Quantity"] * once["UnitPrice"]).sum())


def test_the_number_of_a_customer_has_the_token_of_the_same_number_elsewhere(
    data: Path, tmp_path: Path
) -> None:
    """17850.0 of a spreadsheet is 17850 of a CRM."""
    home = Landed(tmp_path, tmp_path, "retail")
    with duckdb.connect() as con:
        for number, customer in enumerate(("17850.0::double", "17850::bigint", "'17850'")):
            con.execute(
                f"copy (select '1' as \"InvoiceNo\", 'S' as \"StockCode\", 'D' as \"Description\","
                f' {number} as "Quantity", timestamp \'2011-01-01\' as "InvoiceDate",'
                f' 1.0 as "UnitPrice", {customer} as "CustomerID", \'UK\' as "Country")'
                f" to '{home.landing}/online_retail_{number}.parquet' (format parquet)"
            )
    assert [one.accepted for one in home.land()] == [1, 1, 1]
    assert home.one("select count(distinct customer_id) from raw_retail.order_lines") == [1]


@pytest.mark.prove
def test_ratings_come_packed_by_bz2(landed: Callable[[str], Landed], data: Path) -> None:
    frame = pd.read_csv(data / "ratings" / "anonreviews.csv.bz2").drop_duplicates()
    assert landed("ratings").one(
        "select count(*), count(distinct reviewer_id), count(distinct vendor_id), sum(rating)"
        " from raw_ratings.ratings"
    ) == [
        len(frame),
        frame["reviewerId"].nunique(),
        frame["vendorId"].nunique(),
        frame["rating"].sum(),
    ]


def test_unknown_is_nothing_and_minus_one_day_is_no_day(
    landed: Callable[[str], Landed], data: Path
) -> None:
    frame = pd.read_csv(data / "marketing" / "bank.csv")
    assert landed("marketing").one(
        "select count(*), count(job), count(phone_kind), count(previous_outcome),"
        " count(days_since_campaign), min(days_since_campaign), sum(cast(deposit as integer))"
        " from raw_marketing.calls"
    ) == [
        len(frame),
        (frame["job"] != "unknown").sum(),
        (frame["contact"] != "unknown").sum(),
        (frame["poutcome"] != "unknown").sum(),
        (frame["pdays"] != -1).sum(),
        1,
        (frame["deposit"] == "yes").sum(),
    ]


@pytest.mark.prove
def test_a_night_of_all_six(data: Path, key_file: Path, tmp_path: Path) -> None:
    """All of them in one home: their entities keep their contracts, and the night publishes."""
    home = RealHome.begin(tmp_path / "home", ",".join(SOURCES), key_file)
    for source in SOURCES:
        (home.folder / "landing" / source).mkdir(parents=True, exist_ok=True)
        for pattern in FILES:
            for file in (data / source).glob(pattern):
                home.deliver(source, file)
    home.run("2017-06-01")
    assert json.dumps(home.manifest)
    assert home.number("select count(*) from entities.contacts") == 890
    assert home.number("select count(distinct response_id) from entities.responses") > 20_000
    assert home.number("select count(*) from entities.mentions") == 576_012
    orders = home.query("select is_void, count(*) as n from marts.fct_orders group by 1 order by 1")
    assert orders["n"].tolist() == [22_061, 3_836 + 3]  # cancellations, and adjustments of debt


@pytest.mark.prove
@pytest.mark.parametrize("source", SOURCES)
def test_each_alone_publishes(source: str, data: Path, key_file: Path, tmp_path: Path) -> None:
    """What no other source tells is empty, and no check takes that for a fault."""
    home = RealHome.begin(tmp_path / "home", source, key_file)
    (home.folder / "landing" / source).mkdir(parents=True, exist_ok=True)
    for pattern in FILES:
        for file in (data / source).glob(pattern):
            home.deliver(source, file)
    home.run("2017-06-01")
    assert list(home.manifest["data_through"]) == [source]
