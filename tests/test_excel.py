"""Excel files: what a cell holds arrives as text that tells the same, or its row is put aside."""

import io
import shutil
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from small_home import CONTRACT, SmallHome, small_home

from cx_pipeline.landing import unpack, xlsx_rows
from cx_pipeline.landing.search import holds

SHEETS = """
      - name: visits
        config:
          meta:
            extract: {files: "visits*.xlsx", format: xlsx, kind: events, nulls: ["", "n/a"]}
        columns:
          - {name: shop_id, config: {meta: {from: Shop}}}
          - {name: visit_day, data_type: date, config: {meta: {from: Day}}}
          - {name: came_at, data_type: timestamp, config: {meta: {from: Came}}}
          - {name: visitors, data_type: integer, config: {meta: {from: Visitors, required: true}}}
          - {name: spent, data_type: "decimal(18,2)", config: {meta: {from: Spent}}}
          - {name: open_then, data_type: boolean, config: {meta: {from: Open}}}
          - {name: remark, config: {meta: {from: Remark, optional: true}}}
      - name: plans
        config:
          meta:
            extract: {files: "plans*.xlsx", format: xlsx, kind: events, sheet: Plan, header_rows: 0}
        columns:
          - {name: shop_id}
          - {name: planned, data_type: integer}
"""
HEAD = ["Shop", "Day", "Came", "Visitors", "Spent", "Open", "Remark"]
DAY, CAME = date(2026, 11, 1), datetime(2026, 11, 1, 10, 30, 5)


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path, CONTRACT + SHEETS)


def workbook(rows: Iterable[Iterable[Any]], title: str = "Any") -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The same file with a part of it edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as one, zipfile.ZipFile(out, "w", 8) as other:
        assert part in one.namelist()
        for name in one.namelist():
            told = one.read(name)
            if name == part:
                assert old in told
                told = told.replace(old, new)
            other.writestr(name, told)
    return out.getvalue()


def test_values_arrive_as_a_csv_would_have_them(home: SmallHome) -> None:
    rows = [
        HEAD,
        ["007", DAY, CAME, 12.0, 0.1, True, "1.50"],
        [],
        [7, CAME.replace(hour=0, minute=0, second=0), DAY, "3", 19.99, False, "n/a"],
        [123456789012345, None, None, 0, None, None, "1+1"],
    ]
    home.drop("visits.xlsx", workbook(rows))
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (3, 3, 0), told
    query = "select _line, shop_id, visit_day, came_at, visitors, cast(spent as varchar), open_then, remark from raw_shop.visits order by _line"
    assert home.query(query)[:2] == [
        (2, "007", DAY, CAME, 12, "0.10", True, "1.50"),
        (4, "7", DAY, datetime(2026, 11, 1), 3, "19.99", False, None),
    ]
    assert home.query(query)[2][:2] == (5, "123456789012345")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e22, "1e+22"),
        (-0.5, "-0.5"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        (timedelta(seconds=-61), "-0:01:01"),
        ("a_x0000_b", "a\ue0c2b"),
        ("a_x000D_b", "a\rb"),
    ],
)
def test_text_of_a_value(value: Any, text: str) -> None:
    assert xlsx_rows.text_of(value) == text


def test_errors_and_stray_cells_lose_their_row_alone(home: SmallHome) -> None:
    good = ["1", DAY, CAME, 1, 1, True, "x"]
    rows = [
        HEAD,
        good,
        ["1", DAY, CAME, "#N/A", 1, True],
        ["1", DAY, CAME, None, 1, True],
        ["1", DAY, CAME, 1.5, 1, True],
        [*good, "more"],
        ["a_x0000_b", DAY, CAME, 1, 1, True],
        ["1", DAY, CAME, 1, 1, True],
    ]
    home.drop("visits.xlsx", workbook(rows))
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (7, 2, 5)
    assert home.query("select line, column_name, reason from landing.quarantine order by line") == [
        (3, "visitors", "holds an Excel error"),
        (4, "visitors", "is required and empty"),
        (5, "visitors", "is not a integer"),
        (6, None, "it does not have the header's 7 fields (8)"),
        (7, "shop_id", "holds NUL or control characters"),
    ]


def test_a_formula_counts_by_the_value_saved_with_it(home: SmallHome) -> None:
    data = workbook([HEAD, ["1", DAY, CAME, "=6*7", 1, True]])
    saved = changed(data, "xl/worksheets/sheet1.xml", b"<f>6*7</f><v />", b"<f>6*7</f><v>42</v>")
    home.drop("visits_saved.xlsx", saved)
    assert home.land_one().accepted == 1
    assert home.query("select visitors from raw_shop.visits") == [(42,)]
    # A program that does not compute saves none: the cell is empty, and is said to be missing.
    home.drop("visits_unsaved.xlsx", data)
    told = home.land()[-1]
    assert told.status == "aside" and "'Visitors' is missing" in (told.reason or "")


def test_a_sheet_is_taken_by_its_name_and_columns_by_place(home: SmallHome) -> None:
    home.drop("plans.xlsx", workbook([["a", 1], ["b", 2]], title="Plan"))
    home.drop("plans_other.xlsx", workbook([["a", 1]], title="Other"))
    good, bad = home.land()
    assert (good.accepted, bad.status) == (2, "aside")
    assert "no sheet 'Plan'" in (bad.reason or "")
    assert home.query("select _line, shop_id, planned from raw_shop.plans order by 1") == [
        (1, "a", 1),
        (2, "b", 2),
    ]


def test_a_wrong_size_in_the_file_loses_no_row(home: SmallHome) -> None:
    rows = [HEAD, *(["1", DAY, CAME, n, 1, True, "x"] for n in range(50))]
    data = changed(workbook(rows), "xl/worksheets/sheet1.xml", b'ref="A1:G51"', b'ref="A1:B3"')
    home.drop("visits.xlsx", data)
    assert home.land_one().accepted == 50


def _added(name: str, content: bytes) -> bytes:
    out = io.BytesIO(workbook([HEAD]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


LAUGHS = b"".join(
    [
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "' + b"ha" * 50 + b'">',
        *(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8)),
        b"]>",
    ]
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Shop,Day\n", "is not an Excel file"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 999, "encrypted or an old"),
        (workbook([HEAD])[:-40], "truncated or damaged"),
        (workbook([HEAD])[:300], "truncated or damaged"),
        (_added("xl/vbaProject.bin", b"x"), "carries a macro"),
        (workbook([["Shop", "Day"]]), "'Came' is missing"),
        (workbook([]), "no header row"),
        (workbook([[*HEAD, "shop"]]), "twice"),
        (changed(workbook([HEAD]), "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData><"), "not a readable"),
        (changed(workbook([HEAD, ["1"]]), "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="99999999999"'), "a row of it"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_stands_aside(home: SmallHome, data: bytes, words: str) -> None:
    home.drop("visits.xlsx", data)
    told = home.land_one()
    assert told.status == "aside" and words in (told.reason or ""), told.reason


def test_an_erased_person_is_found_in_a_file_that_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "visits.xlsx"
    path.write_bytes(workbook([["Shop"], ["write to anna@mail.example"]]))
    assert holds(path, [("email", "anna@mail.example")])
    assert not holds(path, [("email", "bert@mail.example")])


def test_bombs_are_stopped(home: SmallHome, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = "xl/worksheets/sheet1.xml"
    laughs = changed(workbook([HEAD]), sheet, b"<worksheet", LAUGHS + b"<worksheet")
    home.drop("visits_1.xlsx", changed(laughs, sheet, b">Shop<", b">&i;<"))
    assert "not a readable Excel" in (home.land_one().reason or "")
    monkeypatch.setattr(unpack, "_ALWAYS_FINE", 1 << 20)
    home.drop("visits_2.xlsx", _added("xl/media/x.bin", b"0" * (40 << 20)))
    told = {one.file: one.reason for one in home.land()}
    assert "grows to more than" in (told["visits_2.xlsx"] or "")
    monkeypatch.setattr(xlsx_rows, "_SHARED_TEXTS", 10)
    home.drop("visits_3.xlsx", _added("xl/sharedStrings.xml", b"<sst>" + b"x" * 99))
    told = {one.file: one.reason for one in home.land()}
    assert "deliver it as CSV" in (told["visits_3.xlsx"] or "")


def test_the_same_rows_as_csv_are_the_same(home: SmallHome, tmp_path: Path) -> None:
    rows = [HEAD, *(["1", DAY, CAME, n, n / 4, n % 2 == 0, f"r{n}"] for n in range(200))]
    home.drop("visits.xlsx", workbook(rows))
    assert home.land_one().accepted == 200
    csv = small_home(
        tmp_path / "csv",
        (CONTRACT + SHEETS).replace('visits*.xlsx", format: xlsx', 'visits*.csv", format: csv'),
    )
    shutil.copyfile(home.settings.token_key_file, csv.settings.token_key_file)
    csv.drop("visits.csv", "".join(",".join(map(str, row)) + "\n" for row in rows))
    assert csv.land_one().accepted == 200
    assert home.content("visits") == csv.content("visits")
