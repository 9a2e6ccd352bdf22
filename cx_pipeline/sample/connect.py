"""Writes the contact centre as Amazon Connect streams it: one contact record a line and leg."""

from __future__ import annotations

import json

import numpy as np

from cx_pipeline.sample.calls import agent_name
from cx_pipeline.sample.clock import Flags, Ints, moments
from cx_pipeline.sample.demand import QUEUES, REASONS
from cx_pipeline.sample.names import COUNTRIES
from cx_pipeline.sample.world import World

OWN_NUMBER = "+442079460000"
_ARN = "arn:aws:connect:eu-west-2:111122223333:instance/9c1f"
Record = dict[str, object]


def lines(world: World, first_day: int, until_day: int) -> list[str]:
    """The records that arrive on days `first_day` to before `until_day`, by time of arrival.

    A transferred call is two records; the second may arrive in a later delivery.
    """
    calls = world.calls
    first, second = calls.first_end, calls.first_end + np.maximum(calls.second_talk, 0)
    times = {
        name: moments(each, "iso")
        for name, each in (
            ("start", calls.started_at),
            ("queued", calls.started_at + calls.menu),
            ("served", calls.started_at + calls.menu + np.maximum(calls.wait, 0)),
            ("ended", first),
            ("wrapped", first + np.maximum(calls.wrap, 0)),
            ("ended2", second),
            ("wrapped2", second + np.maximum(calls.second_wrap, 0)),
        )
    }
    due = _due(world, first_day, until_day, calls.arrives_on)
    moved = calls.second_talk >= 0
    spread = np.minimum(calls.arrives_on + np.arange(calls.count) % 9 // 8, world.period.days - 1)
    due_second = _due(world, first_day, until_day, spread) & moved
    records = [_record(world, times, call) for call in np.flatnonzero(due).tolist()]
    records += [_transfer(world, times, call) for call in np.flatnonzero(due_second).tolist()]
    return [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]


def _due(world: World, first_day: int, until_day: int, day: Ints) -> Flags:
    last = until_day >= world.period.days
    return (day >= first_day) & ((day < until_day) | last)


def _record(world: World, times: dict[str, list[str]], call: int) -> Record:
    calls = world.calls
    reason, kind = int(calls.reason[call]), int(calls.kind[call])
    record = _frame(world, call, times["start"][call], times["ended"][call])
    record |= {
        "ContactId": calls.ids[call],
        "InitiationMethod": "CALLBACK" if kind == 2 else "API" if kind == 1 else "INBOUND",
        "DisconnectReason": "AGENT_DISCONNECT" if call % 3 == 0 else "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": times["wrapped"][call],
    }
    wait = int(calls.wait[call])
    if wait >= 0:
        record["Queue"] = {
            "ARN": f"{_ARN}/queue/{reason}", "Name": QUEUES[reason], "Duration": wait,
            "EnqueueTimestamp": times["queued"][call], "DequeueTimestamp": times["served"][call],
        }  # fmt: skip
    if calls.talk[call] >= 0:
        hold = max(0, int(calls.hold[call]))
        record["Agent"] = _agent(
            int(calls.agent[call]),
            since=times["served"][call],
            until=times["ended"][call],
            wrapped=times["wrapped"][call],
            spent=(int(calls.talk[call]), hold, int(calls.wrap[call])),
        )
    if calls.second_talk[call] >= 0:
        record["NextContactId"] = calls.second_ids[call]
        record["TransferCompletedTimestamp"] = times["ended"][call]
    return record


def _transfer(world: World, times: dict[str, list[str]], call: int) -> Record:
    calls = world.calls
    record = _frame(world, call, times["ended"][call], times["ended2"][call])
    return record | {
        "ContactId": calls.second_ids[call],
        "InitialContactId": calls.ids[call],
        "PreviousContactId": calls.ids[call],
        "InitiationMethod": "TRANSFER",
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": times["wrapped2"][call],
        "Agent": _agent(
            int(calls.second_agent[call]),
            since=times["ended"][call],
            until=times["ended2"][call],
            wrapped=times["wrapped2"][call],
            spent=(int(calls.second_talk[call]), 0, int(calls.second_wrap[call])),
        ),
    }


def _frame(world: World, call: int, start: str, end: str) -> Record:
    """What both legs of an interaction share, and their own start and end."""
    calls, people = world.calls, world.people
    person = int(calls.person[call])
    attributes = {"reason": REASONS[int(calls.reason[call])]}
    if person >= 0:
        attributes["language"] = COUNTRIES[int(people.country[person])].language
        if calls.known[call]:
            attributes["customer_number"] = people.number(person)
    if calls.is_test[call]:
        attributes["test_call"] = "true"
    is_chat = calls.kind[call] == 1
    record: Record = {
        "AWSAccountId": "111122223333",
        "Channel": "CHAT" if is_chat else "VOICE",
        "InitiationTimestamp": start,
        "ConnectedToSystemTimestamp": start,
        "DisconnectTimestamp": end,
        "Attributes": attributes,
    }
    if not is_chat:
        record["CustomerEndpoint"] = {"Type": "TELEPHONE_NUMBER", "Address": caller(world, call)}
        record["SystemEndpoint"] = {"Type": "TELEPHONE_NUMBER", "Address": OWN_NUMBER}
    return record


def caller(world: World, call: int) -> str:
    """The number a call came from: the person's, a stranger's, our own, or withheld."""
    calls, people = world.calls, world.people
    if calls.is_test[call]:
        return OWN_NUMBER
    if calls.withheld[call]:
        return "anonymous"
    person = int(calls.person[call])
    if person < 0:
        return f"+4479{call * 7_919 % 10**8:08d}"
    phones = people.phones[person]
    return phones[int(calls.phone[call]) % len(phones)]


def _agent(
    agent: int, *, since: str, until: str, wrapped: str, spent: tuple[int, int, int]
) -> Record:
    """An agent's part of a record; `spent` is talk, hold and after-call work in seconds."""
    talk, hold, wrap = spent
    return {
        "ARN": f"{_ARN}/agent/{agent}",
        "Username": agent_name(agent),
        "RoutingProfile": {"Name": ("Day team", "Late team")[agent % 2]},
        "ConnectedToAgentTimestamp": since,
        "AgentInteractionDuration": talk,
        "CustomerHoldDuration": hold,
        "LongestHoldDuration": hold,
        "NumberOfHolds": 1 if hold else 0,
        "AfterContactWorkStartTimestamp": until,
        "AfterContactWorkEndTimestamp": wrapped,
        "AfterContactWorkDuration": wrap,
    }
