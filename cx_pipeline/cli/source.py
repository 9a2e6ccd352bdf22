"""From a delivered file to a source: what it seems to be, what only a human can say, a pack."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import tomlkit
import typer
from rich.prompt import Prompt

from cx_pipeline.cli.show import AsJson, Told, as_json, fail, say, table
from cx_pipeline.contracts import entity_columns
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.outcome import USAGE
from cx_pipeline.privacy.safe_text import safe_name
from cx_pipeline.profile.pack import contract_text, write_pack
from cx_pipeline.profile.proposal import Proposal, propose
from cx_pipeline.profile.questions import UnknownAnswer
from cx_pipeline.settings import Settings, SettingsError, load_settings
from cx_pipeline.warehouse import scratch

commands = typer.Typer(no_args_is_help=True, help="Sources of your own.")

Files = Annotated[list[Path], typer.Argument(help="A delivered file of each table.")]
Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--answer", metavar="KEY=VALUE", help="What a file cannot tell, such as zone=UTC."
    ),
]


def profile(
    files: Files,
    answer: Answers = None,
    json_wanted: AsJson = False,
) -> None:
    """What a file seems to be: a contract for it, open questions, twenty masked rows."""
    proposals = _proposed(files, answer or [], is_asking=not json_wanted)
    if json_wanted:
        as_json([_as_json(one) for one in proposals])
        return
    for one in proposals:
        _tell(one)
    say(contract_text("source", proposals))
    _tell_open(proposals)


@commands.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the source: lower case, as its folder.")],
    files: Files,
    answer: Answers = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(metavar="ENTITY[=TABLE]", help="Draft the model that fills this entity."),
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Write a pack of your own for these files, and have the home take it in."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        raise SettingsError(
            f"{name!r} is no name of a source; use lower-case letters, digits and _"
        )
    if name in settings.sources:
        raise SettingsError(f"{name} is a source of this home already; choose another name")
    for one in entity or ():
        entity_columns(one.partition("=")[0])
    proposals = _proposed(files, answer or [], is_asking=not json_wanted)
    if any(proposal.questions for proposal in proposals):
        _tell_open(proposals)
        fail("nothing is written before each question is answered", USAGE)
    wanted = _entities(entity or [], proposals)
    packs = settings.pack_paths[0] if settings.pack_paths else settings.home / "packs"
    try:
        pack, left = write_pack(packs / name, proposals, wanted)
    except FileExistsError as there:
        raise SettingsError(str(there)) from there
    _take_in(settings, name, packs)
    if json_wanted:
        as_json(
            {"pack": str(pack.folder), "tables": [c.table for c in pack.contracts], "left": left}
        )
        return
    for proposal in proposals:
        _tell(proposal, with_rows=False)
    say(f"Wrote {pack.folder}; the home takes {name} in.")
    for filled, columns in left.items():
        if columns:
            say(f"stg_{name}__{filled}.sql: nothing was found for {', '.join(columns)}")
    if not wanted:
        say(f"It lands and is checked. Into the marts: a model stg_{name}__<entity>.sql.")
    say(f"Drop its files into {settings.landing / name}/, then: cx --home {settings.home} run")


def _proposed(files: Sequence[Path], answers: Sequence[str], *, is_asking: bool) -> list[Proposal]:
    """A proposal for each file; on a terminal its questions are asked."""
    given = dict(_answer(one) for one in answers)
    made: list[Proposal] = []
    for path in files:
        if not path.is_file():
            fail(f"{path} is no file; name one that is", USAGE)
        told = _of_file(given, path, is_alone=len(files) == 1)
        with scratch() as con:
            # Raw values are in here: nothing may spill to a disk.
            con.execute("set temp_directory = ''")
            con.execute("set preserve_insertion_order = true")
            try:
                proposal = propose(con, path, told)
                while is_asking and proposal.questions and sys.stdin.isatty():
                    said = {one.key: _ask(one.text, one.choices) for one in proposal.questions}
                    try:
                        proposal = propose(con, path, told | said)
                        told |= said
                    except UnknownAnswer as wrong:
                        say(str(wrong))
            except FileFault as fault:
                fail(f"{path.name}: {fault}", USAGE)
        made.append(proposal)
    names = [proposal.table for proposal in made]
    for proposal in made:
        if names.count(proposal.table) > 1:
            fail(f"two files would both be table {proposal.table}; name them differently", USAGE)
    return made


def _answer(told: str) -> tuple[str, str]:
    key, sign, value = told.partition("=")
    if not sign or not key:
        raise UnknownAnswer(f"an answer is KEY=VALUE, not {told!r}")
    return key, value


def _of_file(given: dict[str, str], path: Path, *, is_alone: bool) -> dict[str, str]:
    """Of several files each answer names its file: `orders.csv:zone=UTC`."""
    if is_alone:
        return dict(given)
    before = f"{path.name}:"
    return {key.removeprefix(before): v for key, v in given.items() if key.startswith(before)}


def _ask(text: str, choices: Sequence[str]) -> str:
    return Prompt.ask(f"{text}?", choices=list(choices) or None)


def _entities(told: Sequence[str], proposals: Sequence[Proposal]) -> dict[str, str]:
    tables = [proposal.table for proposal in proposals]
    wanted = {}
    for one in told:
        entity, _, chosen = one.partition("=")
        if not chosen and len(tables) > 1:
            raise UnknownAnswer(
                f"say which table fills {entity}: {entity}=<one of {', '.join(tables)}>"
            )
        if chosen and chosen not in tables:
            raise UnknownAnswer(f"{chosen!r} is no table here; tables: {', '.join(tables)}")
        wanted[entity] = chosen or tables[0]
    return wanted


def _take_in(settings: Settings, name: str, packs: Path) -> None:
    """The source stands in cx.toml, whose other lines and comments stay."""
    toml = settings.home / "cx.toml"
    told = tomlkit.parse(toml.read_text(encoding="utf-8"))
    told["sources"] = [*settings.sources, name]
    if not settings.pack_paths:
        told["pack_paths"] = [str(packs.resolve())]
    toml.write_text(tomlkit.dumps(told), encoding="utf-8")
    (settings.landing / name).mkdir(parents=True, exist_ok=True)


def _as_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "file": proposal.delivered.path.name,
        "rows": proposal.delivered.rows,
        "table": proposal.as_table(),
        "questions": [
            {"key": one.key, "text": one.text, "choices": one.choices} for one in proposal.questions
        ],
        "notes": proposal.notes,
        "preview": proposal.preview,
    }


def _tell(proposal: Proposal, *, with_rows: bool = True) -> None:
    seen = proposal.delivered
    rows = [
        [
            column.name,
            safe_name(column.header),
            column.typed.data_type,
            column.typed.format or column.typed.epoch,
            column.personal.kind,
            f"{column.filled / seen.rows:.0%}" if seen.rows else "",
            column.distinct,
        ]
        for column in proposal.columns
    ]
    names = ["column", "delivered as", "type", "format", "personal", "filled", "distinct"]
    table(f"{proposal.table}: {seen.rows:,} rows", names, rows)
    if with_rows:
        table("First rows, masked", [c.name for c in proposal.columns], [*proposal.preview])
    for note in proposal.notes:
        say(f"- {note}")


def _tell_open(proposals: Sequence[Proposal]) -> None:
    questions = [
        (f"{one.delivered.path.name}:" if len(proposals) > 1 else "", question)
        for one in proposals
        for question in one.questions
    ]
    if questions:
        say("What the file cannot tell:")
    for before, question in questions:
        choices = f" [{', '.join(question.choices)}]" if question.choices else ""
        say(f"  --answer {before}{question.key}=...   {question.text}?{choices}")
