"""CSV as some vendors write it: escapes, long delimiters, old line ends, decimal commas, ids in parts."""

import random
from pathlib import Path

import pytest
from small_home import SmallHome, small_home
from test_landing_pieces import piece_size

from cx_pipeline.contracts import ContractError
from cx_pipeline.extracts import Extract
from cx_pipeline.landing.signs import Signs

CONTRACT = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: hits
        config:
          meta:
            extract: {files: "hits*.tsv", format: csv, kind: events, EXTRACT}
        columns:
          - {name: line}
          - {name: note}
          - {name: amount, data_type: "decimal(18,2)"}
"""
FEED = r'delimiter: "\t", quote: "", escape: "\\", header_rows: 0, nulls: ["", "\\N"]'


def home_of(folder: Path, extract: str) -> SmallHome:
    return small_home(folder, CONTRACT.replace("EXTRACT", extract))


def rows(home: SmallHome) -> list[tuple[object, ...]]:
    return home.query(
        "select line, note, cast(amount as varchar) from raw_shop.hits order by _line"
    )


def test_an_escaped_tab_or_line_end_is_part_of_its_value(tmp_path: Path) -> None:
    home = home_of(tmp_path, FEED)
    home.drop(
        "hits.tsv",
        "1\ta\\\tb\\\nc\\\\\t1.50\n2\t\\N\t2\n3\ttoo\tmany\tfields\n4\tplain \\n \\x\t4\n",
    )
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (4, 3, 1)
    assert rows(home) == [
        ("1", "a\tb\nc\\", "1.50"),
        ("2", None, "2.00"),
        ("4", "plain \\n \\x", "4.00"),
    ]
    # Line numbers are the file's: the first record has two lines.
    assert home.query("select _line from raw_shop.hits order by 1") == [(1,), (3,), (5,)]
    assert home.query("select line, reason from landing.quarantine") == [
        (4, "it does not have the contract's 3 fields (about 4)")
    ]


def test_escapes_that_are_cut_in_two_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    values = ["".join(chance.choices("ab\\\t\nN|é", k=chance.randint(1, 9))) for _ in range(400)]
    lines = [
        f"{n}\t{value.replace(chr(92), chr(92) * 2).replace(chr(9), chr(92) + chr(9)).replace(chr(10), chr(92) + chr(10))}\t{n}\n"
        for n, value in enumerate(values)
    ]
    for block in (7, 64, 100_000):
        home = home_of(tmp_path / str(block), FEED)
        piece_size(monkeypatch, 300, block)
        home.drop("hits.tsv", "".join(lines))
        assert home.land_one().accepted == 400
        assert [note for _, note, _ in rows(home)] == values
        starts = [1 + sum(line.count("\n") for line in lines[:n]) for n in range(400)]
        assert home.query("select _line from raw_shop.hits order by 1") == [(n,) for n in starts]


def test_a_backslash_means_nothing_where_no_escape_is_agreed(tmp_path: Path) -> None:
    home = home_of(tmp_path, 'delimiter: "\\t", quote: "", header_rows: 0')
    home.drop("hits.tsv", "1\ta\\\t1\n")
    assert home.land_one().accepted == 1
    assert rows(home) == [("1", "a\\", "1.00")]


def test_an_escaped_quote_stands_within_quotes(tmp_path: Path) -> None:
    home = home_of(tmp_path, 'escape: "\\\\"')
    home.drop("hits.tsv", 'line,note,amount\n1,"a \\"b\\", c",1\n2,"d\ne",2\n')
    assert home.land_one().accepted == 2
    assert rows(home) == [("1", 'a "b", c', "1.00"), ("2", "d\ne", "2.00")]


@pytest.mark.parametrize("broken", [False, True])
def test_a_delimiter_of_several_characters(tmp_path: Path, broken: bool) -> None:
    home = home_of(tmp_path, 'delimiter: "||"')
    more = "3||x\n" if broken else ""
    home.drop("hits.tsv", f'line||note||amount\n1||a|b||1\n2||"c||d"||2\n{more}')
    assert home.land_one().accepted == 2
    assert rows(home) == [("1", "a|b", "1.00"), ("2", "c||d", "2.00")]


def test_lines_that_end_in_a_carriage_return_alone(tmp_path: Path) -> None:
    home = home_of(tmp_path, "line_end: cr")
    home.drop("hits.tsv", "line,note,amount\r1,a,1\r2,b,x\r")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, 1)
    assert home.query("select line from landing.quarantine") == [(3,)]


def test_a_decimal_comma_is_agreed_not_guessed(tmp_path: Path) -> None:
    home = home_of(tmp_path, 'delimiter: ";", decimal: ","')
    home.drop("hits.tsv", "line;note;amount\n1;1,5;12,50\n2;;-3\n3;;1.234\n4;;1.234,50\n")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (2, 2)
    assert rows(home) == [("1", "1,5", "12.50"), ("2", None, "-3.00")]
    point = home_of(tmp_path / "point", 'delimiter: ";"')
    point.drop("hits.tsv", "line;note;amount\n1;;12,50\n2;;1.5\n")
    assert point.land_one().quarantined == 1


PARTS = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: hits
        config:
          meta:
            extract: {files: "hits*", format: FORMAT, kind: events HEADER}
        columns:
          - {name: high, config: {meta: {pii: {kind: device, action: drop}}}}
          - {name: visitor, config: {meta: {parts: [high, low], codes: {"0_0": null},
                                            pii: {kind: device, action: token}}}}
          - {name: low, config: {meta: {pii: {kind: device, action: drop}}}}
          - {name: state, config: {meta: {codes: {"1": open, "0": null, "*": other}}}}
"""


@pytest.mark.parametrize(
    ("form", "header", "text"),
    [
        ("csv", ", header_rows: 0", "7,8,1\n7,9,2\n0,0,0\n7,,\n"),
        ("csv", "", "low,state,high\n8,1,7\n9,2,7\n0,0,0\n,,7\n"),
        (
            "ndjson",
            "",
            '{"high":"7","low":"8","state":"1"}\n{"high":"7","low":"9","state":2}\n'
            '{"high":"0","low":"0","state":"0"}\n{"high":"7"}\n',
        ),
    ],
)
def test_an_id_in_two_halves_is_one_token(
    tmp_path: Path, form: str, header: str, text: str
) -> None:
    home = small_home(tmp_path, PARTS.replace("FORMAT", form).replace("HEADER", header))
    home.drop("hits.txt", text)
    told = home.land_one()
    assert (told.accepted, told.reason) == (4, None)
    found = home.query("select high, low, visitor, state from raw_shop.hits order by _line")
    assert [(high, low, state) for high, low, _, state in found] == [
        (None, None, "open"),
        (None, None, "other"),
        (None, None, None),
        (None, None, None),
    ]
    visitors = [visitor for _, _, visitor, _ in found]
    assert visitors[2:] == [None, None]
    assert len(set(visitors[:2])) == 2 and all(str(v).startswith("v1_") for v in visitors[:2])


@pytest.mark.parametrize(
    ("extract", "words"),
    [
        ('delimiter: ""', "one to four characters"),
        ('delimiter: "|||||"', "one to four characters"),
        ('escape: "ab"', "one or none"),
        ('escape: ","', "another character"),
        ("escape: '\"'", "another character"),
        ('decimal: ","', "another character than delimiter"),
        ("line_end: crlf", "line_end"),
    ],
)
def test_a_dialect_that_cannot_be_meant_is_refused(
    tmp_path: Path, extract: str, words: str
) -> None:
    with pytest.raises(ContractError, match=words):
        home_of(tmp_path, extract)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("parts: [high, low]", "parts: [high]", "two or more"),
        ("parts: [high, low]", "parts: [high, lo]", "its part lo is no varchar column"),
        ("parts: [high, low]", "parts: [high, low], from: V", "and nothing else"),
    ],
)
def test_parts_that_cannot_be_meant_are_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    told = PARTS.replace("FORMAT", "csv").replace("HEADER", "")
    with pytest.raises(ContractError, match=words):
        small_home(tmp_path, told.replace(old, new))


def test_a_plain_text_is_not_rewritten() -> None:
    assert Signs.of(Extract(files="*", format="csv", kind="events")).meant == {}
