"""What every command of a night imports; nothing of a home is in it."""

import os

from cx_pipeline.settings import TELEMETRY_OFF

os.environ.update(TELEMETRY_OFF)

import dagster  # noqa: F401
import dagster_dbt  # noqa: F401
import dbt.adapters.duckdb
import dbt.cli.main  # noqa: F401
import great_expectations.expectations  # noqa: F401

import cx_pipeline.cli.app
import cx_pipeline.expectations.engine
import cx_pipeline.landing.load
import cx_pipeline.release.publish
import cx_pipeline.sample.write  # noqa: F401
