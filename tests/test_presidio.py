"""`[redaction] presidio`: off it changes nothing, on it finds more, and without it one sentence."""

import importlib.util
import socket
from pathlib import Path
from typing import Any

import pytest
from small_home import SmallHome, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.privacy.presidio import rereading
from cx_pipeline.sections import Redaction
from cx_pipeline.settings import SettingsError

WALLET = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
TOLD = f"Paid from {WALLET} on 2026-11-01, order 895397419; mail a.b@mail.example"
SAFE = "Paid from [crypto] on 2026-11-01, order 895397419; mail [email]"
ROW = f'1,Anna Vogel,anna@mail.example,,"{TOLD}",2026-11-01T10:00:00.000Z,12.50,0.5,3'


def switched_on(home: SmallHome) -> SmallHome:
    settings = home.settings.model_copy(update={"redaction": Redaction(presidio=True)})
    packs = tuple(load_pack(pack.folder, settings.redaction.reading) for pack in home.packs)
    return SmallHome(settings, packs)


def test_where_it_is_not_installed_one_sentence_says_so_before_anything_lands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> Any:
        return None if name == "presidio_analyzer" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    home = switched_on(small_home(tmp_path))
    home.people("People_1.csv", ROW)
    with pytest.raises(SettingsError) as told:
        home.land()
    assert "pip install 'cx-pipeline[presidio]'" in str(told.value)
    assert "\n" not in str(told.value) and "anna" not in str(told.value).lower()
    assert not home.settings.warehouse_file.exists() and not home.settings.archive.exists()


def test_the_switch_is_part_of_how_a_file_is_read(tmp_path: Path) -> None:
    home = small_home(tmp_path)
    off, on = (pack.packs[0].contracts[0] for pack in (home, switched_on(home)))
    assert off.fingerprint() != on.fingerprint()
    assert off.fingerprint() == load_pack(home.packs[0].folder).contracts[0].fingerprint()
    assert rereading(home.settings) is None


def test_it_finds_what_our_patterns_do_not_and_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("presidio_analyzer")

    def refused(*_: Any) -> None:
        raise AssertionError("Presidio asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    home = small_home(tmp_path)
    home.people("People_1.csv", ROW)
    home.land()
    note = "select note from raw_shop.people"
    assert WALLET in home.query(note)[0][0]
    on = switched_on(home)
    assert on.land_one().status == "loaded"  # the file still lies there: it is read again
    assert on.query(note) == [(SAFE,)]
    assert on.land() == []
    reread = rereading(on.settings)
    assert reread is not None
    texts = [TOLD, None, "", TOLD, SAFE, "My passport number is 912803456.", "It took 3 days."]
    first = reread(texts)
    assert first == reread(texts) and first[1:3] == [None, ""] and first[4] == SAFE
    assert first[5] == "My passport number is [us_passport]." and first[6] == texts[6]
