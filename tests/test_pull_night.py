"""A night that pulls first: what cannot be pulled is said, and everything else goes on."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from homes import AS_OF, ROOT, Home, dagster_environment

from cx_pipeline.warehouse import run_lock

SALES = ["--events", "1000", "--seed", "3"]


def place(home: Home, **places: str) -> None:
    toml = home.path / "cx.toml"
    told = toml.read_text().partition("\n[pull.")[0]
    for source, lines in places.items():
        told += f"\n[pull.{source}]\n{lines}\n"
    toml.write_text(told)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two sources whose files lie elsewhere."""
    home = Home(tmp_path / "home")
    home.cx("init", "--sources", "ga4,connect")
    home.cx("sample", *SALES)
    (tmp_path / "theirs").mkdir()
    for source in ("ga4", "connect"):
        shutil.move(home.landing / source, tmp_path / "theirs" / source)
    for path in list(home.landing.iterdir()):
        shutil.rmtree(path)
    return home


def test_cx_pull_says_what_came_and_what_did_not(home: Home, tmp_path: Path) -> None:
    assert "cx.toml has no [pull.<source>]" in home.cx("pull", expect=2).err
    theirs = tmp_path / "theirs"
    place(home, ga4=f'url = "{theirs}/ga4"', connect=f'url = "{theirs}/gone"')
    ran = home.cx("pull", "--json", expect=1)
    told = {one["source"]: one for one in ran.told["sources"]}
    assert told["ga4"]["faults"] == [] and len(told["ga4"]["files"]) > 80
    assert told["connect"]["faults"] == [
        "pull connect.contact_records: the folder of url is not there; check url in cx.toml"
    ]
    place(home, ga4=f'url = "{theirs}/ga4"', connect=f'url = "{theirs}/connect"')
    assert home.cx("pull", "connect", "--json").told["sources"][0]["files"]
    assert home.cx("pull", "--json").told["sources"][0]["files"] == []
    again = home.cx("pull", "ga4", "--again", "--json").told["sources"][0]
    assert again["faults"] == [] and len(list((home.landing / "ga4").rglob("*.gz"))) == len(
        again["files"]
    )
    assert "'salesforce' is not pulled" in home.cx("pull", "salesforce", expect=2).err
    with run_lock(home.path / "state" / "run.lock", "someone"):
        assert "(someone) holds the run lock" in home.cx("pull", expect=4).err
    lines = (home.path / "state" / "pulls" / "connect.jsonl").read_text().splitlines()
    assert [json.loads(line)["table"] for line in lines] == ["contact_records"]


GRAPH = """
from cx_pipeline.definitions import defs
graph = defs.resolve_asset_graph()
for key in sorted(graph.get_all_asset_keys(), key=str):
    if key.path[0] in ("pull", "ga4", "connect"):
        parents = graph.get(key).parent_keys
        print(key.to_user_string(), graph.get(key).group_name, *[p.to_user_string() for p in parents])
for check in graph.asset_check_keys:
    if check.name == "pulled":
        print("check", check.asset_key.to_user_string())
"""


def test_a_pulled_source_is_an_asset_before_its_landing_and_others_are_not(home: Home) -> None:
    place(home, ga4='url = "/theirs"')
    done = subprocess.run(
        [sys.executable, "-c", GRAPH], cwd=ROOT, env=dagster_environment(home),
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "connect/contact_records connect",
        "ga4/events ga4 pull/ga4",
        "pull/ga4 pull",
        "check pull/ga4",
    ]


@pytest.mark.prove
def test_a_night_pulls_first_and_goes_on_without_what_does_not_come(
    home: Home, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    place(home, ga4=f'url = "{theirs}/ga4"', connect=f'url = "{theirs}/gone"')
    ran = home.cx("run", "--as-of", AS_OF, "--json", expect=1)
    assert ran.told["failed_checks"] == [
        "pull connect.contact_records: the folder of url is not there; check url in cx.toml"
    ]
    assert ran.told["published"] and ran.told["steps"][0] == "pull: ga4"
    place(home, ga4=f'url = "{theirs}/ga4"', connect=f'url = "{theirs}/connect"')
    after = home.cx("run", "--as-of", AS_OF, "--json").told
    dropped = Home(tmp_path / "dropped")
    dropped.cx(
        "init", "--sources", "ga4,connect", "--key-file", str(home.path / "state/keys/token.key")
    )
    for source in ("ga4", "connect"):
        shutil.copytree(theirs / source, dropped.landing / source, dirs_exist_ok=True)
    assert (
        dropped.cx("run", "--as-of", AS_OF, "--json").told["content_hash"] == after["content_hash"]
    )
