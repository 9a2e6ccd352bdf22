"""What we use of dagster-dbt, imported as where dbt is not installed: with its own definitions.

dbt works in a process of its own; to import it here as well would take 2.4 s of every start.
"""

import sys

_before = sys.modules.get("dbt")
sys.modules["dbt"] = None  # type: ignore[assignment]
try:
    from dagster_dbt import DagsterDbtTranslator, dbt_assets
    from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
    from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
finally:
    del sys.modules["dbt"]
    if _before is not None:
        sys.modules["dbt"] = _before

__all__ = [
    "DagsterDbtTranslator",
    "DbtCoreCliEventMessage",
    "dbt_assets",
    "get_updated_cli_invocation_params_for_context",
]
