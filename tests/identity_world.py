"""A small world of identifiers for the rules of identity: edges as sources tell them, run through
the real models, and persons by a plain union-find to compare with."""

import json
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"
START = datetime(2026, 3, 1)
KINDS = {
    "a": "account", "l": "login", "e": "email", "p": "phone", "c": "cookie", "d": "device",
    "o": "order",
}  # fmt: skip

_PACK = {
    "_shop__sources.yml": """
version: 2
sources: [{name: shop, schema: raw_shop, tables: [{name: edges, description: Edges.}]}]
""",
    "stg_shop__identifiers.sql": """
select 'shop' as source, cast(number as varchar) as source_id, null as version_at, kind, token,
    other_kind, other_token, seen_at, rule
from {{ source('shop', 'edges') }}
""",
}
_PARTS = ("macros", "tests/generic", "models/entities", "models/intermediate/sessions",
          "models/intermediate/identity")  # fmt: skip
_FILES = (
    "dbt_project.yml", "profiles.yml", "models/_groups.yml",
    "models/marts/customers/dim_identifiers.sql", "models/marts/customers/agg_identity_edges.sql",
    "models/process/log_person_merges.sql",
)  # fmt: skip
_MODELS = ["+dim_identifiers", "+agg_identity_edges", "+log_person_merges"]
Pair = tuple[str, str]


def macro(name: str) -> Any:
    """A macro of macros/engine/rows.sql as it is, to be called with names of tables."""
    text = (DBT_PROJECT / "macros" / "engine" / "rows.sql").read_text()
    return getattr(jinja2.Environment().from_string(text).module, f"duckdb__{name}")


def union_find(tokens: Iterable[Any], pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Each token with the smallest one that pairs join it to."""
    parent = {token: token for token in tokens}

    def root(token: Any) -> Any:
        while parent[token] != token:
            parent[token] = token = parent[parent[token]]
        return token

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return {token: root(token) for token in parent}


def groups(person_of: dict[str, Any]) -> set[frozenset[str]]:
    """The tokens of each person."""
    found: dict[Any, set[str]] = {}
    for token, person in person_of.items():
        found.setdefault(person, set()).add(token)
    return {frozenset(tokens) for tokens in found.values()}


class Identity:
    """The identity models of the real project, parsed once, run in this process.

    A token is named by its kind and a number: `a1` is an account. Edges are `a1-e1`, each seen a
    minute after the one before it, or (`a1-e1`, rule).
    """

    def __init__(
        self, folder: Path, shipped: str | None = None, entities: Sequence[str] = ("identifiers",)
    ) -> None:
        """With `shipped`, that source pack tells the edges, and what else it is asked for."""
        self.folder, self.project = folder, folder / "project"
        self.packs = {shipped or "shop": list(entities)}
        for part in _PARTS:
            shutil.copytree(DBT_PROJECT / part, self.project / part)
        for part in _FILES:
            (self.project / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(DBT_PROJECT / part, self.project / part)
        pack = self.project / "packs" / "shop"
        pack.mkdir(parents=True)
        for name, text in _PACK.items() if shipped is None else ():
            (pack / name).write_text(text)
        if shipped:
            shutil.copytree(DBT_PROJECT / "models" / "staging" / shipped, pack.parent / shipped)
        config = self.project / "dbt_project.yml"  # contracts lie in files that name other models
        config.write_text(config.read_text().replace("+contract: {enforced: true}", ""))
        self.manifest: Any = None
        self.manifest = self._invoke(["parse"], {})

    def _invoke(self, command: Sequence[str], variables: dict[str, Any]) -> Any:
        told = {"packs": self.packs, "consent_default": {"analytics": "refused"}}
        where = ["--project-dir", self.project, "--profiles-dir", self.project]
        where += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
        quiet += ["--no-write-json", "--no-version-check"]
        args = [*quiet, *command, *map(str, where), "--vars", json.dumps({**told, **variables})]
        failed: list[str] = []
        hear = [lambda event: failed.append(event.info.msg) if event.info.level == "error" else 0]
        try:
            done = dbtRunner(manifest=self.manifest, callbacks=hear).invoke(args)
        finally:
            if command != ["parse"]:
                DuckDBConnectionManager.env().close()
            DuckDBConnectionManager.close_all_connections()
        assert done.success, "\n".join(failed) or done.exception
        return done.result

    def night(
        self,
        warehouse: Path,
        edges: Iterable[str | Pair],
        *,
        denied: Iterable[str] = (),
        day: int = 30,
        **variables: Any,
    ) -> "Told":
        """One night over these edges, and all that it says."""
        rows = [_row(number, edge) for number, edge in enumerate(edges)]
        with duckdb.connect(str(warehouse)) as con:
            con.execute("""create schema if not exists raw_shop;
                create or replace table raw_shop.edges(number bigint, kind varchar, token varchar,
                    other_kind varchar, other_token varchar, seen_at timestamp, rule varchar)""")
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                con.execute(
                    f"insert into raw_shop.edges select {', '.join(['unnest(?)'] * 7)}", columns
                )
        return self.read(warehouse, denied=denied, day=day, **variables)

    def read(
        self, warehouse: Path, *, denied: Iterable[str] = (), day: int = 30, **variables: Any
    ) -> "Told":
        """One night over what is there."""
        at = START + timedelta(days=day)
        told = {"as_of": f"{at:%Y-%m-%d}", "as_of_at": f"{at:%Y-%m-%d %H:%M:%S}"}
        pairs = sorted(sorted(pair.split("-")) for pair in denied)
        told = {**told, "identity_denied": pairs, **variables}
        self._invoke(["run", "--select", *_MODELS], told)
        return Told(warehouse)


class Told:
    """What a night said of identity."""

    def __init__(self, warehouse: Path) -> None:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            tokens = con.execute("""select identifier_token, person_id, capped_reason, capped_count,
                merge_state from marts.dim_identifiers""").fetchall()
            self.edges = con.execute("""select rule, kind, other_kind, outcome, edge_count
                from marts.agg_identity_edges order by all""").fetchall()
            self.log = con.execute("""select as_of_date, change, token_count
                from process.log_person_merges order by all""").fetchall()
        self.person_of = {token: person for token, person, *_ in tokens if person is not None}
        self.reasons = {token: reason for token, _, reason, *_ in tokens if reason is not None}
        self.counts = {token: count for token, _, _, count, _ in tokens if count is not None}
        self.merges = {token: state for token, *_, state in tokens if state is not None}

    @property
    def persons(self) -> set[frozenset[str]]:
        return groups(self.person_of)

    def are_one(self, *tokens: str) -> bool:
        return len({self.person_of[token] for token in tokens}) == 1

    def outcomes(self) -> dict[str, int]:
        """Edges by what became of them."""
        found: dict[str, int] = {}
        for *_, outcome, count in self.edges:
            found[outcome] = found.get(outcome, 0) + count
        return found


def _row(number: int, edge: str | Pair) -> tuple[Any, ...]:
    pair, rule = (edge, "same_record") if isinstance(edge, str) else edge
    one, other = pair.split("-")
    seen_at = START + timedelta(minutes=number)
    return number, KINDS[one[0]], one, KINDS[other[0]], other, seen_at, rule
