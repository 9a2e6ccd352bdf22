"""Persons: exactly the planted ones, and what several share makes nobody one of them."""

from collections import defaultdict

import pytest
from homes import Demo
from identity_truth import Score, found_persons, one_step, planted_persons, score

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import load_settings

KINDS = {"emails": "email", "phones": "phone"}


@pytest.fixture(scope="module")
def tokens_of(demo: Demo) -> dict[str, set[str]]:
    """The tokens of each planted person's number, e-mails and phones, but shared ones."""
    settings = load_settings(demo.path)
    keys = Keys.load(settings)
    tokenizer = Tokenizer(keys, Vault(settings.vault_file, keys))
    owners: dict[str, set[str]] = defaultdict(set)
    for person in demo.truth["persons"]:
        number = person["customer_number"]
        told = {"account": [number], **{kind: person[key] for key, kind in KINDS.items()}}
        for kind, values in told.items():
            for token in tokenizer.tokens(kind, values):
                if token:
                    owners[token].add(number)
    found: dict[str, set[str]] = defaultdict(set)
    for token, numbers in owners.items():
        if len(numbers) == 1:
            found[numbers.pop()].add(token)
    return found


def test_persons_are_the_planted_ones(demo: Demo, tokens_of: dict[str, set[str]]) -> None:
    with demo.warehouse() as con:
        told = con.execute(
            """select token, person_id from intermediate.int_person_tokens as t
            where exists (select 1 from intermediate.int_identity_edges as e
                          where t.token in (e.token, e.other_token))"""
        ).fetchall()
    person_of = dict(told)  # of every identifier that a source ever saw with another one
    owner: dict[str, str] = {}
    for number, tokens in tokens_of.items():
        persons = {person_of[token] for token in tokens if token in person_of}
        assert len(persons) <= 1, f"{number} is {len(persons)} persons"
        for person in persons:
            assert owner.setdefault(person, number) == number, f"{number} and {owner[person]}"
    assert len(owner) > 0.9 * len(tokens_of)


def test_a_shared_cookie_joins_nobody(demo: Demo) -> None:
    assert any(len(numbers) > 1 for numbers in demo.truth["shared_cookies"].values())
    with demo.warehouse() as con:
        (kiosks,) = con.execute(
            "select count(*) from marts.dim_identifiers where is_capped and person_id is null"
        ).fetchone() or (0,)
        (by_login,) = con.execute(
            """select count(*) from marts.fct_sessions as s
            inner join intermediate.int_sessions as i on i.session_id = s.session_id
            inner join marts.dim_identifiers as c on c.identifier_token = i.visitor_token
            where c.is_capped and i.login_token is not null and s.person_id is null"""
        ).fetchone() or (1,)
    assert kiosks > 0
    assert by_login == 0


def test_persons_are_found_and_the_shortcut_is_beaten(demo: Demo) -> None:
    planted = planted_persons(demo.path, demo.truth)
    with demo.warehouse() as con:
        closed = score(found_persons(con, seen_together=True), planted)
        everything = score(found_persons(con, seen_together=False), planted)
        short = score(one_step(con), planted)
    assert (closed.precision, closed.recall, closed.cluster_f1) == (1.0, 1.0, 1.0)
    assert everything.precision == 1.0 and everything.recall > 0.7
    assert short.recall < 0.9 * everything.recall and short.cluster_f1 < everything.cluster_f1


def test_a_score_counts_pairs_and_whole_clusters() -> None:
    true = {"a": 1, "b": 1, "c": 1, "d": 2}
    found = score({"a": "x", "b": "x", "c": "y", "d": "y"}, true)
    assert (found.precision, found.recall, found.cluster_f1) == (1 / 2, 1 / 3, 0.0)
    assert score(true, true) == Score(1.0, 1.0, 1.0)
