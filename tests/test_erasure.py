"""An erased person is nowhere, comes back by no way, and nobody else's figure has moved by it."""

import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from homes import AS_OF, Demo, Home
from without_persons import contract_of, rewrite, rows_of

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.vault import Vault

SALESFORCE = ("Account", "Case", "Contact", "Contract", "Opportunity")


def linked(demo: Demo, number: str) -> dict[str, set[str]]:
    """By kind, what the extracts show to be this customer's alone: found without our own code."""
    files = {
        source: sorted(path for path in (demo.landing / source).iterdir() if path.is_file())
        for source in ("ga4", "salesforce", "connect", "qualtrics")
    }
    crm = defaultdict(list)
    for path, row in rows_of("salesforce", files["salesforce"]):
        crm[path.name.partition("_")[0]].append(row)
    contacts = [row for row in crm["Contact"] if row["Customer_Number__c"] == number]
    ids = {row["Id"] for row in contacts}
    by_mail = [row for row in crm["Contact"] if row["Email"] in {c["Email"] for c in contacts}]
    assert {row["Id"] for row in by_mail} == ids, "the test wants a customer with an e-mail alone"
    households = {row["AccountId"] for row in contacts}
    members = {row["Id"] for row in crm["Contact"] if row["AccountId"] in households}
    orders = {row["Order_Number__c"] for row in crm["Opportunity"] if row["ContactId"] in ids}
    others_phones = {
        row[name]
        for row in crm["Contact"]
        if row["Id"] not in ids
        for name in ("Phone", "MobilePhone")
    }
    phones = {row[n] for row in contacts for n in ("Phone", "MobilePhone") if row[n]}
    mails = {row["Email"] for row in contacts if row["Email"]}
    for row in crm["Case"]:
        if row["ContactId"] in ids:
            phones |= {row["SuppliedPhone"]} - {""}
            mails |= {row["SuppliedEmail"]} - {""}
    for _, row in rows_of("connect", files["connect"]):  # a phone is spelled otherwise there
        if row.get("Attributes", {}).get("customer_number") == number:
            phones.add(row["CustomerEndpoint"]["Address"])
    cookies, strangers = set(), set(demo.truth["shared_cookies"])
    for _, row in rows_of("ga4", files["ga4"]):
        cookie, login = row.get("user_pseudo_id"), row.get("user_id")
        order = (row.get("ecommerce") or {}).get("transaction_id")
        if login == number or order in orders:
            cookies.add(cookie)
        elif login or order:
            strangers.add(cookie)
    return {
        "account": {number, *ids, *orders, *(households if members == ids else ())},
        "email": mails,
        "phone": phones - others_phones,
        "device": cookies - strangers,
    }


@pytest.fixture(scope="module")
def chosen(demo: Demo) -> dict[str, dict[str, set[str]]]:
    """Two customers with orders, calls and surveys, and all that is theirs."""
    rich = [
        person
        for person in demo.truth["persons"]
        if all(person["ids"][source] for source in ("ga4", "salesforce", "connect", "qualtrics"))
        and len(person["emails"]) == len(person["phones"]) == 1
    ]
    return {p["emails"][0]: linked(demo, p["customer_number"]) for p in rich[:2]}


@pytest.fixture(scope="module")
def erased(demo: Demo, chosen: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo after both were erased, their extracts delivered three times more, and a night."""
    home = Home(tmp_path_factory.mktemp("erased") / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    for mail in chosen:
        told = home.cx("subject", "erase", "--email", mail, "--verified-by", "passport", "--json")
        assert told.told["rows"] > 10
    for path in sorted(demo.landing.rglob("*")):
        if path.is_file() and path.parent.name == "salesforce":
            again = home.landing / path.parent.name / path.name
            shutil.copy(path, again)
            text = path.read_bytes()
            again.with_name(path.name.replace("_2026", "_v2_2026")).write_bytes(text + b"\n")
            zipped = again.with_name(path.name.replace("_2026", "_v3_2026") + ".gz")
            zipped.write_bytes(gzip.compress(text))
    home.cx("run", "--as-of", AS_OF)
    return home


@pytest.fixture(scope="module")
def never_there(
    demo: Demo, chosen: Mapping[str, dict[str, set[str]]], tmp_path_factory: pytest.TempPathFactory
) -> Home:
    """A home of the same extracts without both."""
    own: dict[str, set[str]] = defaultdict(set)
    for person in chosen.values():
        for kind, values in person.items():
            own[kind] |= values
    home = Home(tmp_path_factory.mktemp("never") / "home")
    home.cx("init", "--key-file", str(demo.key))
    shutil.copytree(demo.landing, home.landing, dirs_exist_ok=True)
    for path in sorted(home.landing.rglob("*")):
        if path.is_file():
            rewrite(path, contract_of(path.parent.name, path), own)
    home.cx("run", "--as-of", AS_OF)
    return home


def test_every_mart_equals_a_build_without_the_erased(
    demo: Demo, erased: Home, never_there: Home
) -> None:
    theirs = {n: t["content_hash"] for n, t in never_there.manifest["tables"].items()}
    ours = {n: t["content_hash"] for n, t in erased.manifest["tables"].items()}
    marts = [n for n, t in erased.manifest["tables"].items() if t["kind"] == "mart"]
    assert {n: ours[n] for n in marts} == {n: theirs[n] for n in marts}
    assert erased.manifest["content_hash"] == never_there.manifest["content_hash"]
    assert erased.manifest["content_hash"] != demo.manifest["content_hash"]


def test_no_value_of_the_erased_is_in_the_home(
    demo: Demo, erased: Home, chosen: Mapping[str, dict[str, set[str]]]
) -> None:
    values = {v for p in chosen.values() for kind in p.values() for v in kind if v}
    assert len(values) > 20
    keys = Keys.read(demo.key)
    with Vault(erased.path / "state" / "vault.sqlite", keys) as vault:
        opened = {value for _, _, value in vault.values(["email", "phone", "account"])}
    assert opened and not opened & {v.casefold() for v in values} and not opened & values
    for path in sorted(erased.path.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            data += gzip.decompress(data) if path.suffix == ".gz" else b""
            found = [v for v in values if len(v) > 6 and v.encode() in data]
            assert not found, f"{path.relative_to(erased.path)} holds {len(found)} values"


def test_the_books_balance_and_the_request_is_closed(erased: Home) -> None:
    with erased.warehouse() as con:
        wrong = con.execute(
            "select count(*) from landing.loads where status = 'loaded' "
            "and rows_read <> accepted + quarantined + duplicate + erased"
        ).fetchone()
        rows = con.execute("select sum(erased) from landing.loads").fetchone()
    assert wrong == (0,) and rows and rows[0] > 20
    assert len(list(erased.current.parent.glob("2*"))) == 1
    acts = [json.loads(a) for a in (erased.path / "state/audit.jsonl").read_text().splitlines()]
    assert [a["action"] for a in acts].count("erased") == 2
    erased.cx("audit", "verify")


@pytest.mark.prove
def test_a_night_after_the_erasure_changes_nothing(erased: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(erased.path, home.path, symlinks=True)
    home.cx("run", "--as-of", AS_OF, "--full-refresh")
    assert home.manifest["content_hash"] == erased.manifest["content_hash"]


@pytest.mark.prove
def test_a_backup_from_before_restores_without_the_erased(
    demo: Demo, erased: Home, tmp_path: Path
) -> None:
    """The backup holds them, the newest tombstones beside it do not let them in."""
    folder, before = tmp_path / "backups", Home(tmp_path / "before")
    shutil.copytree(demo.path, before.path, symlinks=True)
    before.cx("backup", str(folder))
    erased.cx("backup", str(folder))
    (older, newer) = sorted(folder.glob("*.backup"))
    newer.unlink()
    home = Home(tmp_path / "restored")
    args = ("restore", str(older), "--key-file", str(demo.key), "--json")
    without = Home(tmp_path / "without")
    assert "put the key back" in without.cx(*args, expect=2).err
    stones = erased.path / "state" / "keys" / "tombstone.key"
    told = home.cx(*args, "--tombstone-key", str(stones)).told
    assert told["erased_again"] > 20
    home.cx("run", "--as-of", AS_OF)
    assert home.manifest["content_hash"] == erased.manifest["content_hash"]
