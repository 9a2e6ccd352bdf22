"""Export jobs that never end, fail, expire or deliver halves; and the four demo sources, pulled."""

import csv
import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pull_vendors import TOKEN, Qualtrics, Salesforce, zipped
from pull_world import NOW, QUICK, Answer, Asked, PulledHome, api, pulled_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.pull.run import pull_source
from cx_pipeline.sample.write import write_sample
from cx_pipeline.settings import SHIPPED_PACKS, Settings
from cx_pipeline.warehouse import connect

LATER = NOW + timedelta(days=1)
CSV = b'id,changed_at,subject\nT1,2026-11-01T10:00:00Z,"one,\ntwo"\nT2,2026-11-01T10:00:00Z,three\n'
TABLE = {
    "extract": {"files": "tickets_*.csv", "format": "csv", "kind": "increment", "key": ["id"]},
    "columns": [
        {"name": "id"},
        {"name": "changed_at", "data_type": "timestamp"},
        {"name": "subject", "config": {"meta": {"pii": {"kind": "text", "action": "redact"}}}},
    ],
}
JOB = {
    "kind": "export",
    "rate": 1000,
    "start": {"path": "/jobs", "body": {"since": "{since}"}, "id": "job"},
    "since": {"start": "2026-01-01T00:00:00Z", "overlap": 3600},
    "poll": {
        "path": "/jobs/{id}", "status": "state", "done": ["done"], "failed": ["failed"],
        "rows": "rows", "every": 0.01, "within": 0.2,
    },
    "fetch": {"path": "/jobs/{id}/file", "unpack": "zip"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_TOKEN", TOKEN)


def job(**fetch: Any) -> dict[str, Any]:
    return {**JOB, "fetch": {**JOB["fetch"], **fetch}}


def home_of(tmp_path: Path, url: str, pull: dict[str, Any] = JOB, **place: Any) -> PulledHome:
    there = {"url": url, "secret": {"env": "DESK_TOKEN"}, **place}
    return pulled_home(tmp_path, there, pull, table=TABLE)


def jobs(
    file: Answer | Callable[[Asked], Answer] | None = None,
    state: str = "done",
    rows: int | None = 2,
) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/jobs":
            return Answer({"job": "J 1/2"})
        if asked.path == "/jobs/J%201%2F2":  # no value of an answer leads elsewhere
            return Answer({"state": state, "rows": rows})
        if asked.path == "/jobs/J%201%2F2/file":
            told = file or Answer(zipped({"Tickets: all.csv": CSV}))
            return told if isinstance(told, Answer) else told(asked)
        return Answer({}, status=404)

    return answer


def test_an_export_is_started_polled_fetched_and_unpacked(tmp_path: Path) -> None:
    with api(jobs()) as server:
        home = home_of(tmp_path, server.url)
        assert home.pull().rows == 2
        assert home.files() == {"tickets_20261105T030000Z.csv": CSV}
        assert home.pull(LATER).files == ()  # the same bytes tell nothing new
        told = [asked.body["since"] for asked in server.asked if asked.path == "/jobs"]
    assert told == ["2026-01-01T00:00:00Z", "2026-11-05T02:00:00Z"]
    assert len(home.rows()) == 2


BAD: dict[str, tuple[Callable[[Asked], Answer], str]] = {
    "never ends": (jobs(state="running"), "the export job did not end within 0.2 s"),
    "fails": (jobs(state="failed"), "the export job ended as failed"),
    "two files": (jobs(Answer(zipped({"a.csv": CSV, "b.csv": CSV}))), "the zip holds 2 entries"),
    "a path": (jobs(Answer(zipped({"../../etc/a.csv": CSV}))), "a path that leads out of it"),
    "no zip": (jobs(Answer(CSV)), "the export is no zip but not packed"),
    "damaged zip": (
        jobs(Answer(zipped({"a.csv": CSV}).replace(b"T1", b"T9")[:-30])),
        "the zip is truncated",
    ),
    "zip of zip": (
        jobs(Answer(zipped({"a.zip": zipped({"a.csv": CSV})}))),
        "holds a packed file again",
    ),
    "bomb": (jobs(Answer(zipped({"a.csv": b"0" * (300 << 20)}))), "grows to more than 256 MiB"),
    "empty": (jobs(Answer(b"")), "the export is empty"),
    "a row is missing": (jobs(rows=3), "2 of 3 rows came; nothing of it was kept"),
    "half": (jobs(Answer(zipped({"a.csv": CSV}), cut=9)), "after 4 tries"),
    "token expired": (lambda asked: Answer({}, status=401), "refuses the token (401)"),
    "no job id": (lambda asked: Answer({"error": "x"}), "the answer has no job"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_export_that_goes_wrong_is_one_sentence_and_the_rerun_is_whole(
    name: str, tmp_path: Path
) -> None:
    answers, said = BAD[name]
    with api(answers) as server:
        home = home_of(tmp_path, server.url)
        assert said in home.refused()
        assert (home.files(), home.arrivals()) == ({}, [])
        server.answers = jobs()
        assert home.pull().faults == ()
    assert home.files() == {"tickets_20261105T030000Z.csv": CSV}


def test_a_gzip_is_unpacked_and_a_cut_one_refused(tmp_path: Path) -> None:
    packed = gzip.compress(CSV)
    with api(jobs(Answer(packed[:-6]))) as server:
        home = home_of(tmp_path, server.url, job(unpack="gzip"))
        assert "the gzip is truncated" in home.refused()
        server.answers = jobs(Answer(packed))
        assert home.pull().rows == 2


PARTS = {"next_header": "X-Next", "next_param": "from", "rows_header": "X-Rows", "unpack": "none"}
HEADER, ONE, *_ = CSV.splitlines(keepends=True)


def part(asked: Asked, second: bytes = HEADER) -> Answer:
    if "from" in asked.params:
        return Answer(
            second + b"T2,2026-11-01T10:00:00Z,x", headers={"X-Next": "null", "X-Rows": "1"}
        )
    body = HEADER + b"T1,2026-11-01T10:00:00Z,y\n"
    return Answer(body, headers={"X-Next": "b", "X-Rows": "1"})


def test_parts_become_one_file_or_none(tmp_path: Path) -> None:
    with api(jobs(part)) as server:
        home = home_of(tmp_path, server.url, job(**PARTS))
        assert home.pull().rows == 2
        (content,) = home.files().values()
        assert content.count(b"id,changed_at") == 1
        server.answers = jobs(lambda asked: part(asked, b"id,subject,changed_at\n"))
        assert "different headers; nothing was kept" in home.refused(LATER)
        circle = Answer(HEADER, headers={"X-Next": "b", "X-Rows": "0"})
        server.answers = jobs(lambda asked: circle)
        assert "names an earlier one as the next" in home.refused(LATER)
        short = Answer(HEADER, headers={"X-Next": "null", "X-Rows": "5"})
        server.answers = jobs(lambda asked: short)
        assert "0 of 5 rows of a part came" in home.refused(LATER)
        server.answers = jobs(Answer(b""), rows=0)
        assert home.pull(LATER) == home.pull(LATER)  # nothing to fetch is no fault
    assert len(home.files()) == 1


# ---- the four demo sources -------------------------------------------------------------------

STAMP = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)  # the day in the sample's own file names


def hashes(settings: Settings) -> dict[str, tuple[int, int]]:
    """Rows and their digest of each raw table, whatever came when."""
    told = {}
    with connect(settings.warehouse_file) as con:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name like 'raw_%'"
        ).fetchall()
        for schema, table in tables:
            told[f"{schema}.{table}"] = con.execute(
                "select count(*), sum(hash(cast(r as varchar))) from"
                " (select columns(lambda c: c not in ('_row', '_load', '_line'))"
                f" from {schema}.{table}) as r"
            ).fetchone()
    return told


def test_the_four_demo_sources_pulled_are_the_same_as_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendors = tmp_path / "vendors"
    write_sample(
        vendors,
        events=2000,
        seed=7,
        start=date(2026, 6, 16),
        end=date(2026, 6, 30),
        with_faults=False,
    )
    dropped = home_dropped(tmp_path / "dropped", vendors)
    monkeypatch.setenv("STORE_SECRET", "s")
    store = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    store.start()
    qualtrics, salesforce = Qualtrics(vendors / "qualtrics"), Salesforce(vendors / "salesforce")
    try:
        endpoint = f"http://127.0.0.1:{store.get_host_and_port()[1]}"
        fill(endpoint, vendors)
        with api(qualtrics) as surveys, api(salesforce) as crm:
            kept = {"env": "DESK_TOKEN"}
            values = {"survey": "SV_1", "distribution": sorted(qualtrics.distributions())}
            s3 = {"endpoint": endpoint, "user": "u", "secret": {"env": "STORE_SECRET"}}
            settings = Settings(
                home=tmp_path / "pulled",
                pull={
                    "ga4": {**QUICK, **s3, "url": "s3://cx-demo/ga4"},
                    "connect": {**QUICK, **s3, "url": "s3://cx-demo/connect"},
                    "qualtrics": {**QUICK, "url": surveys.url, "secret": kept, "values": values},
                    "salesforce": {**QUICK, "url": crm.url, "secret": kept},
                },
            )
            shutil.copytree(dropped.state / "keys", settings.state / "keys")
            packs = [quick(load_pack(SHIPPED_PACKS / name)) for name in settings.sources]
            told = [pull_source(settings, pack, STAMP) for pack in packs]
            assert [pulled.faults for pulled in told] == [()] * 4
            assert all(pulled.files for pulled in told)
            again = [pull_source(settings, pack, STAMP) for pack in packs]
            # a name with a date is news by itself; of all others nothing came again
            dated = "distribution_history_20260630T120000Z.csv"
            assert [one.files for one in again] == [(), (), (), (dated,)]
    finally:
        store.stop()
    for home in (dropped, settings):
        outcomes = land(home, packs, run_id="run", now=NOW.replace(tzinfo=None))
        assert {one.status for one in outcomes} == {"loaded"}
    assert hashes(settings) == hashes(dropped)
    assert all(
        hashes(settings)[f"raw_{table}"][0] for table in ("ga4.events", "qualtrics.responses")
    )


def quick(pack: Any) -> Any:
    """The shipped pack as it is, polled every 10 ms."""
    contracts = []
    for contract in pack.contracts:
        pull = contract.pull
        if pull and pull.kind == "export":
            poll = pull.poll.model_copy(update={"every": 0.01})
            pull = pull.model_copy(update={"poll": poll, "rate": 1000})
        contracts.append(contract.model_copy(update={"pull": pull}))
    return pack.model_copy(update={"contracts": tuple(contracts)})


def fill(endpoint: str, vendors: Path) -> None:
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="u", aws_secret_access_key="s",
        region_name="us-east-1",
    )  # fmt: skip
    client.create_bucket(Bucket="cx-demo")
    for source in ("ga4", "connect"):
        for path in (vendors / source).iterdir():
            client.put_object(Bucket="cx-demo", Key=f"{source}/{path.name}", Body=path.read_bytes())


def home_dropped(home: Path, vendors: Path) -> Settings:
    """The same files dropped by hand; of the invitations what the history API tells."""
    settings = Settings(home=home)
    make_key(settings.token_key_file)
    shutil.copytree(vendors, settings.landing)
    (path,) = (settings.landing / "qualtrics").glob("distribution_history_*.csv")
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    known = {"ContactId", "DistributionId", "Status", "SentAt", "OpenedAt"}
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        for row in rows:
            told = {name: value if name in known else "" for name, value in row.items()}
            writer.writerow(told | {"SurveyId": "SV_1"})
    return settings
