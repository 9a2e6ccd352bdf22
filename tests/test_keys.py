"""The key comes from exactly one place, and is told to nobody."""

import base64
import json
import os
import sys
from pathlib import Path

import pytest
from homes import Home

from cx_pipeline.privacy.keys import KeyFault, Keys
from cx_pipeline.settings import Settings, SettingsError, load_settings

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
TEXT_ONE, TEXT_TWO = (base64.b64encode(key).decode() for key in (ONE, TWO))
SECRETS = (TEXT_ONE, TEXT_TWO, "s3cret")


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CX_KEY", "CX_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def with_command(home: Path, *command: str) -> Settings:
    home.mkdir(exist_ok=True)
    (home / "cx.toml").write_text(f"[keys]\ncommand = {json.dumps(command)}\n")
    return load_settings(home)


def refusal(settings: Settings) -> str:
    with pytest.raises(KeyFault) as refused:
        Keys.load(settings)
    told = str(refused.value)
    assert "\n" not in told and refused.value.__cause__ is None
    assert not [secret for secret in SECRETS if secret in told], told
    return told


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        (TEXT_ONE, {1: ONE}),
        (ONE.hex(), {1: ONE}),
        (f" v1:{TEXT_ONE} , v2:{TEXT_TWO}", {1: ONE, 2: TWO}),
        (f"v1:{TEXT_ONE}\nv2:{TEXT_TWO}\n", {1: ONE, 2: TWO}),
    ],
)
def test_the_environment_gives_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, versions: dict[int, bytes]
) -> None:
    monkeypatch.setenv("CX_KEY", text)
    settings = Settings(home=tmp_path)
    assert Keys.load(settings).versions == versions
    assert text not in repr(settings) and text not in repr(Keys.load(settings))
    assert text not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "CX_KEY is empty; set it"),
        (" , ", "CX_KEY is empty; set it"),
        ("s3cret", "CX_KEY, line 1: needs base64"),
        ("s3cret".ljust(32, "x"), "CX_KEY, line 1: needs base64"),
        (f"{TEXT_ONE},{TEXT_TWO}", "CX_KEY, line 2: needs base64"),
        ("é" + TEXT_ONE, "CX_KEY, line 1: needs base64"),
    ],
)
def test_a_bad_key_in_the_environment_is_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("CX_KEY", text)
    assert words in refusal(Settings(home=tmp_path))


def test_a_command_gives_the_key_without_a_shell(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = with_command(home, "printf", "v1:%s\nv2:%s", TEXT_ONE, TEXT_TWO)
    assert Keys.load(settings).versions == {1: ONE, 2: TWO}
    assert "line 1: needs base64" in refusal(with_command(home, "echo", "$(cat key)", "; ls"))
    (home / "key").write_bytes(ONE)
    assert Keys.load(with_command(home, "cat", "key")).versions == {1: ONE}  # from the home


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; print('s3cret', file=sys.stderr); sys.exit(3)", "failed (exit code 3)"),
        ("pass", "is empty; make it print"),
        ("print()", "is empty; make it print"),
        ("print('s3cret')", "line 1: needs base64"),
        ("import sys; sys.stdout.buffer.write(b'\\xff' * 40)", "it is not text"),
        ("import time; time.sleep(60)", "did not end within"),
    ],
)
def test_a_command_that_gives_no_key_is_told_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    script: str,
    words: str,
) -> None:
    monkeypatch.setattr("cx_pipeline.privacy.printed._PATIENCE", 2)
    told = refusal(with_command(tmp_path / "home", sys.executable, "-c", script, "s3cret"))
    assert words in told and repr(sys.executable) in told
    assert capfd.readouterr() == ("", "")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = refusal(with_command(tmp_path / "home", "no-such-program", "s3cret"))
    assert "'no-such-program' in cx.toml cannot be started" in told
    assert "cannot be started" in refusal(with_command(tmp_path / "home", "a\0b"))


@pytest.mark.parametrize("told", ['"pass show cx"', "[]", "[1]", '[""]'])
def test_a_command_is_a_list_of_words(tmp_path: Path, told: str) -> None:
    (tmp_path / "cx.toml").write_text(f"[keys]\ncommand = {told}\n")
    with pytest.raises(SettingsError, match=r"keys\.command: "):
        load_settings(tmp_path)


def test_two_places_for_the_key_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.key"
    file.write_text(TEXT_ONE)
    by_command = with_command(tmp_path / "home", "echo", TEXT_ONE)
    by_file = Settings(home=tmp_path, key_file=file)
    both = Settings(home=tmp_path, key_file=file, keys=by_command.keys)
    assert "key_file in cx.toml and by [keys] command in cx.toml:" in refusal(both)
    monkeypatch.setenv("CX_KEY", TEXT_ONE)
    assert "by CX_KEY and by key_file in cx.toml:" in refusal(by_file)
    assert "by CX_KEY and by [keys] command in cx.toml:" in refusal(by_command)
    monkeypatch.setenv("CX_KEY_FILE", str(file))
    assert "by CX_KEY and by CX_KEY_FILE: nothing was read" in refusal(Settings(home=tmp_path))
    monkeypatch.delenv("CX_KEY")
    assert "by CX_KEY_FILE and by key_file in cx.toml:" in refusal(by_file)
    assert Keys.load(Settings(home=tmp_path)).versions == {1: ONE}


def test_a_home_whose_key_comes_from_elsewhere_gets_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = []
    monkeypatch.setenv("CX_KEY", TEXT_ONE)
    for name in ("environment", "command"):
        home = Home(tmp_path / name)
        home.cx("init")
        if name == "command":
            monkeypatch.delenv("CX_KEY")
            toml = home.path / "cx.toml"
            toml.write_text(toml.read_text() + f'[keys]\ncommand = ["echo", "{TEXT_ONE}"]\n')
            home.cx("init")
        tokens.append(home.cx("token", "email", "anna@mail.example").out)
        assert not (home.path / "state" / "keys").exists()
    assert tokens[0] == tokens[1] and tokens[0].startswith("v1_")
    monkeypatch.setenv("CX_KEY", "s3cret")
    told = Home(tmp_path / "environment").cx("token", "email", "a@b.co", expect=2)
    assert told.err.startswith("cx: CX_KEY, line 1:") and "s3cret" not in told.err + told.out
    assert os.environ["CX_KEY"] == "s3cret"


def test_a_home_makes_its_own_key_as_ever(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cx("init")
    key = home.path / "state" / "keys" / "token.key"
    before = key.read_bytes()
    home.cx("init")
    assert key.read_bytes() == before
    key.unlink()
    told = home.cx("token", "email", "a@b.co", expect=2).err
    assert "is missing: nothing was read" in told and told.count("\n") == 1
