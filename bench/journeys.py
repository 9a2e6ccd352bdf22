"""Journey table, journeys and transitions in a process of their own, as `bench.journey` measures.

python -m bench.journeys NAME WAREHOUSE COMPILED
NAME: ours, pandas, or pm4py for transitions alone

All start from the same finished table of touches, one row each, with person and time: ours in
DuckDB, the others in memory. Told as JSON: CPU seconds of each step, the fastest of several runs,
and figures that have to be equal.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

TIMES, TURNS = 5, 6
AS_OF = pd.Timestamp("2026-07-10")
QUIET, REPEAT = pd.Timedelta(days=30), pd.Timedelta(days=7)
OUTCOMES = {
    "converted": "order",
    "cancelled": "cancellation",
    "renewed": "renewal",
    "solved": "solved",
}
MART = '"warehouse"."marts"."fct_touchpoints"'


def main(name: str, warehouse: str, compiled: str) -> None:
    """Measure one of them and print what it took."""
    con = duckdb.connect(warehouse, read_only=True)
    con.execute("set timezone = 'UTC'; set threads = 2")
    con.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")
    folder = Path(compiled) / "models" / "marts" / "journey"
    touches, rest = (folder / "fct_touchpoints.sql").read_text().split("ordered as (", 1)
    begun = touches.rstrip().removesuffix("--").rstrip()
    begun = begun[: begun.rindex("),") + 1]
    con.execute(f"create temp table persons as {begun} select * from persons")
    told = {"ours": _ours, "pandas": _pandas, "pm4py": _pm4py}[name](con, folder, rest)
    print(json.dumps(told))


def _fastest(action: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the fastest run: other work on the machine only adds."""
    taken, made = [], None
    for _ in range(TIMES):
        began = time.process_time()
        made = action()
        taken.append(time.process_time() - began)
    return min(taken), made


# ---- ours ----------------------------------------------------------------------------------------


def _ours(con: duckdb.DuckDBPyConnection, folder: Path, rest: str) -> dict[str, Any]:
    def run(table: str, sql: str) -> float:
        return _fastest(lambda: con.execute(f"create or replace temp table {table} as {sql}"))[0]

    def mart(name: str) -> str:
        return (folder / f"{name}.sql").read_text().replace(MART, "touchpoints")

    took = {
        "journey table": run("touchpoints", f"with ordered as ({rest}"),
        "journeys": run("journeys", mart("fct_journeys")),
        "transitions": run("transitions", mart("agg_transitions")),
    }
    figures = con.execute("""select count(*), count(distinct journey_id),
        count(case when switch_context = 'carried' then 1 end),
        count(case when switch_context = 'lost' then 1 end),
        count(case when is_repeat_contact then 1 end), count(case when is_channel_hop then 1 end),
        (select count(*) from journeys where is_open),
        (select count(*) from journeys where outcome = 'none'),
        (select count(distinct path) from journeys), (select count(*) from transitions)
        from touchpoints""")
    return {"took": took, "figures": figures.fetchone()}


# ---- pandas --------------------------------------------------------------------------------------


def _pandas(con: duckdb.DuckDBPyConnection, _folder: Path, _rest: str) -> dict[str, Any]:
    touches = con.execute("select * from persons").df()
    table_took, table = _fastest(lambda: _touchpoints(touches))
    journeys_took, journeys = _fastest(lambda: _journeys(table))
    transitions_took, transitions = _fastest(lambda: _transitions(table))
    took = {"journey table": table_took, "journeys": journeys_took, "transitions": transitions_took}
    context = table["context"].value_counts()
    counts = [
        table["journey_id"].nunique(), context["carried"], context["lost"],
        table["is_repeat"].sum(), table["is_hop"].sum(), journeys["is_open"].sum(),
        (journeys["outcome"] == "none").sum(),
        journeys["path"].nunique(), len(transitions),
    ]  # fmt: skip
    figures = [len(table), *map(int, counts)]
    return {"took": took, "figures": figures}


def _touchpoints(touches: pd.DataFrame) -> pd.DataFrame:
    t = touches.sort_values(["person_number", "occurred_at", "kind", "touchpoint_id"])
    t = t.reset_index(drop=True)
    by_person = t.groupby("person_number", sort=False)
    t["step"] = by_person.cumcount() + 1
    names = ["touchpoint_id", "kind", "channel", "stage", "occurred_at"]
    t[[f"prev_{name}" for name in names]] = by_person[names].shift()
    t["seconds"] = (t["occurred_at"] - t["prev_occurred_at"]).dt.total_seconds()
    over = t["over_at"].fillna(pd.Timestamp(0)).groupby(t["person_number"], sort=False).cummax()
    over = over.groupby(t["person_number"], sort=False).shift()
    after = (t["occurred_at"] > over) & (t["prev_occurred_at"] <= over) & (over > pd.Timestamp(0))
    quiet = t["occurred_at"] - t["prev_occurred_at"] > QUIET
    first = t["step"] == 1
    t["trigger"] = np.select([first, quiet, after], ["first_touch", "quiet", "after_outcome"], "")
    starts = t["trigger"] != ""
    t["journey"] = starts.cumsum()
    t["journey_id"] = t["touchpoint_id"].where(starts).ffill()
    by_journey = t.groupby("journey", sort=False)
    t["journey_step"] = by_journey.cumcount() + 1
    t["is_switch"] = ~starts & (t["channel"] != t["prev_channel"])
    knows = t["knows_identity"].astype(int)
    again = t["asks_identity"] & (by_journey["knows_identity"].cumsum() - knows > 0)
    known = t[t["reference"].notna()]
    same = known.groupby(["journey", "reference"], sort=False).cumcount() > 0
    same = same.reindex(t.index, fill_value=False)
    contacts = t[t["kind"] == "contact"]
    of_reason = contacts.groupby(["journey", "reason"], sort=False)
    before = of_reason[["occurred_at", "reference"]].shift()
    repeat = (contacts["occurred_at"] - before["occurred_at"] <= REPEAT) & (
        before["reference"] != contacts["reference"]
    )
    left = contacts.groupby("journey", sort=False)["channel"].shift()
    been = contacts.groupby(["journey", "channel"], sort=False).cumcount() > 0
    hop = left.notna() & (left != contacts["channel"]) & been
    t["is_repeat"] = repeat.reindex(t.index, fill_value=False)
    t["is_hop"] = hop.reindex(t.index, fill_value=False)
    classes = [~t["is_switch"], again, same, t["is_repeat"]]
    t["context"] = np.select(classes, ["", "lost", "carried", "lost"], "not_applicable")
    for kind in ("order", "contact"):
        number = (t["kind"] == kind).groupby(t["person_number"], sort=False).cumsum()
        t[f"is_first_{kind}"] = (t["kind"] == kind) & (number == 1)
    return t


def _journeys(t: pd.DataFrame) -> pd.DataFrame:
    flags = {
        "contacts": t["kind"] == "contact", "carried": t["context"] == "carried",
        "lost": t["context"] == "lost", "negative": t["emotion"] == "negative",
        "positive": t["emotion"] == "positive",
    }  # fmt: skip
    t = t.assign(**flags)
    by_journey = t.groupby("journey", sort=False)
    sums = ["contacts", "is_switch", "carried", "lost", "is_repeat", "is_hop", "bounce_count",
            "negative", "positive", "effort_count", "wait_seconds"]  # fmt: skip
    found = by_journey[sums].sum()
    found["touches"] = by_journey.size()
    found["channels"] = by_journey["channel"].nunique()
    ends = by_journey[["channel", "touchpoint", "stage", "outcome", "emotion", "occurred_at"]]
    found = found.join(ends.first().add_prefix("first_")).join(
        ends.nth([-1]).set_axis(found.index).add_prefix("last_")
    )
    decided = t[t["outcome"].isin(OUTCOMES)]
    found["outcome"] = decided.groupby("journey")["outcome"].first().map(OUTCOMES)
    found["outcome"] = found["outcome"].fillna("none")
    over = by_journey["over_at"].max()
    found["is_open"] = (found["last_occurred_at"] >= AS_OF - QUIET) & (
        over.isna() | (over >= AS_OF)
    )
    moved = (
        (t["journey_step"] == 1)
        | (t["stage"] != t["prev_stage"])
        | (t["channel"] != t["prev_channel"])
    )
    turns = t.loc[moved, ["journey", "stage", "channel"]]
    place = turns.groupby("journey", sort=False).cumcount()
    said = (turns["stage"] + " (" + turns["channel"] + ")").where(place < TURNS, "...")
    said = said[place <= TURNS].groupby(turns["journey"], sort=False)
    found["path"] = said.agg(" > ".join)
    return found


def _transitions(t: pd.DataFrame) -> pd.DataFrame:
    last = t.groupby("person_number", sort=False).tail(1)
    steps = pd.concat([
        pd.DataFrame({
            "person": t["person_number"], "from_stage": t["prev_stage"].fillna("start"),
            "from_channel": t["prev_channel"].fillna("start"), "to_stage": t["stage"],
            "to_channel": t["channel"], "seconds": t["seconds"],
        }),
        pd.DataFrame({
            "person": last["person_number"], "from_stage": last["stage"],
            "from_channel": last["channel"], "to_stage": "end", "to_channel": "end",
        }),
    ])  # fmt: skip
    keys = ["from_stage", "from_channel", "to_stage", "to_channel"]
    found = steps.groupby(keys).agg(
        n=("person", "size"), persons=("person", "nunique"), timed=("seconds", "count"),
        seconds=("seconds", "sum"),
    )  # fmt: skip
    found["of"] = found.groupby(level=[0, 1])["n"].transform("sum")
    return found.reset_index()


# ---- pm4py ---------------------------------------------------------------------------------------


def _pm4py(con: duckdb.DuckDBPyConnection, _folder: Path, _rest: str) -> dict[str, Any]:
    import pm4py  # not among our own needs: taken where it is installed

    table = con.execute("""select cast(person_number as varchar) as "case:concept:name",
        stage || ' (' || channel || ')' as "concept:name", occurred_at as "time:timestamp"
        from persons order by person_number, occurred_at, kind, touchpoint_id""").df()
    log = pm4py.format_dataframe(table)
    took, found = _fastest(lambda: pm4py.discover_dfg(log))
    return {"took": {"transitions": took}, "figures": [len(found[0])]}


if __name__ == "__main__":
    main(*sys.argv[1:])
