"""What the steps of the service desk's cases are: pandas on the delivered file, no code shared.

The rules, where the set leaves a choice:

- Rows of an incident are in the order of their time, then of their number of updates.
- The state of a row holds until the next row with another one, or until the next reopening.
- A life begins when the incident was opened, or with its first row if that is earlier. It ends with the
  row that brought the state it is in now, if that is Resolved or Closed and no reopening; else it goes on.
- A touch is a row that is the first, changes the state, counts one more reopening, or moves the incident
  from one group to another.
- The type is the category of the last row, else its symptom.
"""

from pathlib import Path

import pandas as pd

DONE = ("Resolved", "Closed")


def read(file: Path, as_of: str) -> pd.DataFrame:
    """Rows before `as_of`, in order, with what each changes."""
    rows = pd.read_csv(file, dtype=str, na_values=["?"], keep_default_na=False)
    rows = rows.drop_duplicates(["number", "sys_mod_count", "incident_state", "sys_updated_at"])
    for name in ("sys_updated_at", "opened_at"):
        rows[name] = pd.to_datetime(rows[name], format="%d-%m-%Y %H:%M")
    for name in ("sys_mod_count", "reopen_count"):
        rows[name] = rows[name].astype(int)
    rows = rows[rows["sys_updated_at"] < as_of]
    rows = rows.sort_values(["number", "sys_updated_at", "sys_mod_count"], kind="stable")
    before = rows.groupby("number")[["incident_state", "reopen_count", "assignment_group"]].shift()
    rows["is_first"] = ~rows["number"].duplicated()
    rows["is_reopened"] = rows["reopen_count"] > before["reopen_count"]
    moved = before["incident_state"].notna() & (rows["incident_state"] != before["incident_state"])
    rows["is_state"] = rows["is_first"] | rows["is_reopened"] | moved
    groups = before["assignment_group"].notna() & rows["assignment_group"].notna()
    handed = groups & (rows["assignment_group"] != before["assignment_group"])
    rows["is_touch"] = rows["is_state"] | handed
    return rows


def steps(file: Path, as_of: str) -> pd.DataFrame:
    """Per type and state: cases, open, entries, rework, touches, seconds; in the order of the mart."""
    rows = read(file, as_of)
    last = rows.groupby("number").tail(1).set_index("number")
    types = last["category"].fillna(last["u_symptom"]).fillna("unknown")
    found = []
    for number, case in rows.groupby("number"):
        entries = case[case["is_state"]]
        starts = entries["sys_updated_at"].tolist()
        ends = [*starts[1:], pd.Timestamp(as_of)]
        final = entries.iloc[-1]
        is_over = final["incident_state"] in DONE and not final["is_reopened"]
        if is_over:
            ends[-1] = starts[-1]
        opened = case["opened_at"].iloc[-1]
        starts[0] = min(starts[0], opened)
        seen: list[str] = []
        for place, state in enumerate(entries["incident_state"]):
            is_entry = not seen or seen[-1] != state
            found.append({
                "case_type": types[number], "state": state.lower(), "case": number,
                "open": place == len(entries) - 1 and not is_over,
                "entries": is_entry, "rework": is_entry and state in seen,
                "seconds": int((ends[place] - starts[place]).total_seconds()),
            })  # fmt: skip
            seen.append(state)
    table = pd.DataFrame(found).groupby(["case_type", "state"])
    told = table.agg(
        case_count=("case", "nunique"), open_count=("open", "sum"), entry_count=("entries", "sum"),
        rework_count=("rework", "sum"), total_seconds=("seconds", "sum"),
    )  # fmt: skip
    touches = rows[rows["is_touch"]]
    types_of_touches = touches["number"].map(types)
    states = touches["incident_state"].str.lower()
    told["touch_count"] = touches.groupby([types_of_touches, states]).size()
    return told.astype("int64").sort_index()


def backlog(file: Path, as_of: str) -> pd.DataFrame:
    """By day until the one before `as_of`: cases opened, reopened, ended, and open at its end."""
    rows = read(file, as_of)
    moves = []
    for _, case in rows.groupby("number"):
        entries = case[case["is_state"]]
        starts = entries["sys_updated_at"].tolist()
        starts[0] = min(starts[0], case["opened_at"].iloc[-1])
        done = entries["incident_state"].isin(DONE).tolist()
        moves.append((starts[0], "opened"))
        for place, (moment, is_done) in enumerate(zip(starts, done, strict=True)):
            was_done = place > 0 and done[place - 1]
            if is_done and not was_done:
                moves.append((moment, "ended"))
            if was_done and not is_done:
                moves.append((moment, "reopened"))
    told = pd.DataFrame(moves, columns=["moment", "kind"])
    told["date"] = told["moment"].dt.normalize()
    days = pd.date_range(told["date"].min(), pd.Timestamp(as_of), inclusive="left")
    counts = told.pivot_table(index="date", columns="kind", aggfunc="size", fill_value=0)
    counts = counts.reindex(index=days, columns=["opened", "reopened", "ended"], fill_value=0)
    counts["closing"] = (counts["opened"] + counts["reopened"] - counts["ended"]).cumsum()
    return counts
