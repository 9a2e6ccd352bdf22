"""What runs do goes into the audit chain, and each night looks whether the chain holds."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import ROOT, Demo, Home
from small_home import SmallHome, small_home

from cx_pipeline.contracts import Contract
from cx_pipeline.landing.verdict import take_out
from cx_pipeline.privacy import acts
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Act, Audit, AuditFault
from cx_pipeline.privacy.keys import KeyFault, make_key
from cx_pipeline.release.chain_check import HOLDS, USUAL, judge_chain
from cx_pipeline.settings import Alert, Publish, Settings, Watch, load_settings
from cx_pipeline.warehouse import connect

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "https://hooks.example/T0/secret-part"
PERSON = "003A,Anna Vogel,anna@mail.example,,,2026-11-01 10:00:00,12.50,0.5,3"
OTHER = "003B,Bert Sommer,bert@mail.example,,,2026-11-02 10:00:00,7.00,0.5,1"
ONLY_PUBLISH = ("run", "--select", 'key:"published/analysts"', "--json")
ONLY_JUDGE = ("run", "--select", 'key:"marts/dim_accounts" or key:"published/analysts"', "--json")


def said(settings: Settings, action: str) -> list[Act]:
    return Audit(settings.audit_file).acts([action])


# ---- settings and keys -----------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def contracts(shop: SmallHome) -> Sequence[Contract]:
    return shop.packs[0].contracts


def test_what_was_set_otherwise_is_named_once_and_never_its_value(shop: SmallHome) -> None:
    told = contracts(shop)
    acts.configured(shop.settings, told)
    acts.configured(shop.settings, told)
    (first,) = said(shop.settings, "configuration")
    assert first.detail["changed"] == "all: the first run" and first.actor == actor_name()
    other = shop.settings.model_copy(
        update={"alert": Alert(webhook=SECRET), "publish": Publish(keep=7)}
    )
    acts.configured(other, told)
    acts.configured(other, told)
    changed = told[0].model_copy(
        update={"extract": told[0].extract.model_copy(update={"zone": "Asia/Tokyo"})}
    )
    acts.configured(other, [changed, *told[2:]])
    _, second, third = said(shop.settings, "configuration")
    assert second.detail["changed"] == "alert.webhook, publish.keep"
    assert third.detail["changed"] == "contract shop.events, contract shop.people"
    text = shop.settings.audit_file.read_text()
    assert SECRET not in text and "secret-part" not in text
    assert Audit(shop.settings.audit_file).broken() is None


def test_a_digest_cannot_be_guessed_without_the_key(tmp_path: Path) -> None:
    told = []
    for name in "ab":
        settings = Settings(home=tmp_path / name)
        make_key(settings.token_key_file)
        acts.configured(settings, [])
        told.append(json.loads(said(settings, "configuration")[0].detail["digests"]))
    assert told[0].keys() == told[1].keys()
    assert not set(told[0].values()) & set(told[1].values())


def test_other_versions_of_the_key_are_entered(shop: SmallHome) -> None:
    settings = shop.settings
    acts.configured(settings, [])
    path = settings.token_key_file
    first = path.read_text()
    make_key(second := path.with_name("second.key"))
    path.write_text(first + second.read_text().replace("v1:", "v2:"))
    acts.configured(settings, [])
    acts.configured(settings, [])
    assert [(a.detail["before"], a.detail["versions"]) for a in said(settings, "keys")] == [
        ("none", "v1"),
        ("v1", "v1, v2"),
    ]
    assert len(said(settings, "configuration")) == 1  # the digests are still those of version 1
    path.write_text(second.read_text().replace("v1:", "v2:"))
    acts.configured(settings, [])
    acts.configured(settings, [])
    assert said(settings, "keys")[-1].detail["versions"] == "v2"
    assert [a.detail["changed"] for a in said(settings, "configuration")] == [
        "all: the first run",
        "unknown: key v1 is gone",
    ]
    for key in (first, second.read_text()):
        assert key.strip().partition(":")[2] not in settings.audit_file.read_text()


def test_nothing_begins_without_the_key_or_on_a_chain_that_cannot_be_continued(
    shop: SmallHome,
) -> None:
    settings = shop.settings
    acts.configured(settings, [])
    whole = settings.audit_file.read_bytes()
    settings.audit_file.write_bytes(whole[:-20])
    with pytest.raises(AuditFault, match=r"line 2 of the audit chain .* cannot be read"):
        acts.configured(settings, [])
    settings.audit_file.write_bytes(whole)
    settings.token_key_file.unlink()
    with pytest.raises(KeyFault, match="is missing"):
        acts.configured(settings, [])
    assert settings.audit_file.read_bytes() == whole


# ---- landings --------------------------------------------------------------------------------


def landed(shop: SmallHome, run: str) -> None:
    with connect(shop.settings.warehouse_file) as con:
        acts.landed(shop.settings, con, run)


def test_a_landing_is_one_act_a_run_and_one_that_a_crash_kept_out_comes_later(
    shop: SmallHome,
) -> None:
    shop.people("People_1.csv", PERSON)
    shop.people("People_2.csv", OTHER, PERSON)
    shop.land("one")
    landed(shop, "one")
    landed(shop, "one")
    shop.land("two")  # nothing new: no act
    landed(shop, "two")
    (only,) = said(shop.settings, "landing")
    assert only.detail == {"run": "one", "files": "2", "accepted shop": "2"}
    shop.people("People_3.csv", PERSON.replace("003A", "003C"))
    shop.land("three")  # and dies before its act
    shop.people("People_4.csv", PERSON.replace("003A", "003D"))
    shop.land("four")
    landed(shop, "four")
    details = [act.detail for act in said(shop.settings, "landing")]
    assert details[1:] == [
        {"run": "three", "files": "1", "accepted shop": "1", "entered_later_by": "four"},
        {"run": "four", "files": "1", "accepted shop": "1"},
    ]


def test_a_batch_that_was_taken_out_is_not_told_as_landed(shop: SmallHome) -> None:
    shop.people("People_1.csv", PERSON)
    with connect(shop.settings.warehouse_file) as con:
        pass
    (told,) = shop.land("one")
    with connect(shop.settings.warehouse_file) as con:
        take_out(con, told.load or 0)
        acts.landed(shop.settings, con, "one")
    assert said(shop.settings, "landing") == []


# ---- the check -------------------------------------------------------------------------------


def failed(settings: Settings, now: datetime = AT) -> dict[str, str]:
    return {v.check_name: v.detail for v in judge_chain(settings, now) if not v.passed}


def test_a_home_without_acts_holds_and_one_whose_chain_was_deleted_does_not(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path)
    assert failed(settings) == {} and not settings.state.exists()
    Audit(settings.audit_file).append("anna", "token", {})
    assert failed(settings) == {}
    settings.audit_file.unlink()
    assert failed(settings) == {
        HOLDS: "line 1 of the audit chain was cut from the end: 1 were written; see cx audit "
        "verify, and compare it with the copy in a backup"
    }


def test_a_reveal_to_ask_about_only_warns(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, audit=Watch(hours=(7, 20), canaries=("v1_canary",)))
    audit = Audit(settings.audit_file)
    audit.append("anna", "reveal", {"token": "v1_canary"}, at=AT - timedelta(hours=1))
    audit.append("anna", "reveal", {"token": "v1_2"}, at=AT - timedelta(hours=10))
    (holds, usual) = judge_chain(settings, AT)
    assert holds.passed and holds.blocking and holds.severity == "error"
    assert (usual.check_name, usual.severity) == (USUAL, "warn")
    assert not usual.passed and not usual.refuses and not usual.blocking
    assert "revealed a canary" in usual.detail and "out of hours" in usual.detail
    assert failed(settings, AT + timedelta(days=2)) == {}


def test_a_long_chain_is_read_in_seconds(tmp_path: Path) -> None:
    """20,000 acts: a fifth of what has to be read in a few seconds."""
    settings = Settings(home=tmp_path)
    audit = Audit(settings.audit_file)
    audit.append("anna", "token", {"token": "v1_0"})
    seed = json.loads(settings.audit_file.read_text())
    from cx_pipeline.privacy.audit import _link, _written

    lines, before = [], seed["hash"]
    for number in range(2, 20_001):
        act = {key: seed[key] for key in ("at", "actor", "action", "detail")}
        act = {"line": number, **act}
        before = act["hash"] = _link(before, act)
        lines.append(_written(act) + "\n")
    with settings.audit_file.open("a", encoding="utf-8") as chain:
        chain.writelines(lines)
    began = time.process_time()
    assert failed(settings) == {}
    audit.append("anna", "token", {"token": "v1_1"})
    assert time.process_time() - began < 4
    assert audit.acts(["none"]) == [] and len(audit.acts()) == 20_001


# ---- a real night ----------------------------------------------------------------------------


def copied(demo: Demo, folder: Path) -> Home:
    home = Home(folder / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    return home


def test_a_night_leaves_its_acts(demo: Demo) -> None:
    settings = load_settings(demo.path)
    told = Audit(settings.audit_file).acts()
    assert [act.action for act in told] == ["configuration", "keys", "landing", "publish"]
    run, shown = demo.manifest["run_id"], told[-1].detail
    assert told[2].detail["run"] == run and int(told[2].detail["accepted ga4"]) == 20_000
    assert shown == {
        "publish": demo.manifest["publish"],
        "audience": "analysts",
        "content_hash": demo.manifest["content_hash"],
        "run": run,
    }
    with demo.warehouse() as con:
        verdicts = con.execute(
            "select check_name, passed, severity, blocking from ledger.verdicts "
            "where check_name in (?, ?) order by all",
            [HOLDS, USUAL],
        ).fetchall()
    assert verdicts == [(HOLDS, True, "error", True), (USUAL, True, "warn", False)]
    shown_checks = {check["check"]: check["passed"] for check in demo.manifest["checks"]}
    assert shown_checks[HOLDS] and shown_checks[USUAL]


DIES = """
import os, signal, sys
from cx_pipeline.privacy.audit import Audit
append = Audit.append
def dying(self, actor, action, *rest, **more):
    if action == "publish":
        os.kill(os.getpid(), signal.SIGKILL)
    return append(self, actor, action, *rest, **more)
Audit.append = dying
from cx_pipeline.cli.app import main
main()
"""


@pytest.mark.prove
def test_a_crash_between_publish_and_its_act_is_mended_by_the_next_run(
    demo: Demo, tmp_path: Path
) -> None:
    home = copied(demo, tmp_path)
    (home.current / "report.html").unlink()  # damaged: the same content is published again
    command = [sys.executable, "-c", DIES, "--home", str(home.path), *ONLY_PUBLISH]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    settings, live = load_settings(home.path), home.manifest
    assert live["publish"] != demo.manifest["publish"]
    assert len(said(settings, "publish")) == 1
    night = home.cx(*ONLY_PUBLISH).told
    assert night["published"] == live["publish"]
    _, entered = said(settings, "publish")
    assert entered.detail == {
        "publish": live["publish"],
        "audience": "analysts",
        "content_hash": live["content_hash"],
        "run": live["run_id"],
        "entered_later_by": night["run_id"],
    }
    assert Audit(settings.audit_file).broken() is None


@pytest.mark.prove  # a planted fault shows the check, and any check that fails refuses
def test_a_night_with_a_broken_chain_shows_nothing_and_one_with_odd_reveals_goes_on(
    demo: Demo, tmp_path: Path
) -> None:
    home = copied(demo, tmp_path)
    settings = load_settings(home.path)
    toml = home.path / "cx.toml"
    toml.write_text(
        toml.read_text().replace("keep = 5", "keep = 6") + '\n[audit]\ncanaries = ["v1_c"]\n'
    )
    Audit(settings.audit_file).append("anna", "reveal", {"token": "v1_c", "purpose": "x"})
    night = home.cx(*ONLY_JUDGE).told
    assert night["failed_checks"] == [] and night["published"]
    (warning,) = [told for told in night["warnings"] if told.startswith(USUAL)]
    assert "anna revealed a canary" in warning
    assert said(settings, "configuration")[-1].detail["changed"] == "audit.canaries, publish.keep"
    live = home.current.resolve()
    whole = settings.audit_file.read_text()
    settings.audit_file.write_text(whole.replace('"actor": "anna"', '"actor": "bert"'))
    night = home.cx(*ONLY_JUDGE, expect=1).told
    line = said(settings, "reveal")[0].line
    assert night["failed_checks"][0].startswith(
        f"{HOLDS} failed: line {line} of the audit chain was changed"
    )
    assert night["published"] is None and night["refusal"].startswith("publish refused")
    assert home.current.resolve() == live
    assert said(settings, "publish refused")[-1].detail["refused_by"] == HOLDS
    with home.warehouse() as con:
        told = con.execute(
            "select passed from ledger.verdicts where check_name = ? order by number", [HOLDS]
        ).fetchall()
    assert told == [(True,), (True,), (False,)]
    now = settings.audit_file.read_text()
    settings.audit_file.write_text(now.replace('"actor": "bert"', '"actor": "anna"'))
    home.cx("audit", "verify")  # the line as it was: all that was written since holds with it
