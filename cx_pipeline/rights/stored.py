"""What is stored in a home, as a right works on it: the warehouse, its tokens, its marts."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from hashlib import md5

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.landing.derived import drop_derived, kept_texts
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, quoted


def warehouse(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The working file, as cx.toml sizes it."""
    told = settings.warehouse
    return connect(
        settings.warehouse_file,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    )


def tokens_of(keys: Keys, given: Sequence[Identifier]) -> list[str]:
    """Tokens of the given identifiers; one of kind `token` stands for itself."""
    tokenizer, made = Tokenizer(keys), []
    for kind, value in given:
        token = value if kind == "token" else tokenizer.tokens(kind, [value])[0]
        if token is None:
            raise RightRefused(f"that is no {kind}: nothing was done; give it as it was delivered")
        made.append(token)
    if not made:
        raise RightRefused("nobody is named: nothing was done; give an e-mail or an account")
    return made


def clear(con: duckdb.DuckDBPyConnection, tokens: Collection[str]) -> None:
    """Drop what the next night makes anew, and every row that names the person in what stays."""
    names = [*tokens, *(md5(f"person|{token}".encode()).hexdigest() for token in tokens)]
    frames.write(con, "named", {"name": ("text", sorted(names))})
    con.execute("begin transaction")
    drop_derived(con)
    for place, texts in kept_texts(con) if names else ():
        named = " or ".join(f"{quoted(c)} in (select name from named)" for c in texts)
        con.execute(f"delete from {place} where {named}")
    con.execute("commit")
