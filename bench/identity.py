"""Identity: persons found against planted and labelled truth, and closure against scipy."""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from bench import matching
from bench.measure import ROOT, Line, cx

LABELLED = ROOT.parent / "shared" / "data" / "identity" / "fake_1000.csv"
AS_OF, EVENTS = "2026-07-10", 200_000
NODES = 850_000


def identity(home: Path) -> list[Line]:
    """Precision, recall and F1 by pairs and clusters; CPU seconds of the closure."""
    sys.path.append(str(ROOT / "tests"))  # the union-find and the scores are the tests' own
    truth = importlib.import_module("identity_truth")
    world = importlib.import_module("identity_world")
    lines = _planted(home, truth, world)
    if LABELLED.exists():
        lines.append(_labelled(truth, world))
        if matching.is_installed():
            lines += matching.labelled(truth, world, LABELLED)
    return [*lines, _closure(world)]


def _planted(home: Path, truth: Any, world: Any) -> list[Line]:
    told = home.parent / "truth.json"
    cx(home, "init")
    cx(home, "sample", "--events", str(EVENTS), "--seed", "1", "--truth", str(told))
    cx(home, "run", "--as-of", AS_OF)
    planted = truth.planted_persons(home, json.loads(told.read_text()))
    with duckdb.connect(str(home / "state" / "warehouse.duckdb"), read_only=True) as con:
        tied = truth.score(truth.found_persons(con, seen_together=True), planted)
        every = truth.score(truth.found_persons(con, seen_together=False), planted)
        short = truth.score(truth.one_step(con), planted)
    name = f"sample of {EVENTS:,} events"
    lines = [
        _score(f"{name}, identifiers ever seen with another", tied, short, goal=True),
        _score(f"{name}, all identifiers (cookies that never log in too)", every, short),
    ]
    if matching.is_installed():
        lines += matching.planted(home, truth, world, planted)
    return lines


def _score(name: str, found: Any, short: Any, *, goal: bool = False) -> Line:
    against = f"one-step label: {short}"
    ratio = found.f1 / short.f1 if short.f1 else None
    met = found.precision == found.recall == 1.0 if goal else None
    return Line(name, str(found), against, ratio, "all 1" if goal else "", met)


def _labelled(truth: Any, world: Any) -> Line:
    """Splink's fake_1000 by its one exact identifier; misspelt names are no identifiers."""
    with duckdb.connect() as con:
        con.execute(f"""create table people as select unique_id::integer as node, email, cluster
            from read_csv('{LABELLED}', all_varchar = true)""")
        con.execute("create table nodes as select node from people")
        con.execute("""create table links as select a.node, b.node as other
            from people as a join people as b on b.email = a.email and b.node <> a.node""")
        closed = con.execute(f"from {world.macro('components')('nodes', 'links', None)}").fetchall()
        true = con.execute("select node, cluster from people").fetchall()
    found = truth.score(
        {str(node): name for node, name in closed}, {str(node): name for node, name in true}
    )
    return Line("Splink's fake_1000, equal e-mails alone", str(found), "", None, "", None)


def _closure(world: Any) -> Line:
    """CPU seconds from a table of edges to a table of components: fastest of three, by turns."""
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(f"""create table nodes as select range::integer as node from range({NODES})""")
        # persons of 1 to 12 identifiers, each seen with one of the three before it or with itself
        con.execute(f"""create table links as
            with pairs as (
                select node, node - 1 - (hash(node) % 3)::integer as other from nodes
                where node % 12 > hash(node // 12, 1) % 4 and node % 12 > 2
            ), named as (
                select p.node * 7919::bigint % {NODES} as node,
                    p.other * 7919::bigint % {NODES} as other from pairs as p
            )
            select node::integer as node, other::integer as other from named
            union select other::integer, node::integer from named""")
        query = world.macro("components")("nodes", "links", None)

        def ours() -> None:
            con.execute(f"create or replace table ours as select * from {query}")

        try:
            scipy = _scipy(con)
        except ModuleNotFoundError:
            return Line(
                f"closure, {NODES:,} nodes", f"{_fastest(ours):.2f} CPU-s", "", None, "", None
            )
        mine, theirs = [], []
        for _ in range(3):
            mine.append(_cpu(ours))
            theirs.append(_cpu(scipy))
        differ = con.execute("""select count(*) from (
            select count(distinct o.component) as a from theirs as t join ours as o using (node)
            group by t.component having a > 1)""").fetchone()
        same = con.execute("""select (select count(distinct component) from ours)
            = (select count(distinct component) from theirs)""").fetchone()
    if differ != (0,) or same != (True,):
        raise RuntimeError("the closure's components are not scipy's")
    ratio = min(mine) / min(theirs)
    return Line(
        f"closure, {NODES:,} nodes, table to table",
        f"{min(mine):.2f} CPU-s", f"scipy {min(theirs):.2f} CPU-s", ratio, "<= 1.5", ratio <= 1.5,
    )  # fmt: skip


def _scipy(con: duckdb.DuckDBPyConnection) -> Callable[[], None]:
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    def work() -> None:
        told = con.execute("select node, other from links where node < other").fetchnumpy()
        ones = np.ones(len(told["node"]), dtype=np.int8)
        graph = coo_array((ones, (told["node"], told["other"])), shape=(NODES, NODES)).tocsr()
        _, labels = connected_components(graph, directed=False)
        found = {"node": np.arange(NODES, dtype=np.int32), "component": labels}
        con.register("found", found)
        con.execute("create or replace table theirs as select * from found")

    return work


def _fastest(work: Callable[[], None]) -> float:
    return min(_cpu(work) for _ in range(3))


def _cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
