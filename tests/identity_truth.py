"""How well persons are found: against the planted truth of a sample, and by any clusters."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.settings import load_settings

Clusters = Mapping[str, Hashable]


@dataclass(frozen=True)
class Score:
    """Pairs that are joined and should be, and clusters that are exactly right."""

    precision: float
    recall: float
    cluster_f1: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        told = (self.precision, self.recall, self.f1, self.cluster_f1)
        return "precision {:.4f}, recall {:.4f}, F1 {:.4f}, cluster F1 {:.4f}".format(*told)


def score(found: Clusters, true: Clusters) -> Score:
    """Both over the items of both: item to cluster. Without any pair, precision or recall is 1."""
    items = found.keys() & true.keys()
    joined = _pairs(Counter(found[item] for item in items))
    wanted = _pairs(Counter(true[item] for item in items))
    right = _pairs(Counter((found[item], true[item]) for item in items))
    ours, planted = _sets({i: found[i] for i in items}), _sets({i: true[i] for i in items})
    same = len(ours & planted)
    return Score(
        right / joined if joined else 1.0,
        right / wanted if wanted else 1.0,
        2 * same / (len(ours) + len(planted)) if ours else 1.0,
    )


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _sets(clusters: Clusters) -> set[frozenset[str]]:
    found: dict[Hashable, set[str]] = defaultdict(set)
    for item, cluster in clusters.items():
        found[cluster].add(item)
    return {frozenset(items) for items in found.values()}


def planted_persons(home: Path, truth: Mapping[str, Any]) -> dict[str, str]:
    """Each token that is one planted person's alone, with that person's customer number.

    Numbers, CRM records, e-mails, phones and cookies; what two people use is left out.
    """
    tokenizer = Tokenizer(Keys.load(load_settings(home)))
    owners: dict[str, set[str]] = defaultdict(set)
    for person in truth["persons"]:
        number, ids = person["customer_number"], person["ids"]
        told = {
            "account": [number, *ids["salesforce"]],
            "email": person["emails"],
            "phone": person["phones"],
            "device": ids["ga4"],
        }
        for kind, values in told.items():
            for token in tokenizer.tokens(kind, values):
                if token:
                    owners[token].add(number)
    return {token: numbers.pop() for token, numbers in owners.items() if len(numbers) == 1}


def found_persons(con: duckdb.DuckDBPyConnection, *, seen_together: bool) -> dict[str, str]:
    """Each token with its person as the night found it; a quarantined one is alone.

    With `seen_together` only tokens that a source ever told with another one: what is never seen
    so cannot be joined by any rule.
    """
    some = """where exists (select 1 from intermediate.int_identity_edges as e
                           where identifier_token in (e.token, e.other_token))"""
    rows = con.execute(
        f"""select identifier_token, coalesce(person_id, identifier_token)
        from marts.dim_identifiers {some if seen_together else ""}"""
    ).fetchall()
    return dict(rows)


def one_step(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The shortcut: each token is named by the oldest of itself and its direct neighbours."""
    rows = con.execute(
        """with near as (
            select token, token as other from intermediate.int_identity_nodes
            union select token, other_token from intermediate.int_identity_edges
            union select other_token, token from intermediate.int_identity_edges
        )
        select t.token, cast(min(o.node) as varchar) from near as t
        inner join intermediate.int_identity_nodes as n on n.token = t.token
        inner join intermediate.int_identity_nodes as o on o.token = t.other group by t.token"""
    ).fetchall()
    return dict(rows)
