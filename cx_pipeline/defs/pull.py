"""Pulls before the landing, one asset a source that `[pull.<source>]` names; else none of this."""

from collections.abc import Iterator

import dagster as dg

from cx_pipeline.defs.resources import OWNERS, NightResource, home
from cx_pipeline.pull.run import Pulled, pull_source

GROUP, _CHECK = "pull", "pulled"


def key_of(source: str) -> dg.AssetKey:
    """The asset of what is pulled of a source."""
    return dg.AssetKey([GROUP, source])


def before(source: str) -> list[dg.AssetKey]:
    """What the landing of a source waits for."""
    return [key_of(source)] if source in home().settings.pull else []


def _pull(
    context: dg.AssetExecutionContext, night: NightResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Pull each source; one that fails fails its check and exit code, and the night goes on."""
    chosen = [p for p in home().packs if key_of(p.name) in context.selected_asset_keys]
    checks = {key.asset_key for key in context.selected_asset_check_keys}
    with night.noting(context) as told:
        for pack in chosen:
            told.step(f"pull: {pack.name}")
            pulled = pull_source(home().settings, pack)
            told.step(f"pull: {pulled.sentence}")
            told.failed_checks += pulled.faults
            yield dg.MaterializeResult(asset_key=key_of(pack.name), metadata=_metadata(pulled))
            if key_of(pack.name) in checks:
                yield dg.AssetCheckResult(
                    check_name=_CHECK,
                    asset_key=key_of(pack.name),
                    passed=not pulled.faults,
                    metadata={"failed": "\n".join(pulled.faults)},
                )


def _metadata(pulled: Pulled) -> dict[str, int]:
    return {"files": len(pulled.files), "bytes": pulled.bytes, "rows": pulled.rows}


if home().settings.pull:
    pull = dg.multi_asset(
        name="pull",
        specs=[
            dg.AssetSpec(
                key=key_of(source),
                description=f"What is new at {source}, fetched into landing/{source}/.",
                group_name=GROUP,
                owners=OWNERS,
            )
            for source in home().settings.pull
        ],
        check_specs=[
            dg.AssetCheckSpec(
                _CHECK, asset=key_of(source), description="Every table of it could be pulled."
            )
            for source in home().settings.pull
        ],
        can_subset=True,
    )(_pull)
