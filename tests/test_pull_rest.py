"""A paged API that misbehaves as vendors do: what arrives is whole, or it is one sentence."""

import json
import resource
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from homes import ROOT
from pull_world import NOW, Answer, Answers, Asked, PulledHome, api, pulled_home, ticket

from cx_pipeline.settings import SettingsError, load_settings

TOKEN = "tok-3f9c0d-secret"
LATER = NOW + timedelta(days=1)
ALL = [ticket(number, f"2026-11-01T10:00:0{number}Z") for number in range(1, 6)]
PAGINGS: dict[str, dict[str, Any]] = {
    "page": {"by": "page", "param": "page"},
    "offset": {"by": "offset", "param": "offset"},
    "token": {"by": "token", "param": "after", "token": "meta.next"},
    "link": {"by": "link"},
    "next": {"by": "next", "token": "meta.next"},
}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_TOKEN", TOKEN)


def rest(by: str = "page", **told: Any) -> dict[str, Any]:
    """A pull of /tickets, 2 records a page."""
    pull = {"kind": "rest", "path": "/v1/tickets", "records": "data", "paging": PAGINGS[by]}
    return {**pull, "rate": 1000, **told}


def home_of(
    tmp_path: Path, url: str, pull: dict[str, Any] | None = None, **place: Any
) -> PulledHome:
    there = {"url": url, "secret": {"env": "DESK_TOKEN"}, **place}
    return pulled_home(tmp_path, there, pull or rest())


def good(by: str = "page", records: list[dict[str, Any]] = ALL) -> Answers:
    """Two records a page, in every way of paging."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer({"error": "who are you, anna@mail.example?"}, status=401)
        told = asked.params
        at = int(told.get("offset") or told.get("after") or 2 * (int(told.get("page", 1)) - 1))
        page, more = records[at : at + 2], at + 2 < len(records)
        meta: dict[str, Any] = {"total": len(records)}
        headers = {}
        if by == "token" and more:
            meta["next"] = at + 2
        if by == "next":
            meta["next"] = f"/v1/tickets?after={at + 2}" if more else None
        if by == "link" and more:
            headers["Link"] = f'</v1/tickets?after={at + 2}>; rel="next"'
        return Answer({"data": page, "meta": meta}, headers=headers)

    return answer


def once(fault: Answer, at: int = 2) -> Callable[[Answers], Answers]:
    """The `at`-th request gets the fault, all others are answered well."""

    def wrap(answers: Answers) -> Answers:
        count = 0

        def answer(asked: Asked) -> Answer:
            nonlocal count
            count += 1
            return fault if count == at else answers(asked)

        return answer

    return wrap


@pytest.mark.parametrize("by", PAGINGS)
def test_every_way_of_paging_brings_every_record_once(by: str, tmp_path: Path) -> None:
    with api(good(by)) as server:
        home = home_of(tmp_path, server.url, rest(by))
        told = home.pull()
    assert (told.faults, told.rows, len(told.files)) == ((), 5, 1)
    (content,) = home.files().values()
    assert [json.loads(line) for line in content.splitlines()] == ALL
    assert {r[0] for r in home.rows()} == {one["id"] for one in ALL}


PASSING = {
    "429": Answer({}, status=429, headers={"Retry-After": "0"}),
    "429, a date": Answer({}, status=429, headers={"Retry-After": "Sun, 01 Nov 2026 10:00:00 GMT"}),
    "500": Answer(b"<html>anna@mail.example</html>", status=500),
    "503": Answer({}, status=503),
    "cut off": Answer({"data": ALL[2:4], "meta": {}}, cut=20),
    "half JSON": Answer(b'{"data": [{"id": "T3", "changed_at"'),
    "too slow": Answer({"data": []}, wait=3),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again_and_leaves_no_trace(name: str, tmp_path: Path) -> None:
    with api(good()) as server:
        undisturbed = home_of(tmp_path / "a", server.url)
        undisturbed.pull()
        server.answers = once(PASSING[name])(good())
        home = home_of(tmp_path / "b", server.url, timeout=0.3)
        assert home.pull().faults == ()
    assert home.files() == undisturbed.files()
    assert home.arrivals() == undisturbed.arrivals()


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_one_sentence_and_the_rerun_is_as_if_nothing_was(
    name: str, tmp_path: Path
) -> None:
    def broken(asked: Asked) -> Answer:
        return good()(asked) if asked.params["page"] == "1" else PASSING[name]

    with api(good()) as server:
        undisturbed = home_of(tmp_path / "a", server.url)
        undisturbed.pull()
        server.answers = broken
        server.asked.clear()
        home = home_of(tmp_path / "b", server.url, timeout=0.2)
        told = home.refused()
        assert told.startswith("pull desk.tickets from [ip]: GET /v1/tickets ")
        assert "after 4 tries" in told and "T3" not in told and "anna" not in told
        assert len(server.asked) == 1 + 4
        assert (home.files(), home.arrivals()) == ({}, [])
        server.answers = good()
        assert home.pull().faults == ()
    assert home.files() == undisturbed.files()


def test_a_wait_that_is_asked_for_is_kept_and_not_beyond_the_deadline(tmp_path: Path) -> None:
    asks = Answer({}, status=429, headers={"Retry-After": "1"})
    with api(once(asks)(good())) as server:
        began = time.monotonic()
        assert home_of(tmp_path / "a", server.url).pull().faults == ()
        assert time.monotonic() - began >= 1
        server.answers = once(Answer({}, status=429, headers={"Retry-After": "3600"}))(good())
        began = time.monotonic()
        assert "did not end within 20 s" in home_of(tmp_path / "b", server.url).refused()
        assert time.monotonic() - began < 5


def test_an_api_that_drags_on_ends_at_the_deadline(tmp_path: Path) -> None:
    def slow(asked: Asked) -> Answer:
        return Answer({"data": [ticket(int(asked.params["page"]))]}, wait=0.1)

    with api(slow) as server:
        began = time.monotonic()
        told = home_of(tmp_path, server.url, deadline=1).refused()
        assert "did not end within 1 s; raise deadline" in told
        assert time.monotonic() - began < 4


def test_the_rate_is_kept(tmp_path: Path) -> None:
    with api(good()) as server:
        began = time.monotonic()
        home_of(tmp_path, server.url, rest(rate=5)).pull()
        assert len(server.asked) == 4
        assert time.monotonic() - began >= 3 / 5


def test_a_repeated_page_is_asked_for_again_and_then_refused(tmp_path: Path) -> None:
    def stuck(asked: Asked) -> Answer:
        asked.params["page"] = "1"
        return good()(asked)

    again = Answer({"data": ALL[:2], "meta": {}})
    with api(stuck) as server:
        home = home_of(tmp_path / "a", server.url)
        assert "page 2 repeats an earlier page; nothing of it was kept" in home.refused()
        assert (home.files(), home.arrivals()) == ({}, [])
        server.answers = once(again)(good())
        assert home.pull().rows == 5


def test_pages_without_end_are_refused(tmp_path: Path) -> None:
    def endless(asked: Asked) -> Answer:
        return Answer({"data": [ticket(int(asked.params["page"]))], "meta": {}})

    paging = {**PAGINGS["page"], "max_pages": 20}
    with api(endless) as server:
        home = home_of(tmp_path, server.url, rest(paging=paging))
        assert "more than 20 pages" in home.refused()
        assert home.files() == {}


@pytest.mark.parametrize("by", ["token", "next"])
def test_a_page_that_names_itself_as_the_next_is_refused(by: str, tmp_path: Path) -> None:
    count = iter(range(1000))

    def circle(asked: Asked) -> Answer:
        told = "/v1/tickets?after=2" if by == "next" else "2"
        return Answer({"data": [ticket(next(count))], "meta": {"next": told}})

    with api(circle) as server:
        told = home_of(tmp_path, server.url, rest(by)).refused()
        assert "names itself or an earlier one as the next" in told


def test_a_skipped_page_is_seen_by_the_total(tmp_path: Path) -> None:
    def skips(asked: Asked) -> Answer:
        asked.params["page"] = str({1: 1, 2: 3}.get(int(asked.params["page"]), 9))
        return good()(asked)

    pull = rest(total="meta.total", id="id")
    with api(skips) as server:
        home = home_of(tmp_path, server.url, pull)
        assert "3 of 5 records came; nothing of it was kept" in home.refused()
        server.answers = good()
        assert home.pull().rows == 5


def test_rows_that_come_on_two_pages_are_kept_once_and_counted(tmp_path: Path) -> None:
    """A row that was added while the pages were turned moves the others."""
    doubled = [*ALL[:2], *ALL[1:]]
    with api(good(records=doubled)) as server:
        home = home_of(tmp_path, server.url, rest(total=None))
        assert home.pull().rows == 5
    assert home.arrivals()[0]["doubled"] == 1
    assert len(home.rows()) == 5


CURSOR = {"field": "changed_at", "start": "2026-01-01T00:00:00Z"}


def since(records: list[dict[str, Any]]) -> Answers:
    def answer(asked: Asked) -> Answer:
        return good(records=[r for r in records if r["changed_at"] >= asked.params["since"]])(asked)

    return answer


def test_rows_of_the_very_moment_of_the_cursor_are_not_skipped(tmp_path: Path) -> None:
    same = "2026-11-01T10:00:00Z"
    records = [ticket(1, "2026-11-01T09:00:00Z"), ticket(2, same)]
    pull = rest(params={"since": "{cursor}"}, cursor=CURSOR)
    with api(since(records)) as server:
        home = home_of(tmp_path, server.url, pull)
        assert home.pull().rows == 2
        assert home.pull(LATER).rows == 1
        records.append(ticket(3, same))
        assert home.pull(LATER + timedelta(days=1)).rows == 2
        told = [asked.params["since"] for asked in server.asked if asked.params["page"] == "1"]
    assert told == ["2026-01-01T00:00:00Z", same, same]
    assert [row[0] for row in home.rows()] == ["T1", "T2", "T3"]


def test_nothing_new_makes_no_file_and_the_overlap_is_asked_for_again(tmp_path: Path) -> None:
    records = [ticket(1, "2026-11-01T10:00:00Z")]
    pull = rest(params={"since": "{cursor}"}, cursor={**CURSOR, "overlap": 3600})
    with api(since(records)) as server:
        home = home_of(tmp_path, server.url, pull)
        home.pull()
        assert home.pull(LATER).files == ()
        records.append(ticket(2, "2026-11-01T09:30:00Z"))  # committed late
        assert len(home.pull(LATER).files) == 1
    assert len(home.rows()) == 2


def test_a_pull_that_fails_leaves_the_cursor_where_it_was(tmp_path: Path) -> None:
    pull = rest(params={"since": "{cursor}"}, cursor=CURSOR)
    with api(since(ALL[:2])) as server:
        home = home_of(tmp_path, server.url, pull)
        home.pull()
        server.answers = lambda asked: (
            since(ALL)(asked) if asked.params["page"] == "1" else Answer({}, status=500)
        )
        home.refused(LATER)
        assert [arrival["cursor"] for arrival in home.arrivals()] == ["2026-11-01T10:00:02+00:00"]
        server.answers = since(ALL)
        assert home.pull(LATER).rows == 4
    assert len(home.rows()) == 5


def test_a_row_dated_in_the_future_hides_none_that_come_after_it(tmp_path: Path) -> None:
    records = [ticket(1, "2099-01-01T00:00:00Z")]
    pull = rest(params={"since": "{cursor}"}, cursor=CURSOR)
    with api(since(records)) as server:
        home = home_of(tmp_path, server.url, pull)
        home.pull()
        records.append(ticket(2, (NOW + timedelta(hours=1)).isoformat()))
        assert home.pull(LATER).rows == 2


def test_a_full_disk_cuts_no_row_off(tmp_path: Path) -> None:
    with api(good()) as server:
        home = home_of(tmp_path, server.url)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
        try:
            assert "landing cannot be written (File too large)" in home.refused()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert home.files() == {}
        assert home.pull().rows == 5


def test_a_kill_between_pages_leaves_nothing_that_counts(tmp_path: Path) -> None:
    with api(good()) as server:
        undisturbed = home_of(tmp_path / "a", server.url)
        undisturbed.pull()
        home = home_of(tmp_path / "b", server.url)
        (home.settings.home / "cx.toml").write_text(
            f'sources = ["desk"]\npack_paths = ["{tmp_path / "b" / "packs"}"]\n'
            f'[pull.desk]\nurl = "{server.url}"\nsecret = {{env = "DESK_TOKEN"}}\n'
        )
        server.asked.clear()
        server.answers = lambda asked: (
            good()(asked) if asked.params["page"] == "1" else Answer({}, wait=30)
        )
        command = [
            sys.executable,
            "-m",
            "cx_pipeline.cli",
            "--home",
            str(home.settings.home),
            "pull",
        ]
        process = subprocess.Popen(command, cwd=ROOT)
        while len(server.asked) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.wait()
        assert [path.name[:6] for path in home.folder.iterdir()] == [".pull-"]
        assert home.land() == [] and home.arrivals() == []
        server.answers = good()
        assert home.pull().faults == ()
    assert (home.files(), home.rows()) == (undisturbed.files(), undisturbed.rows())


def test_a_kill_after_the_rename_brings_the_rows_again_and_they_land_once(tmp_path: Path) -> None:
    pull = rest(params={"since": "{cursor}"}, cursor=CURSOR)
    with api(since(ALL)) as server:
        home = home_of(tmp_path, server.url, pull)
        home.pull()
        rows = home.rows()
        (home.settings.pulls / "desk.jsonl").write_text('{"table": "tick')
        assert home.pull(LATER).rows == 5
        assert len(home.files()) == 2
        assert home.rows() == rows
        assert home.pull(LATER).rows == 1  # the cursor stands


@pytest.mark.parametrize(
    ("module", "url", "pull", "extra"),
    [
        ("httpx", "https://desk.example", rest(), "pull"),
        ("s3fs", "s3://desk", {"kind": "files"}, "pull"),
        ("gcsfs", "gs://desk", {"kind": "files"}, "pull-gcs"),
        ("adlfs", "az://desk", {"kind": "files"}, "pull-azure"),
        ("paramiko", "sftp://desk.example/out", {"kind": "files"}, "pull"),
        ("psycopg", "postgresql://127.0.0.1/x", {"kind": "query", "sql": "select 1"}, "pull"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    module: str, url: str, pull: dict[str, Any], extra: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, module, None)
    told = home_of(tmp_path, url, pull).refused()
    assert (
        f"needs the library {module}; install it with: pip install 'cx-pipeline[{extra}]'" in told
    )


def test_an_expired_token_is_asked_for_once_more_and_never_told(tmp_path: Path) -> None:
    script = tmp_path / "token.py"
    script.write_text(
        "import pathlib\np = pathlib.Path('count')\n"
        "n = int(p.read_text()) if p.exists() else 0\np.write_text(str(n + 1))\n"
        f"print('old-token-old' if n == 0 else '{TOKEN}')\n"
    )
    command = {"secret": {"command": [sys.executable, str(script)]}}
    with api(good()) as server:
        home = home_of(tmp_path, server.url, **command)
        home.settings.home.mkdir(exist_ok=True)
        assert home.pull().rows == 5
        assert (home.settings.home / "count").read_text() == "2"
        server.answers = lambda asked: Answer({"token": "expired"}, status=401)
        told = home.refused(LATER)
        assert "GET /v1/tickets refuses the token (401); renew" in told and TOKEN not in told
        assert (home.settings.home / "count").read_text() == "4"
        home = home_of(tmp_path / "b", server.url)
        server.asked.clear()
        assert "refuses the token (401)" in home.refused()
        assert len(server.asked) == 1


def test_a_redirect_to_another_host_does_not_carry_the_token(tmp_path: Path) -> None:
    def open_to_all(asked: Asked) -> Answer:
        page = int(asked.params.get("page", 9))
        return Answer({"data": ALL if page == 1 else []})

    with api(open_to_all) as other:

        def moved(asked: Asked) -> Answer:
            to = f"{other.url}/files?page={asked.params['page']}"
            return Answer({}, status=302, headers={"Location": to})

        with api(moved) as server:
            assert home_of(tmp_path, server.url).pull().rows == 5
            assert all("authorization" in asked.headers for asked in server.asked)
        assert other.asked and not any("authorization" in asked.headers for asked in other.asked)
        assert not any(TOKEN in str(asked) for asked in other.asked)


def test_where_no_token_may_go_nothing_is_sent(tmp_path: Path) -> None:
    to_http = Answer({}, status=302, headers={"Location": "http://192.0.2.1/files"})
    with api(good()) as other, api(lambda asked: to_http) as server:
        home = home_of(tmp_path, server.url)
        assert "is redirected to plain http: nothing was sent there" in home.refused()
        named = {"data": ALL[:2], "meta": {"next": f"{other.url}/v1/tickets?after=2"}}
        server.answers = lambda asked: Answer(named)
        home = home_of(tmp_path / "b", server.url, rest("next"))
        assert "the next page is named on another host" in home.refused()
        assert other.asked == []


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    for ca in (authority, stranger):
        ca.cert_pem.write_to_path(tmp_path / f"{'ours' if ca is authority else 'theirs'}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with api(good(), context) as server:
        home = home_of(tmp_path / "a", server.url)
        assert "the certificate of [ip] cannot be verified: nothing was sent" in home.refused()
        home = home_of(tmp_path / "a", server.url, ca_file=tmp_path / "gone.pem")
        assert "cannot be read; name a PEM file" in home.refused()
        home = home_of(tmp_path / "a", server.url, ca_file=tmp_path / "theirs.pem")
        assert "cannot be verified" in home.refused()
        assert server.asked == []
        home = home_of(tmp_path / "a", server.url, ca_file=tmp_path / "ours.pem")
        assert home.pull().rows == 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "http://desk.example/api"', "plain http is refused"),
        ('url = "https://anna:pw@desk.example"', "holds a password"),
        ('url = "https://desk.example?token=x"', "holds a password or a query"),
        ('url = "ftp://desk.example"', "begins with"),
        ('url = "s3://desk"\nendpoint = "http://store.example"', "plain http is refused"),
        ('url = "https://desk.example"\nsecret = "tok-3f9c"', "secret"),
        ('url = "https://desk.example"\nverify = false', "verify"),
    ],
)
def test_a_place_that_would_tell_a_secret_is_no_setting(
    line: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "cx.toml").write_text(f'sources = ["desk"]\n[pull.desk]\n{line}\n')
    with pytest.raises(SettingsError, match=said) as told:
        load_settings(tmp_path)
    assert "pw" not in str(told.value) and "3f9c" not in str(told.value)


def test_a_place_of_an_unknown_source_is_no_setting(tmp_path: Path) -> None:
    (tmp_path / "cx.toml").write_text('sources = ["desk"]\n[pull.dsk]\nurl = "/x"\n')
    with pytest.raises(SettingsError, match=r"\[pull.dsk\] names no source"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "answer",
    [Answer({"items": ["anna@mail.example"]}), Answer({"data": "anna@mail.example"}),
     Answer({"data": ["anna@mail.example"]}), Answer({"e": "anna@mail.example"}, status=404)],
)  # fmt: skip
def test_an_answer_of_another_shape_is_said_and_never_quoted(
    answer: Answer, tmp_path: Path
) -> None:
    with api(lambda asked: answer) as server:
        home = home_of(tmp_path, server.url)
        assert "anna" not in home.refused()
        assert home.files() == {}
