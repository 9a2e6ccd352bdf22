"""Pull one source: all its tables, each on its own, and one sentence for what did not come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.privacy.safe_text import safe_error, safe_name, safe_text
from cx_pipeline.pull.fault import PullFault, needed
from cx_pipeline.pull.manifest import Arrival, Manifest
from cx_pipeline.pull.patience import Patience
from cx_pipeline.pull.source import Source
from cx_pipeline.settings import Settings


@dataclass(frozen=True)
class Pulled:
    """What came of a source: new files, their bytes, and a sentence for each table that failed."""

    source: str
    files: tuple[str, ...] = ()
    bytes: int = 0
    rows: int = 0
    faults: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How a night tells it."""
        rows = f", {self.rows:,} rows" if self.rows else ""
        return f"{self.source}: {len(self.files)} new files, {self.bytes:,} bytes{rows}"


def pull_source(
    settings: Settings, pack: Pack, now: datetime | None = None, *, again: bool = False
) -> Pulled:
    """Pull what is new of every table that says how, into `landing/<source>/`.

    `again` forgets what was pulled before. A table that fails stops no other; what arrived stays.
    The caller holds the run lock.
    """
    place = settings.pull[pack.name]
    if again:
        (settings.pulls / f"{pack.name}.jsonl").unlink(missing_ok=True)
    source = Source(
        name=pack.name,
        place=place,
        home=settings.home,
        folder=settings.landing / pack.name,
        manifest=Manifest(settings.pulls / f"{pack.name}.jsonl"),
        patience=Patience(place),
        now=now or datetime.now(UTC),
    )
    tables = [contract for contract in pack.contracts if contract.pull]
    if not tables:
        told = f"pull {pack.name}: its contract says no pull; add one, or drop its files by hand"
        return Pulled(pack.name, faults=(told,))
    source.tidy()
    before, faults = len(source.manifest.arrivals), []
    for contract in tables:
        try:
            _by_kind(contract)(source, contract)
        except PullFault as fault:
            faults.append(_sentence(source, contract, str(fault)))
        except OSError as fault:
            why = fault.strerror or type(fault).__name__
            told = f"landing or state cannot be written ({why}); make room and pull again"
            faults.append(_sentence(source, contract, told))
        except Exception as fault:  # whatever one source does, the others are pulled
            faults.append(_sentence(source, contract, safe_error(fault)))
    arrived = [one for one in source.manifest.arrivals[before:] if one.file]
    return Pulled(
        pack.name,
        tuple(safe_name(one.file or "") for one in arrived),
        sum(one.size for one in arrived),
        sum(one.rows or 0 for one in arrived),
        tuple(faults),
    )


def _by_kind(contract: Contract) -> Callable[[Source, Contract], list[Arrival]]:
    """What pulls this table; imported now, so that no other command waits for it."""
    kind = contract.pull.kind if contract.pull else ""
    if kind == "files":
        from cx_pipeline.pull.files import pull_files

        return pull_files
    if kind == "query":
        from cx_pipeline.pull.query import pull_query

        return pull_query
    needed("httpx")
    if kind == "rest":
        from cx_pipeline.pull.rest import pull_rest

        return pull_rest
    from cx_pipeline.pull.export import pull_export

    return pull_export


def _sentence(source: Source, contract: Contract, told: str) -> str:
    host = urlsplit(source.place.url).hostname
    where = f" from {host}" if host else ""
    return safe_text(f"pull {contract.name}{where}: {told}")
