"""Writes the surveys as Qualtrics exports them: responses (three header rows), distributions."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cx_pipeline.sample.clock import NEVER, moments, record_id
from cx_pipeline.sample.names import COUNTRIES
from cx_pipeline.sample.texts import Writer, comment
from cx_pipeline.sample.voice import NO_ANSWER, SERVICE, SURVEYS, Answers
from cx_pipeline.sample.world import World

QUESTIONS = (
    ("StartDate", "Start Date", "startDate"), ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"), ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"), ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
    ("Q1_NPS", "How likely are you to recommend us,\nfrom 0 to 10?", "QID1"),
    ("Q2_CSAT", "How satisfied were you, from 1 to 5?", "QID2"),
    ("Q3_CES", "It was easy to get this solved (1 to 7).", "QID3"),
    ("Q4_FCR", "Was it solved at the first contact?", "QID4"),
    ("Q5_TEXT", "What is the main reason for your answer?", "QID5_TEXT"),
    ("SurveyId", "SurveyId", "SurveyId"), ("Wave", "Wave", "Wave"),
    ("ConnectContactId", "ConnectContactId", "ConnectContactId"),
)  # fmt: skip
HISTORY = ("ContactId", "DistributionId", "ContactLookupId", "ExternalDataReference", "FirstName",
           "LastName", "Email", "Status", "SurveyId", "Wave", "ConnectContactId", "SurveyLink",
           "SentAt", "OpenedAt", "ResponseStartedAt", "ResponseCompletedAt",
           "ResponseId")  # fmt: skip


def response_id(answer: int) -> str:
    """A response id as Qualtrics makes them: R_ and 15 letters."""
    return f"R_{record_id('', answer)}"


def header_rows() -> list[list[object]]:
    """The three header rows: column names, question texts, import ids."""
    return [
        [name for name, _, _ in QUESTIONS],
        [text for _, text, _ in QUESTIONS],
        [json.dumps({"ImportId": tag}, separators=(",", ":")) for _, _, tag in QUESTIONS],
    ]


def response_rows(world: World, since: int, until: int) -> list[list[object]]:
    """The responses recorded from epoch second `since` to before `until`."""
    people, answers = world.people, world.answers
    began = moments(answers.at - answers.seconds, "blank")
    ended = moments(answers.at, "blank")
    rows: list[list[object]] = []
    for answer in np.flatnonzero((answers.at >= since) & (answers.at < until)).tolist():
        person, call = int(answers.person[answer]), int(answers.call[answer])
        known = person >= 0
        language = COUNTRIES[int(people.country[person])].language if known else "en"
        rows.append(
            [began[answer], ended[answer], 1 if answers.preview[answer] else 0,
             f"203.0.113.{answer % 250 + 1}", 100, int(answers.seconds[answer]), 1, ended[answer],
             response_id(answer), people.last[person] if known else "",
             people.first[person] if known else "", people.emails[person][0] if known else "",
             people.number(person) if known and answer % 5 else "",
             "email" if known else "preview" if answers.preview[answer] else "anonymous",
             language.upper(), *_scores(answers, answer), _text(world, answer, language),
             SURVEYS[int(answers.survey[answer])], answers.wave[answer],
             world.calls.ids[call] if call >= 0 else ""]
        )  # fmt: skip
    return rows


def _scores(answers: Answers, answer: int) -> list[object]:
    scores = [int(each[answer]) for each in (answers.nps, answers.csat, answers.ces, answers.fcr)]
    fcr = {NO_ANSWER: "", 1: 1, 0: 2}[scores[3]]
    return [*("" if score == NO_ANSWER else score for score in scores[:3]), fcr]


def _text(world: World, answer: int, language: str) -> str:
    answers = world.answers
    mood = int(answers.mood[answer])
    writer = Writer(world.people, int(answers.person[answer]), int(answers.tells[answer]))
    return comment(writer, language, mood, answer) if mood >= 0 else ""


def history_rows(world: World, cut: int) -> list[list[object]]:
    """Every invitation sent before `cut` with its state of then."""
    people, asked, answers = world.people, world.invitations, world.answers
    sent, opened, answered = (
        moments(np.where(each < cut, each, NEVER), "blank")
        for each in (asked.sent_at, asked.opened_at, asked.answered_at)
    )
    response = {
        invitation: answer
        for answer, invitation in enumerate(answers.invitation.tolist())
        if invitation >= 0
    }
    rows: list[list[object]] = []
    for one in np.flatnonzero(asked.sent_at < cut).tolist():
        person, call, survey = int(asked.person[one]), int(asked.call[one]), int(asked.survey[one])
        status = "HardBounce" if asked.bounced[one] else "Success"
        if answered[one]:
            status = "SurveyFinished"
        elif opened[one]:
            status = "Opened"
        distribution = f"EMD_{'aftercontact' if survey == SERVICE else 'relation'}{asked.wave[one]}"
        rows.append(
            [f"CID_{record_id('', person)}", distribution, f"CGC_{record_id('', person)}",
             people.number(person), people.first[person], people.last[person],
             people.emails[person][0], status, SURVEYS[survey], asked.wave[one],
             world.calls.ids[call] if call >= 0 else "",
             f"https://survey.example.com/jfe/form/{SURVEYS[survey]}?Q_DL={distribution}",
             sent[one], opened[one], opened[one] if answered[one] else "", answered[one],
             response_id(response[one]) if answered[one] else ""]
        )  # fmt: skip
    return rows


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Write rows, headers included, the way Qualtrics does: comma, quotes where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
