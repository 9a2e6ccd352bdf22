"""A night without a network: nothing is asked for, so nothing is missed and nothing is told."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import AS_OF, ROOT, Home


@pytest.mark.system
def test_a_night_makes_no_connection_attempt(new_home: Callable[..., Home], tmp_path: Path) -> None:
    home = new_home()
    calls = tmp_path / "calls.txt"
    apart = ["unshare", "--net", "--map-root-user"]
    watched = ["strace", "-f", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    cx = [sys.executable, "-m", "cx_pipeline.cli", "--home", str(home.path)]
    for words in (["sample", "--events", "2000", "--seed", "3"], ["run", "--as-of", AS_OF]):
        done = subprocess.run(
            [*apart, *watched, "-o", str(calls), *cx, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        attempts = [line for line in calls.read_text().splitlines() if "AF_INET" in line]
        assert attempts == []
    assert home.manifest["tables"]


@pytest.mark.system
def test_an_attempt_would_be_seen(tmp_path: Path) -> None:
    calls = tmp_path / "calls.txt"
    reach = "import socket; socket.socket().connect_ex(('192.0.2.1', 443))"
    watched = ["strace", "-f", "--seccomp-bpf", "-e", "trace=connect", "-o", str(calls)]
    subprocess.run(
        ["unshare", "--net", "--map-root-user", *watched, sys.executable, "-c", reach], check=True
    )
    assert "AF_INET" in calls.read_text()
