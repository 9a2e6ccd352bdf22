"""The sections of `cx.toml`, each with its defaults."""

from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cx_pipeline.purposes import consent_defaults


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(Section):
    """When the night runs, in which zone, and by when it has to be published."""

    cron: str = "0 3 * * *"
    zone: str = "UTC"
    deadline: str = "06:00"


class Retention(Section):
    """How long delivered files stay in `landing/` once their rows are archived."""

    landing_days: int = Field(default=30, ge=0)


class Publish(Section):
    """How many publishes stay beside `current`."""

    keep: int = Field(default=5, ge=1)


class Quarantine(Section):
    """The share of a night's rows that may go to quarantine before the run exits with 3."""

    limit: float = Field(default=0.05, ge=0, le=1)


class Alert(Section):
    """Where a failed or late run is told, once: an https webhook; empty for none."""

    webhook: str = ""


class Backup(Section):
    """Where backups go (none: there are none), how often, and how old a proof of one may be."""

    folder: Path | None = None
    every_days: int = Field(default=1, ge=1)
    verify_within_days: int = Field(default=7, ge=1)

    @field_validator("folder", mode="before")
    @classmethod
    def _none(cls, told: Any) -> Any:
        return told or None


class Warehouse(Section):
    """What DuckDB may use. `block_compression = false` is for audits that read bytes."""

    memory_limit: str = "800MB"
    threads: int = Field(default=2, ge=1)
    block_compression: bool = True


class KeyCommand(Section):
    """A command that prints the key: the program and its arguments, run without a shell."""

    command: tuple[str, ...] | None = Field(default=None, min_length=1)

    @field_validator("command", mode="before")
    @classmethod
    def _words(cls, told: Any) -> Any:
        if not isinstance(told, list) or not all(isinstance(word, str) and word for word in told):
            raise ValueError('needs a list of words, such as ["pass", "show", "cx"]')
        return told


class Redaction(Section):
    """Whether Presidio reads free texts too, after our own patterns."""

    presidio: bool = False

    @property
    def reading(self) -> str:
        """What makes a landing's reading different from the default, for the fingerprint."""
        return "presidio" if self.presidio else ""


class Reveal(Section):
    """Whether a second person has to approve a reveal, and how long the approval holds."""

    second_approver: bool = False
    hours: float = Field(default=24, gt=0, le=24 * 365)


class Watch(Section):
    """When a reveal is no surprise (from hour to hour), and tokens that no one has to reveal."""

    hours: tuple[int, int] = (7, 20)
    canaries: tuple[str, ...] = ()

    @field_validator("hours")
    @classmethod
    def _a_span(cls, hours: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= hours[0] < hours[1] <= 24:
            raise ValueError("needs two hours of a day, the earlier first, such as [7, 20]")
        return hours


class Attribution(Section):
    """How long before a conversion a touch counts, and after how long it counts half as much."""

    lookback_days: int = Field(default=30, ge=1, le=365)
    half_life_days: float = Field(default=7, gt=0, le=365)


class Identity(Section):
    """From which probability on two persons are joined, and from which on they are to review."""

    match_threshold: float = Field(default=0.9, gt=0, le=1)
    review_threshold: float = Field(default=0.1, gt=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review_threshold > self.match_threshold:
            raise ValueError("review_threshold is above match_threshold: it has to be below")
        return self


class Consent(Section):
    """State of who never stated anything, `granted` or `refused`, for each purpose."""

    default: dict[str, str] = Field(default_factory=lambda: consent_defaults({}))

    @field_validator("default", mode="before")
    @classmethod
    def _every_purpose(cls, told: Any) -> dict[str, str]:
        return consent_defaults(told)


LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SCHEMES = ("", "file", "s3", "gs", "az", "sftp", "https", "http", "postgresql")


class Secret(Section):
    """Where a token or password comes from: a variable, or a command that prints it."""

    env: str | None = None
    command: tuple[str, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.env is None) == (self.command is None):
            raise ValueError('needs env = "NAME" or command = ["program", "argument"]')
        return self


class PullFrom(Section):
    """Where one source is pulled from, by whom, and how patiently; never a secret itself."""

    url: str
    endpoint: str = ""
    user: str = ""
    secret: Secret | None = None
    key_file: Path | None = None
    known_hosts: Path | None = None
    ca_file: Path | None = None
    values: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    attempts: int = Field(default=5, ge=1, le=20)
    backoff: float = Field(default=1.0, ge=0, le=60)
    timeout: float = Field(default=60, gt=0)
    deadline: float = Field(default=3600, gt=0)

    @field_validator("url", "endpoint")
    @classmethod
    def _no_secret(cls, told: str) -> str:
        parts = urlsplit(told)
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"begins with {' , '.join(_SCHEMES[1:])} or is a folder")
        if parts.password is not None or parts.query or parts.fragment:
            raise ValueError("holds a password or a query; say the secret by secret = {env = ...}")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("plain http is refused; use https")
        return told
