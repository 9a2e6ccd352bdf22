"""Whole nights after persons asked: erased they are nowhere, restricted in no mart, corrected right.

And nobody else's figure has moved: every mart equals a build of extracts in which it was so from
the beginning.
"""

import gzip
import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
from asking import (
    SHOWN,
    acts,
    contacts_of,
    copied,
    crm,
    edited,
    hashes,
    linked,
    rich,
    rights,
    token_of,
)
from homes import AS_OF, FIXES, Demo, Home
from without_persons import contract_of, rewrite

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.vault import Vault

RESTRICTED, OBJECTS, OPTS_OUT, CORRECTED, *ERASED = range(6)  # places in `rich`
RIGHT = {
    "Email": "right.spelling@mail.example.org",
    "Tier__c": "gold-plus",
    "Birthdate": "1931-02-03",
}
COLUMNS = {"Email": "email", "Tier__c": "tier", "Birthdate": "birthdate"}


@pytest.fixture(scope="module")
def erased_persons(demo: Demo) -> dict[str, dict[str, set[str]]]:
    """Two customers with orders, calls and surveys, and all that is theirs, by their e-mail."""
    persons = [rich(demo)[place] for place in ERASED]
    return {p["emails"][0]: linked(demo, p["customer_number"]) for p in persons}


@pytest.fixture(scope="module")
def asked(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo after all of them asked, the CRM's extracts delivered three times more, a night."""
    home, persons = copied(demo, tmp_path_factory.mktemp("asked")), rich(demo)
    mails = [person["emails"][0] for person in persons]
    for place in ERASED:
        told = home.cx("subject", "erase", "--email", mails[place], *SHOWN, "--json")
        assert told.told["rows"] > 10
    first = persons[RESTRICTED]
    home.cx("subject", "restrict", "--email", first["emails"][0], *SHOWN)
    home.cx("subject", "object", "--email", mails[OBJECTS], *SHOWN)
    home.cx("subject", "opt-out-of-sale", "--account", persons[OPTS_OUT]["customer_number"], *SHOWN)
    twice = home.cx("subject", "restrict", "--phone", first["phones"][0], *SHOWN)  # before a night
    assert "in no mart" in twice.out
    for name, value in RIGHT.items():
        told = home.cx(
            "subject", "rectify", "--account", persons[CORRECTED]["customer_number"], *SHOWN,
            "--column", f"salesforce.contacts.{COLUMNS[name]}", "--value", value, "--json",
        ).told  # fmt: skip
        assert told["rows"] > 0
    assert {request["state"] for request in rights(home)} == {"open"}
    for path in sorted((demo.landing / "salesforce").iterdir()):
        again = home.landing / "salesforce" / path.name
        text = path.read_bytes()
        again.write_bytes(text)
        again.with_name(path.name.replace("_2026", "_v2_2026")).write_bytes(text + b"\n")
        zipped = again.with_name(path.name.replace("_2026", "_v3_2026") + ".gz")
        zipped.write_bytes(gzip.compress(text))
    home.cx("run", "--as-of", AS_OF)
    return home


@pytest.fixture(scope="module")
def so_from_the_beginning(
    demo: Demo,
    erased_persons: Mapping[str, Mapping[str, set[str]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:
    """A home of the same extracts without the erased and the restricted, with the right values."""
    own: dict[str, set[str]] = defaultdict(set)
    restricted = linked(demo, rich(demo)[RESTRICTED]["customer_number"])
    for person in (*erased_persons.values(), restricted):
        for kind, values in person.items():
            own[kind] |= values
    home = Home(tmp_path_factory.mktemp("beginning") / "home")
    home.cx("init", "--key-file", str(demo.key))
    (home.path / "fixes.yml").write_text(FIXES)
    shutil.copytree(demo.landing, home.landing, dirs_exist_ok=True)
    for path in sorted(home.landing.rglob("*")):
        if path.is_file():
            rewrite(path, contract_of(path.parent.name, path), own)
    corrected = crm(demo, rich(demo)[CORRECTED])["Id"]
    for path in sorted((home.landing / "salesforce").glob("Contact_*.csv")):
        edited(path, path, {corrected: RIGHT})
    # An objection is no extract: it stands in both homes. Nothing links identifiers here yet.
    objecting = linked(demo, rich(demo)[OBJECTS]["customer_number"])
    named = [(f"--{kind}", value) for kind, values in objecting.items() for value in sorted(values)]
    home.cx("subject", "object", *(word for pair in named for word in pair), *SHOWN)
    home.cx("run", "--as-of", AS_OF)
    return home


def test_every_mart_equals_a_build_in_which_it_was_so_from_the_beginning(
    demo: Demo, asked: Home, so_from_the_beginning: Home
) -> None:
    assert hashes(asked) == hashes(so_from_the_beginning)
    assert asked.manifest["content_hash"] == so_from_the_beginning.manifest["content_hash"]
    assert asked.manifest["content_hash"] != demo.manifest["content_hash"]


def test_the_books_balance(asked: Home) -> None:
    with asked.warehouse() as con:
        wrong = con.execute(
            "select count(*) from landing.loads where status = 'loaded' "
            "and rows_read <> accepted + quarantined + duplicate + erased"
        ).fetchone()
        rows = con.execute("select sum(erased) from landing.loads").fetchone()
    assert wrong == (0,) and rows and rows[0] > 20


def test_a_publish_that_follows_closes_the_requests_and_is_the_only_one(asked: Home) -> None:
    assert {request["state"] for request in rights(asked)} == {"closed"}
    assert len(list(asked.current.parent.glob("2*"))) == 1
    assert [act["action"] for act in acts(asked)].count("erased") == 2
    asked.cx("audit", "verify")


# ---- erased ------------------------------------------------------------------------------


def test_no_value_of_the_erased_is_in_the_home(
    demo: Demo, asked: Home, erased_persons: Mapping[str, dict[str, set[str]]]
) -> None:
    values = {v for p in erased_persons.values() for kind in p.values() for v in kind if v}
    assert len(values) >= 20
    keys = Keys.read(demo.key)
    with Vault(asked.path / "state" / "vault.sqlite", keys) as vault:
        opened = {value for _, _, value in vault.values(["email", "phone", "account"])}
    assert opened and not opened & {v.casefold() for v in values} and not opened & values
    for path in sorted(asked.path.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            data += gzip.decompress(data) if path.suffix == ".gz" else b""
            found = [v for v in values if len(v) > 6 and v.encode() in data]
            assert not found, f"{path.relative_to(asked.path)} holds {len(found)} values"


@pytest.mark.prove
def test_a_full_build_afterwards_changes_nothing(asked: Home, tmp_path: Path) -> None:
    home = copied(asked, tmp_path)
    home.cx("run", "--as-of", AS_OF, "--full-refresh")
    assert home.manifest["content_hash"] == asked.manifest["content_hash"]


@pytest.mark.prove
def test_a_backup_from_before_restores_without_the_erased(
    demo: Demo, asked: Home, tmp_path: Path
) -> None:
    """The backup holds them, the newest tombstones beside it do not let them in."""
    folder, before = tmp_path / "backups", Home(tmp_path / "before")
    shutil.copytree(demo.path, before.path, symlinks=True)
    before.cx("backup", str(folder))
    asked.cx("backup", str(folder))
    (older, newer) = sorted(folder.glob("*.backup"))
    newer.unlink()
    home = Home(tmp_path / "restored")
    args = ("restore", str(older), "--key-file", str(demo.key), "--json")
    without = Home(tmp_path / "without")
    assert "put the key back" in without.cx(*args, expect=2).err
    stones = asked.path / "state" / "keys" / "tombstone.key"
    told = home.cx(*args, "--tombstone-key", str(stones)).told
    assert told["erased_again"] > 20
    home.cx("run", "--as-of", AS_OF)
    assert home.manifest["content_hash"] == asked.manifest["content_hash"]


# ---- restricted --------------------------------------------------------------------------


def test_restricted_rows_are_kept_and_counted(demo: Demo, asked: Home) -> None:
    person = rich(demo)[RESTRICTED]
    (contact,), number = person["ids"]["salesforce"], person["customer_number"]
    with asked.warehouse() as con, demo.warehouse() as before:
        for table, column, value in (
            ("raw_ga4.events", "user_id", number),
            ("raw_salesforce.contacts", "id", contact),
            ("raw_salesforce.opportunities", "contact_id", contact),
        ):
            token = token_of(demo, "account", value)
            count = f"select count(*) from {table} where {column} = ?"
            rows = con.execute(count, [token]).fetchone()
            assert rows == before.execute(count, [token]).fetchone() != (0,), table
        kept = con.execute("select source, rows_restricted from process.meta_sources").fetchall()
    assert all(rows > 0 for _, rows in kept), kept


def test_an_objection_is_a_refusal_that_the_consents_can_read(demo: Demo, asked: Home) -> None:
    _, second, third, *_ = rich(demo)
    with asked.warehouse() as con:
        stand = con.execute(
            """select t.person_id, array_agg(distinct s.purpose order by s.purpose)
            from intermediate.int_consent_statements as s
            join intermediate.int_person_tokens as t on t.token = s.person_token
            where s.channel = 'request' and s.state = 'refused' and s.stated_at is null
            group by t.person_id"""
        ).fetchall()
        sale = con.execute(
            "select token from landing.restrictions where purpose = 'sale'"
        ).fetchall()
        tokens = "select token, person_id from intermediate.int_person_tokens"
        persons = dict(con.execute(tokens).fetchall())
    mail, account = (
        token_of(demo, kind, value)
        for kind, value in (("email", second["emails"][0]), ("account", third["customer_number"]))
    )
    assert dict(stand) == {
        persons[mail]: ["advertising", "email_marketing", "phone_marketing"],
    }
    assert persons[account] in {persons[token] for (token,) in sale if token in persons}


def test_the_restricted_are_found_by_any_of_their_identifiers(
    demo: Demo, asked: Home, tmp_path: Path
) -> None:
    """The marts do not know them any more: the register does."""
    person = rich(demo)[RESTRICTED]
    told = asked.cx(
        "subject", "access", "--phone", person["phones"][0], *SHOWN, "--out", str(tmp_path / "out")
    )
    assert "rows" in told.out
    held = json.loads((tmp_path / "out" / "access.json").read_text())
    assert {*person["emails"], person["customer_number"]} <= set(held["identifiers"])
    assert {r["right"] for r in held["requests"]} == {"access", "restrict"}
    assert [c["state"] for c in held["consents"]].count("restricted") > 3
    assert held["analyses"] == []


@pytest.mark.prove
def test_lifted_the_marts_are_as_they_were(demo: Demo, tmp_path: Path) -> None:
    home = copied(demo, tmp_path)
    mail, other = (rich(demo)[place]["emails"][0] for place in (RESTRICTED, OBJECTS))
    home.cx("subject", "restrict", "--email", mail, *SHOWN)
    home.cx("subject", "object", "--email", other, *SHOWN)
    home.cx("run", "--as-of", AS_OF)
    assert hashes(home) != hashes(demo)
    told = home.cx("subject", "restrict", "--email", mail, *SHOWN, "--lift", "--json").told
    assert {one["outcome"] for one in told} == {"lifted"}
    again = home.cx("subject", "restrict", "--email", mail, *SHOWN, "--lift", expect=2)
    assert "nothing stands" in again.err
    home.cx("subject", "object", "--email", other, *SHOWN, "--lift")
    home.cx("run", "--as-of", AS_OF)
    assert hashes(home) == hashes(demo)
    assert "restrict lifted" in [act["action"] for act in acts(home)]


def test_erased_the_restricted_stands_in_the_register_no_more(
    demo: Demo, asked: Home, tmp_path: Path
) -> None:
    home, person = copied(asked, tmp_path), rich(demo)[RESTRICTED]
    told = home.cx("subject", "erase", "--phone", person["phones"][0], *SHOWN, "--json").told
    assert told["rows"] > 10
    with sqlite3.connect(home.path / "state/register.sqlite") as register:
        (left,) = register.execute(
            "select count(*) from restrictions where purpose = 'everything'"
        ).fetchone()
    assert left == 0
    with home.warehouse() as con:
        query = "select count(*) from landing.restrictions where purpose = 'everything'"
        assert con.execute(query).fetchone() == (0,)


# ---- corrected ---------------------------------------------------------------------------


def test_a_value_that_is_neither_wrong_nor_right_is_newer_and_stays(
    demo: Demo, asked: Home, tmp_path: Path
) -> None:
    home, person = copied(asked, tmp_path), rich(demo)[CORRECTED]
    own = crm(demo, person)["Id"]
    third = {"Tier__c": "platinum", "SystemModstamp": "2026-07-05T10:00:00.000Z"}
    later = home.landing / "salesforce" / "Contact_20260706.csv"
    edited(contacts_of(demo), later, {own: third})
    home.cx("run", "--as-of", AS_OF, "--select", "salesforce/contacts")
    token = token_of(demo, "account", own)
    with home.warehouse() as con:
        rows = con.execute(
            """select tier, email from raw_salesforce.contacts where id = ?
            order by system_modstamp desc limit 1""",
            [token],
        ).fetchone()
    right = token_of(demo, "email", RIGHT["Email"])
    assert rows == ("platinum", right)
