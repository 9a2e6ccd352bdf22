"""Numbers that ring: told by their country, their grouping, or a word beside them."""

import re
from collections.abc import Iterator

from cx_pipeline.privacy.shapes import LEFT, PARTING, RIGHT

_SEP = f"[{PARTING}]{{1,3}}"
_SOME = f"(?:[{PARTING}]{{0,3}}[0-9])"
_NO_DATE = r"(?![0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{2,4}(?![0-9]))"
# "Pedido: 01-68698482" stands in a real review: an order's number may be grouped like a phone's.
_NO_ORDER = "(?<!rder )(?<!rder: )(?<!edido )(?<!edido: )(?<!单)(?<!单号)(?<!单号:)"
# After a word too: neither a date nor a time without signs, nor an amount of money.
_NO_TIME = (
    r"(?![0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}(?![0-9])"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?![0-9])"
    r"|[0-9]{1,3}(?:[., ][0-9]{3})*[.,][0-9]{1,2}(?!\.?[0-9])|[0-9]+[.,][0-9]{1,2}(?![.,]?[0-9]))"
)
_EXTENSION = r"(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
_WORD = (
    r"(?:(?i:\b(?:tel|ph|phone|telephone|mobile|cell|fax|whatsapp|telefono?|telefone?|fone|zap"
    r"|celular|handy|mobil|mobilnummer|telefonnummer|rückruf|erreichbar"
    r"|(?:call|ring|text|reach|phone|answer(?:ing)?)(?: me| us| him| her| them)?(?: back)?"
    r" (?:at|on|under)|(?:call|ring|text|reach|phone) (?:me|us|him|her|them)(?: back)?"
    r"|(?:messages?|texts?|sms|calls?) (?:to|from)|me liga(?:r)?"
    r"|ligue|ligar|liguem|rufen sie (?:mich|uns) an)\b"
    r"(?:[ ](?:no|nr|number|is|at|on|em|para|unter|ist|é|n[º°])\b[º°.]?){0,3}"
    r"|\b(?:desk|direct|office|home)(?=:\s{0,3}\(?[0-9](?:[^0-9\n]{0,3}[0-9]){8}))"
    r"|(?:电话|手机|電話|手機|座机|传真|微信|致电|拨打|打给我|回电|联系(?:我|方式))"
    r"(?:号码|号|號碼)?[是为]?)"
    r"[.:#]{0,2}\s{0,3}"
)
_PLACE = r"[ -](?i:office|fax|mobile|cell|desk)(?=\s*(?:$|[,;)/|\\]))"

_BY_SHAPE = (
    # with its country: +49 170 1234567, +1 (555) 010-9999
    r"(?<![0-9A-Za-z_.])\+[1-9]" + _SOME + "{7,14}" + _EXTENSION + RIGHT
    + r"|(?=[0-9(])" + LEFT + _NO_ORDER + _NO_DATE + r"(?:"
    # North America: (555) 010-9999, 1-555-010-9999
    r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}"
    # with a trunk zero: 0170 1234567, 01 23 45 67 89, 020 7946 0958, (030) 1234567
    r"|\(?0[0-9]{1,4}\)?(?:" + _SEP + r"[0-9]{2,8}){1,5}"
    # Brazil: (11) 98765-4321; China: 138-1234-5678; India: 98765 43210
    r"|\([0-9]{2}\) ?9? ?[0-9]{4}[ -]?[0-9]{4}|[1-9][0-9] 9[0-9]{4}-[0-9]{4}"
    r"|1[3-9][0-9](?P<gap>[ .\-\u2010-\u2015\u00b7])[0-9]{4}(?P=gap)[0-9]{4}|[6-9][0-9]{4} [0-9]{5}"
    # each digit apart: a mobile of China or Germany
    r"|(?<![0-9][ .-])(?:1(?P<one>[ .-])[3-9](?:(?P=one)[0-9]){9}(?!(?P=one)[0-9])"
    r"|0(?P<two>[ .-])1(?P=two)[5-7](?:(?P=two)[0-9]){8,9}(?!(?P=two)[0-9]))"
    r")" + _EXTENSION + RIGHT
    # or with a word behind it
    + r"|(?=[0-9(])" + LEFT + _NO_TIME + r"(?![0-9]{1,3}(?:[ .][0-9]{3})+ )\(?[0-9]{2,5}\)?"
    r"(?:[ -][0-9]{2,8}){1,4}" + _PLACE
)  # fmt: skip
# After a word that says so a number counts however it is written.
_BY_WORD = r"(?=[^\W\d_])" + _WORD + _NO_TIME + r"\(?[0-9]" + _SOME + "{6,14}" + _EXTENSION + RIGHT
PHONE = re.compile(_BY_SHAPE + "|" + _BY_WORD, re.MULTILINE)
# Where a number or a word that says so can begin: PHONE tried at every sign costs three times as
# much. Each begins with a class of signs, which Python finds fast.
# A number that could be one has a sign that parts its first digits, and seven digits or an
# extension; the commonest number that is none is a date.
_NUMBER_BEGINS = (
    r"(?:(?<=\+)|(?<![0-9A-Za-z_.+-].)(?:(?<=\()(?=[0-9])|(?<=[0-9])"
    rf"(?=[0-9]{{0,4}}[{PARTING}]{{1,4}}[0-9])"
    rf"(?=(?:[{PARTING}]{{0,4}}[0-9]){{0,5}}+(?:[{PARTING}]{{0,4}}[0-9]| ?e?x))"
    r"(?<!(?=[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])).)))"
)
_HAN = "电手電座传微致拨打回联"
_LETTERS = "TtPpMmCcFfWwZzHhRrEeAaSsLlDdOo"
_BY_NUMBER = re.compile(r"(?s)[0-9(+]" + _NUMBER_BEGINS)
_BY_EITHER = re.compile(
    rf"(?s)[0-9(+{_HAN}{_LETTERS}](?:(?<![\W\d_])(?:(?<=[{_HAN}])|(?<!\w.)(?=(?i:el|ex|h|ob|es|e "
    r"|al|ax|on|ha|ap|an|om|üc|in|ea|uf|rr|ns|ms|ig|ir|ff)))|" + _NUMBER_BEGINS + ")"
)
_SAYS = (
    "tel", "ph", "mob", "cel", "fax", "what", "fon", "zap", "handy", "call", "ring", "text",
    "reach", "answer", "messag", "sms", "lig", "ckruf", "erreich", "rufen", "desk", "direct",
    "office", "home",
)  # fmt: skip
# Turkish letters count as an i where capitals do not matter.
_SAYS_TOO = [
    word.encode().decode("latin-1")
    for word in (
        "话", "話", "机", "機", "传真", "微信", "致电", "拨打", "打给", "回电", "联系",
        "ı", "İ", "\u0307",
    )
]  # fmt: skip


def phones(text: str) -> Iterator[re.Match[str]]:
    """What PHONE finds in the text, proven or not."""
    # A sign a byte: Python searches these fastest.
    lower = text.encode(errors="surrogatepass").lower().decode("latin-1")
    is_said = any(map(lower.__contains__, _SAYS)) or (
        len(lower) > len(text) and any(map(lower.__contains__, _SAYS_TOO))
    )
    end = 0
    for begin in (_BY_EITHER if is_said else _BY_NUMBER).finditer(text):
        start = begin.start()
        if start >= end and (match := PHONE.match(text, start)):
            end = match.end()
            yield match


_APART = re.compile(r"[0-9](?:[ .-][0-9])+")


def is_phone(text: str) -> bool:
    """Enough digits, and not all the same; fewer will do where a word says so.

    Single digits in a row may be answers on a scale of 1 to 7: a number has a 0, 8 or 9 too.
    """
    is_said = text[0].isalpha() or text[-1].isalpha()
    number = text if is_said else re.split("[xe]", text)[0]  # without its extension
    digits = re.sub(r"[^0-9]", "", number)
    if _APART.fullmatch(text) and not (set("089") & set(digits) and set("345678") & set(digits)):
        return False
    least = 7 if is_said else 9 if text.lstrip("(").startswith("0") else 8
    return least <= len(digits) <= 15 and len(set(digits)) > 2
