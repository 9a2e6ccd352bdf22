"""Who did what stays readable, and cannot be changed unseen."""

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import Home

from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Act, Audit, AuditFault
from cx_pipeline.privacy.keys import KeyFault
from cx_pipeline.privacy.watch import suspicious
from cx_pipeline.warehouse import LockHeld

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Six acts; their second place is the vault beside them."""
    path = tmp_path / "audit.jsonl"
    for number in range(1, 7):
        told = Audit(path).append("anna", "token", {"token": f"v1_{number}", "why": "a\u2028b"})
        assert told == number
    return path


def rewritten(path: Path, change: Callable[[list[str]], object]) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    change(lines)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def hashed_anew(path: Path) -> None:
    """What someone does who knows the chain's rule: the chain follows from itself again."""
    acts = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    path.unlink()
    aside = path.with_name("aside.sqlite")
    for act in acts:
        at = datetime.fromisoformat(act["at"])
        Audit(path, aside).append(act["actor"], act["action"], act["detail"], at=at)
    assert Audit(path, aside).verify() is None


def swap(lines: list[str]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def test_a_whole_chain_holds(chain: Path) -> None:
    assert Audit(chain).verify() is None
    assert [(act.line, act.actor, act.detail["token"]) for act in Audit(chain).acts()] == [
        (number, "anna", f"v1_{number}") for number in range(1, 7)
    ]
    assert stat.S_IMODE(chain.stat().st_mode) == 0o600
    assert stat.S_IMODE(chain.with_name("vault.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "line", "how"),
    [
        (lambda told: told.__setitem__(2, told[2].replace("anna", "bert")), 3, "was changed"),
        (lambda told: told.__setitem__(2, told[2].replace(": ", ":  ", 1)), 3, "was changed"),
        (lambda told: told.__setitem__(5, "[" * 100_000), 6, "was changed"),
        (lambda told: told.__setitem__(0, "{}"), 1, "was changed"),
        (lambda told: told.insert(3, ""), 4, "was changed"),
        (lambda told: told.insert(3, told[3]), 5, "out of order"),
        (lambda told: told.pop(2), 3, "was removed"),
        (lambda told: told.pop(0), 1, "was removed"),
        (swap, 3, "out of order"),
        (lambda told: told.pop(), 6, "was cut from the end: 6 were written"),
        (lambda told: told.clear(), 1, "was cut from the end: 6 were written"),
    ],
)
def test_the_first_line_that_is_not_as_written_is_named(
    chain: Path, change: Callable[[list[str]], object], line: int, how: str
) -> None:
    rewritten(chain, change)
    broken = Audit(chain).broken()
    assert broken and broken.line == line and how in str(broken), broken
    assert Audit(chain).verify() == line


def test_every_byte_counts(chain: Path) -> None:
    whole = chain.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        chain.write_bytes(changed)
        line = whole[:place].count(b"\n") + 1
        assert (Audit(chain).verify() or 0) in {line, line + 1}, place


def test_a_chain_that_was_hashed_anew_is_seen_by_the_vault(chain: Path) -> None:
    rewritten(chain, lambda told: told.__setitem__(2, told[2].replace("anna", "bert")))
    hashed_anew(chain)
    assert str(Audit(chain).broken()).startswith("line 3 of the audit chain was written anew")


def test_lines_that_follow_a_cut_do_not_hide_it(chain: Path) -> None:
    rewritten(chain, lambda told: told.pop())
    Audit(chain).append("bert", "token", {})
    Audit(chain).append("bert", "token", {})
    assert Audit(chain).verify() == 6
    chain.unlink()
    assert Audit(chain).verify() == 1


def test_a_crash_between_the_two_places_is_no_fault(chain: Path) -> None:
    with sqlite3.connect(chain.with_name("vault.sqlite")) as con:
        con.execute("delete from chain where line = 6")
    assert Audit(chain).verify() is None
    assert Audit(chain).append("anna", "token", {}) == 7
    assert Audit(chain).verify() is None


def test_nothing_follows_a_line_that_cannot_be_read(chain: Path) -> None:
    chain.write_bytes(chain.read_bytes()[:-20])
    with pytest.raises(AuditFault, match=r"line 6 of the audit chain .* cannot be read"):
        Audit(chain).append("anna", "token", {})
    assert Audit(chain).verify() == 6 and len(Audit(chain).acts()) == 5
    chain.write_bytes(chain.read_bytes() + b"\xff\n")
    with pytest.raises(AuditFault, match="line 6"):
        Audit(chain).append("anna", "token", {})


def test_many_who_write_at_once_make_one_chain(chain: Path) -> None:
    def write(number: int) -> int:
        return Audit(chain).append(f"user{number}", "token", {})

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(write, range(24))) == list(range(7, 31))
    assert Audit(chain).verify() is None and len(Audit(chain).acts()) == 30


def test_a_lost_end_of_line_costs_nothing(chain: Path) -> None:
    chain.write_bytes(chain.read_bytes()[:-1])
    assert Audit(chain).append("anna", "token", {}) == 7
    assert Audit(chain).verify() is None


def test_an_act_that_is_not_allowed_leaves_no_line(chain: Path) -> None:
    def refuse(acts: list[Act]) -> None:
        raise ValueError(len(acts))

    with pytest.raises(ValueError, match="6"):
        Audit(chain).append("anna", "token", {}, allowed=refuse)
    assert len(Audit(chain).acts()) == 6 and Audit(chain).verify() is None


def test_a_vault_in_use_or_broken_is_told_and_nothing_is_written(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cx_pipeline.privacy.anchor.PATIENCE", 0)
    vault = chain.with_name("vault.sqlite")
    with sqlite3.connect(vault, isolation_level=None) as run:
        run.execute("begin immediate")
        with pytest.raises(LockHeld, match="in use by a run"):
            Audit(chain).append("anna", "token", {})
        run.execute("rollback")
    vault.write_bytes(b"no vault at all" * 100)
    with pytest.raises(KeyFault, match="cannot be opened for writing"):
        Audit(chain).append("anna", "token", {})
    assert len(Audit(chain).acts()) == 6


def test_who_acts_is_told_by_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    login = tmp_path / "loginuid"
    assert "somebody" not in actor_name() + actor_name(login)
    login.write_text(str(2**32 - 1))
    assert actor_name(login) == actor_name(tmp_path / "none")
    login.write_text("987654")
    assert actor_name(login) == "uid 987654"
    login.write_text("0")
    assert actor_name(login) == "root"


def test_the_command_line_verifies_and_shows(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cx("init")
    assert home.cx("audit", "verify").out == "The audit chain holds: 0 acts.\n"
    tokens = [home.cx("token", "email", f"n{n}@mail.example").out.strip() for n in range(3)]
    assert home.cx("audit", "verify").out == "The audit chain holds: 3 acts.\n"
    assert home.cx("audit", "verify", "--json").told == {"acts": 3, "broken": None}
    shown = home.cx("audit", "show", "--last", "2", "--json").told
    assert [act["detail"]["token"] for act in shown] == tokens[1:]
    assert {act["actor"] for act in shown} == {actor_name()}
    head, *rows = home.cx("audit", "show").out.splitlines()
    assert head.split() == ["line", "at", "actor", "action", "detail"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert "mail.example" not in "".join(rows)
    home.cx("audit", "show", "--last", "0", expect=2)
    chain = home.path / "state" / "audit.jsonl"
    rewritten(chain, lambda told: told.pop(1))
    told = home.cx("audit", "verify", expect=1)
    assert told.err.startswith("cx: line 2 of the audit chain was removed;") and not told.out
    told = home.cx("audit", "verify", "--json", expect=1)
    assert told.told["broken"] == {"line": 2, "how": "was removed"}
    shutil.rmtree(home.path / "state")
    assert "0 acts" in home.cx("audit", "verify").out


def revealing(path: Path, actor: str, *ago: timedelta, token: str = "v1_1") -> None:
    for one in sorted(ago, reverse=True):
        Audit(path).append(actor, "reveal", {"token": token, "purpose": "x"}, at=NOW - one)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_quiet_day_is_no_surprise(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert suspicious(path, NOW) == []
    revealing(path, "anna", HOUR, HOUR, HOUR)  # up to three need no history
    revealing(path, "bert", *[3 * DAY] * 6, *[2 * HOUR] * 6)
    revealing(path, "cleo", *[DAY + 13 * HOUR] * 9)  # out of hours, but long ago
    for _ in range(9):
        Audit(path).append("dora", "token", {"token": "v1_1"}, at=NOW - HOUR)
    assert suspicious(path, NOW, canaries={"v1_2"}) == []


def test_more_than_an_actors_own_history_is_told(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    revealing(path, "bert", *[3 * DAY] * 4, *[40 * DAY] * 9, *[2 * HOUR] * 5)
    revealing(path, "anna", *[3 * DAY] * 5, *[2 * HOUR] * 5)
    (told,) = suspicious(path, NOW)
    assert told.startswith("bert revealed 5 values in one day, and at most 4 on any of the 30 days")


def test_hours_are_those_of_the_zone(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    revealing(path, "anna", timedelta(hours=5, minutes=30), 16 * HOUR)  # 06:30 and 20:00 UTC
    (told,) = suspicious(path, NOW)
    assert told == (
        "anna revealed values out of hours (7 to 20 h UTC), first at 2026-11-21 20:00: "
        "audit lines 1, 2"
    )
    (told,) = suspicious(path, NOW, zone="Europe/Berlin")  # 07:30 and 21:00 there
    assert "first at 2026-11-21 21:00: audit line 1" in told
    assert suspicious(path, NOW, hours=(0, 24)) == []


def test_a_revealed_canary_is_told_first_and_not_by_its_token(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    revealing(path, "anna", 2 * DAY, HOUR, token="v1_canary")
    revealing(path, "anna", HOUR)
    (told,) = suspicious(path, NOW, canaries=["v1_canary"])
    assert told.startswith("anna revealed a canary") and "line 2;" in told
    assert "v1_" not in told
    chain = path.read_text().replace('"actor": "anna"', '"actor": 5', 1)
    path.write_text(chain)  # what cannot be read is told by verify
    assert len(suspicious(path, NOW, canaries=["v1_canary"])) == 1
