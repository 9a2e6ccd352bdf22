"""What Dagster loads: the `defs/` rooms of one home (CX_HOME), with one freshness policy."""

from datetime import timedelta

import dagster as dg

from cx_pipeline import defs as rooms
from cx_pipeline.defs import automation, backup, transform
from cx_pipeline.defs.resources import NightResource

# A night that is a day and a half old has missed its schedule once.
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))

defs = dg.Definitions(
    assets=[
        *dg.map_asset_specs(
            lambda spec: (
                spec.replace_attributes(freshness_policy=FRESH)
                if spec.group_name != backup.GROUP  # has a check of its own
                else spec
            ),
            [
                assets
                for assets in dg.load_assets_from_package_module(rooms)
                if isinstance(assets, dg.AssetsDefinition)
            ],
        ),
        *transform.learned,
    ],
    asset_checks=dg.load_asset_checks_from_package_module(rooms),
    jobs=[automation.nightly, automation.replay, *backup.jobs],
    schedules=[automation.nightly_schedule, *backup.schedules],
    sensors=[automation.landing_sensor, automation.failure_alert, automation.deadline_alert],
    resources={"night": NightResource.configure_at_launch()},
    executor=dg.in_process_executor,
)
