"""Backups on a schedule of their own, where `[backup] folder` says where to; else none of this."""

from collections.abc import Iterator
from datetime import UTC, time
from typing import Any

import dagster as dg

from cx_pipeline.backup import history
from cx_pipeline.backup.take import take
from cx_pipeline.backup.verify import verify
from cx_pipeline.defs.resources import OWNERS, NightResource, home
from cx_pipeline.warehouse import lock_holder

GROUP = "keep"


def _backup(night: NightResource) -> Iterator[dg.MaterializeResult[None]]:
    """Take and prove one; the run lock is held by `night`."""
    settings, folder = home().settings, home().settings.backup_folder
    assert folder is not None  # else there is no such asset
    done = take(settings, folder)
    proof = verify(settings, done.path)
    yield dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(done.path)),
            "bytes": done.bytes,
            "content_hash": proof.content_hash,
            "recovery_seconds": proof.recovery_seconds,
        }
    )


def _tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One backup each `every_days` days."""
    tick = context.scheduled_execution_time.astimezone(UTC)
    if not history.is_due(home().settings, tick):
        return dg.SkipReason("the last backup is recent enough")
    if holder := lock_holder(home().settings.lock_file):
        return dg.SkipReason(f"a run is at work ({holder.command}); tried again in an hour")
    return dg.RunRequest(run_key=f"{tick:%Y-%m-%dT%H:%M}")


jobs: list[Any] = []  # Dagster does not export the type of a job that is not resolved yet
schedules: list[dg.ScheduleDefinition] = []

if home().settings.backup_folder is not None:
    backup = dg.asset(
        name="backup",
        group_name=GROUP,
        owners=OWNERS,
        description="One encrypted backup, restored aside and compared: marts, vault, audit chain.",
    )(_backup)
    _job = dg.define_asset_job(
        "take_backup",  # `backup` is the asset's
        selection=dg.AssetSelection.groups(GROUP),
        description="Take an encrypted backup and prove that it restores.",
    )
    _when, _by = home().settings.schedule, time.fromisoformat(home().settings.schedule.deadline)
    jobs.append(_job)
    schedules.append(
        dg.ScheduleDefinition(
            name="backup_schedule",
            job=_job,
            # From the deadline of the night on, and hourly until the lock is free.
            cron_schedule=f"{_by.minute} {_by.hour}-23 * * *",
            execution_timezone=_when.zone,
            execution_fn=_tick,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    )
