"""Merges of the CRM as Salesforce exports them: followed, undone, in a circle, and kept apart by us."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from homes import Home
from identity_world import Identity, Told

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import land
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.settings import SHIPPED_PACKS, SettingsError, load_settings

HEADER = (
    "Id,AccountId,Customer_Number__c,FirstName,LastName,Name,Email,Phone,MobilePhone,Birthdate,"
    "MailingCity,MailingState,MailingCountry,Language__c,Tier__c,HasOptedOutOfEmail,DoNotCall,"
    "Email_Opt_Out_Date__c,CreatedDate,SystemModstamp,IsDeleted"
)


def contact(name: str, email: str, changed: str, master: str | None = None) -> str:
    """A line of Contact.csv; `master` is the record it was merged into."""
    told = f"{name},,,Ann,Lee,Ann Lee,{email},,,,,,,,,false,false,,2026-03-01T08:00:00.000Z"
    return f"{told},2026-03-{changed}T08:00:00.000Z,{str(bool(master)).lower()},{master or ''}"


class Crm:
    """A home that takes in Salesforce alone, and its nights of identity."""

    def __init__(self, home: Home, identity: Identity) -> None:
        self.home, self.identity, self.nights = home, identity, 1
        self.warehouse = home.path / "state" / "warehouse.duckdb"
        self.names = {self.token(name): name for name in ("M1", "M2", "M3")}

    def token(self, name: str) -> str:
        settings = load_settings(self.home.path)
        return str(Tokenizer(Keys.load(settings)).tokens("account", [name])[0])

    def night(self, *contacts: str) -> Told:
        self.nights += 1
        file = self.home.landing / "salesforce" / f"Contact_{self.nights}.csv"
        file.write_text("\n".join([f"{HEADER},MasterRecordId", *contacts, ""]))
        settings = load_settings(self.home.path)
        pack = load_pack(SHIPPED_PACKS / "salesforce")
        (landed,) = land(settings, [pack], run_id="run", now=datetime(2026, 3, 20))
        assert landed.quarantined == 0
        pairs = ["-".join(pair) for pair in settings.identity_denied]
        return self.identity.read(self.warehouse, denied=pairs, day=self.nights)

    def persons(self, told: Told) -> set[frozenset[str]]:
        """Records of each person."""
        return {
            frozenset(self.names[token] for token in person if token in self.names)
            for person in told.persons
        }


@pytest.fixture
def crm(new_home: Callable[..., Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    home = new_home(sources="salesforce")
    monkeypatch.setenv("CX_TEMP", str(tmp_path / "tmp"))
    monkeypatch.setenv("CX_WAREHOUSE", str(home.path / "state" / "warehouse.duckdb"))
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    return Crm(home, Identity(tmp_path / "identity", "salesforce"))


def persons(text: str) -> set[frozenset[str]]:
    return {frozenset(person.split()) for person in text.split("|")}


def test_a_merge_is_followed_undone_and_denied(crm: Crm) -> None:
    one, other = contact("M1", "ann@a.example", "01"), contact("M2", "lee@b.example", "01")
    assert crm.persons(crm.night(one, other)) == persons("M1|M2")

    merged = crm.night(one, contact("M2", "lee@b.example", "03", master="M1"))
    assert crm.persons(merged) == persons("M1 M2")
    states = {crm.names[token]: state for token, state in merged.merges.items()}
    assert states == {"M1": "kept", "M2": "merged"}

    undone = crm.night(one, contact("M2", "lee@b.example", "04"))
    assert crm.persons(undone) == persons("M1|M2") and undone.merges == {}

    circle = [contact("M1", "ann@a.example", "05", master="M2")]
    circle.append(contact("M2", "lee@b.example", "05", master="M1"))
    cyclic = crm.night(*circle)
    assert crm.persons(cyclic) == persons("M1 M2")
    assert set(cyclic.merges.values()) == {"cyclic"}

    deny = crm.home.path / "identity_deny.csv"
    deny.write_text(f"token,other_token,reason\n{crm.token('M2')},{crm.token('M1')},two sisters\n")
    denied = crm.night(*circle)
    assert crm.persons(denied) == persons("M1|M2")
    assert [change for _, change, _ in denied.log] == ["merged", "split", "merged", "split"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n", "needs a first line with the columns token, other_token"),
        ("", "needs a first line"),
        ("token,other_token\nann@a.example,lee@b.example\n", "line 2 needs two tokens"),
        ("token,other_token\n{one},\n", "line 2 needs two tokens"),
        ("token,other_token\n{one},{one}\n", "line 2 names one token twice"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_without_its_values(
    new_home: Callable[..., Home], text: str, sentence: str
) -> None:
    home = new_home(sources="salesforce")
    deny = home.path / "identity_deny.csv"
    deny.write_text(text.replace("{one}", "v1_" + "0" * 32))
    with pytest.raises(SettingsError, match=sentence) as refused:
        _ = load_settings(home.path).identity_denied
    assert "example" not in str(refused.value)
    said = home.cx("run", expect=2)
    assert sentence in said.err + said.out
