"""A real PostgreSQL: read only, in little memory, by TLS, and no row of an equal moment skipped."""

import os
import pwd
import resource
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme
from pull_world import NOW, TICKETS, PulledHome, pulled_home

from cx_pipeline.contracts import ContractError

pytestmark = pytest.mark.system

LATER = NOW + timedelta(days=1)
PASSWORD = "pw-of-desk-51c"
CURSOR = {"field": "changed_at", "start": "2026-01-01T00:00:00Z"}
SQL = "select id, changed_at, subject from tickets where changed_at >= {cursor} and id::text <> ''"
BY_CSV = {
    **TICKETS,
    "extract": {
        "files": "tickets_*.txt", "format": "csv", "delimiter": ";", "encoding": "cp1252",
        "nulls": ["NULL"], "kind": "increment", "key": ["id"], "version": "changed_at",
    },
}  # fmt: skip


@dataclass
class Database:
    """A server of its own on loopback, and the authority of its certificate."""

    folder: Path
    port: int
    authority: Path

    def run(self, *sql: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as con:
            for one in sql:
                con.execute(one)

    @property
    def conninfo(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=desk password={PASSWORD} dbname=postgres"


def server_bin() -> Path:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """Started as a user who is not root, which PostgreSQL refuses to run as."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        (folder / "key.pem").chmod(0o600)
        (folder / "pw").write_text(PASSWORD)
        user = pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
        as_user = []
        if os.getuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
            as_user = [
                "setpriv",
                f"--reuid={user.pw_uid}",
                f"--regid={user.pw_gid}",
                "--clear-groups",
            ]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        data = folder / "data"

        def run(*words: Any) -> None:
            command = [*as_user, *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        init = [
            "-A",
            "scram-sha-256",
            "-U",
            "desk",
            f"--pwfile={folder / 'pw'}",
            "-E",
            "UTF8",
            "-N",
        ]
        run(server_bin() / "initdb", "-D", data, *init)
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1,127.0.0.2 -c unix_socket_directories={folder} -c fsync=off"
            f" -c ssl=on -c ssl_cert_file={folder / 'cert.pem'} -c ssl_key_file={folder / 'key.pem'}"
        )
        control = [server_bin() / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        run(*control, "-o", options, "start")
        try:
            yield Database(folder, port, folder / "ca.pem")
        finally:
            run(*control, "-m", "immediate", "stop")


@pytest.fixture
def database(server: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("DESK_PASSWORD", PASSWORD)
    server.run(
        "drop table if exists tickets",
        "create table tickets (id text, changed_at timestamptz, subject text)",
        "insert into tickets values ('T1', '2026-11-01 10:00:00.123456+01', 'caf\u00e9; \"x\"'),"
        " ('T2', '2026-11-01 11:00:00.123456+02', null)",
    )
    return server


def home_of(
    tmp_path: Path, database: Database, sql: str = SQL, table: Any = TICKETS, **place: Any
) -> PulledHome:
    pull: dict[str, Any] = {"kind": "query", "sql": sql}
    pull |= {"cursor": CURSOR} if "{cursor}" in sql else {}
    there = {
        "url": f"postgresql://127.0.0.1:{database.port}/postgres",
        "user": "desk",
        "secret": {"env": "DESK_PASSWORD"},
    }
    return pulled_home(tmp_path, {**there, **place}, pull, table=table)


@pytest.mark.parametrize("table", [TICKETS, BY_CSV], ids=["ndjson", "csv in a dialect"])
def test_rows_of_the_cursors_own_moment_are_not_skipped(
    table: Any, database: Database, tmp_path: Path
) -> None:
    home = home_of(tmp_path, database, table=table)
    assert home.pull().rows == 2
    database.run("insert into tickets values ('T3', '2026-11-01 09:00:00.123456+00', 'late')")
    assert home.pull(LATER).rows == 3  # all three are of that moment
    database.run("update tickets set subject = 'new', changed_at = '2026-11-02' where id = 'T1'")
    assert home.pull(LATER + timedelta(days=1)).rows == 3
    assert home.pull(LATER + timedelta(days=2)).rows == 1
    whole = home_of(tmp_path / "whole", database, sql="select * from tickets", table=table)
    whole.pull()
    assert len(home.rows()) == 4  # both versions of T1, and each row once
    newest = {row[0]: row[:3] for row in sorted(home.rows(), key=lambda row: row[1])}
    assert newest == {row[0]: row[:3] for row in whole.rows()}


def test_a_query_only_reads_and_its_faults_quote_no_value(
    database: Database, tmp_path: Path
) -> None:
    writing = "with w as (delete from tickets returning *) select * from w"
    for number, (sql, said) in enumerate(
        [
            (writing, "a pull only reads; write a select"),
            ("select * from tickets for update", "a pull only reads; write a select"),
            ("select * from tickte", "check its names"),
            ("select 'anna@mail.example'::int as id", "SQLSTATE 22P02"),
            ("select id, subject from tickets", "the query gives no column changed_at"),
            ("select 'x'::bytea as id, now() as changed_at, '' as subject", "type bytes"),
        ]
    ):
        home = home_of(tmp_path / str(number), database, sql=sql)
        told = home.refused()
        assert said in told and "anna" not in told, told
        assert (home.files(), home.arrivals()) == ({}, [])
    assert home_of(tmp_path / "z", database).pull().rows == 2


def test_without_tls_only_loopback_and_a_certificate_is_proved(
    database: Database, tmp_path: Path
) -> None:
    home = home_of(tmp_path / "a", database, ca_file=database.authority)
    assert home.pull().rows == 2
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    home = home_of(tmp_path / "b", database, ca_file=tmp_path / "other.pem")
    assert "the server's certificate cannot be verified" in home.refused()
    # Not what counts as loopback: the server has to prove the very name that was asked for.
    url = f"postgresql://127.0.0.2:{database.port}/postgres"
    for place in ({}, {"ca_file": database.authority}):
        home = home_of(tmp_path / "c", database, url=url, **place)
        assert "the server's certificate cannot be verified" in home.refused()
        assert home.files() == {}


def test_a_socket_needs_no_tls(database: Database, tmp_path: Path) -> None:
    url = f"postgresql://:{database.port}/postgres"
    assert home_of(tmp_path, database, url=url, endpoint=str(database.folder)).pull().rows == 2


def test_a_refused_login_and_a_gone_server_are_one_sentence_each(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = home_of(tmp_path / "a", database, url="postgresql://127.0.0.1:1/postgres")
    assert "the database did not answer" in gone.refused()
    monkeypatch.setenv("DESK_PASSWORD", "wrong-8f")
    told = home_of(tmp_path / "b", database).refused()
    assert "the login is refused; check user and secret" in told and "8f" not in told


def test_a_session_that_is_cut_leaves_nothing_and_is_begun_again(
    database: Database, tmp_path: Path
) -> None:
    sql = "select i::text as id, now() as changed_at, pg_sleep(0.002)::text as subject from generate_series(1, 1500) i"
    home = home_of(tmp_path, database, sql=sql, timeout=10)
    killed = []

    def kill() -> None:
        with psycopg.connect(database.conninfo, autocommit=True) as con:
            for _ in range(200):
                found = con.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'cx-pipeline'"
                ).fetchall()
                if found:
                    killed.append(found)
                    return
                time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    assert home.pull().rows == 1500
    killer.join()
    assert killed and len(home.files()) == 1


def test_many_rows_take_little_memory(database: Database, tmp_path: Path) -> None:
    sql = (
        "select i::text as id, now() as changed_at, repeat('x', 1000) as subject"
        " from generate_series(1, 80000) i"
    )
    home, held, done = home_of(tmp_path, database, sql=sql), [memory()], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            held.append(memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert home.pull().rows == 80_000
    done.set()
    watcher.join()
    assert sum(path.stat().st_size for path in home.folder.iterdir()) > 80 << 20
    assert max(held) - held[0] < 40 << 20


def memory() -> int:
    """Bytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_cursor_that_skips_is_no_contract(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="would skip rows of the same moment"):
        home_of(tmp_path, database, sql=SQL.replace(">=", ">"))
