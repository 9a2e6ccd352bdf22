"""What persons may ask: everything of theirs and nothing of others', enforced, and in time."""

import csv
import fcntl
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from asking import SHOWN, acts, copied, crm, hashes, linked, rich, rights, token_of
from homes import AS_OF, Demo, Home

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.normalise import normalise
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rights.opened import HIDDEN

EVIL = "=HYPERLINK(1)</td><script>alert(1)</script>"


@pytest.fixture(scope="module")
def given(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A home in which somebody had access and export, and where their folders lie."""
    folder = tmp_path_factory.mktemp("given")
    home, person = copied(demo, folder), rich(demo)[0]
    with home.warehouse(read_only=False) as con:  # a text that wants to be code
        con.execute(
            "update raw_qualtrics.responses set q5_text = ?, duration_seconds = -5 "
            "where response_id = ?",
            [EVIL, person["ids"]["qualtrics"][0]],
        )
    for right in ("access", "export"):
        out = str(folder / right)
        home.cx("subject", right, "--email", person["emails"][0], *SHOWN, "--out", out)
    return home, folder


def values(told: Any) -> Iterator[Any]:
    if isinstance(told, Mapping):
        for value in told.values():
            yield from values(value)
    elif isinstance(told, list):
        for value in told:
            yield from values(value)
    else:
        yield told


def test_access_tells_everything_that_the_extracts_hold(
    demo: Demo, given: tuple[Home, Path]
) -> None:
    person = rich(demo)[0]
    own = linked(demo, person["customer_number"])
    told = json.loads((given[1] / "access" / "access.json").read_text())
    plain = {normalise(kind, value) for kind, found in own.items() for value in found if value}
    assert set(told["identifiers"]) >= plain
    seen = {str(value) for value in values(told["rows"])}
    record = crm(demo, person)
    assert {record["Email"], record["Id"], record["Customer_Number__c"]} <= seen
    assert {record["FirstName"].casefold(), record["LastName"].casefold()} <= seen
    tables = {(table["source"], table["table"]): table for table in told["rows"]}
    assert len(tables) > 6
    with demo.warehouse() as con:
        events = con.execute(
            """select count(*) from raw_ga4.events where user_pseudo_id in (
                select token from intermediate.int_person_tokens
                where kind = 'cookie' and person_id = (
                    select person_id from intermediate.int_person_tokens where token = ?))""",
            [token_of(demo, "email", person["emails"][0])],
        ).fetchone()
    assert events == (len(tables["ga4", "events"]["rows"]),)
    marts = {table["table"] for table in told["analyses"]}
    assert marts >= {"dim_customers", "fct_orders", "fct_responses", "fct_segment_membership"}
    for part in ("consents", "published", "sources", "purposes", "recipients", "retention"):
        assert told[part], part
    described = [c["description"] for table in told["rows"] for c in table["columns"]]
    assert all(described)


def others(demo: Demo, own: Mapping[str, set[str]], home: Home) -> set[str]:
    """Every value of the vault that names a person, but those of this one."""
    with Vault(home.path / "state/vault.sqlite", Keys.read(demo.key)) as vault:
        held = vault.values(["email", "phone", "account", "device", "name"])
        opened = {value for _, _, value in held}
    mine = {v.casefold() for kind in own.values() for v in kind}
    return {v for v in opened if len(v) > 6 and v.casefold() not in mine}


def test_access_tells_nothing_of_anybody_else(demo: Demo, given: tuple[Home, Path]) -> None:
    home, folder = given
    person = rich(demo)[0]
    own = linked(demo, person["customer_number"])
    own["name"] = {*person["names"], *(n for name in person["names"] for n in name.split())}
    found = others(demo, own, home)
    assert len(found) > 1000
    for path in sorted(folder.glob("*/*.*")):
        text = path.read_text(encoding="utf-8").casefold()
        leaks = [value for value in found if value.casefold() in text]
        assert leaks == [], f"{path.name}: {len(leaks)} values of others"
        assert "v1_" not in text
    told = json.loads((folder / "access" / "access.json").read_text())
    assert HIDDEN in set(values(told))  # an agent, or a household


def test_a_spouse_by_the_same_phone_is_not_told(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Two customers with one phone are one person to the marts, and two to the law."""
    home = copied(demo, tmp_path)
    one, other, *_ = rich(demo)
    record = crm(demo, other)
    phone = crm(demo, one)["Phone"] or one["phones"][0]
    with home.warehouse(read_only=False) as con:
        token = token_of(demo, "phone", phone)
        account = token_of(demo, "account", record["Id"])
        con.execute("update raw_salesforce.contacts set phone = ? where id = ?", [token, account])
        edge = "select ?, ?, 'account', 'phone', timestamp '2026-04-01'"
        con.execute(
            f"insert into intermediate.int_identity_edges (token, other_token, kind, other_kind, "
            f"seen_at) {edge}",
            [account, token],
        )
        con.execute(
            """update intermediate.int_person_tokens set person_id = (
                select person_id from intermediate.int_person_tokens where token = $1)
            where person_id = (
                select person_id from intermediate.int_person_tokens where token = $2)""",
            [token, account],
        )
    refused = home.cx(
        "subject", "access", "--phone", phone, *SHOWN, "--out", str(tmp_path / "no"), expect=2
    )
    assert "shared" in refused.err and not (tmp_path / "no").exists()
    out = tmp_path / "out"
    home.cx("subject", "access", "--email", one["emails"][0], *SHOWN, "--out", str(out))
    text = (out / "access.json").read_text()
    told = json.loads(text)
    assert told["shared_identifiers"] >= 1 and told["analyses"] == []
    assert "you both use" in told["analyses_left_out"]
    for value in (phone, record["Email"], record["Id"], record["Customer_Number__c"]):
        assert value and value not in text


class Page(HTMLParser):
    """The tags of a page, and the text in its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: defaultdict[str, int] = defaultdict(int)
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        assert not any(name in {"src", "onclick", "onload"} for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_what_wants_to_be_code_is_shown_as_text(given: tuple[Home, Path]) -> None:
    page = Page()
    page.feed((given[1] / "access" / "access.html").read_text(encoding="utf-8"))
    assert page.tags["script"] == 0 and page.tags["table"] > 10
    assert any(EVIL in text for text in page.text)
    rows = list(csv.DictReader((given[1] / "export/qualtrics.responses.csv").open(newline="")))
    assert rows[0]["Q5_TEXT"] == f"'{EVIL}"
    assert float(next(v for k, v in rows[0].items() if k.startswith("Duration"))) == -5
    for path in (given[1] / "export").glob("*.csv"):
        for row in csv.reader(path.open(newline="", encoding="utf-8")):
            assert not [v for v in row if v[:1] in ("=", "+", "@", "\t", "\r")]


def test_an_export_is_whole_and_says_its_schema(demo: Demo, given: tuple[Home, Path]) -> None:
    folder = given[1] / "export"
    schema = json.loads((folder / "schema.json").read_text())
    data = json.loads((folder / "export.json").read_text())
    assert {table["table"] for table in schema["tables"]} == set(data)
    for table in schema["tables"]:
        rows = list(csv.DictReader((folder / table["file"]).open(newline="", encoding="utf-8")))
        assert len(rows) == table["rows"] == len(data[table["table"]]) > 0
        assert list(rows[0]) == [column["name"] for column in table["columns"]]
    emails = [row["Email"] for row in data["salesforce.contacts"]]
    assert emails == rich(demo)[0]["emails"]
    assert not [name for name in data if name.startswith(("fct_", "dim_"))]


def test_the_folder_is_its_owners_only_and_nothing_is_overwritten(
    demo: Demo, given: tuple[Home, Path]
) -> None:
    home, folder = given
    assert (folder / "access").stat().st_mode & 0o77 == 0
    assert all(path.stat().st_mode & 0o77 == 0 for path in (folder / "access").iterdir())
    mail, out = rich(demo)[0]["emails"][0], str(folder / "access")
    again = home.cx("subject", "access", "--email", mail, *SHOWN, "--out", out, expect=2)
    assert "there already" in again.err


def test_opening_is_in_the_audit_chain_without_a_value(
    demo: Demo, given: tuple[Home, Path]
) -> None:
    home, person = given[0], rich(demo)[0]
    told = {act["action"]: act["detail"] for act in acts(home)}
    assert int(told["access"]["opened"]) > 5 and int(told["export"]["rows"]) > 10
    chain = (home.path / "state/audit.jsonl").read_text()
    assert person["emails"][0] not in chain and person["customer_number"] not in chain
    home.cx("audit", "verify")


def test_asked_again_it_is_the_same_request_until_a_human_closes_it(
    demo: Demo, given: tuple[Home, Path], tmp_path: Path
) -> None:
    home, mail = copied(given[0], tmp_path), rich(demo)[0]["emails"][0]
    (first,) = [r for r in rights(home) if r["right"] == "access"]
    out = str(tmp_path / "again")
    told = home.cx("subject", "access", "--email", mail, *SHOWN, "--out", out, "--json").told
    assert told["request"] == first["request"] and first["state"] == "open"
    home.cx("subject", "close", first["request"], "--outcome", f"sent to {mail}")
    (closed,) = home.cx("subject", "status", first["request"], "--json").told
    assert closed["state"] == "closed" and mail not in closed["outcome"]
    assert home.cx("subject", "close", first["request"], "--outcome", "x", expect=2).err


def test_of_a_stranger_nothing_is_held(demo: Demo, tmp_path: Path) -> None:
    home, out = copied(demo, tmp_path), tmp_path / "out"
    told = home.cx("subject", "access", "--email", "no@body.example", *SHOWN, "--out", str(out))
    assert "nothing is held" in told.out and not out.exists()
    (request,) = rights(home)
    assert (request["state"], request["outcome"]) == ("closed", "nothing is held")
    register = (home.path / "state/register.sqlite").read_bytes()
    assert token_of(demo, "email", "no@body.example").encode() not in register


def test_with_a_second_approver_nobody_opens_a_person_alone(demo: Demo, tmp_path: Path) -> None:
    home, out = copied(demo, tmp_path), tmp_path / "out"
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text() + "\n[reveal]\nsecond_approver = true\n")
    args = ("--email", rich(demo)[0]["emails"][0], *SHOWN, "--out", str(out))
    asked = home.cx("subject", "access", *args, expect=2)
    assert "cx subject approve" in asked.err and not out.exists()
    assert home.cx("subject", "access", *args, expect=2).err  # still waits
    assert [r["state"] for r in rights(home)] == ["open"]
    assert "access" not in [act["action"] for act in acts(home)]


# ---- rectification -----------------------------------------------------------------------


def test_what_cannot_be_corrected_is_refused_in_a_sentence(demo: Demo, tmp_path: Path) -> None:
    home, mail = copied(demo, tmp_path), rich(demo)[3]["emails"][0]
    for column, value, word in [
        ("salesforce.contacts.nothing", "x", "there is no column"),
        ("salesforce.contacts.id", "x", "which row it is"),
        ("salesforce.cases.description", "x", "redacted"),
        ("salesforce.contacts.email", "no address", "no value"),
        ("salesforce.contacts.do_not_call", "perhaps", "no value"),
        ("salesforce.contacts.email", mail, "stands there already"),
    ]:
        args = ("--email", mail, *SHOWN, "--column", column, "--value", value)
        told = home.cx("subject", "rectify", *args, expect=2)
        assert word in told.err and mail not in told.err, told.err
    assert rights(home) == []


# ---- the register ------------------------------------------------------------------------


@pytest.fixture
def empty(new_home: Any) -> Home:
    home: Home = new_home(sources="salesforce")
    return home


@pytest.mark.parametrize(
    "right",
    [
        ("access", "--out", "out"), ("export", "--out", "out"), ("restrict",), ("object",),
        ("opt-out-of-sale",), ("erase",),
        ("rectify", "--column", "salesforce.contacts.tier", "--value", "x"),
    ],
    ids=lambda right: right[0],
)  # fmt: skip
def test_nothing_is_done_for_who_did_not_prove_who_they_are(empty: Home, right: Any) -> None:
    name, *args = right
    for blank in ("", " \t "):
        told = empty.cx(
            "subject", name, "--email", "a@b.example", "--verified-by", blank, *args, expect=2
        )
        assert "--verified-by is empty" in told.err
    assert empty.cx("subject", name, "--email", "a@b.example", *args, expect=2).err
    assert rights(empty) == []


def test_while_a_run_is_at_work_nothing_is_done(empty: Home, tmp_path: Path) -> None:
    lock = empty.path / "state" / "run.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for args in (("access", "--out", str(tmp_path / "out")), ("restrict",), ("object",)):
            told = empty.cx(
                "subject", args[0], "--email", "a@b.example", *SHOWN, *args[1:], expect=4
            )
            assert told.err.strip()
    assert rights(empty) == []


def test_days_by_law_and_more_of_them(empty: Home) -> None:
    day = datetime.now(UTC).date() - timedelta(days=3)
    args = ("--email", "a@b.example", *SHOWN, "--received", day.isoformat())
    empty.cx("subject", "restrict", *args)
    empty.cx("subject", "opt-out-of-sale", *args)
    told = {r["right"]: r for r in rights(empty)}
    assert told["restrict"]["due"] == (day + timedelta(days=28)).isoformat()
    assert told["opt-out-of-sale"]["due"] == (day + timedelta(days=15)).isoformat()
    restrict, sale = told["restrict"]["request"], told["opt-out-of-sale"]["request"]
    empty.cx("subject", "extend", restrict, "--reason", "many systems")
    (longer,) = empty.cx("subject", "status", restrict, "--json").told
    assert longer["due"] == (day + timedelta(days=28 + 59)).isoformat()
    for request, word in [(restrict, "once"), (sale, "no more time"), ("nobody", "no request")]:
        again = empty.cx("subject", "extend", request, "--reason", "more", expect=2)
        assert word in again.err
    assert "@" not in json.dumps(rights(empty))


@pytest.mark.prove
def test_an_overdue_request_fails_the_run_and_publishes_all_the_same(
    demo: Demo, tmp_path: Path
) -> None:
    home = copied(demo, tmp_path)
    out = str(tmp_path / "out")
    told = home.cx(
        "subject", "access", "--email", rich(demo)[0]["emails"][0], *SHOWN, "--out", out,
        "--received", "2026-01-05", "--json",
    ).told  # fmt: skip
    (request,) = rights(home)
    assert request["state"] == "overdue"
    night = home.cx("run", "--as-of", AS_OF, "--json", expect=1).told
    assert night["published"] and hashes(home) == hashes(demo)
    (late,) = night["failed_checks"]
    assert late.startswith("rights_requests_in_time failed") and told["request"] in late
    home.cx("subject", "close", told["request"], "--outcome", "handed over, late")
    home.cx("run", "--as-of", AS_OF)
