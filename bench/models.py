"""The models alone, by dbt, without their tests and without a night: what stands against the floor.

`python -m bench.models HOME AS_OF` builds every model of a home whole and prints the seconds from
dbt's being told to its end; its process is started before, as a night starts it while files land.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import load_settings, prepare_environment
from cx_pipeline.transform.project import invoke, manifest_path, run_vars, warm_up

_STARTING = 15  # seconds that dbt has to load itself and the project


def build(home: Path, as_of: date) -> float:
    """Seconds of one `dbt run` of all models of the active sources."""
    settings = load_settings(home)
    prepare_environment(settings)
    known = find_packs(settings.pack_roots)
    packs = tuple(load_pack(known[name]) for name in settings.sources)
    manifest_path(settings, packs)
    warm_up(settings)
    time.sleep(_STARTING)
    inactive = " ".join(f"cx.staging.{name}" for name in set(known) - set(settings.sources))
    args = ["run", "--full-refresh", "--exclude", inactive]
    began = time.perf_counter()
    for _ in invoke(settings, packs, args, run_vars(settings, packs, as_of)):
        pass
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": build(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))}))
