"""Which tokens are one person's own, and which are shared with somebody else."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import duckdb

from cx_pipeline.landing import frames

# Kinds of which a token is one person's; all others may be used by several.
_STRONG = {"account", "login"}
_IDENTITY = ("int_identity_edges", "int_identity_capped", "int_person_tokens")


class RightRefused(Exception):
    """A request that is not carried out; the message says why and what to do."""


@dataclass(frozen=True)
class Person:
    """Tokens that are this person's alone, and tokens of theirs that others use too."""

    own: frozenset[str]
    shared: frozenset[str] = frozenset()


def person_of(
    con: duckdb.DuckDBPyConnection, given: Collection[str], *, with_namesakes: bool = False
) -> Person:
    """The person behind tokens that a requester has proved to be theirs.

    One walks from the given tokens to accounts and logins, and from these to what nobody else's
    account or login is seen with: a phone that a spouse uses too stays the spouse's. Raises
    RightRefused where a given token is held by several customers whom nothing else joins, unless
    `with_namesakes` says that all of them are the requester.
    """
    if not _is_known(con):
        return Person(frozenset(given))
    graph = _graph(con, given)
    own = set(given)
    for token in sorted(given):
        customers = graph.customers(token, without=own)
        if len(customers) > 1 and not with_namesakes:
            raise RightRefused(
                f"{token} is shared by {len(customers)} customers: nothing was done; name the "
                "account of the one who asks, or say --with-namesakes when all of them are one"
            )
        own |= graph.strong(token)
    while True:
        reached = {n for token in own for n in graph.next[token]} - own - graph.capped
        more = {
            token
            for token in reached
            if (graph.is_strong(token) and any(map(graph.is_strong, graph.next[token] & own)))
            or (not graph.is_strong(token) and graph.is_alone(token, own))
        }
        if not more:
            break
        own |= more
    own |= _households(con, own)
    shared = {n for token in own for n in graph.next[token]} - own
    return Person(frozenset(own), frozenset(t for t in shared if not graph.is_strong(t)))


class _Graph:
    def __init__(self, edges: Iterable[tuple[str, str, str, str]], capped: Collection[str]) -> None:
        self.next: dict[str, set[str]] = defaultdict(set)
        self.capped = set(capped)
        self._kinds: dict[str, str] = {}
        for token, kind, other, other_kind in edges:
            self.next[token].add(other)
            self.next[other].add(token)
            self._kinds |= {token: kind, other: other_kind}

    def is_strong(self, token: str) -> bool:
        return self._kinds.get(token) in _STRONG

    def strong(self, token: str) -> set[str]:
        """The accounts and logins that the token is seen with."""
        return {other for other in self.next[token] if self.is_strong(other)}

    def is_alone(self, token: str, own: Collection[str]) -> bool:
        """Whether nobody else's account or login is seen with the token; where none is at all,
        with what it is seen with."""
        held = self.strong(token)
        if not held:
            held = {other for one in self.next[token] for other in self.strong(one)}
        return held <= set(own)

    def customers(self, token: str, without: Collection[str]) -> list[set[str]]:
        """Groups of the token's accounts and logins that nothing but the given tokens joins."""
        if self.is_strong(token):
            return [{token}]
        groups: list[set[str]] = []
        for start in sorted(self.strong(token)):
            if any(start in group for group in groups):
                continue
            found, todo = {start}, [start]
            while todo:
                new = self.next[todo.pop()] - found - set(without) - self.capped
                found |= new
                todo += new
            groups.append(found)
        return groups


def _is_known(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a night has found out who is who."""
    there = frames.number(
        con,
        "select count(*) from duckdb_tables() where database_name = current_database() and "
        f"schema_name = 'intermediate' and table_name in {_IDENTITY}",
    )
    return there == len(_IDENTITY)


def _graph(con: duckdb.DuckDBPyConnection, given: Collection[str]) -> _Graph:
    frames.write(con, "given", {"token": ("text", sorted(given))})
    edges = con.execute(
        """with persons as (
            select distinct p.person_id from intermediate.int_person_tokens as p
            where p.token in (select token from given)
        ), members as (
            select token from intermediate.int_person_tokens
            where person_id in (select person_id from persons)
            union select token from given
        )
        select token, kind, other_token, other_kind from intermediate.int_identity_edges
        where token in (select token from members) or other_token in (select token from members)"""
    ).fetchall()
    capped = con.execute("select token from intermediate.int_identity_capped").fetchall()
    return _Graph(edges, [token for (token,) in capped])


def _households(con: duckdb.DuckDBPyConnection, own: Collection[str]) -> set[str]:
    """Accounts of which every member is this person."""
    frames.write(con, "own", {"token": ("text", sorted(own))})
    try:
        rows = con.execute(
            """select account_id from entities.accounts
            where account_id in (select account_id from entities.accounts
                                 where person_account_token in (select token from own))
            group by account_id
            having count(*) = count(*) filter (person_account_token in (select token from own))"""
        ).fetchall()
    except duckdb.CatalogException:
        return set()
    return {account for (account,) in rows}
