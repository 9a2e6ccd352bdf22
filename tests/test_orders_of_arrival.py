"""Promise 1 from the outside: however the extracts come, the marts say the same, by content hash."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import AS_OF, FIXES, SAMPLE, Demo, Home


def drop(night: Path, home: Home, *, folder: str) -> None:
    """Put the extracts of one night into a folder of their own below each source."""
    for source in sorted(path for path in night.iterdir() if path.is_dir()):
        shutil.copytree(source, home.landing / source.name / folder)


def nights_of(folder: Path, count: int) -> list[Path]:
    """The sample, delivered in so many nights."""
    Home(folder).cx("sample", *SAMPLE, "--nights", str(count))
    return [folder / "nights" / str(k) for k in range(1, count + 1)]


def test_the_same_files_again_change_nothing(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "again")
    shutil.copytree(demo.path, home.path, symlinks=True)
    before = home.manifest
    told = home.cx("run", "--as-of", AS_OF, "--json").told
    assert told["transform"] == "skipped"
    assert home.manifest["content_hash"] == before["content_hash"]
    renamed = next((home.landing / "salesforce").glob("Contact*.csv"))
    shutil.copyfile(renamed, renamed.with_name("Contact_sent_again.csv"))
    told = home.cx("run", "--as-of", AS_OF, "--json").told
    again = [file for file in told["files"] if file["file"] == "Contact_sent_again.csv"]
    assert [file["accepted"] for file in again] == [0]
    assert again[0]["duplicate"] + again[0]["quarantined"] == again[0]["rows_read"] > 0
    assert home.manifest["content_hash"] == before["content_hash"]


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.prove)])
def test_nights_backwards_with_files_twice_equal_one_night(
    count: int, demo: Demo, tmp_path: Path, new_home: Callable[..., Home]
) -> None:
    """The demo's rows in so many nights, against the demo: one night of other files."""
    nights = nights_of(tmp_path / "delivered", count)
    backwards = new_home("backwards", key=demo.key)
    (backwards.path / "fixes.yml").write_text(FIXES)
    shuffled = random.Random(4)
    for night in reversed(nights):
        drop(night, backwards, folder=night.name)
        drop(shuffled.choice(nights), backwards, folder=f"again_{night.name}")
        backwards.cx("run", "--as-of", AS_OF)
    assert backwards.manifest["content_hash"] == demo.manifest["content_hash"]
    hashes = {
        name: told["content_hash"]
        for name, told in demo.manifest["tables"].items()
        if told["kind"] == "mart"
    }
    for name, digest in hashes.items():
        assert backwards.manifest["tables"][name]["content_hash"] == digest, name
