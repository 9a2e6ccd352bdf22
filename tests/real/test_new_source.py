"""Real files that the project has no pack for: proposed, written as packs and landed whole."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from cx_pipeline.landing.load import land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.profile.pack import write_pack
from cx_pipeline.profile.proposal import propose
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, scratch

# Rows, and how many of them equal another row before them (data/README.md).
FILES = {
    "experiments/hillstrom.csv": (64_000, 6_562),
    "shoppers/online_shoppers_intention.csv": (12_330, 125),
}

# 85 sessions of 12,330 have a word among the numbers.
ANSWERS = {"shoppers/online_shoppers_intention.csv": {"type.visitor_type": "varchar"}}


@pytest.mark.parametrize("name", FILES)
def test_every_row_lands_equal_ones_too(data: Path, tmp_path: Path, name: str) -> None:
    file = data / name
    rows, equal = FILES[name]
    with scratch() as con:
        con.execute("set preserve_insertion_order = true")
        proposal = propose(con, file, ANSWERS.get(name, {}))
    assert proposal.delivered.rows == rows
    assert proposal.questions == [] and "key" not in proposal.extract
    pack, _ = write_pack(tmp_path / "packs" / "unknown", [proposal], {})
    settings = Settings(
        home=tmp_path / "home", sources=("unknown",), pack_paths=(tmp_path / "packs",)
    )
    make_key(settings.token_key_file)
    landing = settings.landing / "unknown"
    landing.mkdir(parents=True)
    shutil.copy(file, landing)
    for again in (False, True):
        if again:  # the same bytes under another name add nothing
            shutil.copy(file, landing / f"{proposal.table}_2.csv")
        (told,) = land(settings, [pack], run_id="real", now=datetime(2026, 1, 1))
        wanted = (rows, 0, 0, rows) if again else (rows, rows, 0, 0)
        assert (told.rows_read, told.accepted, told.quarantined, told.duplicate) == wanted
    columns = ", ".join(column.name for column in proposal.columns)
    with connect(settings.warehouse_file) as con:
        query = f"select count(*), count(distinct ({columns})) from raw_unknown.{proposal.table}"
        assert con.execute(query).fetchone() == (rows, rows - equal)
