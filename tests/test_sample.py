"""The sample: the same every time, the shape it promises, and a truth that its files bear out.

The figures of the truth are computed here a second time, from the files as delivered and with
pandas, so that a slip in the world or in a writer cannot hide in both.
"""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cx_pipeline.contracts import Contract, load_pack
from cx_pipeline.sample.write import SampleReport, write_sample
from cx_pipeline.settings import SHIPPED_PACKS

EVENTS, SEED = 20_000, 7
SOURCES = ("ga4", "salesforce", "connect", "qualtrics")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    report = write_sample(root, events=EVENTS, seed=SEED, truth=root / "truth.json")
    assert report == SampleReport(files=99, events=EVENTS, persons=EVENTS // 50)
    return root


@pytest.fixture(scope="module")
def truth(root: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((root / "truth.json").read_text("utf-8"))
    return told


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same world without planted faults, for computing on."""
    root = tmp_path_factory.mktemp("clean")
    write_sample(root, events=EVENTS, seed=SEED, with_faults=False)
    return root


def test_equal_arguments_give_equal_bytes(root: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, events=EVENTS, seed=SEED, truth=tmp_path / "truth.json")
    assert _bytes(tmp_path) == _bytes(root)


def test_another_seed_gives_another_world(root: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, events=1_000, seed=SEED + 1)
    alike = _bytes(tmp_path).items() & _bytes(root).items()
    assert [name for name, _ in alike] == ["salesforce/Product2_20260630.csv"]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give --events 1000 or more"):
        write_sample(tmp_path, events=999, seed=1)
    with pytest.raises(ValueError, match="90 days cannot be delivered in 91 nights"):
        write_sample(tmp_path, events=1_000, seed=1, nights=91)


def test_nights_together_hold_what_one_night_holds(clean: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, events=EVENTS, seed=SEED, nights=4, with_faults=False)
    nights = [tmp_path / "nights" / str(number) for number in (1, 2, 3, 4)]
    for folder, pattern in (("ga4", "events_*"), ("connect", "contact_records_*")):
        split = Counter(line for night in nights for line in _lines(night / folder, pattern))
        assert split == Counter(_lines(clean / folder, pattern))
    responses = [row for night in nights for row in _answers(night)]
    assert sorted(responses, key=_text) == sorted(_answers(clean), key=_text)
    for name in ("Account", "Contact", "Opportunity", "Contract", "Case", "Product2"):
        assert _csv(nights[3] / "salesforce", f"{name}_*") == _csv(
            clean / "salesforce", f"{name}_*"
        )
    history = _csv(nights[3] / "qualtrics", "distribution_*")
    assert history == _csv(clean / "qualtrics", "distribution_*")


def test_a_snapshot_holds_nothing_that_had_not_happened(tmp_path: Path) -> None:
    write_sample(tmp_path, events=EVENTS, seed=SEED, nights=3)
    for night, cut in enumerate(("2026-05-02", "2026-06-01", "2026-07-01"), start=1):
        folder = tmp_path / "nights" / str(night) / "salesforce"
        faulty = {"2026-02-30T10:00:00.000Z"} if night == 3 else set()
        for name in ("Contact", "Opportunity", "Contract", "Case"):
            for row in _csv(folder, f"{name}_*"):
                moments = {
                    row[column] for column in row if column.endswith("Date") or "At__" in column
                }
                moments |= {row.get("SystemModstamp") or ""}
                moments -= {row.get("EndDate"), row.get("Promised_At__c"), None} | faulty
                assert max(moments) < cut


def test_every_contracted_column_is_delivered(root: Path) -> None:
    for contract in _contracts("salesforce", "qualtrics"):
        for path in _files(root / contract.source, contract):
            header = next(csv.reader(path.open(encoding="utf-8", newline="")))
            assert {column.vendor_name for column in contract.columns} <= set(header)


def test_the_web_log_has_the_promised_shape(clean: Path, truth: dict[str, Any]) -> None:
    lines = list(_lines(clean / "ga4", "events_*"))
    events = _events(lines)
    assert len(events) == EVENTS
    assert 0.003 < len(lines) / EVENTS - 1 < 0.007
    arrived = [
        path.name[7:15]
        for path in sorted((clean / "ga4").iterdir())
        for _ in _lines(path.parent, path.name)
    ]
    dates = [json.loads(line)["event_date"] for line in lines]
    late = sum(arrival > date for arrival, date in zip(arrived, dates, strict=True)) / EVENTS
    assert 0.008 < late < 0.018
    assert events["at"].max() < pd.Timestamp("2026-07-01").value // 1000
    assert events["device"].map(lambda told: told["time_zone_offset_seconds"]).nunique() == 5
    assert 0.005 < events["robot"].mean() < 0.05
    cookies = events.groupby("user_pseudo_id")["user_id"].nunique()
    assert (cookies > 1).any(), "no device is shared"
    assert any("email=" in line for line in lines)


def test_sessions_are_as_many_as_the_truth_says(clean: Path, truth: dict[str, Any]) -> None:
    events = _events(list(_lines(clean / "ga4", "events_*")))
    people = events[~events["robot"]].sort_values(["user_pseudo_id", "at", "batch_event_index"])
    gap = people.groupby("user_pseudo_id")["at"].diff()
    begins = gap.isna() | (gap >= 1_800_000_000) | people["campaign"].notna()
    session = begins.cumsum()
    bought = session[people["event_name"] == "purchase"].nunique()
    assert int(begins.sum()) == truth["kpis"]["sessions"]["value"]
    assert bought == truth["kpis"]["conversion_rate"]["numerator"]


def test_orders_and_revenue_are_as_the_truth_says(clean: Path, truth: dict[str, Any]) -> None:
    orders = pd.DataFrame(_csv(clean / "salesforce", "Opportunity_*"))
    won = orders[orders["StageName"] == "Closed Won"]
    euros = won[won["CurrencyIsoCode"] == "EUR"]
    amounts = pd.to_numeric(euros["Amount"]).sum()
    refunds = pd.to_numeric(euros["Refunded_Amount__c"]).fillna(0).sum()
    assert len(won) == truth["kpis"]["orders"]["value"]
    assert round(amounts - refunds, 2) == truth["kpis"]["revenue"]["value"]
    web = _events(list(_lines(clean / "ga4", "events_*")))
    bought = {told["transaction_id"] for told in web["ecommerce"].dropna()}
    assert bought <= set(orders["Order_Number__c"])
    assert len(bought) > 0.8 * (orders["Order_Channel__c"] == "Web").sum()


def test_the_voice_of_the_customer_is_as_the_truth_says(clean: Path, truth: dict[str, Any]) -> None:
    told = pd.DataFrame(_answers(clean))
    told = told[told["Status"] == "0"]
    asked = told[told["Q1_NPS"] != ""].sort_values("RecordedDate")
    who = asked["RecipientEmail"].where(asked["RecipientEmail"] != "", asked["ResponseId"])
    last = asked.assign(who=who).groupby(["who", "Wave"]).tail(1)["Q1_NPS"].astype(int)
    promoters, detractors = int((last >= 9).sum()), int((last <= 6).sum())
    nps = truth["kpis"]["nps"]
    assert (promoters, detractors, len(last)) == (
        nps["promoters"], nps["detractors"], nps["denominator"],
    )  # fmt: skip
    assert len(last) < len(asked), "nobody answered twice in a wave"
    csat = told.loc[told["Q2_CSAT"] != "", "Q2_CSAT"].astype(int)
    assert int((csat >= 4).sum()) == truth["kpis"]["csat"]["numerator"]
    ces = told.loc[told["Q3_CES"] != "", "Q3_CES"].astype(int)
    assert (int(ces.sum()), len(ces)) == (
        truth["kpis"]["ces"]["numerator"], truth["kpis"]["ces"]["denominator"],
    )  # fmt: skip


def test_service_is_as_the_truth_says(clean: Path, truth: dict[str, Any]) -> None:
    legs = [json.loads(line) for line in _lines(clean / "connect", "contact_records_*")]
    real = [leg for leg in legs if leg["Attributes"].get("test_call") != "true"]
    first = [leg for leg in real if "InitialContactId" not in leg]
    queued = [leg for leg in first if "Queue" in leg]
    answered = [leg["Queue"]["Duration"] for leg in queued if "Agent" in leg]
    left = [leg["Queue"]["Duration"] for leg in queued if "Agent" not in leg]
    kpis = truth["kpis"]
    cases = len(_csv(clean / "salesforce", "Case_*"))
    assert kpis["contacts"]["value"] == len(first) + cases
    assert kpis["asa"] | {"value": 0} == _ratio(sum(answered), len(answered))
    long = [wait for wait in left if wait > 5]
    assert kpis["abandonment_rate"] | {"value": 0} == _ratio(len(long), len(long) + len(answered))
    level = _ratio(sum(w <= 20 for w in answered), len(answered) + sum(w > 20 for w in left))
    assert kpis["service_level_80_20"] | {"value": 0} == level
    parts = ("AgentInteractionDuration", "CustomerHoldDuration", "AfterContactWorkDuration")
    handled = sum(leg["Agent"][part] for leg in real if "Agent" in leg for part in parts)
    assert kpis["aht"] | {"value": 0} == _ratio(handled, len(answered))


def test_persons_are_told_apart_and_found_in_every_source(
    clean: Path, truth: dict[str, Any]
) -> None:
    persons = truth["persons"]
    for kind in ("emails", "phones"):
        values = [value for person in persons for value in person[kind]]
        assert len(values) == len(set(values))
    contacts = {row["Id"] for row in _csv(clean / "salesforce", "Contact_*")}
    assert contacts == {one for person in persons for one in person["ids"]["salesforce"]}
    assert any(len(person["ids"]["salesforce"]) > 1 for person in persons)
    legs = {json.loads(line)["ContactId"] for line in _lines(clean / "connect", "*")}
    assert {one for person in persons for one in person["ids"]["connect"]} <= legs
    answers = {row["ResponseId"] for row in _csv(clean / "qualtrics", "responses_*")}
    assert {one for person in persons for one in person["ids"]["qualtrics"]} <= answers
    cookies = {json.loads(line)["user_pseudo_id"] for line in _lines(clean / "ga4", "*")}
    assert {one for person in persons for one in person["ids"]["ga4"]} <= cookies
    texts = " ".join(row["Description"] for row in _csv(clean / "salesforce", "Case_*"))
    for kind in ("names", "emails"):
        assert any(value in texts for person in persons for value in person[kind])


def test_a_person_never_holds_two_subscriptions_at_once(clean: Path) -> None:
    held = pd.DataFrame(_csv(clean / "salesforce", "Contract_*")).sort_values("StartDate")
    ends = held["Cancellation_Date__c"].where(held["Cancellation_Date__c"] != "", "9999")
    before = ends.groupby(held["CustomerSignedId"]).shift()
    assert (before.isna() | (before <= held["StartDate"])).all()
    assert before.notna().any(), "nobody was won back"


def test_faults_stand_where_the_truth_says(root: Path, truth: dict[str, Any]) -> None:
    found = {
        (fault["kind"], fault["file"].split("/")[0]): _line(root, fault)
        for fault in truth["faults"]
    }
    assert len(found) == len(truth["faults"]) == 11
    for (kind, source), (line, others) in found.items():
        if kind == "duplicate":
            assert others.count(line) == 2, source
        else:
            assert others.count(line) == 1, source
        if kind == "broken json":
            with pytest.raises(json.JSONDecodeError):
                json.loads(line)
        if kind == "ragged row":
            assert len(next(csv.reader([line]))) < len(next(csv.reader([others[0]])))
    assert "12,9o EUR" in found["non-numeric amount", "salesforce"][0]
    assert "2026-02-30" in found["bad timestamp", "salesforce"][0]
    assert "shortly after noon" in found["bad timestamp", "ga4"][0]
    assert '"11"' in found["nps 11", "qualtrics"][0]


def _bytes(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def _lines(folder: Path, pattern: str) -> Iterator[str]:
    for path in sorted(folder.glob(pattern)):
        yield from gzip.decompress(path.read_bytes()).decode().removesuffix("\n").split("\n")


def _csv(folder: Path, pattern: str) -> list[dict[str, str]]:
    (path,) = folder.glob(pattern)
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def _answers(root: Path) -> list[dict[str, str]]:
    """The responses without the two header rows that follow the first."""
    return _csv(root / "qualtrics", "responses_*")[2:]


def _text(row: dict[str, str]) -> str:
    return json.dumps(row, sort_keys=True, default=str)


def _line(root: Path, fault: dict[str, Any]) -> tuple[str, list[str]]:
    path = root / fault["file"]
    packed = path.suffix == ".gz"
    text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text("utf-8")
    lines = text.split("\n")
    return lines[fault["line"] - 1], lines


def _ratio(numerator: int, denominator: int) -> dict[str, int]:
    return {"value": 0, "numerator": numerator, "denominator": denominator}


def _contracts(*sources: str) -> list[Contract]:
    return [one for source in sources for one in load_pack(SHIPPED_PACKS / source).contracts]


def _files(folder: Path, contract: Contract) -> list[Path]:
    found = [path for path in folder.iterdir() if contract.matches(path.name)]
    assert found, contract.name
    return found


def _events(lines: list[str]) -> pd.DataFrame:
    """The distinct events, with moment, campaign and whether a robot made them."""
    events = pd.DataFrame([json.loads(line) for line in set(lines)])
    browser = events["device"].map(lambda told: told["web_info"]["browser"])
    campaign = events["collected_traffic_source"].map(
        lambda told: told["manual_campaign_name"] if isinstance(told, dict) else None
    )
    return events.assign(
        at=events["event_timestamp"].astype("int64"),
        batch_event_index=events["batch_event_index"].astype(int),
        robot=browser.str.contains("bot|Headless"),
        campaign=campaign,
    )
