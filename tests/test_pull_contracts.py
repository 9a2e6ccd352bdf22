"""What a contract may say of a pull, what it may not, and that the documented examples work."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from homes import ROOT
from pull_world import TICKETS, pulled_home
from pydantic import TypeAdapter

from cx_pipeline.contracts import ContractError, load_pack
from cx_pipeline.pulls import Pull
from cx_pipeline.sections import PullFrom
from cx_pipeline.settings import DEMO_SOURCES, SHIPPED_PACKS

REST = {"kind": "rest", "path": "/x"}
DOC = (ROOT / "docs" / "pulls.md").read_text()


@pytest.mark.parametrize(
    ("pull", "said"),
    [
        ({"kind": "files", "pth": "x"}, "unknown key pull.files.pth"),
        ({"kind": "ftp"}, "pull"),
        ({**REST, "path": "x"}, "pull.rest.path"),
        ({**REST, "paging": {"by": "page"}}, "paging by page needs param"),
        ({**REST, "paging": {"by": "next"}}, "paging by next needs token"),
        ({**REST, "params": {"a": "{cursor}"}}, "where there is a cursor, and only there"),
        ({**REST, "file": "tickets.ndjson"}, "a name with {stamp} that tickets_*.ndjson takes"),
        ({**REST, "file": "others_{stamp}.ndjson"}, "a name with {stamp}"),
        ({"kind": "query", "sql": "select 1 where x > {cursor}"}, "only there"),
    ],
)
def test_a_pull_that_cannot_be_meant_is_refused(pull: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError) as told:
        pulled_home(tmp_path, {"url": "/x"}, pull)
    assert said in str(told.value)


@pytest.mark.parametrize("told", [{"escape": "!"}, {"delimiter": "||"}, {"decimal": ","}])
def test_a_pull_that_writes_rows_writes_plain_csv(told: dict[str, str], tmp_path: Path) -> None:
    extract = {**TICKETS["extract"], "files": "tickets_*.csv", "format": "csv", "delimiter": ";"}
    table = {**TICKETS, "extract": {**extract, **told}}
    with pytest.raises(ContractError, match="a delimiter of one character, no escape"):
        pulled_home(tmp_path, {"url": "https://x.example"}, REST, table=table)


@pytest.mark.parametrize(
    ("extract", "name"),
    [
        ({}, "tickets_{stamp}.ndjson"),
        ({"files": "tickets_*.ndjson.gz"}, "tickets_{stamp}.ndjson"),
        ({"files": "Ticket*.csv", "format": "csv"}, "Ticket_{stamp}.csv"),
    ],
)
def test_a_pulled_file_has_a_name_that_its_contract_takes(
    extract: dict[str, str], name: str, tmp_path: Path
) -> None:
    table = {**TICKETS, "extract": {**TICKETS["extract"], **extract}}
    home = pulled_home(tmp_path, {"url": "https://x.example"}, REST, table=table)
    contract = home.pack.contract("tickets")
    assert contract.pulled_name == name
    assert contract.matches(name.replace("{stamp}", "20261105T030000Z"))


def test_how_a_file_is_pulled_is_not_how_it_is_read(tmp_path: Path) -> None:
    """A changed pull lands nothing again."""
    one = pulled_home(tmp_path / "a", {"url": "/x"}, {"kind": "files"}).pack.contract("tickets")
    other = pulled_home(tmp_path / "b", {"url": "/x"}, REST).pack.contract("tickets")
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("source", DEMO_SOURCES)
def test_every_table_of_the_demo_says_how_it_is_pulled(source: str) -> None:
    assert all(contract.pull for contract in load_pack(SHIPPED_PACKS / source).contracts)


def test_the_documented_examples_are_pulls_and_places() -> None:
    pulls = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
    places = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
    assert (len(pulls), len(places)) == (3, 4)
    kinds = {TypeAdapter(Pull).validate_python(yaml.safe_load(told)["pull"]).kind for told in pulls}
    assert kinds == {"files", "query", "rest"}
    for told in places:
        for place in tomllib.loads(told)["pull"].values():
            assert PullFrom(**place).secret


def test_every_key_of_a_place_is_documented() -> None:
    table = DOC.partition("## `cx.toml`")[2].partition("## ")[0]
    assert [name for name in PullFrom.model_fields if f"`{name}`" not in table] == []
