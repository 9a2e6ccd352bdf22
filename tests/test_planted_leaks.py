"""Private at the door: canaries in every field of every source, in file names, headers and errors.

Three nights: one that publishes, one whose own mart the checks refuse, one whose own model fails on
the value of a row. Then everything a home holds and everything that was said is searched.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from homes import AS_OF, ROOT, Home, dagster_environment
from planted_leaks import (
    FILE_NAME,
    HEADER,
    IN_A_KEY,
    IN_A_NUMBER,
    IN_A_TIME,
    KINDS,
    OUTSIDE,
    Canaries,
    mail,
    name,
    read_first,
    rows,
    write,
)

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import SHIPPED_PACKS

pytestmark = pytest.mark.prove  # three whole nights of four thousand canaries

SOURCES = ("ga4", "salesforce", "connect", "qualtrics")
CONTRACT = """
sources:
  - name: notes
    schema: raw_notes
    tables:
      - name: notes
        config: {meta: {extract: {files: "notes*.csv", format: csv, kind: increment, key: [id]}}}
        columns:
          - {name: id, config: {meta: {required: true}}}
          - {name: remark}
          - {name: mood, config: {meta: {enum: [good, bad]}}}
          - {name: author, config: {meta: {pii: {kind: name, action: token}}}}
          - {name: body, config: {meta: {pii: {kind: text, action: redact}}}}
          - {name: page, config: {meta: {pii: {kind: url, action: redact}}}}
          - {name: amount, data_type: integer}
          - {name: said_on, data_type: date}
      - name: plain
        config: {meta: {extract: {files: "plain*.csv", format: csv, kind: increment, key: [id]}}}
        columns:
          - {name: id}
          - {name: amount, data_type: integer}
"""
# A mart of the user's own: a text in the place of a count and of a date makes its checks fail.
REFUSED = {
    "fct_notes.sql": """
        {%- if execute -%}
        {%- set first = run_query("select min(remark), min(id) from raw_notes.notes
            where id like 'compiled%'").rows[0][0] -%}
        {%- endif -%}
        select id as note_id, remark as remark_count, remark as local_date, '{{ first }}' as first
        from {{ source('notes', 'notes') }}""",
    "_notes__models.yml": """
models:
  - name: fct_notes
    description: One row per note.
    config: {schema: marts, materialized: table, access: public, contract: {enforced: true},
             meta: {purpose: service_improvement}}
    data_tests: [one_row_per: {arguments: {columns: [note_id]}}]
    columns:
      - {name: note_id, data_type: varchar, description: The note}
      - name: remark_count
        data_type: varchar
        description: What was said
        data_tests: [accepted_values: {arguments: {values: [x]},
                                       config: {severity: warn, store_failures: true}}]
      - {name: local_date, data_type: varchar, description: What was said}
      - {name: first, data_type: varchar, description: What was said first}
""",
}
FAILING = {
    "notes_cast.sql": "{{ config(materialized='table') }} select cast(remark as integer) as n from {{ source('notes', 'notes') }}",
    "notes_error.sql": "{{ config(materialized='table') }} select error(remark) as n from {{ source('notes', 'notes') }}",
}

# What still stands in the warehouse, the archive and the publish: kind: (found, planted, why). Each
# kind was planted into every field that holds text. What is caught one day has to leave this table.
STORED: dict[str, tuple[int, int, str]] = {
    "e-mail, quoted-printable": (68, 111, "=40 is no sign of an address in any text but a mail's"),
    "e-mail, over two columns": (29, 51, "each half alone is a word"),
    "e-mail, base64 in a URL": (61, 111, "only columns said to hold addresses lose parameters"),
    "phone, without country": (68, 111, "eleven bare digits are an order number as well"),
    "phone, in words": (64, 111, "digits as words are words"),
    "name": (68, 111, "a name that no record holds is a word; say that the column is personal"),
    "in an undeclared key": (1, 1, "a key is never changed; the gate stops what is published"),
    "in a header": (12, 36, "a single word is the name of a column as well"),
    "in a file name": (1, 13, "a name is a word as well"),
    "in SQL that a model wrote": (1, 1, "the row it was taken from"),
}
# What was said: kind: (found, planted, why).
SAID: dict[str, tuple[int, int, str]] = {
    "in a header": (12, 36, "a single word is the name of a column as well"),
    "in a file name": (1, 13, "a name is a word as well"),
    "in SQL that a model wrote": (1, 1, "a user's model that puts a name into its own SQL"),
}


@dataclass(frozen=True)
class Nights:
    """The home after three nights, what was planted, and where which canary was found."""

    home: Home
    canaries: Canaries
    stored: set[int]
    said: dict[str, set[int]]


def matches(canaries: Canaries, data: bytes, patterns: Path) -> set[int]:
    """The canaries of which any spelling stands in the bytes."""
    command = ["grep", "--text", "--only-matching", "--fixed-strings", "--file", str(patterns)]
    done = subprocess.run(
        command, input=data, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    assert done.returncode in {0, 1}, done.stderr
    return {canaries.needles[line] for line in set(done.stdout.decode().splitlines())}


def table_texts(path: Path) -> Iterator[str]:
    """Every value of every column of a DuckDB or Parquet file."""
    con = (
        duckdb.connect() if path.suffix == ".parquet" else duckdb.connect(str(path), read_only=True)
    )
    with con:
        if path.suffix == ".parquet":
            tables = [f"'{path}'"]
        else:
            found = "select distinct table_schema, table_name from information_schema.columns"
            tables = [f'"{schema}"."{table}"' for schema, table in con.execute(found).fetchall()]
        for table in tables:
            for column, *_ in con.execute(f"describe from {table}").fetchall():
                told = f"""select distinct cast("{column}" as varchar) from {table}"""
                yield from (value for (value,) in con.execute(told).fetchall() if value)


def plant(home: Home, canaries: Canaries) -> None:
    """Extracts with a canary of each kind in each field, beside the sample's own."""
    packs = {**find_packs([SHIPPED_PACKS]), "notes": home.path.parent / "packs" / "notes"}
    for source in (*SOURCES, "notes"):
        folder = home.landing / source
        for contract in load_pack(packs[source]).contracts:
            like = next((p for p in sorted(folder.glob(contract.extract.files))), None)
            base = {"id": "1", "mood": "good", "amount": "1", "said_on": "2026-07-01"}
            base = read_first(contract, like) if like else base
            found = list(rows(contract, base, canaries))
            for row in found:
                place = f"{contract.name} outside"
                row["Comment__c"] = canaries.plant(OUTSIDE, place, mail)
                row["Remark__c"] = canaries.plant(OUTSIDE, place, name)
            for row in found[:1]:
                for spelled in (mail, name, lambda n: name(n).split()[0]):
                    row[canaries.plant(HEADER, contract.name, spelled)] = "1"
            # One file, so that it is about as long as the sample's: others are refused.
            canary = canaries.plant(FILE_NAME, contract.name, mail)
            told = contract.extract.files.replace("*", f"_{canary}_20260701", 1)
            write(contract, folder / told, found)
    plain = home.landing / "notes" / f"plain_{canaries.plant(FILE_NAME, 'notes', name)}.csv"
    remark = canaries.plant(IN_A_NUMBER, "notes.plain.amount", name)
    plain.write_text(f"id,amount\n1,1\n2,{remark}\n")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("leaks")
    home, canaries = Home(folder / "home"), Canaries()
    pack = folder / "packs" / "notes"
    pack.mkdir(parents=True)
    (pack / "_notes__sources.yml").write_text(CONTRACT)
    home.cx("init")
    toml = home.path / "cx.toml"
    told = toml.read_text().replace("limit = 0.05", "limit = 1.0")
    told = told.replace('"qualtrics"]', '"qualtrics", "notes"]')
    top = f'pack_paths = ["{pack.parent}"]\n'
    toml.write_text(f"{top}{told}\n[warehouse]\nblock_compression = false\n")
    home.cx("sample", "--events", "2000", "--seed", "7")
    for path in sorted((home.landing / "ga4").iterdir())[:-10]:
        path.unlink()
    (home.landing / "notes").mkdir()
    plant(home, canaries)
    heard = []

    ran = home.cx("run", "--as-of", AS_OF, expect=None)
    heard += [ran.out, ran.err]
    assert ran.code in (0, 1) and "Published" in ran.out, ran.err

    for file, text in REFUSED.items():
        (pack / file).write_text(text)
    with (home.landing / "notes" / "notes_2.csv").open("w") as more:
        more.write("id,remark,mood,author,body,page,amount,said_on\n")
        remark = canaries.plant("in SQL that a model wrote", "compiled", name)
        more.write(f"compiled-1,{remark},good,,,,1,2026-07-01\n")
        more.write(f"{canaries.plant(IN_A_KEY, 'notes.id', mail)},x,good,,,,1,2026-07-01\n")
    ran = home.cx("run", "--as-of", AS_OF, "--json", expect=None)
    heard += [ran.out, ran.err]
    assert ran.code == 1 and "check failed" in ran.out, ran.err

    for file in REFUSED:
        (pack / file).unlink()
    for file, text in FAILING.items():
        (pack / file).write_text(text)
    config = folder / "run.yaml"
    config.write_text(f'resources:\n  night:\n    config:\n      as_of: "{AS_OF}"\n')
    command = [sys.executable, "-m", "dagster", "job", "execute", "-j", "nightly"]
    done = subprocess.run(
        [*command, "-m", "cx_pipeline.definitions", "-c", str(config)],
        cwd=ROOT, env=dagster_environment(home), capture_output=True, text=True, timeout=540,
        check=False,
    )  # fmt: skip
    heard += [done.stdout, done.stderr]
    assert done.returncode != 0 and "notes_cast" in done.stderr, done.stderr[-2000:]
    heard += [home.cx(*args, expect=None).out for args in (["status"], ["audit", "show"])]
    return searched(home, canaries, heard, folder)


def searched(home: Home, canaries: Canaries, heard: list[str], folder: Path) -> Nights:
    """Search all that was said, and every file of the home but what was delivered."""
    patterns = folder / "patterns.txt"
    patterns.write_text("\n".join(canaries.needles) + "\n")
    said = {"console": matches(canaries, "\n".join(heard).encode(), patterns)}
    stored: set[int] = set()
    for path in sorted(home.path.rglob("*")):
        is_plain = path.is_file() and not path.is_symlink()
        if not is_plain or path.is_relative_to(home.landing):
            continue
        inside = path.relative_to(home.path).as_posix()
        data = f"{inside}\n".encode() + path.read_bytes()
        if path.suffix in (".duckdb", ".parquet") or inside.startswith("published/"):
            if path.suffix in (".duckdb", ".parquet"):
                data += "\n".join(table_texts(path)).encode()
            stored |= matches(canaries, data, patterns)
        else:
            said[inside] = matches(canaries, data, patterns)
    return Nights(home, canaries, stored, said)


def test_every_planted_row_landed(nights: Nights) -> None:
    """A canary that was never read proves nothing."""
    with nights.home.warehouse() as con:
        aside = con.execute("select file_name, reason from landing.loads where status = 'aside'")
        assert aside.fetchall() == []
        told = con.execute(
            "select count(*) from landing.quarantine where file_name like '%[email]%'"
        ).fetchone()
    wrong = [
        kind for kind, _ in nights.canaries.planted.values() if kind in (IN_A_NUMBER, IN_A_TIME)
    ]
    assert told is not None and told[0] == len(wrong) - 1  # one lies in a file of another name
    assert len(KINDS) >= 20 and len(nights.canaries.planted) > 1500


def test_what_is_stored_is_told_exactly(nights: Nights) -> None:
    told = nights.canaries.shares(nights.stored)
    missed = {kind: counts for kind, counts in told.items() if counts[0]}
    assert missed == {kind: (found, planted) for kind, (found, planted, _) in STORED.items()}


def test_what_is_said_is_told_exactly(nights: Nights) -> None:
    """Console, Dagster's storage, dbt's artefacts, Great Expectations' pages, records of runs."""
    everywhere: set[int] = set().union(*nights.said.values())
    told = nights.canaries.shares(everywhere)
    missed = {kind: counts for kind, counts in told.items() if counts[0]}
    where = {file: sorted(found)[:3] for file, found in nights.said.items() if found}
    assert missed == {kind: (n, of) for kind, (n, of, _) in SAID.items()}, where


def test_the_search_can_fail(nights: Nights, tmp_path: Path) -> None:
    """Each canary is found where it was delivered."""
    import gzip

    patterns = tmp_path / "patterns.txt"
    patterns.write_text("\n".join(nights.canaries.needles) + "\n")
    data = b""
    for path in sorted(nights.home.landing.rglob("*")):
        if path.is_file():
            told = path.read_bytes()
            data += path.name.encode() + b"\n"
            data += gzip.decompress(told) if path.suffix == ".gz" else told
    found = matches(nights.canaries, data, patterns)
    lost = {nights.canaries.planted[n] for n in nights.canaries.planted if n not in found}
    assert lost == set()
