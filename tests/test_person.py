"""Whose a token is: an erasure takes all that is one person's, and nothing that a spouse has too."""

from collections.abc import Iterator

import duckdb
import pytest

from cx_pipeline.rights.person import RightRefused, person_of
from cx_pipeline.warehouse import scratch

KINDS = {"a": "account", "l": "login", "e": "email", "p": "phone", "c": "cookie", "o": "order"}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch() as made:
        made.execute("create schema intermediate; create schema entities")
        made.execute(
            "create table intermediate.int_identity_edges "
            "(token varchar, kind varchar, other_token varchar, other_kind varchar)"
        )
        made.execute("create table intermediate.int_identity_capped (token varchar)")
        made.execute(
            "create table intermediate.int_person_tokens (token varchar, person_id varchar)"
        )
        made.execute(
            "create table entities.accounts (account_id varchar, person_account_token varchar)"
        )
        yield made


def world(con: duckdb.DuckDBPyConnection, edges: str, capped: str = "") -> None:
    """Edges as `a1-e1 e1-p1`; whoever is joined is one person, without the capped."""
    pairs = [pair.split("-") for pair in edges.split()]
    tokens = {token for pair in pairs for token in pair} - set(capped.split())
    for one, other in pairs:
        con.execute(
            "insert into intermediate.int_identity_edges values (?, ?, ?, ?)",
            [one, KINDS[one[0]], other, KINDS[other[0]]],
        )
    for token in tokens:
        con.execute("insert into intermediate.int_person_tokens values (?, 'one')", [token])
    for token in capped.split():
        con.execute("insert into intermediate.int_identity_capped values (?)", [token])


@pytest.mark.parametrize(
    ("edges", "given", "own", "shared"),
    [
        ("a1-e1 a1-l1 a1-p1 c1-l1 c1-o1 o1-a1", "e1", "a1 e1 l1 p1 c1 o1", ""),
        # a phone that the spouse has too
        ("a1-e1 a1-p1 a2-e2 a2-p1", "e1", "a1 e1", "p1"),
        ("a1-e1 a1-p1 a2-e2 a2-p1", "a2", "a2 e2", "p1"),
        # the spouse is only known by a call from it
        ("a1-e1 a1-p1 p1-l2", "e1", "a1 e1", "p1"),
        # two records of one customer: joined by the e-mail and the phone as well
        ("a1-e1 a3-e1 a1-p1 a3-p1", "e1", "a1 a3 e1 p1", ""),
        # a guest's browser, known by an order alone; and one that two people ordered from
        ("o1-a1 c1-o1", "a1", "a1 o1 c1", ""),
        ("o1-a1 c1-o1 o2-a2 c1-o2", "a1", "a1 o1", "c1"),
        # e-mail and phone seen together in a case without a customer
        ("a1-e1 e1-p9", "a1", "a1 e1 p9", ""),
        ("a1-e1 e1-p9 a2-p9", "a1", "a1 e1", "p9"),
        ("a1-e1", "x9", "x9", ""),
    ],
)
def test_what_is_one_persons_own(
    con: duckdb.DuckDBPyConnection, edges: str, given: str, own: str, shared: str
) -> None:
    world(con, edges)
    found = person_of(con, given.split())
    assert found.own == set(own.split()) and found.shared == set(shared.split())


def test_an_identifier_of_two_customers_is_refused_unless_they_are_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    world(con, "a1-e1 a2-e1 a1-p1 a2-p2")
    with pytest.raises(RightRefused, match="e1 is shared by 2 customers: nothing was done"):
        person_of(con, ["e1"])
    assert person_of(con, ["a1"]).own == {"a1", "p1"}
    assert person_of(con, ["e1"], with_namesakes=True).own == {"a1", "a2", "e1", "p1", "p2"}


def test_a_crowded_token_joins_nobody(con: duckdb.DuckDBPyConnection) -> None:
    world(con, "a1-e1 a1-c1 l2-c1", capped="c1")
    assert person_of(con, ["e1"]).own == {"a1", "e1"}


def test_a_household_goes_with_its_last_member(con: duckdb.DuckDBPyConnection) -> None:
    world(con, "a1-e1 a2-e2")
    con.execute("insert into entities.accounts values ('h1', 'a1'), ('h2', 'a1'), ('h2', 'a2')")
    assert person_of(con, ["e1"]).own == {"a1", "e1", "h1"}
    assert person_of(con, ["a1", "a2"]).own == {"a1", "a2", "e1", "e2", "h1", "h2"}


def test_without_a_night_only_what_is_named_is_taken() -> None:
    with scratch() as con:
        assert person_of(con, ["e1"]).own == {"e1"}
