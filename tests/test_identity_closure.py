"""Connected components of the real macro against a plain union-find, on graphs of every shape."""

import random
from collections.abc import Collection, Sequence

import duckdb
import pytest
from identity_world import macro, union_find

Pairs = Sequence[tuple[int, int]]


def _write(con: duckdb.DuckDBPyConnection, count: int, pairs: Pairs) -> None:
    con.execute(f"create or replace table nodes as select unnest(range({count}))::integer as node")
    con.execute("create or replace table pairs (a integer, b integer)")
    if pairs:
        told = [list(side) for side in zip(*pairs, strict=True)]
        con.execute("insert into pairs select unnest(?), unnest(?)", told)
    con.execute("""create or replace table links as
        select a as node, b as other from pairs union select b, a from pairs""")


def components(count: int, pairs: Pairs) -> dict[int, int]:
    with duckdb.connect() as con:
        _write(con, count, pairs)
        query = macro("components")("nodes", "links", None)
        return dict(con.execute(f"select node, component from {query}").fetchall())


def _random(seed: int) -> tuple[int, Pairs]:
    draw = random.Random(seed)
    count = draw.choice([1, 2, 10, 60, 400])
    number = draw.randrange(0, 1 + int(count * draw.choice([0.3, 0.9, 3])))
    return count, [(draw.randrange(count), draw.randrange(count)) for _ in range(number)]


def _shuffled(count: int, pairs: Pairs) -> tuple[int, Pairs]:
    """The same graph with other numbers, and its edges in another order."""
    draw = random.Random(count)
    names = draw.sample(range(count), count)
    told = [(names[a], names[b]) for a, b in pairs]
    return count, draw.sample(told, len(told))


def _clique(nodes: Collection[int]) -> Pairs:
    return [(a, b) for a in nodes for b in nodes if a < b]


SHAPES: dict[str, tuple[int, Pairs]] = {
    "nobody": (0, []),
    "all alone": (50, []),
    "a chain": (500, [(n, n + 1) for n in range(499)]),
    "a chain downwards": (500, [(n + 1, n) for n in range(499)]),
    "a star": (3000, [(2999, n) for n in range(2999)]),
    "a circle": (300, [(n, (n + 1) % 300) for n in range(300)]),
    "cliques and a bridge": (60, [*_clique(range(30)), *_clique(range(30, 60)), (3, 45)]),
    "a comb": (400, [(n, n + 1) for n in range(199)] + [(n, 200 + n) for n in range(200)]),
    "with itself": (3, [(0, 0), (1, 2), (2, 1)]),
}


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed: int) -> None:
    count, pairs = _random(seed)
    assert components(count, pairs) == union_find(range(count), pairs)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str) -> None:
    for count, pairs in (SHAPES[shape], _shuffled(*SHAPES[shape])):
        assert components(count, pairs) == union_find(range(count), pairs)


def _distances(start: int, pairs: Pairs) -> dict[int, int]:
    near: dict[int, set[int]] = {}
    for a, b in pairs:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    found, front = {start: 0}, [start]
    for node in front:
        for other in near.get(node, set()) - found.keys():
            found[other] = found[node] + 1
            front.append(other)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_what_goes_on_beyond_the_bound_is_flagged_and_nothing_else_is(seed: int) -> None:
    draw = random.Random(seed)
    count, bound = 120, draw.choice([1, 3, 8])
    pairs = [(n, n + 1) for n in range(count - 1) if draw.random() < 0.8]
    count, pairs = _shuffled(count, pairs)
    true = union_find(range(count), pairs)
    with duckdb.connect() as con:
        _write(con, count, pairs)
        told = con.execute(f"from {macro('components')('nodes', 'links', bound)}").fetchall()
    deep = {node for node, _, is_deep in told if is_deep}
    assert {node: name for node, name, _ in told if node not in deep} == {
        node: name for node, name in true.items() if node not in deep
    }
    beyond = {
        name for name in true.values() if max(_distances(name, pairs).values()) > bound
    }  # the smallest node is not seen from everywhere
    assert deep == {node for node, name in true.items() if name in beyond}


@pytest.mark.parametrize("seed", range(10))
def test_hops_are_the_shortest_ways(seed: int) -> None:
    count, pairs = _random(seed)
    seeds = sorted({0, count // 2})
    with duckdb.connect() as con:
        _write(con, count, pairs)
        con.execute(
            f"create table seeds as select node from nodes where node in ({seeds})".replace(
                "[", ""
            ).replace("]", "")
        )
        told = con.execute(
            f"select seed, node, hops from {macro('hops')('seeds', 'links')}"
        ).fetchall()
    assert {(seed, node): hops for seed, node, hops in told} == {
        (seed, node): hops for seed in seeds for node, hops in _distances(seed, pairs).items()
    }
