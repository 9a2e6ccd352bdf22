"""Customers of the demo who ask for something: who they are, and what the extracts hold of them."""

import csv
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homes import Demo, Home
from without_persons import rows_of

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer

SHOWN = "--verified-by", "passport shown at the desk"


def copied(home: Home, folder: Path) -> Home:
    new = Home(folder / "home")
    shutil.copytree(home.path, new.path, symlinks=True)
    return new


def rich(demo: Demo) -> list[dict[str, Any]]:
    """Customers with orders, calls and surveys, one e-mail and one phone."""
    return [
        person
        for person in demo.truth["persons"]
        if all(person["ids"][source] for source in ("ga4", "salesforce", "connect", "qualtrics"))
        and len(person["emails"]) == len(person["phones"]) == 1
    ]


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


def hashes(home: Home) -> dict[str, str]:
    tables = home.manifest["tables"].items()
    return {name: t["content_hash"] for name, t in tables if t["kind"] == "mart"}


def rights(home: Home) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = home.cx("subject", "status", "--json").told
    return told


def acts(home: Home) -> list[dict[str, Any]]:
    return [json.loads(a) for a in (home.path / "state/audit.jsonl").read_text().splitlines()]


def contacts_of(home: Home) -> Path:
    """The newest snapshot of the CRM's contacts."""
    return sorted((home.landing / "salesforce").glob("Contact_*.csv"))[-1]


def edited(path: Path, to: Path, edits: Mapping[str, Mapping[str, str]]) -> None:
    """A CSV with other values, `{Id: {column: value}}`."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, **edits.get(row["Id"], {})} for row in rows)
    to.write_text(out.getvalue(), encoding="utf-8")


def crm(demo: Demo, person: Mapping[str, Any]) -> dict[str, str]:
    text = contacts_of(demo).read_text(encoding="utf-8")
    (own,) = [
        row
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if row["Id"] in person["ids"]["salesforce"]
    ]
    return own


def token_of(demo: Demo, kind: str, value: str) -> str:
    """The token of a value by the demo's key; nothing is written into the demo's audit chain."""
    return Tokenizer(Keys.read(demo.key)).tokens(kind, [value])[0] or ""
