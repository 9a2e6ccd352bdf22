"""The rules of identity, each by edges a reader can follow: what joins, what is kept apart, and why."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from identity_world import Identity, Told, groups, union_find

Night = Callable[..., Told]


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    folder = tmp_path_factory.mktemp("identity")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        yield Identity(folder)


@pytest.fixture
def night(identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Nights over one warehouse: `night('a1-e1 e1-l1')`."""
    warehouse = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("CX_WAREHOUSE", str(warehouse))

    def run(edges: str | list[str | tuple[str, str]], **told: object) -> Told:
        return identity.night(warehouse, edges.split() if isinstance(edges, str) else edges, **told)

    return run


def persons(text: str) -> set[frozenset[str]]:
    return {frozenset(person.split()) for person in text.split("|") if person.strip()}


# Edges, what is one, and why a token ties nobody.
ONE: list[tuple[str, str, dict[str, str]]] = [
    ("a1-e1 e1-l1 c1-l1 c1-o1 o1-a1 a2-p2", "a1 e1 l1 c1 o1|a2 p2", {}),
    # a guest's browser is its customer's by the order; without a customer it is its own person
    ("c1-o1 o1-a1 c2-o2", "c1 o1 a1|c2 o2", {}),
    # a shared browser or device does not tie the two who log in at it
    ("c1-l1 c1-l2 l1-a1 l2-a2", "l1 a1|l2 a2", {"c1": "shared"}),
    ("d1-l1 d1-l2", "l1|l2", {"d1": "shared"}),
    ("d1-c1 d1-c2 c1-l1 c2-l2", "c1 l1|c2 l2", {"d1": "shared"}),
    ("c1-l1 c1-c2 c2-c3 c3-l2", "c1 l1|c3 l2", {"c2": "shared"}),
    ("c1-l1 c1-c2 c2-l2", "l1|l2", {"c1": "shared", "c2": "shared"}),
    ("c1-o1 c2-o1 c1-l1 c2-l2", "c1 l1|c2 l2", {"o1": "shared"}),
    # two logins of one customer at a device are no two customers
    ("d1-l1 d1-l2 l1-a1 l2-a1", "d1 l1 l2 a1", {}),
    # a login is of one customer; so many records are a mistake
    (
        "l1-a1 l1-a2 l1-a3 l1-a4 l1-a5 l1-a6 a1-e1",
        "a1 e1|a2|a3|a4|a5|a6",
        {"l1": "crowded"},
    ),
    # a mailbox of six accounts, of six logins; of five it is a household's
    ("e1-a1 e1-a2 e1-a3 e1-a4 e1-a5", "e1 a1 a2 a3 a4 a5", {}),
    ("e1-l1 e1-l2 e1-l3 e1-l4 e1-l5 e1-l6", "l1|l2|l3|l4|l5|l6", {"e1": "crowded"}),
]


def placed(pairs: str, case: int) -> list[str]:
    """Pairs of tokens that are this case's alone: one night holds many cases."""
    return [re.sub(r"\w+", lambda token: f"{token[0]}x{case}", pair) for pair in pairs.split()]


def of_case(found: Told, case: int) -> tuple[set[frozenset[str]], dict[str, str]]:
    """The persons that a token of the case is of, and the case's reasons."""
    end = f"x{case}"
    mine = [p for p in found.persons if any(token.endswith(end) for token in p)]
    told = {frozenset(token.removesuffix(end) for token in person) for person in mine}
    reasons = found.reasons.items()
    return told, {t.removesuffix(end): reason for t, reason in reasons if t.endswith(end)}


def one_night(identity: Identity, folder: Path, cases: list[tuple[str, str]]) -> Told:
    """A night of all these edges and denials, each case's edges by a rule of its own."""
    edges, denied = zip(*cases, strict=True)
    told = [(pair, f"case {n}") for n, text in enumerate(edges) for pair in placed(text, n)]
    pairs = [pair for n, text in enumerate(denied) for pair in placed(text, n)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        return identity.night(folder / "warehouse.duckdb", told, denied=pairs)


@pytest.fixture(scope="module")
def joined(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("joined")
    return one_night(identity, folder, [(edges, "") for edges, *_ in ONE])


@pytest.mark.parametrize("case", range(len(ONE)), ids=[edges for edges, *_ in ONE])
def test_who_is_one(joined: Told, case: int) -> None:
    edges, told, reasons = ONE[case]
    assert of_case(joined, case) == (persons(told), reasons)
    assert sum(row[-1] for row in joined.edges if row[0] == f"case {case}") == len(edges.split())


def test_any_graph_without_a_broken_rule_is_its_union_find(night: Night) -> None:
    draw = random.Random(5)
    edges = set()
    for _ in range(400):  # each person is a tree of at most 30 identifiers
        size = draw.randrange(1, 30)
        first = 100 * len(edges)
        kinds = [draw.choice("ale") for _ in range(size)]
        for n in range(1, size):
            to = draw.randrange(max(0, n - 3), n)
            edges.add(f"{kinds[to]}{first + to}-{kinds[n]}{first + n}")
    told = [edge.split("-") for edge in edges]
    tokens = {token for pair in told for token in pair}
    found = night(sorted(edges))
    assert found.reasons == {}
    assert found.persons == groups(union_find(tokens, [(one, other) for one, other in told]))


def test_an_edge_says_which_rule_made_it_and_nothing_is_lost(night: Night) -> None:
    found = night(
        [("a1-e1", "same_record"), ("a1-e1", "crm"), ("c1-l1", "login"), ("c1-l2", "login")]
    )
    assert found.edges == [
        ("crm", "account", "email", "joined", 1),
        ("login", "cookie", "login", "shared", 2),
        ("same_record", "account", "email", "joined", 1),
    ]


# ---- chains of mistakes ----------------------------------------------------------------------


def chain(size: int) -> list[str]:
    """`size` accounts, each with a login and a phone of its own, tied one to the next by an e-mail."""
    edges = [f"a{n}-l{n}" for n in range(size)] + [f"a{n}-p{n}" for n in range(size)]
    return edges + [f"a{n}-e{n}" for n in range(size)] + [f"a{n + 1}-e{n}" for n in range(size - 1)]


def test_a_chain_that_joins_ten_thousand_people_falls_into_its_people(night: Night) -> None:
    edges = [*chain(10_000), "a20000-e20000", "a20000-p20000"]
    random.Random(1).shuffle(edges)
    found = night(edges)
    assert len(found.persons) == 10_001  # the last e-mail of the chain ties nobody
    assert max(map(len, found.persons)) == 4
    assert set(found.reasons.values()) == {"oversized"}
    assert set(found.reasons) == {f"e{n}" for n in range(9_999)}
    assert found.counts == {}  # so long a chain is not followed to its end
    assert found.are_one("a20000", "e20000", "p20000")
    assert sum(found.outcomes().values()) == len(edges)
    random.Random(2).shuffle(edges)
    assert night(edges).persons == found.persons


def test_accounts_tied_to_each_other_without_end_are_people_of_their_own(night: Night) -> None:
    found = night([(f"a{n}-a{n + 1}", "crm_merge") for n in range(150)])
    assert len(found.persons) == 151 and set(found.reasons.values()) == {"oversized"}
    assert found.outcomes() == {"oversized": 150}
    kept = night([(f"a{n}-a{n + 1}", "crm_merge") for n in range(99)])
    assert len(kept.persons) == 1 and kept.reasons == {}


def test_browsers_and_devices_without_end_are_on_their_own(night: Night) -> None:
    found = night([f"c{n}-d{n // 2}" for n in range(40)] + [f"c{n}-d{n // 2 + 1}" for n in range(40)],
                  identity_used_cap=20)  # fmt: skip
    assert set(found.reasons.values()) == {"oversized"} and max(map(len, found.persons)) == 1


def test_one_customer_may_have_any_number_of_orders_and_browsers(night: Night) -> None:
    found = night([f"o{n}-a1" for n in range(300)] + [f"c{n}-o{n}" for n in range(300)])
    assert found.reasons == {} and [len(person) for person in found.persons] == [601]


# ---- undo: the deny list ---------------------------------------------------------------------


# Edges, which pairs are denied, what is one, and why a token ties nobody.
DENIED: list[tuple[str, str, str, dict[str, str]]] = [
    ("a1-a2 a1-e1 a2-e2", "a1-a2", "a1 e1|a2 e2", {}),
    # what ties them is nobody's
    ("a1-p1 a2-p1 a1-e1", "a1-a2", "a1 e1|a2", {"p1": "denied"}),
    ("a1-p1 a2-p1 a1-a2", "a1-a2", "a1|a2", {"p1": "denied"}),
    ("a1-e1 e1-p1 p1-a2", "a1-a2", "a1 e1|a2", {"p1": "denied"}),
    ("a1-l1 l1-e1 e1-e2 e2-l2 l2-a2", "a1-a2", "a1 l1 e1|l2 a2", {"e2": "denied"}),
    # a pair that nothing ties, or that is unknown, takes nothing from anybody
    ("a1-p1 a2-p2", "a1-a2", "a1 p1|a2 p2", {}),
    ("a1-p1 a2-p1", "a1-a9", "a1 p1 a2", {}),
    # a browser of both is shared; one that may not be hers is nobody's
    ("a1-a2 c1-a1 c1-a2", "a1-a2", "a1|a2", {"c1": "shared"}),
    ("c1-a1", "c1-a1", "c1|a1", {}),
    ("c1-a1 c1-o1 o1-a1", "c1-a1", "a1 o1", {"c1": "denied"}),
    # two pairs in one chain
    ("a1-p1 a2-p1 a2-p2 a3-p2", "a1-a2 a2-a3", "a1|a2|a3", {"p1": "denied", "p2": "denied"}),
]


@pytest.fixture(scope="module")
def parted(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("parted")
    return one_night(identity, folder, [(edges, denied) for edges, denied, *_ in DENIED])


@pytest.mark.parametrize("case", range(len(DENIED)), ids=[edges for edges, *_ in DENIED])
def test_what_is_denied_is_never_joined(parted: Told, case: int) -> None:
    _, _, told, reasons = DENIED[case]
    assert of_case(parted, case) == (persons(told), reasons)


def test_any_pair_is_kept_apart_whatever_ties_it(night: Night) -> None:
    draw = random.Random(11)
    edges = sorted(
        {f"a{draw.randrange(60)}-{draw.choice('el')}{draw.randrange(45)}" for _ in range(110)}
    )
    before = night(edges)
    accounts = sorted(token for token in before.person_of if token[0] == "a")
    pairs = [p for p in zip(accounts, accounts[7:], strict=False) if before.are_one(*p)][:6]
    assert len(pairs) > 3
    denied = ["-".join(pair) for pair in pairs]
    found = night(edges, denied=denied)
    for one, other in pairs:
        assert not found.are_one(one, other)
    assert [row for row in found.edges if row[0] == "identity_deny.csv"] == [
        ("identity_deny.csv", "account", "account", "kept apart", len(pairs))
    ]
    draw.shuffle(edges)
    again = night(edges, denied=denied[::-1])
    assert (again.persons, again.reasons) == (found.persons, found.reasons)


def test_the_list_says_what_it_could_not_do(night: Night) -> None:
    found = night("c1-l1 c2-l1", denied=["c1-c2", "a8-a9"])
    told = {row[3] for row in found.edges if row[0] == "identity_deny.csv"}
    assert told == {"still joined", "unknown token"}


def test_the_next_night_logs_a_split_and_its_undoing(night: Night) -> None:
    edges = "a1-e1 a1-a2 a2-e2"
    night(edges, day=1)
    assert night(edges, day=2).log == []
    split = night(edges, denied=["a1-a2"], day=3)
    assert [(str(day), *told) for day, *told in split.log] == [("2026-03-04", "split", 2)]
    merged = night(edges, day=4)
    assert [told for _, *told in merged.log] == [["split", 2], ["merged", 2]]
    lost = night([f"e1-a{n}" for n in range(1, 7)], day=5)
    assert ["quarantined", 1] in [told for _, *told in lost.log]


# ---- merges of the CRM -----------------------------------------------------------------------


def test_a_merge_joins_as_long_as_the_crm_says_so(night: Night) -> None:
    records = ["a1-e1", "a2-e2"]
    merged = night([*records, ("a2-a1", "crm_merge")], day=1)
    assert merged.are_one("a1", "a2", "e2")
    assert merged.merges == {"a1": "kept", "a2": "merged"}
    undone = night(records, day=2)
    assert not undone.are_one("a1", "a2") and undone.merges == {}
    assert [told for _, *told in undone.log] == [["split", 2]]


def test_merges_in_a_circle_are_one_person_and_say_so(night: Night) -> None:
    circle = [("a1-a2", "crm_merge"), ("a2-a3", "crm_merge"), ("a3-a1", "crm_merge")]
    found = night([*circle, ("a8-a9", "crm_merge"), "a1-e1"])
    assert found.are_one("a1", "a2", "a3", "e1")
    told = {"a1": "cyclic", "a2": "cyclic", "a3": "cyclic", "a8": "merged", "a9": "kept"}
    assert found.merges == told
