"""`make bench`: every speed as a ratio to its floor or goal, measured in one run.

python -m bench            all of it, and the table in docs/speed.md
python -m bench demo       make run, the same night again, a day later
python -m bench million    one million web events from files to publish, and the transform's floor
python -m bench privacy    redaction and tokens: texts a second, recall by kind, time a value
python -m bench door       what privacy at the door costs of a night
python -m bench landing    a million rows against gunzip, pandas, polars, dlt; 10,000 small files
python -m bench big        the memory that a file of 5 GB takes to land
python -m bench journey    journey table, journeys and transitions beside pandas
python -m bench service    service KPIs of a million contacts, promises of a million tickets
python -m bench night      the same day's files after 90 days of history and after 900
python -m bench erasure    one person out of a million is erased
python -m bench text       sentiment beside VADER, contact reasons: accuracy, texts a CPU-second
python -m bench identity   persons found against planted and labelled truth, closure against scipy
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.door import door
from bench.erasure import erasure
from bench.identity import identity
from bench.journey import journey
from bench.landing import big, landing
from bench.measure import ROOT, Line, Measured, cx, repeat, show
from bench.night import night
from bench.privacy import privacy
from bench.service import service
from bench.text import text
from cx_pipeline.outcome import Night

AS_OF, NEXT_DAY = "2026-07-10", "2026-07-11"


def demo(home: Path) -> list[Line]:
    """The demo, the same night again (median of 3), and the same files a day later."""
    first = cx(home, "demo")
    cx(home, "run", "--as-of", AS_OF)
    again = repeat(3, lambda: cx(home, "run", "--as-of", AS_OF))
    later = cx(home, "run", "--as-of", NEXT_DAY)
    return [
        _against("make run, once the environment is there", first, 60),
        _against("same files, same code, same as_of", again, 10),
        _against("no new file, as_of one day later", later, 20),
    ]


def million(home: Path) -> list[Line]:
    """One million events: landing to publish, and the transform against its floor (3 pairs)."""
    cx(home, "init")
    cx(home, "sample", "--events", "1000000", "--seed", "1")
    whole = cx(home, "run", "--as-of", AS_OF)
    memory = Line(
        "1M events, landing to publish, peak memory",
        f"{whole.peak_mib:.0f} MiB",
        "1024 MiB",
        whole.peak_mib / 1024,
        "<= 1",
        whole.peak_mib <= 1024,
    )
    return [_against("1M events, landing to publish", whole, 40), memory, *_transform(home)]


def _transform(home: Path) -> list[Line]:
    models, nights, floors, hashes = [], [], [], set()
    for _ in range(3):
        cx(home, "run", "--as-of", AS_OF, "--full-refresh")
        nights.append(_seconds_of_transform(home))
        manifest = home / "published" / "analysts" / "current" / "manifest.json"
        copy = home / "state" / "floor.duckdb"
        shutil.copyfile(home / "state" / "warehouse.duckdb", copy)
        floor_told = _told("bench.floor.build", str(copy), AS_OF, f"{AS_OF} 00:00:00")
        copy.unlink()
        floors.append(floor_told["seconds"])
        models.append(_told("bench.models", str(home), AS_OF)["seconds"])
        hashes |= {floor_told["content_hash"], json.loads(manifest.read_text())["content_hash"]}
    if len(hashes) != 1:
        raise RuntimeError(f"the floor does not give the content of the models: {hashes}")
    mine, night, floor = (sorted(seconds)[1] for seconds in (models, nights, floors))
    against = f"{floor:.1f} s"
    return [
        Line(
            "1M events, all models by dbt, against plain SQL of the same content",
            f"{mine:.1f} s", against, mine / floor, "<= 1.5", mine <= 1.5 * floor,
        ),
        Line(
            "the same as a night's step: every test, what Dagster and the ledger are told",
            f"{night:.1f} s", against, night / floor, "", None,
        ),
    ]  # fmt: skip


def _told(module: str, *args: str) -> dict[str, Any]:
    """What a module of ours prints, run by itself."""
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _seconds_of_transform(home: Path) -> float:
    newest = max((home / "state" / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
    return Night.model_validate_json(newest.read_text()).took["transform"]


def _against(name: str, measured: Measured, goal: float) -> Line:
    value = f"{measured.wall:.1f} s ({measured.cpu:.1f} CPU-s, {measured.peak_mib:.0f} MiB)"
    ratio = measured.wall / goal
    return Line(name, value, f"{goal:.0f} s", ratio, "<= 1", ratio <= 1)


BENCHES: dict[str, Callable[[Path], list[Line]]] = {
    "demo": demo, "million": million, "landing": landing, "privacy": privacy, "door": door,
    "identity": identity, "journey": journey, "service": service, "night": night,
    "erasure": erasure, "text": text, "big": big,
}  # fmt: skip


def main(chosen: list[str]) -> None:
    """Run the chosen benchmarks (all by default) and print their table."""
    lines: list[Line] = []
    for name in chosen or BENCHES:
        with tempfile.TemporaryDirectory(prefix="cx-bench-") as folder:
            lines += BENCHES[name](Path(folder) / "home")
            print(show(lines), flush=True)
    if not chosen:
        today = datetime.now(UTC).date().isoformat()
        head = f"# Speed\n\nWritten by `make bench` on {today}, 2 cores; goals as stated.\n\n"
        (ROOT / "docs" / "speed.md").write_text(head + show(lines) + "\n")


main(sys.argv[1:])
