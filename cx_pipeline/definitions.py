"""What Dagster loads: the `defs/` rooms of one home (CX_HOME), with one freshness policy."""

from datetime import timedelta

import dagster as dg

from cx_pipeline import defs as rooms
from cx_pipeline.defs.resources import NightResource

# A night that is a day and a half old has missed its schedule once.
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))

defs = dg.Definitions.merge(
    dg.load_definitions_from_package_module(rooms, executor=dg.in_process_executor),
    dg.Definitions(resources={"night": NightResource.configure_at_launch()}),
).map_resolved_asset_specs(func=lambda spec: spec.replace_attributes(freshness_policy=FRESH))
