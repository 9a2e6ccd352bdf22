"""Versions that stand in a file's name: part of what was delivered, as much as its bytes."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import FileVersion
from cx_pipeline.landing.verify import FileFault

_PATTERNS = {4: "%Y", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def identity(contract: Contract, sha256: str, name: str) -> str:
    """What makes two deliveries the same: their bytes, and the version that their name tells."""
    told = contract.extract.version
    digits = _digits(told, name) if isinstance(told, FileVersion) else ""
    return f"{sha256}@{digits}" if digits else sha256


# Columns of `landing.loads` that tell the identity of a load; `identity` is null in older homes.
IDENTITY = "identity, sha256, file_name"


def identity_of(contract: Contract, told: str | None, sha256: str, name: str) -> str:
    """The identity of a load from its IDENTITY columns; the name is stored filtered."""
    return told or identity(contract, sha256, name)


def file_version(contract: Contract, name: str) -> str | None:
    """SQL of the moment that the file's name tells as the version of its rows, if it should."""
    told = contract.extract.version
    if not isinstance(told, FileVersion):
        return None
    digits = _digits(told, name)
    try:
        local = datetime.strptime(digits, _PATTERNS.get(len(digits), "a date"))
    except ValueError:
        raise FileFault(
            f"its name tells no version ({told.file}); rename it as the contract says"
        ) from None
    moment = local.replace(tzinfo=ZoneInfo(contract.extract.zone)).astimezone(UTC)
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"


def _digits(told: FileVersion, name: str) -> str:
    found = re.search(told.file, name)
    return re.sub(r"[^0-9]", "", found[1]) if found else ""
