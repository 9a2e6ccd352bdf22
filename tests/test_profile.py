"""`cx profile`: what a file is told to be, what is asked, and that nobody stands in what is shown."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from homes import Home

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.profile.proposal import Proposal, propose
from cx_pipeline.profile.questions import UnknownAnswer
from cx_pipeline.settings import SHIPPED_PACKS
from cx_pipeline.warehouse import scratch

REVIEWS = """\
Review ID;Customer Mail;Guest Name;Stars;Paid;Stayed On;Sent At;Channel;Loyal;Comment
"""
PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch() as made:
        made.execute("set preserve_insertion_order = true")
        yield made


def reviews(folder: Path, rows: int = 60, day: int = 28) -> Path:
    """A hotel's reviews; `day` is the highest day of a month."""
    lines = []
    for n in range(rows):
        person = PEOPLE[n % 5]
        mail = f"{person.split()[0].lower()}.{n}@mail.example"
        stayed = f"{1 + n % day:02}/{1 + n % 12:02}/2024"
        paid = "n/a" if n == 7 else f"{100 + n}.{n % 100:02}"
        lines.append(
            f"R-{n:05};{mail};{person} {chr(65 + n % 26)}ez;{1 + n % 5};{paid};{stayed};"
            f"2024-03-{1 + n % 28:02} 10:{n % 60:02}:00;{'web' if n % 2 else 'app'};"
            f"{'yes' if n % 3 else 'no'};The room {n} was clean and the staff was kind"
        )
    path = folder / "reviews_2024-04-01.csv"
    path.write_text(REVIEWS + "\n".join(lines) + "\n")
    return path


def seen(proposal: Proposal) -> dict[str, tuple[str, str | None, str | None]]:
    return {
        column.name: (column.typed.data_type, column.typed.format, column.personal.kind)
        for column in proposal.columns
    }


def test_a_file_is_told_column_by_column(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    made = propose(con, reviews(tmp_path), {})
    assert seen(made) == {
        "review_id": ("varchar", None, None),
        "customer_mail": ("varchar", None, "email"),
        "guest_name": ("varchar", None, "name"),
        "stars": ("bigint", None, None),
        "paid": ("decimal(18,2)", None, None),
        "stayed_on": ("date", "%d/%m/%Y", None),
        "sent_at": ("timestamp", None, None),
        "channel": ("varchar", None, None),
        "loyal": ("boolean", None, None),
        "comment": ("varchar", None, "text"),
    }
    assert made.extract["key"] == ["review_id"]
    assert made.extract["subject"] == "customer_mail"
    assert (made.extract["files"], made.extract["delimiter"]) == ("reviews*.csv", ";")
    assert made.columns[4].typed.nothing == ("n/a",)
    # The kind of rows, the zone of a naive time and which of two times counts are nobody's guess.
    assert [question.key for question in made.questions] == ["zone", "kind", "time"]


def test_days_and_months_are_asked_only_where_no_day_tells(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = reviews(tmp_path, day=12)
    made = propose(con, path, {})
    assert "date_order" in [question.key for question in made.questions]
    for said, wanted in (("day", "%d/%m/%Y"), ("month", "%m/%d/%Y")):
        told = propose(con, path, {"date_order": said})
        assert seen(told)["stayed_on"][1] == wanted
        assert "date_order" not in [question.key for question in told.questions]
    with pytest.raises(UnknownAnswer, match="date_order is one of day, month"):
        propose(con, path, {"date_order": "year"})
    with pytest.raises(UnknownAnswer, match="nothing is asked as 'colour'"):
        propose(con, path, {"colour": "red"})


def test_another_column_that_shows_its_order_settles_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "stays.csv"
    rows = [f"{n},{1 + n % 12:02}/{1 + n % 12:02}/2024,{13 + n % 12}/01/2024" for n in range(30)]
    path.write_text("stay_no,arrived_on,left_on\n" + "\n".join(rows) + "\n")
    made = propose(con, path, {"kind": "events", "time": "arrived_on"})
    assert seen(made)["arrived_on"][1] == seen(made)["left_on"][1] == "%d/%m/%Y"
    assert made.questions == []


def test_a_type_that_drifts_late_in_the_file_is_asked(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """FAULTS 49: a sniffer that looks at 20,480 rows does not see row 30,001."""
    path = tmp_path / "visits.csv"
    rows = [f"{n},{n % 7}" for n in range(30_000)] + ["30000,seven"]
    path.write_text("visit_no,pages\n" + "\n".join(rows) + "\n")
    made = propose(con, path, {"kind": "events"})
    (question,) = made.questions
    assert question.key == "type.pages"
    assert "1 of 30001 values are no bigint, the first in row 30001" in question.text
    told = propose(con, path, {"kind": "events", "type.pages": "varchar"})
    assert seen(told)["pages"] == ("varchar", None, None)


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("a\tb\n1\t2\n", "tabs.tsv", {"delimiter": "\t"}),
        ("a|b\n1|2\n", "pipes.txt", {"delimiter": "|"}),
        ('a,b\n"x, y",2\n', "quoted.csv", {}),
        ("a,b\r1,2\r", "old_mac.csv", {"line_end": "cr"}),
        ("a;b\n1;2,5\n3;17,25\n", "comma.csv", {"delimiter": ";", "decimal": ","}),
        ("1,2024-01-02\n2,2024-01-03\n", "headless.csv", {"header_rows": 0}),
        ("id,city\n1,Köln\n", "latin.csv", {"encoding": "cp1252"}),
        ("id,city\n1,北京\n2,上海\n3,广州市区\n", "chinese.csv", {"encoding": "gb18030"}),
    ],
)
def test_dialects_and_encodings(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, name: str, wanted: dict[str, Any]
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(wanted.get("encoding", "utf-8")))
    extract = propose(con, path, {}).extract
    optional = ("delimiter", "quote", "header_rows", "encoding", "line_end", "decimal")
    assert {key: extract[key] for key in optional if key in extract} == wanted


def test_a_comma_of_thousands_is_asked(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("shop;total\na;1,234\nb;5,678\n")
    assert [question.key for question in propose(con, path, {}).questions] == ["decimal"]
    told = propose(con, path, {"decimal": "comma"})
    assert (seen(told)["total"][0], told.extract["decimal"]) == ("decimal(18,3)", ",")
    told = propose(con, path, {"decimal": "text"})
    assert seen(told)["total"][0] == "varchar" and "decimal" not in told.extract


def test_objects_are_reached_by_their_paths(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [
        {
            "id": n,
            "user": {"mail": f"ada{n}@mail.example", "geo": {"country": "DE"}},
            "event_params": [{"key": "page", "value": {"string_value": f"/p/{n}"}}],
            "ts": 1_700_000_000_000 + n,
        }
        for n in range(20)
    ]
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for file in (path, tmp_path / "events.json"):
        file.write_text(path.read_text() if file == path else json.dumps({"rows": rows}))
        made = propose(con, file, {})
        assert [column.header for column in made.columns] == [
            "id", "user.mail", "user.geo.country", "event_params[page]", "ts",
        ]  # fmt: skip
        assert made.columns[1].personal.kind == "email"
        assert (made.columns[4].typed.data_type, made.columns[4].typed.epoch) == ("timestamp", "ms")
        assert made.as_table()["columns"][1]["config"]["meta"]["path"] == "user.mail"


def test_a_workbook(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ticket No", "Agent Name", "Score"])
    for n in range(12):
        book.active.append([n, PEOPLE[n % 5], 4.5])
    book.save(tmp_path / "desk.xlsx")
    made = propose(con, tmp_path / "desk.xlsx", {})
    assert seen(made) == {
        "ticket_no": ("bigint", None, None),
        "agent_name": ("varchar", None, "name"),
        "score": ("decimal(18,2)", None, None),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PAR1 is how it begins", "not a readable Parquet"),
        (b"[1, 2", "not JSON"),
        (b"id,ID\n1,2\n", "twice"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(FileFault, match=words):
        propose(con, path, {})


# Columns that a pack declares personal and that nothing in a file tells: ids of vendors, cities.
UNTOLD = {
    "ga4.events": {"ecommerce.transaction_id"},
    "salesforce.accounts": {"Id", "BillingCity"},
    "salesforce.contacts": {"Id", "MasterRecordId", "MailingCity"},
    "salesforce.opportunities": {"Order_Number__c"},
}


@pytest.mark.prove
def test_the_shipped_packs_personal_columns_are_told(demo: Home) -> None:
    """The packs were written by hand: all that they call personal is proposed, but what is listed."""
    untold, told = {}, 0
    for name, folder in find_packs([SHIPPED_PACKS]).items():
        for contract in load_pack(folder).contracts:
            files = sorted((demo.landing / name).glob("*"))
            file = next((one for one in files if contract.matches(one.name)), None)
            if file is None:
                continue
            with scratch() as con:
                made = propose(con, file, {})
            found = {column.header for column in made.columns if column.personal.kind}
            there = {column.header for column in made.columns}
            wanted = {column.vendor_name for column in contract.pii_columns} & there
            told += len(wanted & found)
            if wanted - found:
                untold[contract.name] = wanted - found
    assert untold == UNTOLD
    assert told >= 30


def test_nothing_personal_is_shown(demo: Home, tmp_path: Path) -> None:
    """The preview, the table and the questions hold no e-mail, name, phone or text of the file."""
    path = reviews(tmp_path)
    for args in ((), ("--json",)):
        shown = demo.cx("profile", str(path), *args)
        for word in ("Lovelace", "Hopper", "mail.example", "R-00001", "staff"):
            assert word not in shown.out + shown.err, word
    assert "[email]" in shown.out and "2024-03-02 10:01:00" in shown.out
