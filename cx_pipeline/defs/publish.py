"""The last step: what is shown to an audience, proved however it was started."""

from collections.abc import Iterator

import dagster as dg

from cx_pipeline.defs.quality import expected_checks
from cx_pipeline.defs.resources import OWNERS, NightResource, home, manifest, warehouse
from cx_pipeline.privacy import acts
from cx_pipeline.privacy.safe_text import safe_error
from cx_pipeline.release import ledger
from cx_pipeline.release.gate import GateRefused, LeakFound
from cx_pipeline.release.marts import META_CHECKS, META_PUBLISH, published_tables
from cx_pipeline.release.publish import publish as release
from cx_pipeline.release.reach import reach
from cx_pipeline.release.shelf import PublishError
from cx_pipeline.report.drawing import start_converter
from cx_pipeline.report.page import write_report
from cx_pipeline.rights.erase import published as forget_before
from cx_pipeline.rights.erase import waiting

_TABLES = published_tables(manifest())
# Written by publishing itself; all others are dbt models.
_OWN = {META_CHECKS, META_PUBLISH}
_ASSET = dg.AssetKey(["published", home().audience])
_GATE = "everything_was_judged"
_SEARCH = "no_personal_value_in_the_files"


@dg.asset(
    key=_ASSET,
    deps=[dg.AssetKey([table.schema, table.name]) for table in _TABLES if table.name not in _OWN],
    group_name="published",
    owners=OWNERS,
    description=(
        "The marts as files: cx_marts.duckdb, Parquet, manifest.json, report.html, behind the "
        "link `current`. Publishing proves the gate itself and searches the files it shows."
    ),
    check_specs=[
        dg.AssetCheckSpec(_GATE, asset=_ASSET, description="Each blocking check, this content."),
        dg.AssetCheckSpec(_SEARCH, asset=_ASSET, description="Patterns, known values, canaries."),
    ],
)
def publish(
    context: dg.AssetExecutionContext, night: NightResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Prove, build aside, search, swap. Refused, the last good publish stays live."""
    settings = home().settings
    with night.noting(context) as told, warehouse() as con:
        told.step("publish: the gate is proved, files are built aside and searched")
        last = ledger.last_snapshot(con)
        told.as_of = told.as_of or night.day(last.as_of if last else None)
        try:
            shown = release(
                settings,
                con,
                audience=home().audience,
                run_id=context.run.run_id,
                as_of=told.as_of,
                manifest_extra=reach(con, settings),
                expected=expected_checks(),
                tables=_TABLES,
                report=write_report,
                prepare=start_converter,
                contracts=home().contracts,
                anew=bool(waiting(settings)),
            )
        except GateRefused as refused:
            told.refusal = str(refused)
            acts.refused(settings, home().audience, context.run.run_id, refused.reasons)
            yield _failed(_GATE, refused.reasons)
            raise dg.Failure(description=str(refused), allow_retries=False) from refused
        except LeakFound as leak:
            told.leaks = list(leak.reasons)
            acts.refused(settings, home().audience, context.run.run_id, leak.reasons)
            yield dg.AssetCheckResult(check_name=_GATE, passed=True)
            yield _failed(_SEARCH, leak.reasons)
            raise dg.Failure(description=str(leak), allow_retries=False) from leak
        except PublishError as fault:
            told.errors.append(safe_error(fault))
            raise dg.Failure(description=safe_error(fault), allow_retries=False) from None
        forget_before(settings)
        acts.published(settings, home().audience, [shown.manifest], context.run.run_id)
        told.published, told.content_hash = shown.folder.name, shown.content_hash
        yield dg.AssetCheckResult(check_name=_GATE, passed=True)
        yield dg.AssetCheckResult(check_name=_SEARCH, passed=True)
        yield dg.MaterializeResult(
            metadata={
                "publish": shown.folder.name,
                "content_hash": shown.content_hash,
                "as_of": told.as_of.isoformat(),
                "report": dg.MetadataValue.path(str(shown.folder / "report.html")),
                "unchanged": shown.unchanged,
            }
        )


def _failed(check: str, reasons: tuple[str, ...]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check, passed=False, metadata={"reasons": "\n".join(reasons)}
    )
