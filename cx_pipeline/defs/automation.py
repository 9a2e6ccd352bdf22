"""When runs start by themselves, and who is told when one fails or is late."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from cx_pipeline.alerts import alert_once
from cx_pipeline.defs import ingest
from cx_pipeline.defs.resources import home

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("keep"),
    description="Land what was delivered, rebuild what it changed, judge it, publish it.",
)

# What it lands is transformed and published by the next night.
replay = dg.define_asset_job(
    "replay",
    selection=dg.AssetSelection.assets(ingest.landing).without_checks()
    | dg.AssetSelection.checks(*ingest.landing.check_keys),
    description="Read again what a mended contract lets in: quarantine and files set aside.",
)


def run_config(as_of: str | None = None, **told: object) -> dict[str, object]:
    """The run configuration of a night: `as_of` (YYYY-MM-DD), `full_refresh`, backfill days."""
    config = {key: value for key, value in {"as_of": as_of, **told}.items() if value is not None}
    return {"resources": {"night": {"config": config}}}


@dg.schedule(
    job=nightly,
    cron_schedule=home().settings.schedule.cron,
    execution_timezone=home().settings.schedule.zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run a tick; `as_of` is the tick's own date, so that a missed tick catches up exactly."""
    tick = context.scheduled_execution_time.astimezone(ZoneInfo(home().settings.reporting_zone))
    day, key = tick.date().isoformat(), f"{tick:%Y-%m-%dT%H:%M%z}"
    return dg.RunRequest(run_key=key, run_config=run_config(day), tags={"cx/as_of": day})


@dg.sensor(job=nightly, minimum_interval_seconds=60)
def landing_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A night as soon as something new lies in landing (off by default: the schedule suffices)."""
    landing = home().settings.landing
    seen = sorted(
        f"{path.relative_to(landing)}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
        for path in landing.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    if not seen:
        return dg.SkipReason("nothing lies in landing")
    latest = max(entry.rsplit(":", 1)[1] for entry in seen)
    cursor = f"{len(seen)}:{latest}"
    if cursor == context.cursor:
        return dg.SkipReason("nothing new since the last look")
    context.update_cursor(cursor)
    return dg.RunRequest(run_key=cursor, run_config=run_config())


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def failure_alert(context: dg.RunFailureSensorContext) -> None:
    """Tell the webhook of a failed run, once."""
    run = context.dagster_run
    alert_once(
        home().settings,
        f"run-{run.run_id}",
        f"The run {run.run_id} of {run.job_name} failed; the last good publish stays live. "
        "See the run in Dagster, or: cx status",
    )


@dg.sensor(
    asset_selection=None,
    target=None,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def deadline_alert(_context: dg.SensorEvaluationContext) -> Iterator[dg.SkipReason]:
    """Tell the webhook, once a day, when the night is not published by its deadline."""
    settings = home().settings
    zone = ZoneInfo(settings.schedule.zone)
    now = datetime.now(UTC).astimezone(zone)
    deadline = datetime.combine(now.date(), time.fromisoformat(settings.schedule.deadline), zone)
    published = _published_as_of()
    if now >= deadline and (published is None or published < now.date().isoformat()):
        alert_once(
            settings,
            f"late-{now.date()}",
            f"The night of {now.date()} is not published at its deadline {deadline:%H:%M} "
            f"({settings.schedule.zone}); live is the publish of {published or 'nothing yet'}.",
        )
    yield dg.SkipReason("the deadline was looked at")


def _published_as_of() -> str | None:
    manifest = home().settings.published / home().audience / "current" / "manifest.json"
    try:
        told: str = json.loads(manifest.read_text())["as_of"]
    except FileNotFoundError:
        return None
    return told
