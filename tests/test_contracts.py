"""Contracts: what they say is taken at its word, and what cannot be meant is refused with words."""

from pathlib import Path

import pytest

from cx_pipeline.columns import ColumnMeta
from cx_pipeline.contracts import ContractError, Pack, find_packs, load_pack
from cx_pipeline.extracts import Extract
from cx_pipeline.settings import SHIPPED_PACKS

CONTRACT = """
version: 2
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: people
        description: One row per person.
        config:
          meta:
            extract: {files: "People*.csv", format: csv, kind: snapshot, key: [person_id],
                      version: changed_at, subject: person_id}
            expect: {rows: {day_over_day: [0.5, 2.0]}, null_share: {email: 0.2},
                     range: {score: [0, 10]}, fresh_days: 3}
        columns:
          - name: person_id
            data_type: varchar
            config: {meta: {from: Id, required: true, pii: {kind: account, action: token}}}
          - {name: email, data_type: varchar, config: {meta: {pii: {kind: email, action: token}}}}
          - {name: born, data_type: date, config: {meta: {pii: {kind: birth_date,
                                                                action: generalise}}}}
          - {name: changed_at, data_type: timestamp, config: {meta: {from: SystemModstamp}}}
          - {name: score, data_type: "decimal(18, 2)"}
          - {name: state, data_type: text, config: {meta: {enum: [new, old]}}}
          - {name: extra, data_type: json}
"""


def written(folder: Path, text: str = CONTRACT) -> Path:
    pack = folder / "shop"
    pack.mkdir(exist_ok=True)
    (pack / "_shop__sources.yml").write_text(text, encoding="utf-8")
    return pack


@pytest.fixture
def shop(tmp_path: Path) -> Pack:
    folder = written(tmp_path)
    (folder / "stg_shop__people.sql").write_text("select 1")
    (folder / "stg_shop__identifiers.sql").write_text("select 1")
    return load_pack(folder)


def test_a_contract_is_read_as_it_stands(shop: Pack) -> None:
    people = shop.contract("people")
    assert shop.entities == ("identifiers", "people")
    assert people.name == "shop.people"
    assert people.raw_columns == (
        ("person_id", "VARCHAR"),
        ("email", "VARCHAR"),
        ("born", "VARCHAR"),
        ("changed_at", "TIMESTAMP"),
        ("score", "DECIMAL(18,2)"),
        ("state", "VARCHAR"),
        ("extra", "VARCHAR"),
    )
    assert people.by_name["person_id"].vendor_name == "Id"
    assert people.time_column is people.by_name["changed_at"]
    assert people.matches("People_2.csv") and people.matches("People.csv.gz")
    assert not people.matches("persons.csv")


def test_expectations_come_in_one_shape(shop: Pack) -> None:
    told = [(e.kind, e.column, e.low, e.high, e.severity) for e in shop.contracts[0].expectations()]
    assert told == [
        ("day_over_day", None, 0.5, 2.0, "error"),
        ("null_share", "email", None, 0.2, "error"),
        ("range", "score", 0.0, 10.0, "warn"),
        ("enum", "state", None, None, "warn"),
        ("fresh_days", None, None, 3.0, "warn"),
    ]


def test_the_fingerprint_changes_only_with_what_is_read(tmp_path: Path, shop: Pack) -> None:
    before = shop.contracts[0].fingerprint()
    judged = load_pack(written(tmp_path, CONTRACT.replace("fresh_days: 3", "fresh_days: 9")))
    assert judged.contracts[0].fingerprint() == before
    read = load_pack(written(tmp_path, CONTRACT.replace("decimal(18, 2)", "double")))
    assert read.contracts[0].fingerprint() != before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("required: true", "requird: true", "unknown key requird"),
        ("files:", "file:", "unknown key extract.file"),
        ("fresh_days: 3", "fresh_day: 3", "unknown key expect.fresh_day"),
        ("key: [person_id]", "key: [personid]", "personid is no column here"),
        ("data_type: text", "data_type: string9", "is no data type here"),
        ("kind: account, action: token", "kind: acount, action: token", "pii.kind"),
        ("kind: email, action: token", "kind: email, action: generalise", "generalise is for"),
        ("version: changed_at", 'version: {file: "_[0-9]+"}', "exactly one group"),
        ("format: csv,", "format: csv, encoding: utf9,", "not known to Python"),
        ("format: csv,", "format: csv, zone: Mars/Base,", "not an IANA time zone"),
        ("schema: raw_shop", "schema: shop", "schema: raw_shop"),
        ("name: extra", "name: score", "declared twice"),
        ("enum: [new, old]", "pii: {kind: url, action: redact, by: email}", "by is for texts"),
        ("enum: [new, old]", "pii: {kind: text, action: redact, by: mail}", "its writer mail is"),
        ("enum: [new, old]", "pii: {kind: text, action: redact, by: born}", "its writer born is"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CONTRACT
    with pytest.raises(ContractError, match=words) as refused:
        load_pack(written(tmp_path, CONTRACT.replace(old, new)))
    assert "_shop__sources.yml" in str(refused.value)


def test_packs_are_found_by_their_folder(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert find_packs([SHIPPED_PACKS, tmp_path])["shop"] == folder
    assert {"ga4", "olist"} <= set(find_packs([SHIPPED_PACKS]))


def test_every_shipped_pack_can_be_used() -> None:
    for folder in find_packs([SHIPPED_PACKS]).values():
        pack = load_pack(folder)
        assert pack.contracts
        # A pack whose rows fit no entity says so.
        assert pack.entities or "raw table alone" in pack.contracts[0].description


PAGE = (Path(__file__).parents[1] / "docs" / "contracts.md").read_text(encoding="utf-8")


def test_every_shipped_pack_is_documented() -> None:
    packs = find_packs([SHIPPED_PACKS])
    assert [name for name in packs if f"`{name}`" not in PAGE] == []


def test_every_key_of_a_contract_is_documented() -> None:
    rows = " ".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    keys = {*Extract.model_fields, *ColumnMeta.model_fields, "from"} - {"header"}
    assert [key for key in sorted(keys) if f"`{key}`" not in rows] == []
