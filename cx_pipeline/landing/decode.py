"""Bytes to UTF-8 text in pieces of whole records, so that memory stays even for any file."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cx_pipeline.landing.signs import BREAK, Signs
from cx_pipeline.landing.verify import FileFault

PIECE = 12 << 20
# Signs of the private use area that stand where a byte could not be decoded or was a control
# character: they keep the record's shape, and the row that holds one goes to quarantine.
UNDECODABLE = "\ue0c1"
CONTROL = "\ue0c2"

_NEWLINE, _SPACE = 0x0A, 0x20
_CONTROL_BYTES = bytes({*range(32)} - {9, 10, 13})
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ESCAPED = re.compile(rb"((?<!\\)(?:\\\\)*)\\u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F])")
# What cp1252 shows of a byte 80 to BF, and signs of UTF-8 in it. Two signs in a row of the leads
# Ä to ß: one of them before a closing quote is common.
_SHOWN = (
    rb"(?:\xc2[\x80-\xbf]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]"
    rb"|\xe2\x80[\x93-\xba]|\xe2\x82\xac|\xe2\x84\xa2)"
)
_TWICE = re.compile(
    rb"\xc3(?:[\x82\x83]%b|[\x84-\x9f]%b\xc3[\x84-\x9f]%b|[\xa0-\xaf]%b{2}|[\xb0-\xb4]%b{3})"
    % ((_SHOWN,) * 5)
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error("cx_mark", _mark)


@dataclass(frozen=True)
class Piece:
    """Whole records as UTF-8 with a newline at the end."""

    text: bytes
    first_line: int
    marked: bool
    bad_bytes: bytes = b""
    has_signs: bool = False

    @cached_property
    def lines(self) -> int:
        """Lines of the delivered file: those that end within a record too."""
        signs = np.frombuffer(self.text, np.uint8)
        ends = int(np.count_nonzero(signs == _NEWLINE))  # bytes.count takes six times as long
        return ends + (self.text.count(BREAK.encode()) if self.has_signs else 0)


def pieces(
    blocks: Iterable[bytes],
    *,
    encoding: str,
    quote: str = "",
    signs: Signs | None = None,
    size: int = PIECE,
) -> Iterator[Piece]:
    """Cut the decoded text at ends of records: lines, outside of quotes when there are any.

    With `signs` it is the text that they rewrite it to.
    """
    decoder = _Decoder(encoding, signs)
    held: list[bytes] = []  # joined once a piece: to copy a text costs as much as to prove it
    length, enough, line = 0, size, 1
    for block in blocks:
        held.append(decoder.decode(block))
        length += len(held[-1])
        if length < enough:
            continue
        text = decoder.rewritten(b"".join(held))
        cut = _last_end(text, quote)
        if cut:
            piece = decoder.piece(text[:cut], line)
            line += piece.lines
            yield piece
        held, length = [text[cut:]], length - cut
        enough = size if cut else 2 * length
    held.append(decoder.decode(b"", final=True))
    if text := decoder.rewritten(b"".join(held)):
        yield decoder.piece(text if text.endswith(b"\n") else text + b"\n", line)


def _last_end(text: bytes, quote: str) -> int:
    """Where the last record ends: a newline with an even number of quotes before it."""
    cut = text.rfind(b"\n") + 1
    if not quote or not cut:
        return cut
    sign = quote.encode()
    before = text.count(sign, 0, cut)
    nearest = cut
    for _ in range(10_000):
        if before % 2 == 0 or not cut:
            return cut
        earlier = text.rfind(b"\n", 0, cut - 1) + 1
        before -= text.count(sign, earlier, cut)
        cut = earlier
    return nearest  # a quote that never closes: that record goes to quarantine


class _Decoder:
    def __init__(self, encoding: str, signs: Signs | None) -> None:
        self._encoding = codecs.lookup(encoding).name
        self._signs = signs if signs and (signs.meant or signs.line_end == "cr") else None
        self._delimiter = signs.between.encode() if signs else b""
        self._other: codecs.IncrementalDecoder | None = None
        self._started = False
        self._bad = b""

    def decode(self, block: bytes, *, final: bool = False) -> bytes:
        """UTF-8 passes as it is and is proved piece by piece; all else is decoded here."""
        if not self._started and block:
            self._started = True
            for bom, name in _BOMS:
                if block.startswith(bom):
                    block, self._encoding = block[len(bom) :], name
            if self._encoding not in ("utf-8", "ascii"):
                self._other = codecs.getincrementaldecoder(self._encoding)("cx_mark")
        if self._other is None:
            return block
        text = self._other.decode(block, final)
        if UNDECODABLE in text and not self._bad:
            self._bad = block[:4096]
        return text.encode("utf-8", "replace")

    def rewritten(self, text: bytes) -> bytes:
        return self._signs.into(text) if self._signs else text

    def piece(self, text: bytes, line: int) -> Piece:
        """Prove the text is UTF-8 without control characters, or mark where it is not."""
        marked, bad = bool(self._bad), self._bad
        try:
            if not text.isascii():
                text.decode("utf-8")
        except UnicodeDecodeError as wrong:
            marked, bad = True, text[max(0, wrong.start - 64) : wrong.start + 4096]
            text = text.decode("utf-8", "cx_mark").encode()
        controls = _CONTROL_BYTES.translate(None, self._delimiter)
        low = _low_signs(text)
        if len(low.translate(None, controls)) != len(low):
            marked = True
            sign = CONTROL.encode()
            text = _CONTROLS.sub(lambda m: m[0] if m[0] == self._delimiter else sign, text)
        if b"\\" in text and b"\\u00" in text and _ESCAPED.search(text):
            marked = True
            text = _ESCAPED.sub(rb"\1\\ue0c2", text)
        return Piece(text, line, marked, bad, has_signs=self._signs is not None)


def _low_signs(text: bytes) -> bytes:
    """The bytes below the space: few, so all that is asked of them is asked of a short text."""
    signs = np.frombuffer(text, np.uint8)
    return signs[np.flatnonzero(signs < _SPACE)].tobytes()


def encoded_twice(text: bytes) -> int:
    """How many lines hold UTF-8 that was taken for cp1252 once and encoded again (as in Ã©)."""
    if text.isascii():
        return 0
    found, at = 0, 0
    while match := _TWICE.search(text, at):
        found += 1
        at = text.find(b"\n", match.end()) + 1 or len(text)
    return found


def likely_encoding(sample: bytes) -> str:
    """Which encoding the undecodable bytes are probably in, for the message."""
    if b"\0" in sample[:200]:
        return "utf-16"
    high = [byte for byte in sample if byte >= 0x80]
    try:
        text = sample.decode("gb18030", "ignore")
    except UnicodeDecodeError:  # pragma: no cover - ignore never raises
        text = ""
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in text)
    if chinese * 2 >= 0.9 * len(high) and chinese > 1:
        return "gb18030"
    return "cp1252"


def whole_text(document: bytes, encoding: str) -> str:
    """A document that cannot be read in pieces. Raises FileFault naming the likely encoding."""
    for bom, name in _BOMS:
        if document.startswith(bom):
            document, encoding = document[len(bom) :], name
            break
    try:
        return document.decode(encoding)
    except UnicodeDecodeError as wrong:
        sample = document[max(0, wrong.start - 64) : wrong.start + 4096]
        raise FileFault(
            f"it is not {encoding}, it looks like {likely_encoding(sample)}; "
            "set extract.encoding in the contract, or deliver it in the agreed encoding"
        ) from None


def refuse_encoding(encoding: str, sample: bytes, share: float) -> FileFault:
    """The sentence for a file of which too many rows are not in the contract's encoding."""
    return FileFault(
        f"{share:.1%} of its rows are not {encoding}, it looks like {likely_encoding(sample)}; "
        "set extract.encoding in the contract, or deliver it in the agreed encoding"
    )
