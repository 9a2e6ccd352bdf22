"""`fixes.yml`: what is declared is read, and each mistake in it is one sentence with its line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from homes import Home
from small_home import small_home

from cx_pipeline.backup.restore import restore
from cx_pipeline.backup.take import take
from cx_pipeline.contracts import ContractError
from cx_pipeline.privacy import acts
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.settings import Settings
from cx_pipeline.transform.fixes import load_fixes

GOOD = """# what was mended
fixes:
  - id: first
    kind: wait
    live: 2026-05-01
  - id: staff
    kind: wait
    where: {rule: [long_queue, left_the_queue], channel: call}
    live: 2026-06-01
    window: 6 weeks
"""
MISTAKES = [
    ("id: staff\n    kind: wait", "id: staff\n    kind: waiting", "'waiting' is no kind of pain"),
    ("left_the_queue]", "refunded]", "'refunded' is no rule of wait; rules: long_queue, left_the"),
    ("channel: call", "colour: red", "not narrowed to 'colour'; columns: rule, channel, source"),
    ("channel: call", "channel: []", "channel needs at least one value"),
    ("{rule: [long_queue, left_the_queue], channel: call}", "call", "needs columns and their"),
    ("2026-06-01", "soon", "live: 'soon' is no day such as 2026-06-01"),
    ("2026-06-01", "'2026-06-31'", "live: '2026-06-31' is no day"),
    ("2026-06-01", "2026-06-01 12:00:00", "is no day such as"),
    ("    live: 2026-06-01\n", "", "live: "),
    ("6 weeks", "six weeks", "window: 'six weeks' is no span such as '28 days'"),
    ("6 weeks", "0 days", "'0 days' is no span"),
    ("6 weeks", "60 weeks", "of 366 days at most"),
    ("id: staff", "id: More Staff", "'More Staff' is no name of small letters"),
    ("id: staff", "id: first", "fix first: there are two of this id; rename one"),
    ("id: staff", "id: staff\n    lives: 1", "unknown key lives"),
    ("id: staff", "id: staff\n    version: 0", "version: "),
]


@pytest.mark.parametrize(("what", "by", "said"), MISTAKES, ids=lambda one: str(one)[:24])
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, what: str, by: str, said: str) -> None:
    file = tmp_path / "fixes.yml"
    assert what in GOOD
    file.write_text(GOOD.replace(what, by, 1))
    with pytest.raises(ContractError) as refused:
        load_fixes(Settings(home=tmp_path))
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{file}, line 6: fix ")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fixes: [", "not valid YAML"),
        ("fixes:\n  - {id: a, live: 2026-06-31}", "not valid YAML: day is out of range"),
        ("fix: []", "needs one list under fixes and no more; empty: fixes: []"),
        ("fixes: []\nmore: 1", "needs one list under fixes"),
        ("", "needs one list under fixes"),
        ("fixes:\n  - staff\n", "line 2: entry 1 under fixes is no fix with an id"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "fixes.yml").write_text(text)
    with pytest.raises(ContractError) as refused:
        load_fixes(Settings(home=tmp_path))
    assert said in str(refused.value) and str(tmp_path / "fixes.yml") in str(refused.value)


def test_what_is_declared_is_read(tmp_path: Path) -> None:
    assert load_fixes(Settings(home=tmp_path)) == ()
    (tmp_path / "fixes.yml").write_text(GOOD)
    first, staff = load_fixes(Settings(home=tmp_path))
    assert (first.window, first.where, first.version) == (28, {}, 1)
    assert (staff.window, staff.live) == (42, date(2026, 6, 1))
    assert (staff.before_from, staff.after_to) == (date(2026, 4, 20), date(2026, 7, 12))
    assert staff.where == {"rule": ("long_queue", "left_the_queue"), "channel": ("call",)}


def test_a_home_with_a_bad_file_says_so_before_it_lands_anything(
    new_home: Callable[..., Home],
) -> None:
    home = new_home()
    (home.path / "fixes.yml").write_text(GOOD.replace("2026-06-01", "soon"))
    ran = home.cx("run", "--as-of", "2026-07-10", expect=2)
    assert "line 6: fix staff: live: 'soon' is no day" in ran.err + ran.out


def test_the_file_is_backed_up_and_its_changes_are_in_the_audit_chain(tmp_path: Path) -> None:
    shop = small_home(tmp_path)
    settings = shop.settings
    (settings.home / "cx.toml").write_text(
        f'sources = ["shop"]\npack_paths = ["{tmp_path / "packs"}"]\n'
    )
    shop.land()
    acts.configured(settings, [])
    settings.fixes_file.write_text(GOOD)
    acts.configured(settings, [])
    acts.configured(settings, [])
    told = [act.detail for act in Audit(settings.audit_file).acts(["configuration"])]
    assert [one["changed"] for one in told] == ["all: the first run", "fixes.yml"]
    take(settings, tmp_path / "kept")
    restore(tmp_path / "kept", tmp_path / "new", key_file=settings.token_key_file)
    assert (tmp_path / "new" / "fixes.yml").read_text() == GOOD
