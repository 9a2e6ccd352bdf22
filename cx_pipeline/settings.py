"""Typed settings of one home, from its `cx.toml` and the environment; nothing else reads either."""

import os
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from cx_pipeline.denied import DenyListFault, denied_pairs
from cx_pipeline.sections import (
    Alert,
    Attribution,
    Backup,
    Consent,
    Identity,
    KeyCommand,
    Publish,
    PullFrom,
    Quarantine,
    Redaction,
    Retention,
    Reveal,
    Schedule,
    Section,
    Warehouse,
    Watch,
)

PROJECT = Path(__file__).resolve().parents[1]
DBT_PROJECT = PROJECT / "dbt_project"
SHIPPED_PACKS = DBT_PROJECT / "models" / "staging"
DEMO_SOURCES = ("ga4", "salesforce", "connect", "qualtrics")

# Set before any of these libraries is imported: nothing of a run is told to anyone outside.
TELEMETRY_OFF = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "DAGSTER_DISABLE_TELEMETRY": "1",
}


class SettingsError(Exception):
    """`cx.toml` or the environment cannot be used; the message names the key and the remedy."""


class Settings(Section):
    """One home: where it lies, which source packs are active, and how its nights run."""

    home: Path
    sources: tuple[str, ...] = DEMO_SOURCES
    pack_paths: tuple[Path, ...] = Field(default=(), max_length=1)
    reporting_zone: str = "UTC"
    reporting_currency: str = "EUR"
    key_file: Path | None = None
    tombstone_key: Path | None = None
    keys: KeyCommand = KeyCommand()
    schedule: Schedule = Schedule()
    retention: Retention = Retention()
    publish: Publish = Publish()
    quarantine: Quarantine = Quarantine()
    alert: Alert = Alert()
    backup: Backup = Backup()
    warehouse: Warehouse = Warehouse()
    redaction: Redaction = Redaction()
    reveal: Reveal = Reveal()
    audit: Watch = Watch()
    consent: Consent = Consent()
    attribution: Attribution = Attribution()
    identity: Identity = Identity()
    pull: dict[str, PullFrom] = Field(default_factory=dict)

    @field_validator("reporting_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"{zone!r} is no IANA time zone such as Europe/Berlin") from unknown
        return zone

    @model_validator(mode="after")
    def _known_sources(self) -> Self:
        for name in self.pull:
            if name not in self.sources:
                raise ValueError(f"[pull.{name}] names no source of sources = {list(self.sources)}")
        return self

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def funnels_file(self) -> Path:
        """The funnels that a user declares; missing: the shipped ones."""
        return self.home / "funnels.yml"

    @property
    def fixes_file(self) -> Path:
        """The fixes that a user declares; missing: none."""
        return self.home / "fixes.yml"

    @property
    def warehouse_file(self) -> Path:
        return self.state / "warehouse.duckdb"

    @property
    def vault_file(self) -> Path:
        return self.state / "vault.sqlite"

    @property
    def known_file(self) -> Path:
        """Digests of the full names that texts may hold; made again where it is missing."""
        return self.state / "known.sqlite"

    @property
    def tombstones_file(self) -> Path:
        return self.state / "tombstones.sqlite"

    @property
    def tombstone_key_file(self) -> Path:
        """The key that recognises who was erased: `tombstone_key`, or the home's own."""
        return self.tombstone_key or self.state / "keys" / "tombstone.key"

    @property
    def register_file(self) -> Path:
        return self.state / "register.sqlite"

    @property
    def audit_file(self) -> Path:
        return self.state / "audit.jsonl"

    @property
    def identity_deny_file(self) -> Path:
        """Pairs of tokens that are never one person; the data engineer's own, if there is one."""
        return self.home / "identity_deny.csv"

    @property
    def identity_denied(self) -> tuple[tuple[str, str], ...]:
        """The pairs of `identity_deny_file`. Raises SettingsError where it cannot be used."""
        try:
            return denied_pairs(self.identity_deny_file)
        except DenyListFault as bad:
            raise SettingsError(str(bad)) from bad

    @property
    def archive(self) -> Path:
        return self.state / "archive"

    @property
    def dbt_target(self) -> Path:
        return self.state / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.state / "dagster"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def lock_file(self) -> Path:
        return self.state / "run.lock"

    @property
    def backup_folder(self) -> Path | None:
        """Where scheduled backups go, if anywhere; a relative path begins in the home."""
        return self.home / self.backup.folder if self.backup.folder else None

    @property
    def pulls(self) -> Path:
        """What was pulled, and how far: one file a source, a line an arrival."""
        return self.state / "pulls"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def token_key_file(self) -> Path:
        """The key that turns values into tokens: CX_KEY_FILE, `key_file`, or the home's own."""
        given = os.environ.get("CX_KEY_FILE")
        return Path(given) if given else self.key_file or self.state / "keys" / "token.key"

    @property
    def key_text(self) -> str | None:
        """The key itself, as CX_KEY gives it: never a field, so that no repr shows it."""
        return os.environ.get("CX_KEY")

    @property
    def key_sources(self) -> tuple[str, ...]:
        """Every place that is said to give the key, as a user calls it; the home's own is none."""
        told = {
            "CX_KEY": self.key_text is not None,
            "CX_KEY_FILE": bool(os.environ.get("CX_KEY_FILE")),
            "key_file in cx.toml": self.key_file is not None,
            "[keys] command in cx.toml": self.keys.command is not None,
        }
        return tuple(name for name, is_given in told.items() if is_given)

    @property
    def pack_roots(self) -> tuple[Path, ...]:
        """Folders that hold source packs: the shipped ones, then the user's own."""
        return (SHIPPED_PACKS, *self.pack_paths)

    def today(self) -> date:
        """Today in the reporting zone: the default `as_of`."""
        return datetime.now(ZoneInfo(self.reporting_zone)).date()

    def midnight(self, day: date) -> datetime:
        """The UTC instant (naive) at which `day` begins in the reporting zone."""
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.reporting_zone))
        return (local - (local.utcoffset() or timedelta())).replace(tzinfo=None)


def environment(name: str) -> str | None:
    """A variable that `cx.toml` names: the only way in for the secrets of pulls."""
    return os.environ.get(name)


def home_from(environment_or_option: str | None = None) -> Path:
    """The home a command works in: the option, CX_HOME, or `./var`."""
    return Path(environment_or_option or os.environ.get("CX_HOME") or "var").expanduser().resolve()


def prepare_environment(settings: Settings) -> None:
    """Point Dagster and dbt at this home and switch every telemetry off, before their import."""
    os.environ.update(TELEMETRY_OFF)
    os.environ["CX_HOME"] = str(settings.home)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")  # what a run plans: defs/storage.py
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["CX_WAREHOUSE"] = str(settings.warehouse_file)
    os.environ["CX_THREADS"] = str(settings.warehouse.threads)
    os.environ["CX_MEMORY_LIMIT"] = settings.warehouse.memory_limit
    os.environ["CX_TEMP"] = str(settings.state / "tmp")


def prepare_dagster_home(settings: Settings) -> None:
    """Write `dagster.yaml`: no telemetry, no captured console text (it could hold raw values)."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    told = (
        "telemetry:\n  enabled: false\n"
        "compute_logs:\n  module: dagster._core.storage.noop_compute_log_manager\n"
        "  class: NoOpComputeLogManager\n"
        # Launched at once: the run lock says who is at work, and no daemon has to be up.
        "run_coordinator:\n  module: dagster.core.run_coordinator\n"
        "  class: DefaultRunCoordinator\n"
        "event_log_storage:\n  module: cx_pipeline.defs.storage\n  class: EventLog\n"
        "  config:\n    base_dir:\n      env: DAGSTER_HOME\n"
    )
    path = settings.dagster_home / "dagster.yaml"
    if not path.exists() or path.read_text() != told:
        path.write_text(told)


def load_settings(home: Path) -> Settings:
    """Read `home/cx.toml`.

    Raises SettingsError when the file is missing or says something that cannot be meant.
    """
    path = home / "cx.toml"
    try:
        told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise SettingsError(
            f"{path} does not exist; make this home with: cx --home {home} init"
        ) from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise SettingsError(f"{path} is not valid TOML: {bad}") from bad
    try:
        return Settings(home=home, **told)
    except (ValidationError, TypeError) as bad:
        raise SettingsError(f"{path}: {_first_error(bad)}") from bad


def _first_error(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        return f"{key}: {first['msg']}"
    return str(error)
