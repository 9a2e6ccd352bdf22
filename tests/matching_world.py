"""A CRM in which some persons stand twice without a shared identifier, and its nights of identity."""

import csv
import random
from datetime import datetime
from pathlib import Path

from homes import Home
from identity_world import Identity, Told

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import land
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.settings import SHIPPED_PACKS, load_settings

FILLED = ("Id", "FirstName", "LastName", "Name", "Email", "Phone", "Birthdate")
EMPTY = (
    *("AccountId", "Customer_Number__c", "MobilePhone", "MailingCity", "MailingState"),
    *("MailingCountry", "Language__c", "Tier__c", "Email_Opt_Out_Date__c"),
)
FLAGS = ("HasOptedOutOfEmail", "DoNotCall", "IsDeleted")
TIMES = ("CreatedDate", "SystemModstamp")
HEADER = (*FILLED, *EMPTY, *FLAGS, *TIMES)
FIRST = ("Agathe", "Bertram", "Cosima", "Dankwart", "Elfriede", "Folkmar", "Gerlinde", "Hartmut")
LAST = [
    f"{a}{b}"
    for a in ("Quitz", "Zwolf", "Pfrim", "Dorn")
    for b in ("brink", "egger", "hausen", "lach", "moor")
]
PEOPLE = 160
# What the second record of every eighth person tells, by turns.
SIGNS = ("another mailbox", "phone without its country", "name alone")


def people() -> list[dict[str, str]]:
    """A record each; names repeat, as names do."""
    draw = random.Random(7)
    made = []
    for number in range(PEOPLE):
        first, last = draw.choice(FIRST), draw.choice(LAST)
        told = dict.fromkeys(EMPTY, "") | dict.fromkeys(FLAGS, "false")
        told |= dict.fromkeys(TIMES, "2026-03-01T08:00:00.000Z")
        told |= {
            "Id": f"P{number:04d}", "FirstName": first, "LastName": last,
            "Name": f"{first} {last}", "Email": f"{first}.{last}{number}@mail.example".lower(),
            "Phone": f"+49151{draw.randrange(10**7, 10**8)}",
            "Birthdate": f"{draw.randrange(1940, 2000)}-05-01",
        }  # fmt: skip
        made.append(told)
    return made


def twins(of: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    """Add the second records; each pair of ids with its sign."""
    planted = {}
    for place, told in enumerate(of[::8]):
        sign = SIGNS[place % len(SIGNS)]
        twin = told | {"Id": told["Id"].replace("P", "T"), "Email": "", "Phone": ""}
        if sign == SIGNS[0]:
            twin["Email"] = told["Email"].replace("@mail.example", "@post.example")
        if sign == SIGNS[1]:
            twin["Phone"] = told["Phone"].replace("+49", "0")
        of.append(twin)
        planted[told["Id"], twin["Id"]] = sign
    return planted


class Crm:
    """A home that takes in these records, and its nights of identity."""

    def __init__(self, home: Home, identity: Identity) -> None:
        self.home, self.identity, self.day = home, identity, 10
        self.records = people()
        self.planted = twins(self.records)
        self.warehouse = home.path / "state" / "warehouse.duckdb"
        names = [record["Id"] for record in self.records]
        tokens = Tokenizer(Keys.load(load_settings(home.path))).tokens("account", names)
        self.names = dict(zip(map(str, tokens), names, strict=True))
        self.tokens = {name: token for token, name in self.names.items()}

    def land(self) -> None:
        path = self.home.landing / "salesforce" / "Contact_1.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, HEADER)
            out.writeheader()
            out.writerows(self.records)
        pack = load_pack(SHIPPED_PACKS / "salesforce")
        settings = load_settings(self.home.path)
        (landed,) = land(settings, [pack], run_id="run", now=datetime(2026, 3, 20))
        assert landed.quarantined == 0

    def night(self) -> Told:
        self.day += 1
        pairs = ["-".join(pair) for pair in load_settings(self.home.path).identity_denied]
        return self.identity.read(self.warehouse, denied=pairs, day=self.day)

    def pairs(self, *state: str) -> dict[tuple[str, str], dict[str, object]]:
        """What `cx identity review` tells, by ids of the records, the original first."""
        told = self.home.cx("identity", "review", *state, "--json").told
        return {
            tuple(sorted(self.names[one[name]] for name in ("token", "other_token"))): one
            for one in told
        }  # type: ignore[misc]

    def are_one(self, told: Told, pair: tuple[str, str]) -> bool:
        return told.are_one(*(self.tokens[name] for name in pair))


def values(records: list[dict[str, str]]) -> set[str]:
    """What may stand nowhere: distinctive names, addresses and numbers."""
    found = {record[name] for record in records for name in ("LastName", "Email", "Phone")}
    return {value.lower() for value in found if value}


def files(home: Path) -> list[Path]:
    """What a comparison writes or could: all of the home but what was delivered."""
    return [
        p for p in home.rglob("*") if p.is_file() and "landing" not in p.relative_to(home).parts
    ]
