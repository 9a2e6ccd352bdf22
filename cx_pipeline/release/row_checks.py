"""dbt's tests as verdicts, and which of them have to have passed before anything is published."""

from collections.abc import Iterator, Mapping, MutableSequence
from dataclasses import replace
from typing import Any

from cx_pipeline.expectations.verdict import Severity, Verdict
from cx_pipeline.privacy.safe_text import safe_text
from cx_pipeline.release.gate import Expected

# What dbt says of a test that ran; anything else (error, skipped) is a check that did not pass.
_PASSED = {"pass", "warn"}


def dbt_verdict(manifest: Mapping[str, Any], result: Mapping[str, Any]) -> Verdict:
    """The verdict of one test from the data of dbt's `LogTestResult`."""
    node = manifest["nodes"][result["node_info"]["unique_id"]]
    status = str(result["status"]).lower()
    severity = _severity(node)
    failures = int(result.get("num_failures") or 0)
    passed = status in _PASSED and not (status == "warn" and failures)
    return Verdict(
        check_name=node["name"],
        table_name=", ".join(_tables(manifest, node)),
        passed=passed,
        kind="dbt",
        severity=severity,
        detail="" if passed else _detail(node, status, failures),
        observed=float(failures),
        blocking=severity == "error",
    )


def explain(verdicts: MutableSequence[Verdict], result: Mapping[str, Any]) -> None:
    """Add to the verdict of a check that did not finish what the database said, from the data of
    dbt's `RunResultError`.
    """
    why = safe_text(str(result["msg"])).partition("): ")[2]
    for place, verdict in enumerate(verdicts):
        if why and verdict.check_name == result["node_info"]["node_name"]:
            verdicts[place] = replace(verdict, detail=f"{verdict.detail}: {why}")


def expected_row_checks(manifest: Mapping[str, Any]) -> Iterator[Expected]:
    """The tests of severity error."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and _severity(node) == "error":
            yield Expected(node["name"], _tables(manifest, node))


def _severity(node: Mapping[str, Any]) -> Severity:
    return "warn" if str(node["config"].get("severity", "error")).lower() == "warn" else "error"


def _detail(node: Mapping[str, Any], status: str, failures: int) -> str:
    if status == "fail" or failures:
        return f"{failures} rows; see {node['original_file_path']}"
    return f"the check itself did not finish ({status}); see {node['original_file_path']}"


def _tables(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[str, ...]:
    names = []
    for name in node["depends_on"]["nodes"]:
        parent = manifest["nodes"].get(name) or manifest["sources"].get(name)
        if parent:
            names.append(f"{parent['schema']}.{parent.get('alias') or parent['name']}")
    return tuple(sorted(names))
