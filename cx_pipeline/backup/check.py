"""The night's look at backups: one whose restore was never proved is no backup."""

from datetime import datetime

from cx_pipeline.backup import history
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.settings import Settings

RECENT = "last_verified_restore_is_recent"
TOLD = "A backup that is not too old was restored and compared (it never stops a publish)."


def judge_backups(settings: Settings, now: datetime) -> list[Verdict]:
    """Whether a recent backup was proved; nothing where `cx.toml` names no folder for them."""
    if settings.backup_folder is None:
        return []
    wrong = history.too_long_ago(settings, now)
    return [Verdict(RECENT, "", wrong is None, detail=wrong or "", blocking=False)]
