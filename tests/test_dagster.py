"""The other entrances: Dagster's command line, its webserver, its daemon – the same work, the same gate."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from homes import AS_OF, ROOT, Demo, Home, dagster_environment

BIN = Path(sys.executable).parent
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on InvalidSubsetError { message }
    ... on PipelineNotFoundError { message }
  }
}"""
STATUS = "query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
ASSETS = """{ assetNodes {
    assetKey { path } groupName owners { __typename } description isMaterializable
} }"""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Webserver:
    """A real dagster-webserver on loopback, asked as its page asks it."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            self._url, data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["data"]

    def materialise(
        self, *paths: list[str], job: str = "__ASSET_JOB", config: dict[str, str] | None = None
    ) -> str:
        """Launch a run and wait for its end; returns its status."""
        selector: dict[str, Any] = {
            "repositoryLocationName": "cx_pipeline",
            "repositoryName": "__repository__",
            "pipelineName": job,
        }
        if paths:
            selector["assetSelection"] = [{"path": path} for path in paths]
        run_config = {"resources": {"night": {"config": config}}} if config else {}
        params = {"selector": selector, "runConfigData": json.dumps(run_config), "mode": "default"}
        told = self.ask(LAUNCH, params=params)["launchPipelineExecution"]
        if told["__typename"] != "LaunchRunSuccess":
            return str(told["message"])
        for _ in range(600):
            status = self.ask(STATUS, id=told["run"]["runId"])["runOrError"]["status"]
            if status in {"SUCCESS", "FAILURE", "CANCELED"}:
                return str(status)
            time.sleep(0.5)
        pytest.fail("the run did not end")


@contextmanager
def webserver(home: Home) -> Iterator[Webserver]:
    port = free_port()
    command = [str(BIN / "dagster-webserver"), "-w", "workspace.yaml", "-h", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "-p", str(port)],
        cwd=ROOT,
        env=dagster_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Webserver(port)
        for _ in range(240):
            try:
                server.ask("{ version }")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def copied(demo: Demo, tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    return home


def test_publish_alone_proves_the_gate(demo: Demo, tmp_path: Path) -> None:
    home = copied(demo, tmp_path)
    before = home.manifest["content_hash"]
    with webserver(home) as server:
        nodes = server.ask(ASSETS)["assetNodes"]
        assert len(nodes) > 80
        bare = [n["assetKey"]["path"] for n in nodes if not n["description"] or not n["owners"]]
        assert bare == []
        assert server.materialise(["published", "analysts"]) == "SUCCESS"
        assert home.manifest["content_hash"] == before
        with home.warehouse(read_only=False) as con:
            con.execute("update marts.fct_contacts set wait_seconds = 0 where wait_seconds > 0")
        live = home.current.resolve()
        assert server.materialise(["published", "analysts"]) == "FAILURE"
        assert home.current.resolve() == live


@pytest.mark.prove
def test_a_group_and_some_days_again_give_the_same(demo: Demo, tmp_path: Path) -> None:
    home = copied(demo, tmp_path)
    before = home.manifest["content_hash"]
    with webserver(home) as server:
        nodes = server.ask(ASSETS)["assetNodes"]
        # What `cx train` learns is shown, and no run makes it: Dagster offers no button for it.
        made = [node for node in nodes if node["isMaterializable"]]
        learnt = [n["assetKey"]["path"] for n in nodes if n not in made]
        assert learnt == [["learned", "reason_terms"], ["learned", "topic_terms"]]
        assert "reason_terms" in server.materialise(*learnt)
        for group in sorted({node["groupName"] for node in made}):
            members = [n["assetKey"]["path"] for n in made if n["groupName"] == group]
            assert server.materialise(*members) == "SUCCESS", group
        days = {"backfill_from": "2026-05-01", "backfill_to": "2026-05-02", "as_of": AS_OF}
        assert server.materialise(job="nightly", config=days) == "SUCCESS"
        assert home.manifest["content_hash"] == before


def test_dagster_job_execute_does_the_same_work(demo: Demo, by_dagster: Home) -> None:
    assert by_dagster.manifest["content_hash"] == demo.manifest["content_hash"]


SCHEDULE = """
from datetime import datetime
from zoneinfo import ZoneInfo
import dagster as dg
from cx_pipeline.defs.automation import nightly_schedule
for moment in ("2026-03-29T03:00", "2026-10-25T03:00", "2026-10-26T03:00"):
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    context = dg.build_schedule_context(scheduled_execution_time=at)
    request = nightly_schedule(context)
    print(request.run_key, request.run_config["resources"]["night"]["config"]["as_of"])
"""


def test_a_tick_is_of_its_own_date_on_days_of_23_and_25_hours(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cx("init")
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text().replace('"UTC"', '"Europe/Berlin"'))
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULE],
        cwd=ROOT,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    days = ["2026-03-29", "2026-10-25", "2026-10-26"]
    keys = [f"{days[0]}T03:00+0200", f"{days[1]}T03:00+0100", f"{days[2]}T03:00+0100"]
    assert done.stdout.split() == [word for told in zip(keys, days, strict=True) for word in told]


@pytest.mark.prove
def test_every_asset_materialises_alone(demo: Demo, tmp_path: Path) -> None:
    home = copied(demo, tmp_path)
    before = home.manifest["content_hash"]
    with webserver(home) as server:
        for node in server.ask(ASSETS)["assetNodes"]:
            if not node["isMaterializable"]:
                continue
            assert server.materialise(node["assetKey"]["path"]) == "SUCCESS", node
        assert server.materialise(["published", "analysts"]) == "SUCCESS"
    assert home.manifest["content_hash"] == before
