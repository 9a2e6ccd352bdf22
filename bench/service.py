"""Service figures of a million contacts, and promises in business time of a million tickets.

python -m bench.service HOME contacts|tickets     in a process of its own: CPU seconds, peak memory
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.measure import ROOT, Line, cx
from cx_pipeline.warehouse import connect

COUNT, CPU_SECONDS, PEAK_MIB = 1_000_000, 10.0, 1024.0
_MODELS = {
    "contacts": (
        "int_contact_times", "fct_contacts", "int_contact_clocks", "int_case_events",
        "int_case_stays", "fct_case_times", "fct_resolutions", "int_kpi_facts", "fct_kpi_daily",
        "fct_kpi_excluded",
    ),
    "tickets": (
        "int_business_clock", "int_contact_clocks", "int_case_events", "int_case_stays",
        "fct_sla_events",
    ),
}  # fmt: skip
_NAMES = {
    "contacts": "service KPIs of 1M contacts with 3M segments",
    "tickets": "promises in business time of 1M tickets with 5M events, 3 each",
}
# The rows of sources, as any pack would conform them; nothing else is in the warehouse then.
_ROWS = {
    "contacts": """
insert into entities.contacts by name
select 'shop' as source, 'c' || i as source_id, 'p' || i % 200000 as person_token,
    case when i % 4 = 0 then 'chat' else 'call' end as channel, 'inbound' as direction,
    timestamp '2026-01-01' + interval (i * 7) second as opened_at,
    timestamp '2026-01-01' + interval (i * 7 + 400) second as closed_at,
    'reason ' || i % 9 as reason, 'queue ' || i % 20 as queue, 'team ' || i % 50 as team,
    case when i % 11 = 0 then 'abandoned' else 'answered' end as outcome, false as is_test
from range({count}) as t(i);
insert into entities.contact_segments by name
select 'shop' as source, 's' || i || '/' || k as source_id, 'c' || i as contact_id,
    case k when 0 then 'queue' when 1 then 'talk' else 'wrap_up' end as kind,
    timestamp '2026-01-01' + interval (i * 7 + k * 60) second as started_at,
    timestamp '2026-01-01' + interval (i * 7 + k * 60 + i % 60) second as ended_at,
    'a' || i % 3000 as agent_token
from range({count}) as t(i), range(3) as s(k);
insert into intermediate.int_person_tokens by name
select 'p' || i as token, 'p' || i as person_id from range(200000) as t(i);
""",
    "tickets": """
insert into entities.contacts by name
select 'shop' as source, 't' || i as source_id, 'ticket' as channel, 'inbound' as direction,
    timestamp '2026-01-01' + interval (i * 11) second as opened_at, false as is_test
from range({count}) as t(i);
insert into entities.contact_events by name
select 'shop' as source, 'e' || i || '/' || k as source_id, 't' || i as contact_id,
    timestamp '2026-01-01' + interval (i * 11 + k * (i % 40000)) second as occurred_at,
    case k when 0 then 'created' when 2 then 'status' when 4 then 'solved' else 'reply_public' end
        as kind,
    case k when 2 then 'pending' end as to_value,
    case when k in (0, 3) then 'customer' else 'agent' end as actor
from range({count}) as t(i), range(5) as s(k);
insert into entities.schedules by name
select 'shop' as source, 'h' || day as source_id, 'h' as schedule_id, 'Europe/Berlin' as zone,
    day as weekday, 32400 as opens, 61200 as closes
from range(1, 6) as t(day);
insert into entities.sla_policies by name
select 'shop' as source, 'p' || i as source_id, 'p' as policy, 240 as target_minutes,
    'business' as clock, 'h' as schedule_id,
    ['first_reply_time', 'resolution_time', 'requester_wait_time'][i] as metric
from range(1, 4) as t(i);
insert into entities.sla_targets by name
select 'shop' as source, 'x' || i as source_id, 't' || i as contact_id, 'p' as policy,
    timestamp '2026-01-01' as applied_at
from range({count}) as t(i);
insert into marts.fct_contacts by name
select 'shop/t' || i as contact_id, 'shop' as source, 'ticket' as channel,
    timestamp '2026-01-01' + interval (i * 11) second as opened_at, date '2026-01-01' as local_date
from range({count}) as t(i);
""",
}


def service(home: Path) -> list[Line]:
    """The models' own SQL, as dbt compiled it, on such rows."""
    cx(home, "init")
    cx(home, "sample", "--events", "1000", "--seed", "1")
    cx(home, "run", "--as-of", "2026-07-10")
    lines = []
    for what, name in _NAMES.items():
        command = [sys.executable, "-m", "bench.service", str(home), what]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} were not made\n{done.stderr}")
        told = json.loads(done.stdout)
        cpu, peak = told["cpu"], told["peak_mib"]
        lines += [
            Line(
                name, f"{cpu:.1f} CPU-s", "", None, f"<= {CPU_SECONDS:g} CPU-s", cpu <= CPU_SECONDS
            ),
            Line(f"{name}, peak memory", f"{peak:.0f} MiB", "", None, "<= 1 GiB", peak <= PEAK_MIB),
        ]
    return lines


def _made(home: Path, what: str) -> dict[str, object]:
    """CPU seconds of the models, in a copy of the home's warehouse that holds only these rows."""
    folder = home / what
    folder.mkdir(exist_ok=True)
    shutil.copy(home / "state" / "warehouse.duckdb", folder / "warehouse.duckdb")
    compiled = home / "state" / "dbt" / "compiled" / "cx" / "models"
    with connect(folder / "warehouse.duckdb", memory_limit="700MB") as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name in ('entities', 'intermediate', 'marts')"
            "    and table_name not in ('dim_kpis', 'dim_segments')"
        ).fetchall()
        views = con.execute(
            "select schema_name || '.' || view_name from duckdb_views()"
            " where schema_name = 'entities'"
        ).fetchall()
        for (view,) in views:
            con.execute(f"create table {view}__rows as from {view} limit 0; drop view {view}")
            con.execute(f"alter table {view}__rows rename to {view.split('.')[1]}")
        for (table,) in tables:
            con.execute(f"truncate {table}")
        con.execute(_ROWS[what].format(count=COUNT))
        con.execute("checkpoint")
        began, took = _cpu(), {}
        for model in _MODELS[what]:
            path = next(compiled.rglob(f"{model}.sql"))
            before, clock = _cpu(), time.perf_counter()
            schema = "intermediate" if model.startswith("int_") else "marts"
            con.execute(f"create or replace table {schema}.{model} as\n{path.read_text()}")
            took[model] = (round(_cpu() - before, 2), round(time.perf_counter() - clock, 2))
        cpu = _cpu() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu, "peak_mib": peak, "took": took}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(_made(Path(sys.argv[1]), sys.argv[2])))
