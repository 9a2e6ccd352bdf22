"""Homes that tests share: made once, copied by whoever changes one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import AS_OF, ROOT, SAMPLE, Demo, Home, dagster_environment


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[..., Home]:
    """Makes homes: `new_home('name', sources='olist')`."""

    def make(name: str = "home", *, sources: str | None = None, key: Path | None = None) -> Home:
        home = Home(tmp_path / name)
        args = ["init"]
        args += ["--sources", sources] if sources else []
        args += ["--key-file", str(key)] if key else []
        home.cx(*args)
        return home

    return make


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all homes of the session: equal keys and inputs give equal hashes."""
    key = tmp_path_factory.mktemp("key") / "token.key"
    home = Home(tmp_path_factory.mktemp("made"))
    home.cx("init")
    key.write_bytes((home.path / "state" / "keys" / "token.key").read_bytes())
    return key


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Demo:
    """All four sources in one night. Tests must not change it: copy it first."""
    path = tmp_path_factory.mktemp("demo") / "home"
    truth = path.parent / "truth.json"
    home = Home(path)
    home.cx("init", "--key-file", str(key_file))
    home.cx("sample", *SAMPLE, "--truth", str(truth))
    home.cx("run", "--as-of", AS_OF)
    return Demo(path, json.loads(truth.read_text()), key_file)


@pytest.fixture(scope="session")
def by_dagster(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same extracts through `dagster job execute`, in uncompressed files whose bytes tell."""
    home = Home(tmp_path_factory.mktemp("by_dagster") / "home")
    home.cx("init", "--key-file", str(demo.key))
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text() + "\n[warehouse]\nblock_compression = false\n")
    shutil.copytree(demo.landing, home.landing, dirs_exist_ok=True)
    config = home.path.parent / "run.yaml"
    config.write_text(f'resources:\n  night:\n    config:\n      as_of: "{AS_OF}"\n')
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "cx_pipeline.definitions"]
    done = subprocess.run(
        [*command, "-j", "nightly", "-c", str(config)],
        cwd=ROOT,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return home
