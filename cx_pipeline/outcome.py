"""What a night did, in the words and the exit code that whoever started it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, Field

from cx_pipeline.privacy.safe_text import safe_name, safe_text

OK, CHECK_FAILED, USAGE, QUARANTINE, LOCKED, PRIVACY = range(6)


class FileTold(BaseModel):
    """One delivered file and what became of its rows: read = accepted + quarantined + duplicate."""

    source: str
    table: str | None
    file: str
    status: str
    reason: str | None = None
    rows_read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0


class Night(BaseModel):
    """One run from landing to publish. `exit_code` is the highest of all that applies."""

    run_id: str
    as_of: date | None = None
    started_at: datetime
    steps: list[str] = Field(default_factory=list)
    files: list[FileTold] = Field(default_factory=list)
    transform: str = "not run"
    rebuilt_because: str | None = None
    failed_checks: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    over_limit: list[str] = Field(default_factory=list)
    leaks: list[str] = Field(default_factory=list)
    errors: list[str] = Field(default_factory=list)
    is_locked: bool = False
    refusal: str | None = None
    published: str | None = None
    content_hash: str | None = None
    seconds: float | None = None
    took: dict[str, float] = Field(default_factory=dict)

    def step(self, sentence: str) -> None:
        """Say what the run is doing now."""
        self.steps.append(sentence)

    def filter(self) -> None:
        """Take what is personal out of every sentence: whatever reads this record repeats it."""
        for told in (
            self.steps, self.failed_checks, self.warnings, self.over_limit, self.leaks, self.errors,
        ):  # fmt: skip
            told[:] = map(safe_text, told)
        self.refusal = self.refusal and safe_text(self.refusal)
        for file in self.files:
            file.file, file.reason = safe_name(file.file), file.reason and safe_text(file.reason)

    @property
    def exit_code(self) -> int:
        """0 ok, 1 check failed, 3 quarantine over its limit, 4 locked, 5 privacy gate."""
        aside = any(told.status in {"aside", "unknown"} for told in self.files)
        broken = self.failed_checks or self.errors or self.refusal
        return max(
            CHECK_FAILED if aside or broken else OK,
            QUARANTINE if self.over_limit else OK,
            LOCKED if self.is_locked else OK,
            PRIVACY if self.leaks else OK,
        )


def read_night(folder: Path, run_id: str) -> Night | None:
    """The record of one run, or None when it left none."""
    path = folder / f"{run_id}.json"
    return Night.model_validate_json(path.read_text()) if path.exists() else None


@contextmanager
def noting(folder: Path, run_id: str, started_at: datetime) -> Iterator[Night]:
    """The run's record, kept on disk after each step, filtered, whatever happened in it."""
    night = read_night(folder, run_id) or Night(run_id=run_id, started_at=started_at)
    try:
        yield night
    finally:
        night.filter()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run_id}.json"
        part = path.with_suffix(".part")
        part.write_text(night.model_dump_json(indent=1))
        part.replace(path)
