"""Persons who share no identifier: found by their values, joined by tokens, and no value gets out."""

import importlib.util
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import Home
from identity_world import Identity
from matching_world import SIGNS, Crm, files, people, twins, values
from release_world import new_home as new_settings

from cx_pipeline.landing import matches
from cx_pipeline.landing.matches import match
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.matching import FIELDS, score_pairs
from cx_pipeline.settings import SettingsError, load_settings
from cx_pipeline.warehouse import connect

RECORDS = (
    f"create table records (token varchar, person varchar, {' varchar, '.join(FIELDS)} varchar)"
)
NOW = datetime(2026, 3, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A home after a night of identity, in which nothing was compared yet."""
    folder = tmp_path_factory.mktemp("matching")
    home = Home(folder / "home")
    home.cx("init", "--sources", "salesforce")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(home.path / "state" / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        known = Identity(folder / "identity", "salesforce", ["identifiers", "people"])
        made = Crm(home, known)
        made.land()
        yield made


def test_before_a_night_and_without_splink_one_sentence_says_so(
    new_home: Callable[..., Home], crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(crm.home.path)
    with pytest.raises(SettingsError, match="no night has found out yet") as told:
        match(settings, actor="anna", now=NOW)
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "splink" else found(name)
    )
    with pytest.raises(SettingsError) as told:
        match(settings, actor="anna", now=NOW)
    assert "pip install 'cx-pipeline[splink]'" in str(told.value) and "\n" not in str(told.value)
    assert Audit(settings.audit_file).acts(["identity match"]) == []
    (crm.home.path / "cx.toml").open("a").write("\n[identity]\nmatch_threshold = 0.05\n")
    assert "review_threshold is above" in crm.home.cx("identity", "match", expect=2).err
    text = (crm.home.path / "cx.toml").read_text()
    (crm.home.path / "cx.toml").write_text(text.partition("\n[identity]")[0])


def test_what_was_planted_is_joined_and_no_value_gets_out(crm: Crm) -> None:
    before = crm.night()
    assert not any(crm.are_one(before, pair) for pair in crm.planted)
    said = crm.home.cx("identity", "match", "--json")
    joined, review = crm.pairs("--joined"), crm.pairs()
    assert said.told == {
        "records": len(crm.records), "persons": len(crm.records),
        "joined": len(joined), "to_review": len(review),
    }  # fmt: skip
    sure = {pair for pair, sign in crm.planted.items() if sign != SIGNS[2]}
    assert joined.keys() == sure
    assert review.keys() > crm.planted.keys() - sure  # namesakes of one decade beside them
    assert {one["same_fields"] for one in review.values()} == {"first_name, last_name, birth_date"}
    assert all(0.1 <= one["score"] < 0.9 for one in review.values())

    table = crm.home.cx("identity", "review")
    secret = values(crm.records)
    heard = (said.out + said.err + table.out + table.err).lower()
    assert not [value for value in secret if value in heard]
    for path in files(crm.home.path):
        told = path.read_bytes().lower()
        assert not [value for value in secret if value.encode() in told], path.name
    (act,) = Audit(load_settings(crm.home.path).audit_file).acts(["identity match"])
    assert int(act.detail["values"]) > len(crm.records)

    after = crm.night()
    assert {pair for pair in crm.planted if crm.are_one(after, pair)} == sure
    assert len(after.persons) == len(before.persons) - len(sure)
    rules = [(rule, outcome, count) for rule, _, _, outcome, count in after.edges]
    assert ("probabilistic", "joined", len(sure)) in rules


def test_a_comparison_repeats_itself_though_its_pairs_are_persons_by_now(crm: Crm) -> None:
    joined, review = crm.pairs("--joined"), crm.pairs()
    assert match(load_settings(crm.home.path), actor="anna", now=NOW).joined == len(joined)
    assert (crm.pairs("--joined"), crm.pairs()) == (joined, review)
    with crm.home.warehouse() as con:  # no edge changed: what was built stands
        assert con.execute("select count(*) from marts.dim_identifiers").fetchall() > [(0,)]


def test_what_a_person_decided_stands(crm: Crm) -> None:
    doubtful, sure = sorted(crm.pairs())[0], sorted(crm.pairs("--joined"))[0]
    assert doubtful in crm.planted and sure in crm.planted
    for verb, pair in (("accept", doubtful), ("refuse", sure)):
        crm.home.cx("identity", verb, *(crm.tokens[name] for name in pair))
    told = crm.home.cx("identity", "accept", "v1_" + "0" * 32, "v1_" + "1" * 32, expect=2)
    assert "no pair of the list" in told.err
    lines = (crm.home.path / "identity_deny.csv").read_text().splitlines()
    assert len(lines) == 2 and lines[1].startswith(",".join(sorted(crm.tokens[n] for n in sure)))

    for again in (False, True):
        if again:
            match(load_settings(crm.home.path), actor="anna", now=NOW)
        night = crm.night()
        assert crm.are_one(night, doubtful) and not crm.are_one(night, sure)
        assert sure not in crm.pairs("--joined") and doubtful not in crm.pairs()
        assert crm.pairs("--accepted").keys() == {doubtful}
    acts = Audit(load_settings(crm.home.path).audit_file).acts()
    assert [a.action for a in acts if "match " in a.action] == [
        "identity match accepted", "identity match refused"
    ]  # fmt: skip


def test_an_erased_person_is_in_no_pair(crm: Crm) -> None:
    pair = sorted(crm.pairs("--joined"))[0]
    email = next(one["Email"] for one in crm.records if one["Id"] == pair[0])
    crm.home.cx("subject", "erase", "--email", email, "--verified-by", "letter")
    gone = crm.tokens[pair[0]]
    with crm.home.warehouse() as con:
        rows = con.execute("select token, other_token from landing.identity_matches").fetchall()
    assert rows and not any(gone in row for row in rows)
    assert pair not in crm.pairs("--joined")


def test_pairs_that_wait_for_a_review_change_no_edge(crm: Crm) -> None:
    with crm.home.warehouse(read_only=False) as con:
        con.execute("delete from landing.identity_matches where state <> 'review'")
        assert con.execute("select count(*) from landing.identity_matches").fetchall()[0][0] > 0
    compiled = Path(crm.identity.folder / "target").rglob("compiled/**/int_identity_edges.sql")
    crm.night()
    (path,) = compiled
    assert "identity_matches" not in path.read_text()


def test_a_decision_cut_off_is_none_and_the_next_one_reaches_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No night is told of an edge but by what it finds dropped."""
    settings = new_settings(tmp_path / "home")
    with connect(settings.warehouse_file) as con:
        con.execute(matches._TABLE)
        con.execute("create schema marts; create table marts.told as select 1 as n")
        con.execute(
            """insert into landing.identity_matches (token, other_token, score, state)
            values ('v1_a', 'v1_b', 0.5, 'review')"""
        )

    def decide() -> None:
        matches.decide(settings, ("v1_a", "v1_b"), is_one=True, actor="anna", now=NOW)

    def cut_off(con: duckdb.DuckDBPyConnection) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr(matches, "drop_derived", cut_off)
        with pytest.raises(KeyboardInterrupt):
            decide()
    decide()
    assert [one.state for one in matches.matches(settings, "accepted")] == ["accepted"]
    with connect(settings.warehouse_file, read_only=True) as con:
        there = con.execute("select 1 from duckdb_tables() where table_name = 'told'").fetchall()
    assert there == []


def test_the_order_of_records_changes_no_score() -> None:
    told = people()
    planted = twins(told)
    rows = [
        (
            *(one["Id"], one["Id"], one["FirstName"].lower(), one["LastName"].lower()),
            *(one["Email"] or None, one["Phone"] or None, None, one["Birthdate"]),
        )
        for one in told
    ]
    found = []
    for seed in (1, 2):
        random.Random(seed).shuffle(rows)
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute(RECORDS)
            con.executemany("insert into records values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            found.append(score_pairs(con, least=0.1))
    assert found[0] == found[1]
    assert planted.keys() <= {(pair.token, pair.other_token) for pair in found[0]}
    assert all("last_name" in pair.same for pair in found[0] if pair.score > 0.9)


def test_nothing_to_compare_is_no_fault() -> None:
    with duckdb.connect() as con:
        con.execute(RECORDS)
        assert score_pairs(con, least=0.1) == []
        con.execute(
            "insert into records select 't' || i, 'p' || i, 'a' || i, 'b' || i, null, null, null, null from range(3) as r(i)"
        )
        assert score_pairs(con, least=0.1) == []
