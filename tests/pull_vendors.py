"""Qualtrics and Salesforce as their APIs behave, over a folder of files that they would export."""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from pull_world import Answer, Asked

TOKEN = "vendor-token-77aa"


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


@dataclass
class Qualtrics:
    """Response export jobs that are done at the third look, and the history of distributions."""

    folder: Path
    survey: str = "SV_1"
    status: str = "complete"
    looks: dict[str, int] = field(default_factory=dict)
    started: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("x-api-token") != TOKEN:
            return Answer({"meta": {"error": "unknown token"}}, status=401)
        parts = asked.path.split("/")
        if parts[3] == "distributions" and parts[5] == "history":
            return self._history(parts[4], int(asked.params.get("skipToken", 0)))
        return self._export(asked)

    def _export(self, asked: Asked) -> Answer:
        root = f"/API/v3/surveys/{self.survey}/export-responses"
        if asked.path == root and asked.method == "POST":
            self.started.append(asked.body)
            self.looks[f"ES_{len(self.started)}"] = 0
            return _result({"progressId": f"ES_{len(self.started)}", "status": "inProgress"})
        if asked.path.startswith(root) and asked.path.endswith("/file"):
            if asked.path != f"{root}/file-1/file":
                return Answer({}, status=404)
            (path,) = self.folder.glob("responses_*.csv")
            return Answer(zipped({"CX survey.csv": path.read_bytes()}))
        if asked.path.startswith(root):
            job = asked.path.rpartition("/")[2]
            self.looks[job] += 1
            if self.looks[job] < 3:
                return _result({"status": "inProgress", "percentComplete": 40.0})
            done = {"status": self.status, "percentComplete": 100.0}
            return _result(done | ({"fileId": "file-1"} if self.status == "complete" else {}))
        return Answer({}, status=404)

    def distributions(self) -> set[str]:
        return {row["DistributionId"] for row in self._invitations()}

    def _invitations(self) -> list[dict[str, str]]:
        (path,) = self.folder.glob("distribution_history_*.csv")
        with path.open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def _history(self, distribution: str, at: int) -> Answer:
        """One distribution: no names, and times as its API writes them."""
        rows: list[dict[str, str | None]] = [
            {
                "contactId": row["ContactId"],
                "contactLookupId": row["ContactLookupId"],
                "status": row["Status"],
                "surveyLink": row["SurveyLink"],
                "sentAt": _iso(row["SentAt"]),
                "openedAt": _iso(row["OpenedAt"]),
                "responseId": row["ResponseId"] or None,
            }
            for row in self._invitations()
            if row["DistributionId"] == distribution
        ]
        to = at + 100
        root = f"/API/v3/distributions/{distribution}/history"
        more = f"{root}?skipToken={to}" if to < len(rows) else None
        return _result({"elements": rows[at:to], "nextPage": more})


def _iso(told: str) -> str | None:
    return f"{told.replace(' ', 'T')}Z" if told else None


def _result(told: dict[str, object]) -> Answer:
    return Answer({"result": told, "meta": {"httpStatus": "200 - OK"}})


@dataclass
class Salesforce:
    """Query jobs of Bulk API 2.0 whose results come in parts."""

    folder: Path
    per_part: int = 400
    state: str = "JobComplete"
    queries: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer([{"errorCode": "INVALID_SESSION_ID"}], status=401)
        root = "/services/data/v62.0/jobs/query"
        if asked.path == root and asked.method == "POST":
            self.queries.append(asked.body["query"])
            return Answer({"id": f"750{len(self.queries)}", "state": "UploadComplete"})
        job, _, results = asked.path.removeprefix(f"{root}/").partition("/")
        header, rows = self._rows(self.queries[int(job.removeprefix("750")) - 1])
        if not results:
            return Answer({"id": job, "state": self.state, "numberRecordsProcessed": len(rows)})
        at = int(asked.params.get("locator", 0))
        part = rows[at : at + self.per_part]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *part])
        following = str(at + self.per_part) if at + self.per_part < len(rows) else "null"
        told = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(part))}
        return Answer(text.getvalue().encode(), headers=told)

    def _rows(self, query: str) -> tuple[list[str], list[list[str]]]:
        told, _, name = query.removeprefix("SELECT ").partition(" FROM ")
        columns = told.split(", ")
        (path,) = self.folder.glob(f"{name}_*.csv")
        with path.open(encoding="utf-8", newline="") as text:
            rows = csv.DictReader(text, restval="")
            return columns, [[row[column] for column in columns] for row in rows]
