"""Seven tickets with the business minutes of the most used open package for Zendesk, each also worked out by hand."""

import csv
from pathlib import Path
from typing import Any

import pytest
from homes import ROOT, Home

FIXTURE = ROOT.parent / "shared" / "fixtures" / "business_time"
NAMES = ("schedule", "schedule_holiday", "ticket_comment", "ticket", "ticket_field_history")
POLICY = 77


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("desk") / "home")
    home.cx("init", "--sources", "zendesk")
    folder = home.landing / "zendesk"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*NAMES, "ticket_schedule", "user"):
        text = (FIXTURE / f"{name}_data.csv").read_text()
        # The set keeps all its schedules in UTC, whatever zone they are named after.
        (folder / f"{name}_20210101.csv").write_text(text.replace(",London,", ",UTC,"))
    synced = "2021-01-01 00:00:00"
    applied = "".join(
        f"{row['ticket_id']},{POLICY},{row['sla_applied_at']},{synced}\n"
        for row in _rows("sla_policies")
    )
    (folder / "ticket_sla_policy_20210101.csv").write_text(
        f"ticket_id,sla_policy_id,policy_applied_at,_fivetran_synced\n{applied}"
    )
    (folder / "sla_policy_metric_history_20210101.csv").write_text(
        "sla_policy_id,index,sla_policy_updated_at,business_hours,metric,priority,target,_fivetran_synced\n"
        f"{POLICY},0,2020-01-01 00:00:00,TRUE,first_reply_time,normal,60,{synced}\n"
    )
    home.make("2021-01-02", "fct_case_times", "fct_sla_events")
    return home


def _rows(name: str) -> list[dict[str, str]]:
    with Path(FIXTURE / f"expected_{name}.csv").open() as file:
        return list(csv.DictReader(file))


def _minutes(desk: Home, measure: str, column: str) -> dict[str, float | None]:
    with desk.warehouse() as con:
        told = con.execute(
            f"""select contact_id, {column} / 60 from marts.fct_case_times
            where measure = ? and state = 'done' and {column} is not null""",
            [measure],
        ).fetchall()
    return {contact.removeprefix("zendesk/"): minutes for contact, minutes in told}


@pytest.mark.parametrize(
    ("measure", "column", "expected"),
    [
        ("first_response", "calendar_seconds", "first_reply_time_calendar_minutes"),
        ("first_response", "business_seconds", "first_reply_time_business_minutes"),
        ("first_resolution", "calendar_seconds", "first_resolution_calendar_minutes"),
        ("first_resolution", "business_seconds", "first_resolution_business_minutes"),
        ("full_resolution", "calendar_seconds", "final_resolution_calendar_minutes"),
        ("full_resolution", "business_seconds", "full_resolution_business_minutes"),
    ],
)
def test_minutes_of_tickets(desk: Home, measure: str, column: str, expected: str) -> None:
    wanted = {
        row["ticket_id"]: float(row[expected]) for row in _rows("ticket_metrics") if row[expected]
    }
    told = _minutes(desk, measure, column)
    # Resolutions by the calendar are told there in whole minutes, cut off.
    assert {
        ticket: pytest.approx(m, abs=1 if "resolution_cal" in expected else 1e-4)
        for ticket, m in wanted.items()
    } == told


def test_a_ticket_without_reply_has_no_time_and_one_that_is_open_is_pending(desk: Home) -> None:
    with desk.warehouse() as con:
        told: list[Any] = con.execute(
            """select contact_id, measure, state, calendar_seconds, agent_reply_count from marts.fct_case_times
            where contact_id in ('zendesk/5', 'zendesk/6') and measure in ('first_response', 'full_resolution')
            order by all"""
        ).fetchall()
    until_now = (11 * 24 + 15) * 3600  # from the 21st at nine to the second of January
    assert told == [
        ("zendesk/5", "first_response", "none", None, 0),
        ("zendesk/5", "full_resolution", "done", 7200, 0),
        ("zendesk/6", "first_response", "pending", until_now, 0),
        ("zendesk/6", "full_resolution", "pending", until_now, 0),
    ]


def test_promises_in_business_time(desk: Home) -> None:
    wanted = [
        (
            f"zendesk/{row['ticket_id']}",
            row["sla_breach_at"],
            float(row["sla_elapsed_time"]) * 60,
            "breached" if row["is_sla_breach"] == "true" else "met",
        )
        for row in _rows("sla_policies")
    ]
    with desk.warehouse() as con:
        told = con.execute(
            """select contact_id, strftime(breach_at, '%Y-%m-%d %H:%M:%S'), cast(elapsed_seconds as double), state
            from marts.fct_sla_events where metric = 'first_reply_time' order by contact_id"""
        ).fetchall()
    assert told == sorted(wanted)


def test_a_ticket_that_changes_its_schedule_follows_both(desk: Home) -> None:
    with desk.warehouse() as con:
        told = con.execute(
            """select schedule_count, interval_count, dropped_count from marts.fct_case_times
            where contact_id = 'zendesk/941606' and measure = 'first_response'"""
        ).fetchall()
        dropped = con.execute(
            """select interval_count, dropped_count from marts.fct_case_times
            where contact_id = 'zendesk/3' and measure = 'first_response'"""
        ).fetchall()
    assert told == [(2, 3, 0)]
    assert dropped == [(2, 1)]  # Christmas Day was taken out


def test_a_home_of_which_a_part_was_made_is_not_published(desk: Home) -> None:
    told = desk.cx("run", "--as-of", "2021-01-02", "--select", 'key:"published/analysts"', expect=1)
    assert "does not exist; rebuild it with: cx run" in told.err
