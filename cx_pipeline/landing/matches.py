"""Persons who share no identifier and may be one: what was found, what a person decided.

The pairs stand in `landing.identity_matches`: tokens, a score, names of fields, never a value. They
are inputs of the night like rows that landed: made by `cx identity match`, read by the models.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import duckdb

from cx_pipeline.denied import deny
from cx_pipeline.landing import frames
from cx_pipeline.landing.compared import hold, open_held, persons_by_identifiers
from cx_pipeline.landing.derived import drop_derived
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.matching import Pair, require_splink, score_pairs
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import Settings, SettingsError
from cx_pipeline.warehouse import connect, scratch

MATCH, ACCEPTED, REFUSED = "identity match", "identity match accepted", "identity match refused"
_TABLE = """
create schema if not exists landing;
create table if not exists landing.identity_matches (
    token varchar, kind varchar, other_token varchar, other_kind varchar, score double,
    same_fields varchar, alike_fields varchar, state varchar, model varchar, decided_by varchar,
    decided_at timestamp
);
"""
# Opened values stay in memory: nothing spills to a file, and no file can be written.
_WALL = """
set temp_directory = ''; set enable_external_access = false; set enable_progress_bar = false;
set lock_configuration = true;
"""
_THE_PAIR = "list_sort([token, other_token]) = list_sort([$1, $2])"


@dataclass(frozen=True)
class Matched:
    """What a comparison found: counts of records, of persons they are of, of pairs."""

    records: int
    persons: int
    joined: int
    to_review: int


@dataclass(frozen=True)
class Match:
    """A pair as it stands: `joined` by its score, in `review`, or `accepted`."""

    token: str
    other_token: str
    score: float
    same_fields: str
    alike_fields: str
    state: str


def match(settings: Settings, *, actor: str, now: datetime) -> Matched:
    """Compare the records of persons who share no identifier, and keep the pairs that score enough.

    The values are opened in memory, once the audit chain tells how many. Accepted pairs stay; all
    others are those of this comparison. The caller holds the run lock. Raises SettingsError where
    Splink is not installed or no night was built, KeyFault, AuditFault.
    """
    require_splink()
    told = settings.warehouse
    with (
        _warehouse(settings) as con,
        scratch(memory_limit=told.memory_limit, threads=1) as memory,
    ):
        memory.execute(_WALL)
        con.execute(_TABLE)
        persons_by_identifiers(con)
        held = hold(settings, con)
        detail = {"values": str(len(held.tokens)), "records": str(held.records)}
        Audit(settings.audit_file, settings.vault_file).append(actor, MATCH, detail, at=now)
        with Vault(settings.vault_file, Keys.load(settings)) as vault:
            open_held(con, memory, vault, held)
        pairs = score_pairs(memory, least=settings.identity.review_threshold)
        with _let_go_of_other_edges(con):
            _keep(settings, con, pairs)
        return Matched(held.records, held.persons, _count(con, "joined"), _count(con, "review"))


def matches(settings: Settings, state: str) -> list[Match]:
    """The pairs in a state, the likeliest first; none where nothing was compared yet."""
    with _warehouse(settings) as con:
        con.execute(_TABLE)
        rows = con.execute(
            """select token, other_token, score, same_fields, alike_fields, state
            from landing.identity_matches where state = ?
            order by score desc, token, other_token""",
            [state],
        ).fetchall()
    return [Match(*row) for row in rows]


def decide(
    settings: Settings, pair: tuple[str, str], *, is_one: bool, actor: str, now: datetime
) -> None:
    """Keep what a person decided of a pair: an edge, or a line of `identity_deny.csv`.

    The caller holds the run lock. Raises SettingsError where the pair is not on the list.
    """
    one, other = sorted(pair)
    with _warehouse(settings) as con:
        con.execute(_TABLE)
        there = f"from landing.identity_matches where {_THE_PAIR}"
        if not con.execute(f"select 1 {there}", [one, other]).fetchall():
            raise SettingsError(
                "these two tokens are no pair of the list: nothing was decided; see: "
                "cx identity review"
            )
        act = ACCEPTED if is_one else REFUSED
        detail = {"token": one, "other_token": other}
        Audit(settings.audit_file, settings.vault_file).append(actor, act, detail, at=now)
        if not is_one and (one, other) not in settings.identity_denied:
            deny(settings.identity_deny_file, (one, other), "refused in cx identity review")
        with _let_go_of_other_edges(con):
            if is_one:
                con.execute(
                    f"""update landing.identity_matches
                    set state = 'accepted', decided_by = $3, decided_at = $4 where {_THE_PAIR}""",
                    [one, other, actor, now.replace(tzinfo=None)],
                )
            else:
                con.execute(f"delete {there}", [one, other])


def _keep(settings: Settings, con: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> None:
    """Put these pairs in the place of the former; a person's own decisions stand."""
    one, other = (
        zip(*settings.identity_denied, strict=True) if settings.identity_denied else ((), ())
    )
    frames.write(con, "denied", {"token": ("text", one), "other_token": ("text", other)})
    columns: frames.Columns = {
        "token": ("text", [pair.token for pair in pairs]),
        "other_token": ("text", [pair.other_token for pair in pairs]),
        "told": ("text", [str(pair.score) for pair in pairs]),
        "same_fields": ("text", [", ".join(pair.same) for pair in pairs]),
        "alike_fields": ("text", [", ".join(pair.alike) for pair in pairs]),
    }
    frames.write(con, "scored", columns)
    con.execute("delete from landing.identity_matches where state <> 'accepted'")
    con.execute(
        """insert into landing.identity_matches
        with decided as (
            select token, other_token from denied
            union all select token, other_token from landing.identity_matches
        ), settled as (
            select a.person, b.person as other from decided as d
            inner join exact_persons as a on a.token = d.token
            inner join exact_persons as b on b.token = d.other_token
        )
        select s.token, coalesce(k.kind, 'account'), s.other_token, coalesce(o.kind, 'account'),
            cast(s.told as double), s.same_fields, s.alike_fields,
            case when cast(s.told as double) >= $1 then 'joined' else 'review' end, $2, null, null
        from scored as s
        inner join exact_persons as a on a.token = s.token
        inner join exact_persons as b on b.token = s.other_token
        left join intermediate.int_person_tokens as k on k.token = s.token
        left join intermediate.int_person_tokens as o on o.token = s.other_token
        where not exists (
            select 1 from settled as d
            where (d.person, d.other) in ((a.person, b.person), (b.person, a.person)))""",
        [settings.identity.match_threshold, f"splink {version('splink')}"],
    )


def _edges(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(
        con.execute(
            "select token, other_token from landing.identity_matches where state <> 'review'"
        ).fetchall()
    )


@contextmanager
def _let_go_of_other_edges(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction. Where edges are others after it, the next night builds everything, as after
    any change of what is known: nothing else tells it of them.
    """
    con.execute("begin transaction")
    try:
        before = _edges(con)
        yield
        if _edges(con) != before:
            drop_derived(con)
        con.execute("commit")
    except BaseException:
        frames.roll_back(con)
        raise


def _count(con: duckdb.DuckDBPyConnection, state: str) -> int:
    return frames.number(
        con, f"select count(*) from landing.identity_matches where state = '{state}'"
    )


def _warehouse(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    told = settings.warehouse
    return connect(
        settings.warehouse_file,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    )
