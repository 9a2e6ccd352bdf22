"""Write the floor's statements from what dbt compiles: once, when a model's meaning changed.

`python -m bench.floor.write HOME AS_OF` needs a home of the four demo sources.
"""

import json
import re
import sys
from datetime import date
from pathlib import Path

from bench.floor.build import FOLDER
from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import load_settings, prepare_environment
from cx_pipeline.transform.project import invoke, manifest_path, run_vars

# What only nights need: a full rebuild by hand has no use for it.
_NIGHTS = {"chg_visitors", "chg_sessions", "chg_keys", "int_person_marks"}


def write(home: Path, as_of: date) -> int:
    """Returns how many statements were written."""
    settings = load_settings(home)
    prepare_environment(settings)
    known = find_packs(settings.pack_roots)
    packs = tuple(load_pack(known[name]) for name in settings.sources)
    manifest = json.loads(manifest_path(settings, packs).read_text())
    inactive = " ".join(f"cx.staging.{name}" for name in set(known) - set(settings.sources))
    variables = run_vars(settings, packs, as_of)
    compiled: dict[str, str] = {}

    list(invoke(settings, packs, ["compile", "--full-refresh", "--exclude", inactive], variables))
    for path in (settings.dbt_target / "compiled" / "cx" / "models").rglob("*.sql"):
        compiled[path.stem] = path.read_text()
    nodes = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    order = _order(manifest)
    made = [name for name in order if name in compiled and name not in _NIGHTS]
    names = [name for name in made if nodes[name]["schema"] != "process"]
    for old in FOLDER.glob("*.sql"):
        old.unlink()
    for number, name in enumerate(names, 1):
        node = nodes[name]
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        text = re.sub(r'(?:"warehouse"|\bwarehouse)\.', "", compiled[name])
        text = text.replace(str(variables["as_of_at"]), "{as_of_at}")
        text = text.replace(str(variables["as_of"]), "{as_of}")
        text = re.sub(r"\n{3,}", "\n\n", text).strip().rstrip(";")
        head = f'create {kind} {node["schema"]}."{name}" as\n'
        (FOLDER / f"{number:03}_{name}.sql").write_text(f"{head}{text};\n")
    return len(names)


def _order(manifest: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    seen: dict[str, None] = {}

    def visit(unique_id: str) -> None:
        node = manifest["nodes"].get(unique_id)
        if node is None or node["name"] in seen:
            return
        for parent in manifest["parent_map"].get(unique_id, ()):
            visit(parent)
        if node["resource_type"] == "model":
            seen[str(node["name"])] = None

    for unique_id in sorted(manifest["nodes"]):
        visit(unique_id)
    return list(seen)


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))} statements\n")
