"""A value is shown only for a purpose that is written down, and to two persons where asked."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import ROOT, Home, Ran

from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit, AuditFault
from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.reveal import Revealed, RevealRefused, Reveals
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import Reveal, Settings, load_settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
VALUE = "anna.vogel@mail.example"
WHY = "refund of order 4711"


def held(settings: Settings, value: str = VALUE) -> str:
    keys = Keys.load(settings)
    with Vault(settings.vault_file, keys) as vault:
        return Tokenizer(keys, vault).tokens("email", [value])[0] or ""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.cx("init")
    return made


@pytest.fixture
def two(tmp_path: Path) -> Settings:
    """Settings of a home where a second person has to approve."""
    settings = Settings(home=tmp_path, reveal=Reveal(second_approver=True))
    make_key(settings.token_key_file)
    return settings


def ask(settings: Settings, token: str, actor: str = "anna", *, at: datetime = NOW) -> Revealed:
    return Reveals(settings, at).reveal(actor, token, WHY)


def said(settings: Settings) -> list[tuple[str, str]]:
    return [(act.actor, act.action) for act in Audit(settings.audit_file).acts()]


def test_a_reveal_is_written_down_and_only_stdout_has_the_value(home: Home) -> None:
    settings = load_settings(home.path)
    token = held(settings)
    told = home.cx("subject", "reveal", token, "--purpose", f"{WHY}: write to {VALUE}")
    assert (told.out, told.err) == (f"{VALUE}\n", "")
    told = home.cx("subject", "reveal", token, "--purpose", WHY, "--approver", "berta", "--json")
    assert told.told == {"token": token, "value": VALUE, "purpose": WHY, "approver": "berta"}
    one, two = home.cx("audit", "show", "--json").told
    assert one["actor"] == actor_name() and one["action"] == "reveal"
    assert one["detail"] == {"token": token, "purpose": f"{WHY}: write to [known]"}
    assert two["detail"] == {"token": token, "purpose": WHY, "approver": "berta"}
    for path in settings.state.rglob("*"):
        assert not path.is_file() or VALUE.encode() not in path.read_bytes(), path
    assert "The audit chain holds: 2 acts." in home.cx("audit", "verify").out


def test_what_looks_like_markup_is_shown_as_it_is(home: Home) -> None:
    odd = "[red]:smile:@mail.example"
    keys = Keys.load(load_settings(home.path))
    with Vault(home.path / "state" / "vault.sqlite", keys) as vault:
        vault.seal("account", [("v1_" + "a" * 32, odd)])
    assert home.cx("subject", "reveal", "v1_" + "a" * 32, "--purpose", WHY).out == f"{odd}\n"


def test_what_cannot_be_revealed_is_one_sentence_and_no_line(home: Home) -> None:
    settings = load_settings(home.path)
    other = "v1_" + "0" * 32

    def refused(token: str, *more: str, purpose: str = WHY) -> str:
        told = home.cx("subject", "reveal", token, "--purpose", purpose, *more, expect=2)
        assert told.out == "" and told.err.startswith("cx: ") and told.err.count("\n") == 1
        assert VALUE not in told.err
        return told.err

    assert "is not there; run first" in refused(other)
    token = held(settings)
    assert "does not hold" in refused(other)
    assert "that is no token" in refused(VALUE)
    assert "made for its audience" in refused("0" * 32)
    assert "--purpose is empty" in refused(token, purpose=" \n")
    assert "of another person" in refused(token, "--approver", actor_name())
    assert "of another person" in refused(token, "--approver", VALUE)
    settings.token_key_file.rename(settings.state / "aside.key")
    assert "is missing: nothing was read" in refused(token)
    make_key(settings.token_key_file)
    assert "the key is not the one" in refused(token)
    (settings.state / "aside.key").rename(settings.token_key_file)
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        vault.destroy([token])
    assert "was destroyed: nobody can open it again" in refused(token)
    assert Audit(settings.audit_file).acts() == []


def test_a_purpose_is_one_line_that_a_terminal_can_show(home: Home) -> None:
    token = held(load_settings(home.path))
    home.cx("subject", "reveal", token, "--purpose", "a\udcffb\x1b[31m\n\u2028 c\u202e")
    (act,) = home.cx("audit", "show", "--json").told
    assert act["detail"]["purpose"] == "a?b[31m c"
    home.cx("audit", "verify")


def test_a_damaged_vault_is_one_sentence(home: Home) -> None:
    token = held(load_settings(home.path))
    with sqlite3.connect(home.path / "state" / "vault.sqlite") as con:
        con.execute("alter table sealed rename column value to other")
    told = home.cx("subject", "reveal", token, "--purpose", WHY, expect=2)
    assert "restore a copy of it" in told.err and told.err.count("\n") == 1


def test_what_cannot_be_written_down_is_not_shown(home: Home) -> None:
    settings = load_settings(home.path)
    token = held(settings)
    settings.audit_file.write_text("no act\n")
    told = home.cx("subject", "reveal", token, "--purpose", WHY, expect=1)
    assert "line 1 of the audit chain" in told.err and VALUE not in told.out + told.err


def test_two_persons_reveal_once(two: Settings) -> None:
    token = held(two)
    with pytest.raises(RevealRefused, match=r"request 1 is written.* cx subject approve 1;"):
        ask(two, token)
    with pytest.raises(RevealRefused, match="request 1 still waits"):
        ask(two, token)
    done = Reveals(two, NOW + HOUR).approve("berta", 1)
    assert (done.actor, done.token, done.purpose, done.approver) == ("anna", token, WHY, "berta")
    shown = ask(two, token, at=NOW + 2 * HOUR)
    assert (shown.value, shown.approver) == (VALUE, "berta") and VALUE not in repr(shown)
    with pytest.raises(RevealRefused, match="request 4 is written"):
        ask(two, token, at=NOW + 3 * HOUR)
    assert said(two) == [
        ("anna", "reveal asked"),
        ("berta", "reveal approved"),
        ("anna", "reveal"),
        ("anna", "reveal asked"),
    ]
    assert Audit(two.audit_file).acts()[2].detail == {
        "token": token, "purpose": WHY, "approver": "berta", "request": "1"
    }  # fmt: skip
    assert Audit(two.audit_file).verify() is None


def test_of_two_who_use_an_approval_at_once_one_sees_the_value(two: Settings) -> None:
    token = held(two)
    with pytest.raises(RevealRefused):
        ask(two, token)
    Reveals(two, NOW).approve("berta", 1)

    def attempt(_: int) -> str:
        try:
            return ask(two, token).value
        except RevealRefused as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(attempt, range(4)))
    assert told.count(VALUE) == 1
    assert [action for _, action in said(two)].count("reveal") == 1


def test_an_approval_is_for_one_person_one_token_and_one_purpose(two: Settings) -> None:
    token, other = held(two), held(two, "cleo@mail.example")
    with pytest.raises(RevealRefused):
        ask(two, token)
    Reveals(two, NOW).approve("berta", 1)
    for wish in ((token, "anna", "curiosity"), (other, "anna", WHY), (token, "berta", WHY)):
        with pytest.raises(RevealRefused, match="is written, nothing is shown"):
            Reveals(two, NOW).reveal(wish[1], wish[0], wish[2])
    assert ask(two, token).value == VALUE


def test_who_may_not_approve(two: Settings) -> None:
    token = held(two)
    for approver in (None, "berta"):
        with pytest.raises(RevealRefused, match=f"{approver or 'another person'} approves it"):
            Reveals(two, NOW).reveal("anna", token, f"for {approver}", approver)
    for actor, number, at, words in [
        ("anna", 1, NOW, "is your own"),
        ("cleo", 2, NOW, "asks for the approval of berta, not yours"),
        ("berta", 3, NOW, "there is no request 3"),
        ("berta", 0, NOW, "there is no request 0"),
        ("berta", 1, NOW + 25 * HOUR, "is too old; let anna ask again"),
    ]:
        with pytest.raises(RevealRefused, match=words):
            Reveals(two, at).approve(actor, number)
    assert len(said(two)) == 2
    Reveals(two, NOW).approve("berta", 2)
    with pytest.raises(RevealRefused, match="approved already, by berta"):
        Reveals(two, NOW).approve("berta", 2)


def test_an_approval_ends(two: Settings) -> None:
    token = held(two)
    with pytest.raises(RevealRefused):
        ask(two, token)
    Reveals(two, NOW + 20 * HOUR).approve("berta", 1)
    with pytest.raises(RevealRefused, match="request 3 is written"):
        ask(two, token, at=NOW + 45 * HOUR)
    short = replace_hours(two, 48)
    assert ask(short, token, at=NOW + 46 * HOUR).approver == "berta"


def replace_hours(settings: Settings, hours: float) -> Settings:
    return settings.model_copy(update={"reveal": Reveal(second_approver=True, hours=hours)})


def test_a_chain_that_was_touched_approves_nothing(two: Settings) -> None:
    token = held(two)
    with pytest.raises(RevealRefused):
        ask(two, token)
    Reveals(two, NOW).approve("berta", 1)
    path = two.audit_file
    whole = path.read_text()
    path.write_text(whole.replace('"anna"', '"cleo"'))
    for act in (lambda: ask(two, token, "cleo"), lambda: Reveals(two, NOW).approve("dora", 1)):
        with pytest.raises(AuditFault, match="line 1 of the audit chain was changed"):
            act()
    path.write_text(whole)
    assert ask(two, token).value == VALUE


def as_user(home: Home, user: int, *args: str) -> Ran:
    """A process of another real user who may write the home, as by a group or by sudo."""
    command = [sys.executable, "-m", "cx_pipeline.cli", "--home", str(home.path), *args]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        preexec_fn=lambda: os.setreuid(user, 0),
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(
    os.getuid() != 0 or actor_name() != actor_name(Path("/none")),
    reason="needs root, and no login that the kernel remembers, to be two users",
)
def test_two_users_of_the_machine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with (home.path / "cx.toml").open("a") as toml:
        toml.write("\n[reveal]\nsecond_approver = true\n")
    token = held(load_settings(home.path))
    wish = ("subject", "reveal", token, "--purpose", WHY)
    told = home.cx(*wish, expect=2)
    assert "request 1 is written" in told.err and told.out == ""
    monkeypatch.setenv("LOGNAME", "berta")
    monkeypatch.setenv("SUDO_USER", "berta")
    told = home.cx("subject", "approve", "1", expect=2)
    assert "request 1 is your own" in told.err
    told = as_user(home, 1, "subject", "approve", "1")
    assert told.code == 0 and f"Approved: {actor_name()} may reveal {token} once" in told.out
    assert home.cx(*wish).out == f"{VALUE}\n"
    assert "request 4 is written" in home.cx(*wish, expect=2).err
    shown = home.cx("audit", "show", "--json").told
    assert [act["actor"] for act in shown] == [actor_name(), "daemon", actor_name(), actor_name()]
    assert "4 acts" in home.cx("audit", "verify").out
