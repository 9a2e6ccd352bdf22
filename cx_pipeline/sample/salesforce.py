"""Writes the CRM as Salesforce exports it: one CSV an object, each a snapshot at a moment."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from cx_pipeline.sample.calls import agent_name
from cx_pipeline.sample.cases import ORIGINS, PRIORITIES
from cx_pipeline.sample.clock import DAY, NEVER, Ints, moments, record_id, stream
from cx_pipeline.sample.commerce import LEAVING, ORDER_CHANNELS, PLANS, PRODUCTS
from cx_pipeline.sample.demand import REASONS
from cx_pipeline.sample.names import COUNTRIES
from cx_pipeline.sample.texts import Writer, case_texts
from cx_pipeline.sample.world import World

Cells = Sequence[object]
Table = tuple[tuple[str, ...], Iterator[Cells]]


def tables(world: World, cut: int) -> dict[str, Table]:
    """Header and rows of each object as the CRM held it at epoch second `cut`.

    A record that changed later shows its state of then; SystemModstamp is its last change.
    """
    return {
        "Product2": (PRODUCT, _products(world)),
        "Account": (ACCOUNT, _accounts(world, cut)),
        "Contact": (CONTACT, _contacts(world, cut)),
        "Opportunity": (OPPORTUNITY, _opportunities(world, cut)),
        "Contract": (CONTRACT, _contracts(world, cut)),
        "Case": (CASE, _cases(world, cut)),
    }


def write_table(path: Path, header: Iterable[str], rows: Iterable[Cells]) -> int:
    """Write one CSV the way Salesforce does, every value quoted; returns the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


PRODUCT = ("Id", "ProductCode", "Name", "Family", "IsActive", "CreatedDate", "SystemModstamp",
           "IsDeleted")  # fmt: skip
ACCOUNT = ("Id", "Name", "Type", "BillingCity", "BillingCountry", "Phone", "Region__c", "Tier__c",
           "CreatedDate", "SystemModstamp", "IsDeleted")  # fmt: skip
CONTACT = ("Id", "AccountId", "Customer_Number__c", "Salutation", "FirstName", "LastName", "Name",
           "Email", "Phone", "MobilePhone", "Birthdate", "MailingCity", "MailingState",
           "MailingCountry", "Language__c", "Tier__c", "HasOptedOutOfEmail", "DoNotCall",
           "Email_Opt_Out_Date__c", "CreatedDate", "SystemModstamp", "IsDeleted",
           "MasterRecordId")  # fmt: skip
OPPORTUNITY = ("Id", "AccountId", "ContactId", "Name", "Order_Number__c", "StageName", "Amount",
               "CurrencyIsoCode", "Discount__c", "Refunded_Amount__c", "Refunded_At__c",
               "Order_Channel__c", "Product__c", "Region__c", "Promised_At__c", "Delivered_At__c",
               "CloseDate", "CreatedDate", "SystemModstamp", "IsDeleted")  # fmt: skip
CONTRACT = ("Id", "ContractNumber", "AccountId", "CustomerSignedId", "StartDate", "EndDate",
            "ContractTerm", "Status", "ActivatedDate", "Renewal_Date__c", "Cancellation_Date__c",
            "Cancellation_Reason__c", "Plan__c", "Amount__c", "CurrencyIsoCode", "CreatedDate",
            "SystemModstamp", "IsDeleted")  # fmt: skip
CASE = ("Id", "CaseNumber", "ContactId", "AccountId", "Status", "Priority", "Origin", "Reason",
        "Subject", "Description", "SuppliedName", "SuppliedEmail", "SuppliedPhone", "OwnerId",
        "IsEscalated", "First_Reply_At__c", "CreatedDate", "ClosedDate", "SystemModstamp",
        "IsDeleted")  # fmt: skip


def _until(cut: int, *happened: Ints) -> tuple[list[Ints], Ints]:
    """Moments after `cut` as NEVER, and the last change there was until then."""
    seen = [np.where(moment < cut, moment, NEVER) for moment in happened]
    changes = np.stack([np.where(moment < NEVER, moment, 0) for moment in seen])
    return seen, changes.max(axis=0)


def _accounts(world: World, cut: int) -> Iterator[Cells]:
    people = world.people
    first = np.arange(people.count)
    holds = (people.partner < 0) | (people.partner > first)
    partner_joined = np.where(people.partner >= 0, people.joined_at[people.partner], NEVER)
    joined = np.minimum(people.joined_at, partner_joined)
    stamps = moments(joined, "iso_ms")
    for person in np.flatnonzero(holds & (joined < cut)).tolist():
        place = COUNTRIES[int(people.country[person])]
        shared = people.partner[person] >= 0
        name = f"{people.last[person]} Household" if shared else people.names[person]
        yield (people.account_id(person), name, "Customer", place.city, place.name,
               people.shown_phone(person), place.region, _tier(world, person), stamps[person],
               stamps[person], "false")  # fmt: skip


def _contacts(world: World, cut: int) -> Iterator[Cells]:
    people = world.people
    (joined, opted), changed = _until(cut, people.joined_at, people.opted_out_at)
    made, left, stamp = (moments(each, "iso_ms") for each in (joined, opted, changed))
    calls_refused = stream(world.seed, 11).random(people.count) < 0.05
    for person in np.flatnonzero(joined < NEVER).tolist():
        place = COUNTRIES[int(people.country[person])]
        mail = people.emails[person][0]
        has_left = bool(left[person])
        row = [people.contact_id(person), people.account_id(person), people.number(person), "",
               people.first[person], people.last[person], people.names[person],
               mail.title() if person % 7 == 0 else mail, people.shown_phone(person, -1),
               people.shown_phone(person),
               f"{people.birth_year[person]}-0{1 + person % 9}-1{person % 9}",
               place.city, place.region, place.name, place.language, _tier(world, person),
               _flag(has_left),
               _flag(bool(calls_refused[person])), left[person], made[person], stamp[person],
               "false", ""]  # fmt: skip
        yield row
        if people.twice[person]:
            row[0], row[9], row[10] = people.second_contact_id(person), "", ""
            row[2] = "" if person % 2 else row[2]
            yield row


def _opportunities(world: World, cut: int) -> Iterator[Cells]:
    people, orders = world.people, world.orders
    (placed, delivered, refunded), changed = _until(
        cut, orders.placed_at, orders.delivered_at, orders.refunded_at
    )
    made, given, back, stamp, promised = (
        moments(each, "iso_ms")
        for each in (placed, delivered, refunded, changed, orders.promised_at)
    )
    for order in np.flatnonzero(placed < NEVER).tolist():
        person = int(orders.person[order])
        sku, title, _, _ = PRODUCTS[int(orders.product[order])]
        number = orders.number(order)
        amount = int(orders.amount[order] - orders.discount[order])
        refund = _money(int(orders.refund[order])) if back[order] else ""
        stage = "Closed Lost" if orders.lost[order] else "Closed Won"
        yield (record_id("006", order), people.account_id(person), people.contact_id(person),
               f"{title} {number}", number, stage, _money(amount),
               "USD" if orders.foreign[order] else "EUR", _money(int(orders.discount[order])),
               refund, back[order], ORDER_CHANNELS[int(orders.channel[order])], sku,
               COUNTRIES[int(people.country[person])].region, promised[order], given[order],
               made[order][:10], made[order], stamp[order], "false")  # fmt: skip


def _contracts(world: World, cut: int) -> Iterator[Cells]:
    people, held = world.people, world.subscriptions
    (started, renewed, ended), changed = _until(
        cut, held.started_at, held.renewed_at, held.ended_at
    )
    from_, again, until, stamp, made = (
        moments(each, form)
        for each, form in (
            (started, "date"), (renewed, "date"), (ended, "date"), (changed, "iso_ms"),
            (started, "iso_ms"),
        )
    )  # fmt: skip
    ends = moments(np.where(renewed < NEVER, renewed, held.started_at) + 365 * DAY, "date")
    for contract in np.flatnonzero(started < NEVER).tolist():
        person = int(held.person[contract])
        plan, price = PLANS[int(held.plan[contract])]
        gone = until[contract]
        yield (record_id("800", contract), f"{contract + 1:08d}", people.account_id(person),
               people.contact_id(person), from_[contract], ends[contract], 12,
               "Cancelled" if gone else "Activated", made[contract], again[contract], gone,
               LEAVING[int(held.reason[contract])] if gone else "", plan, _money(price), "EUR",
               made[contract], stamp[contract], "false")  # fmt: skip


def _cases(world: World, cut: int) -> Iterator[Cells]:
    people, cases = world.people, world.cases
    (created, replied, closed), changed = _until(
        cut, cases.created_at, cases.replied_at, cases.closed_at
    )
    made, answered, done, stamp = (
        moments(each, "iso_ms") for each in (created, replied, closed, changed)
    )
    for case in np.flatnonzero(created < NEVER).tolist():
        person, reason = int(cases.person[case]), int(cases.reason[case])
        writer = Writer(people, person, int(cases.tells[case]))
        subject, body = case_texts(writer, reason, case)
        linked = not cases.unlinked[case]
        status = "Closed" if done[case] else "Working" if answered[case] else "New"
        yield (record_id("500", case), f"{case + 1:08d}",
               people.contact_id(person) if linked else "",
               people.account_id(person) if linked else "", status,
               PRIORITIES[int(cases.priority[case])], ORIGINS[int(cases.origin[case])],
               REASONS[reason], subject, body, people.names[person], people.emails[person][-1],
               people.phones[person][0] if case % 3 == 0 else "",
               agent_name(int(cases.agent[case])),
               _flag(bool(cases.escalated[case]) and bool(answered[case])), answered[case],
               made[case], done[case], stamp[case], "false")  # fmt: skip


def _products(world: World) -> Iterator[Cells]:
    listed = moments(np.array([world.period.start - 900 * DAY]), "iso_ms")[0]
    for number, product in enumerate(PRODUCTS):
        code, name, family, _ = product
        yield record_id("01t", number), code, name, family, "true", listed, listed, "false"


def _tier(world: World, person: int) -> str:
    return ("Bronze", "Silver", "Gold")[min(2, int(world.people.activity[person]))]


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _flag(value: bool) -> str:
    return "true" if value else "false"
