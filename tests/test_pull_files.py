"""Files from a folder, an S3 server and an SFTP server arrive whole, once, and nothing else does."""

import getpass
import os
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pull_world import NOW, Answer, PulledHome, api, pulled_home

FILES = {"kind": "files"}
LATER = NOW + timedelta(days=1)


def line(number: int) -> bytes:
    return (
        f'{{"id": "T{number}", "changed_at": "2026-11-01T10:00:00Z", "subject": "s {number}"}}\n'
    ).encode()


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"tickets_{number}.ndjson").write_bytes(line(number))
    return folder


def from_folder(tmp_path: Path, url: str, **pull: Any) -> PulledHome:
    return pulled_home(tmp_path, {"url": url}, {**FILES, **pull})


def test_what_is_new_or_changed_is_fetched_and_nothing_twice(theirs: Path, tmp_path: Path) -> None:
    home = from_folder(tmp_path, str(theirs))
    assert home.pull().files == ("tickets_1.ndjson", "tickets_2.ndjson")
    assert home.files() == {p.name: p.read_bytes() for p in theirs.iterdir()}
    assert home.pull(LATER).files == ()
    (theirs / "tickets_3.ndjson").write_bytes(line(3))
    (theirs / "tickets_1.ndjson").write_bytes(line(1) + line(4))
    os.utime(theirs / "tickets_1.ndjson", ns=(1, 1))
    again = f"again-{LATER:%Y%m%dT%H%M%SZ}-1/tickets_1.ndjson"
    assert home.pull(LATER).files == (again, "tickets_3.ndjson")
    assert home.files()["tickets_1.ndjson"] == line(1)  # what was delivered stays as it was
    assert len(home.rows()) == 4
    assert len(list(theirs.iterdir())) == 3  # nothing is deleted there


def test_what_a_kill_left_is_pulled_again_and_lands_once(theirs: Path, tmp_path: Path) -> None:
    undisturbed = from_folder(tmp_path / "a", str(theirs))
    undisturbed.pull()
    home = from_folder(tmp_path / "b", str(theirs))
    home.pull()
    manifest = home.settings.pulls / "desk.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    (home.folder / ".pull-half").write_bytes(b'{"id"')
    manifest.write_bytes(lines[0] + lines[1][:40])  # between the rename and the line's end
    assert home.pull(LATER).files == ("tickets_2.ndjson",)
    assert home.files() == undisturbed.files()
    assert home.rows() == undisturbed.rows()
    assert home.pull(LATER).files == ()


def test_files_in_folders_keep_their_place_and_hidden_or_unfinished_ones_stay(
    theirs: Path, tmp_path: Path
) -> None:
    for name in (
        "2026/11/tickets_1.ndjson",
        ".aside/tickets_9.ndjson",
        "2026/tickets_8.ndjson.part",
    ):
        path = theirs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(line(7))
    home = from_folder(tmp_path, theirs.as_uri(), path="**/tickets_*.ndjson*")
    assert set(home.pull().files) == {
        "tickets_1.ndjson",
        "tickets_2.ndjson",
        "2026/11/tickets_1.ndjson",
    }


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    home = from_folder(tmp_path, str(tmp_path / "gone"))
    assert (
        home.refused() == "pull desk.tickets: the folder of url is not there; check url in cx.toml"
    )
    assert home.arrivals() == []


def test_a_disk_that_takes_no_more_is_said_and_leaves_nothing(theirs: Path, tmp_path: Path) -> None:
    (theirs / "tickets_3.ndjson").write_bytes(line(3) * 100)
    home = from_folder(tmp_path, str(theirs))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        told = home.refused()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "landing cannot be written (File too large); make room and pull again" in told
    assert set(home.files()) == {"tickets_1.ndjson", "tickets_2.ndjson"}
    assert home.pull(LATER).files == ("tickets_3.ndjson",)


def test_a_file_that_is_being_written_arrives_whole_in_the_end(
    theirs: Path, tmp_path: Path
) -> None:
    path, done = theirs / "tickets_3.ndjson", threading.Event()

    def write() -> None:
        with path.open("wb", 0) as file:
            for number in range(2000):
                file.write(line(number))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    home = from_folder(tmp_path, str(theirs))
    while not done.is_set():
        home.pull()
    writer.join()
    home.pull(LATER)
    newest = [one for one in home.arrivals() if one["file"].endswith("tickets_3.ndjson")][-1]
    assert home.files()[newest["file"]] == path.read_bytes()
    assert len(home.rows()) == 2000


# ---- an object store -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    finally:
        server.stop()


@pytest.fixture
def bucket(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DESK_SECRET", "secret-of-desk")
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        aws_access_key_id="desk",
        aws_secret_access_key="x",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=tmp_path.name.replace("_", "-"))
    client.bucket = tmp_path.name.replace("_", "-")
    return client


def from_s3(tmp_path: Path, s3: str, bucket: Any, prefix: str = "out") -> PulledHome:
    place = {
        "url": f"s3://{bucket.bucket}/{prefix}",
        "endpoint": s3,
        "user": "desk",
        "secret": {"env": "DESK_SECRET"},
    }
    return pulled_home(tmp_path, place, FILES)


def test_an_object_store_gives_what_is_new_or_changed(s3: str, bucket: Any, tmp_path: Path) -> None:
    for number in (1, 2):
        bucket.put_object(
            Bucket=bucket.bucket, Key=f"out/tickets_{number}.ndjson", Body=line(number)
        )
    bucket.put_object(Bucket=bucket.bucket, Key="out/notes.txt", Body=b"no extract")
    home = from_s3(tmp_path, s3, bucket)
    assert home.pull().files == ("tickets_1.ndjson", "tickets_2.ndjson")
    assert home.pull(LATER).files == ()
    # of the same size: its etag tells
    bucket.put_object(Bucket=bucket.bucket, Key="out/tickets_2.ndjson", Body=line(5))
    assert len(home.pull(LATER).files) == 1
    assert len(home.rows()) == 3
    listed = bucket.list_objects_v2(Bucket=bucket.bucket)["KeyCount"]
    assert listed == 3


def test_a_store_that_breaks_off_is_pulled_whole_the_next_time(
    s3: str, bucket: Any, tmp_path: Path
) -> None:
    bucket.put_object(Bucket=bucket.bucket, Key="out/tickets_1.ndjson", Body=line(1))
    with api(lambda asked: Answer({"no": "s3"}, status=503)) as broken:
        home = from_s3(tmp_path, broken.url, bucket)
        told = home.refused()
        assert "the place of url did not answer" in told and "after 4 tries" in told
        assert "secret-of-desk" not in told
        assert len(broken.asked) >= 4
    assert home.files() == {} and home.arrivals() == []
    home = from_s3(tmp_path, s3, bucket)
    assert home.pull().files == ("tickets_1.ndjson",)


def test_a_bucket_or_prefix_that_is_not_there_is_said(s3: str, bucket: Any, tmp_path: Path) -> None:
    home = from_s3(tmp_path, s3, bucket, prefix="misspelt")
    assert "the folder of url is not there" in home.refused()
    bucket.bucket = "no-such-bucket"
    assert "the folder of url is not there" in from_s3(tmp_path, s3, bucket, prefix="").refused()


def test_an_object_whose_name_leads_elsewhere_is_refused(
    s3: str, bucket: Any, tmp_path: Path
) -> None:
    bucket.put_object(Bucket=bucket.bucket, Key="out/../../tickets_1.ndjson", Body=line(1))
    bucket.put_object(Bucket=bucket.bucket, Key="out/tickets_2.ndjson", Body=line(2))
    place = {
        "url": f"s3://{bucket.bucket}/out",
        "endpoint": s3,
        "user": "desk",
        "secret": {"env": "DESK_SECRET"},
    }
    home = pulled_home(tmp_path, place, {"kind": "files", "path": "**"})
    assert "leads out of the folder of url" in home.refused()
    assert home.files() == {}


def test_without_its_variable_nothing_is_asked(
    s3: str, bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESK_SECRET")
    assert "the variable DESK_SECRET is not set" in from_s3(tmp_path, s3, bucket).refused()


# ---- SFTP ------------------------------------------------------------------------------------


@contextmanager
def sshd(folder: Path) -> Iterator[tuple[int, Path]]:
    """A real sshd on loopback; yields its port and a known_hosts file with its key."""
    folder.mkdir()
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-e", "-f", config], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "sshd did not start"
            time.sleep(0.05)
        known = folder / "known_hosts"
        kind, key, *_ = (folder / "host.pub").read_text().split()
        known.write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
        yield port, known
    finally:
        server.terminate()
        server.wait()


@pytest.mark.system
def test_sftp_gives_files_to_who_knows_its_key_and_nothing_to_others(
    theirs: Path, tmp_path: Path
) -> None:
    with sshd(tmp_path / "sshd") as (port, known):
        place = {
            "url": f"sftp://127.0.0.1:{port}{theirs}",
            "user": getpass.getuser(),
            "key_file": tmp_path / "sshd" / "user",
        }
        nobody = tmp_path / "nobody"
        nobody.touch()
        home = pulled_home(tmp_path, {**place, "known_hosts": nobody}, FILES)
        assert "host key is not in known_hosts: nothing was sent" in home.refused()
        assert nobody.read_bytes() == b""
        other = tmp_path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        kind, key, *_ = other.with_suffix(".pub").read_text().split()
        nobody.write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
        assert "another host key than known_hosts tells" in home.refused()
        home = pulled_home(tmp_path, {**place, "known_hosts": tmp_path / "gone"}, FILES)
        assert "cannot be read" in home.refused()
        home = pulled_home(tmp_path, {**place, "known_hosts": known, "key_file": other}, FILES)
        assert "the login is refused" in home.refused()
        assert home.files() == {} and home.arrivals() == []
        home = pulled_home(tmp_path, {**place, "known_hosts": known}, FILES)
        assert home.pull().files == ("tickets_1.ndjson", "tickets_2.ndjson")
        assert home.files() == {p.name: p.read_bytes() for p in theirs.iterdir()}
        assert home.pull(LATER).files == ()
        (theirs / "tickets_2.ndjson").write_bytes(line(2) + line(3))
        assert len(home.pull(LATER).files) == 1
    assert "did not answer" in home.refused()  # the server is gone: a sentence, and no more
    assert len(home.rows()) == 3
