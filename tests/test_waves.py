"""One contract for files that differ from year to year, or that have no header at all."""

from pathlib import Path

import pytest
from small_home import SmallHome, small_home

from cx_pipeline.contracts import ContractError, load_pack

CONTRACT = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: answers
        config:
          meta:
            extract: {files: "*_Survey.csv", format: csv, kind: events, key: [run, answer_id]}
        columns:
          - {name: answer_id, config: {meta: {from: RESPNUM, names: ["*RESPNUM", Id]}}}
          - {name: run, config: {meta: {from: RUN, names: [RUNID], optional: true}}}
          - name: overall
            data_type: integer
            config: {meta: {from: Q6N, names: [Q7ALL, Q8N], required: true,
                            codes: {"0": null, "6": null, "11": null, "five": "5"}}}
          - {name: sex, config: {meta: {from: SEX, optional: true,
                                        codes: {"1": male, "2": female}}}}
      - name: hits
        config:
          meta:
            extract: {files: "hits*.log", format: csv, delimiter: " ", header_rows: 0, nulls: ["-"],
                      kind: events}
        columns:
          - {name: host}
          - {name: request}
          - {name: size, data_type: bigint}
"""


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path, CONTRACT)


def test_waves_with_other_names_are_one_table(home: SmallHome) -> None:
    home.drop("2010_Survey.csv", "RESPNUM,Q6N ,SEX\n1,5,1\n2,six,2\n")
    home.drop("2016_Survey.csv", "RUNID,*RESPNUM, Q7ALL\n7,1,4\n7,2,five\n")
    assert [one.accepted for one in home.land()] == [1, 2]
    assert home.query(
        "select answer_id, run, overall, sex from raw_shop.answers order by _row"
    ) == [
        ("1", None, 5, "male"),
        ("1", "7", 4, None),
        ("2", "7", 5, None),
    ]


def test_codes_are_meant_before_the_type_is_judged(home: SmallHome) -> None:
    """A code for nothing is nothing: a required column then lacks it, and says so."""
    home.drop("2010_Survey.csv", "RESPNUM,Q6N\n1,0\n2,6\n3,11\n4,1\n5,x\n")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, 4)
    assert home.query(
        "select line, reason, raw_redacted from landing.quarantine order by line"
    ) == [
        (line, reason, raw)
        for line, reason, raw in (
            (2, "is required and empty", "answer_id=9; run=; overall=9; sex="),
            (3, "is required and empty", "answer_id=9; run=; overall=9; sex="),
            (4, "is required and empty", "answer_id=9; run=; overall=99; sex="),
            (6, "is not a integer", "answer_id=9; run=; overall=x; sex="),
        )
    ]


def test_two_names_of_one_column_in_one_file_are_a_fault(home: SmallHome) -> None:
    home.drop("2010_Survey.csv", "RESPNUM,Q6N,Q7ALL\n1,5,4\n")
    told = home.land_one()
    assert told.status == "aside" and "'Q6N' and 'Q7ALL', which are one column" in (
        told.reason or ""
    )


def test_a_name_nobody_knows_is_missing(home: SmallHome) -> None:
    home.drop("2010_Survey.csv", "RESPNUM,Q7ALLL\n1,5\n")
    assert "'Q6N' is missing" in (home.land_one().reason or "")


def test_a_name_may_mean_another_column_in_another_wave(tmp_path: Path) -> None:
    by_file = '{"2010_*": Q6N, "201[12]_*": Q8N}'
    home = small_home(tmp_path, CONTRACT.replace("[Q7ALL, Q8N]", by_file))
    home.drop("2010_Survey.csv", "RESPNUM,Q6N,Q8N\n1,5,1\n")
    home.drop("2011_Survey.csv", "RESPNUM,Q6N,Q8N\n2,1,4\n")
    home.drop("2013_Survey.csv", "RESPNUM,Q6N\n3,3\n")
    home.drop("2012_Survey.csv", "RESPNUM,Q6N\n4,3\n")
    told = {one.file: one for one in home.land()}
    assert "'Q8N' is missing" in (told["2012_Survey.csv"].reason or "")
    assert "left out: Q8N" in (told["2010_Survey.csv"].reason or "")
    query = "select answer_id, overall from raw_shop.answers order by 1"
    assert home.query(query) == [("1", 5), ("2", 4), ("3", 3)]


def test_names_and_codes_change_how_a_file_is_read(tmp_path: Path) -> None:
    prints = set()
    changes = [("", ""), ("[Q7ALL, Q8N]", "[Q7ALL]"), ('"6": null', '"7": null')]
    for number, (old, new) in enumerate(changes):
        home = small_home(tmp_path / str(number), CONTRACT.replace(old, new) if old else CONTRACT)
        prints.add(home.packs[0].contract("answers").fingerprint())
    assert len(prints) == 3


def test_columns_without_a_header_are_known_by_their_place(home: SmallHome) -> None:
    home.drop("hits.log", 'a "GET / x" 5\nb "GET ""q""" -\nc short\n')
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (3, 2, 1)
    assert home.query("select _line, host, request, size from raw_shop.hits order by 1") == [
        (1, "a", "GET / x", 5),
        (2, "b", 'GET "q"', None),
    ]
    assert home.query("select line, reason from landing.quarantine") == [
        (3, "it does not have the contract's 3 fields (about 2)")
    ]


def test_a_file_without_header_and_without_a_row_that_fits_stands_aside(home: SmallHome) -> None:
    home.drop("hits.log", "a b 5 more\nb c - more\n")
    told = home.land_one()
    assert told.status == "aside" and "none of its rows is 3 fields" in (told.reason or "")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{name: host}", "{name: host, config: {meta: {from: Host}}}", "known by their place"),
        ("{name: host}", "{name: host, config: {meta: {optional: true}}}", "known by their place"),
        ("names: [RUNID]", 'names: ["RUNID "]', "without blanks"),
        ('files: "hits*.log", format: csv', "files: hits, format: ndjson", "header_rows: 0 is for"),
        ('*_Survey.csv", format: csv', '*_Survey.csv", format: ndjson', "names is for files with"),
        ('*_Survey.csv", format: csv', '*_Survey.csv", format: csv, sheet: A', "sheet is for"),
        ('{"1": male', '{"1": {a: b}', "codes"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CONTRACT
    pack = tmp_path / "shop"
    pack.mkdir()
    (pack / "_shop__sources.yml").write_text(CONTRACT.replace(old, new))
    with pytest.raises(ContractError, match=words):
        load_pack(pack)


NAMES = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: names
        config: {meta: {extract: {files: "names*", format: FORMAT, kind: events, encoding: ENCODING}}}
        columns: [{name: title}]
"""
TITLE = {"gb18030": "顶部质量很好的产品", "cp1252": "Café „Zur Post“ ü"}
SHAPE = {"csv": "title\n{}\n", "ndjson": '{{"title": "{}"}}\n', "json": '[{{"title": "{}"}}]'}


@pytest.mark.parametrize("kind", SHAPE)
@pytest.mark.parametrize("encoding", TITLE)
def test_an_encoding_is_declared_or_named(tmp_path: Path, kind: str, encoding: str) -> None:
    data = SHAPE[kind].format(TITLE[encoding]).encode(encoding)
    told = small_home(
        tmp_path / "told", NAMES.replace("FORMAT", kind).replace("ENCODING", encoding)
    )
    told.drop("names", data)
    assert told.land_one().accepted == 1
    assert told.query("select title from raw_shop.names") == [(TITLE[encoding],)]
    not_told = small_home(
        tmp_path / "not", NAMES.replace("FORMAT", kind).replace("ENCODING", "utf-8")
    )
    not_told.drop("names", data)
    outcome = not_told.land_one()
    assert outcome.status == "aside" and f"it looks like {encoding}" in (outcome.reason or "")
    assert TITLE[encoding] not in (outcome.reason or "")


@pytest.mark.parametrize("kind", SHAPE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_start_tells_the_encoding(tmp_path: Path, kind: str, encoding: str) -> None:
    home = small_home(tmp_path, NAMES.replace("FORMAT", kind).replace("ENCODING", "cp1252"))
    home.drop("names", SHAPE[kind].format(TITLE["gb18030"]).encode(encoding))
    assert home.land_one().accepted == 1
    assert home.query("select title from raw_shop.names") == [(TITLE["gb18030"],)]
