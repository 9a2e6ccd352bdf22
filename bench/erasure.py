"""One person out of a million: what an erasure takes, from the command to its end."""

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Line, cx

PERSONS = 1_000_000
_MADE = "2026-01-01T00:00:00.000Z"


def erasure(home: Path) -> list[Line]:
    """A CRM of a million contacts and as many accounts; one of them is erased."""
    cx(home, "init", "--sources", "salesforce")
    folder = home / "landing" / "salesforce"
    _write(folder / "Contact_20260101.csv", _contacts())
    _write(folder / "Account_20260101.csv", _accounts())
    cx(home, "run", "--as-of", "2026-01-02", "--select", "group:salesforce")
    told = cx(
        home, "subject", "erase", "--email", "p500000@mail.example", "--account", "A500000",
        "--verified-by", "bench",
    )  # fmt: skip
    value = f"{told.wall:.1f} s ({told.cpu:.1f} CPU-s, {told.peak_mib:.0f} MiB)"
    return [
        Line(
            f"one erasure at {PERSONS:,} persons",
            value,
            "60 s",
            told.wall / 60,
            "<= 1",
            told.wall <= 60,
        )
    ]


def _contacts() -> Iterator[list[str]]:
    yield [
        "Id", "AccountId", "Customer_Number__c", "FirstName", "LastName", "Name", "Email", "Phone",
        "MobilePhone", "Birthdate", "MailingCity", "MailingState", "MailingCountry", "Language__c",
        "Tier__c", "HasOptedOutOfEmail", "DoNotCall", "Email_Opt_Out_Date__c", "CreatedDate",
        "SystemModstamp", "IsDeleted",
    ]  # fmt: skip
    for n in range(PERSONS):
        yield [
            f"C{n}", f"A{n}", f"L{n}", "First", f"Last{n}", f"First Last{n}",
            f"p{n}@mail.example", f"+49151{n:08d}", "", "1980-01-01", "Town", "Region", "Germany",
            "de", "gold", "false", "false", "", _MADE, _MADE, "false",
        ]  # fmt: skip


def _accounts() -> Iterator[list[str]]:
    yield [
        "Id", "Name", "BillingCity", "BillingCountry", "Phone", "Region__c", "Tier__c",
        "CreatedDate", "SystemModstamp", "IsDeleted",
    ]  # fmt: skip
    for n in range(PERSONS):
        row = [f"A{n}", f"First Last{n}", "Town", "Germany", f"+49151{n:08d}", "Region", "gold"]
        yield [*row, _MADE, _MADE, "false"]


def _write(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
