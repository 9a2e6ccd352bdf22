"""A new key: what is stored equals what a home would hold that had it from the first day."""

import base64
import shutil
from pathlib import Path

import pytest
from homes import AS_OF, FIXES, Demo, Home
from seeds import seeds
from small_home import SmallHome
from test_forget import GIVEN, TABLES, deliver, extracts, homes

from cx_pipeline.landing.rotate import finish, rotate
from cx_pipeline.privacy.keys import KeyFault, Keys, add_version
from cx_pipeline.privacy.normalise import normalise
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rights.erase import erase


def with_key(home: SmallHome, keys: Keys) -> SmallHome:
    """The home with the newest of these keys alone."""
    text = b"v%d:" % keys.current + base64.b64encode(keys.token_key()) + b"\n"
    home.settings.token_key_file.write_bytes(text)
    return home


def told(home: SmallHome) -> dict[str, object]:
    shown: dict[str, object] = {table: home.content(table) for table in TABLES}
    shown["superseded"] = home.query(
        "select o._key, o._hash from raw_shop.orders as o "
        "join raw_shop.orders__superseded as s on s._row = o._row order by all"
    )
    return shown


@pytest.mark.parametrize("seed", seeds(3))
def test_a_rotated_home_equals_one_of_the_new_key(tmp_path: Path, seed: int) -> None:
    files, make = extracts(seed), homes(tmp_path)
    home, other = next(make), next(make)
    files["orders_9.csv"] = "order_id,person,agent,at\nO7,P2,A1,2026-10-07 11:00:00\n"
    files["orders_8.csv"] = "order_id,person,agent,at\nO7,P3,A1,2026-10-07 12:00:00\n"
    deliver(home, files)
    home.land()
    old = told(home)
    keys = add_version(home.settings, Keys.load(home.settings))
    done = rotate(home.settings, keys)
    assert (done.old, done.new) == (1, 2) and done.tokens > 10
    deliver(with_key(other, keys), files)
    other.land()
    assert told(home) == told(other) != old
    # the old key is not needed any more, and what is delivered again is known
    with_key(home, keys)
    deliver(home, {name.replace("_", "_again_"): text + "\n" for name, text in files.items()})
    home.land()
    assert told(home) == told(other)
    assert "v1_" not in str(told(home))


def test_the_archive_is_of_the_new_key_too(tmp_path: Path) -> None:
    """An erasure after the rotation finds everything, also what the archive alone holds."""
    files, make = extracts(1), homes(tmp_path)
    home, other = next(make), next(make)
    deliver(home, files)
    home.land()
    keys = add_version(home.settings, Keys.load(home.settings))
    rotate(home.settings, keys)
    deliver(with_key(other, keys), files)
    other.land()
    for one in (home, other):
        erase(one.settings, GIVEN, actor="anna", verified_by="passport")
    assert told(home) == told(other)


def test_between_two_keys_nothing_is_read(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    home.land()
    add_version(home.settings, Keys.load(home.settings))
    with pytest.raises(KeyFault, match="make every token anew with: cx keys rotate"):
        home.land()
    rotate(home.settings, Keys.load(home.settings))
    home.land()
    with pytest.raises(KeyFault, match="there is no newer key than version 2"):
        rotate(home.settings, Keys.load(home.settings))


@pytest.mark.parametrize("moves", seeds(4))
def test_cut_off_it_is_ended_or_was_never_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Killed before the swap all is as it was; killed within, the next run ends it."""
    files, make = extracts(2), homes(tmp_path)
    home, other = next(make), next(make)
    deliver(home, files)
    home.land()
    before = told(home)
    keys = add_version(home.settings, Keys.load(home.settings))
    left = [moves]
    replace = Path.replace

    def counted(path: Path, target: Path) -> Path:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", counted)
        with pytest.raises(KeyboardInterrupt):
            rotate(home.settings, keys)
    finish(home.settings)
    assert not [path for path in home.settings.state.iterdir() if path.name.startswith(".")]
    if told(home) == before:
        rotate(home.settings, keys)
    deliver(with_key(other, keys), files)
    other.land()
    assert told(home) == told(other)


def test_a_lost_vault_is_told_and_nothing_changes(tmp_path: Path) -> None:
    home = next(homes(tmp_path))
    deliver(home, extracts(1))
    home.land()
    before = told(home)
    keys = add_version(home.settings, Keys.load(home.settings))
    with Vault(home.settings.vault_file, keys) as vault:
        (token, *_) = [token for _, token, _ in vault.values(["account"])]
        vault.drop([token])
    with pytest.raises(KeyFault, match=r"raw_shop\.\w+ have no value .* restore the vault's last"):
        rotate(home.settings, keys)
    assert told(home) == before
    finish(home.settings)
    assert not list(home.settings.state.glob(".*"))


def test_a_key_from_elsewhere_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = next(homes(tmp_path))
    keys = Keys.load(home.settings)
    monkeypatch.setenv("CX_KEY", base64.b64encode(keys.token_key()).decode())
    with pytest.raises(KeyFault, match="add a line v2:"):
        add_version(home.settings, keys)


def test_what_the_vault_holds_gives_the_token_again() -> None:
    """A rotation makes tokens of normalised values: to normalise twice is to normalise once."""
    for kind, values in {
        "email": ["Anna <ANNA@Mail.Example>", "mailto:b@c.example"],
        "phone": ["+49 (0)170 1234567", "0049 170 1234567", "0170/1234567 ext. 5", "tel:123456"],
        "name": ["  Ann\u0041  O'Neill "],
        "ip": ["2001:DB8::1", "10.0.0.1"],
        "national_id": ["123.456.789-09"],
        "card": ["4111 1111 1111 1111", "5500-0000-0000-0004"],
        "account": [" A-1 "],
        "device": ["12345.678"],
        "address": ["High  Street 1"],
    }.items():
        for value in values:
            once = normalise(kind, value)
            assert once and normalise(kind, once) == once, (kind, value)


@pytest.mark.prove  # two whole nights; above the same is shown for what is stored
def test_marts_of_a_rotated_home_equal_those_of_the_new_key(demo: Demo, tmp_path: Path) -> None:
    home, other = Home(tmp_path / "home"), Home(tmp_path / "other")
    shutil.copytree(demo.path, home.path, symlinks=True)
    key = tmp_path / "token.key"
    shutil.copy(demo.key, key)
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text().replace(str(demo.key), str(key)))
    said = home.cx("keys", "rotate", "--json").told
    assert (said["old"], said["new"]) == (1, 2)
    home.cx("run", "--as-of", AS_OF)
    only = tmp_path / "new.key"
    only.write_text(key.read_text().splitlines()[1] + "\n")
    other.cx("init", "--key-file", str(only))
    (other.path / "fixes.yml").write_text(FIXES)
    shutil.copytree(demo.landing, other.landing, dirs_exist_ok=True)
    other.cx("run", "--as-of", AS_OF)
    assert home.manifest["content_hash"] == other.manifest["content_hash"]
    home.cx("audit", "verify")
    acts = (home.path / "state/audit.jsonl").read_text()
    assert '"rotate keys"' in acts
