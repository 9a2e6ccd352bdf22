"""Delivered files leave the home once their rows are archived and their time is over."""

from datetime import datetime, timedelta

import duckdb

from cx_pipeline.landing.discover import path_of
from cx_pipeline.settings import Settings


def retire(settings: Settings, con: duckdb.DuckDBPyConnection, now: datetime) -> list[str]:
    """Delete loaded files older than `retention.landing_days`, and at once those of which an
    erasure took or blanked rows; returns their names.

    A file goes only if it is still the very file that was loaded. `now` is UTC, as `loaded_at`.
    """
    before = now.replace(tzinfo=None) - timedelta(days=settings.retention.landing_days)
    rows = con.execute(
        """select distinct source, file_name, sha256, file_size, file_mtime_ns from landing.loads
        where status = 'loaded' and (loaded_at < ? or erased + blanked > 0) order by all""",
        [before],
    ).fetchall()
    gone = []
    for source, name, sha256, size, mtime_ns in rows:
        path = path_of(settings.landing / source, name, sha256)
        if path is None:
            continue
        told = path.stat()
        if (told.st_size, told.st_mtime_ns) == (size, mtime_ns):
            path.unlink()
            gone.append(f"{source}/{name}")
    return gone
