"""Contact notes in English, Portuguese and Chinese, with what was planted in each: a set of our own.

Most hold nothing but numbers that are no person's. Values are counted out by the rules of their
issuers, here and not by the detectors, so that a wrong rule there is seen.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

EMPTY = {
    "en": ("The parcel came late again and the box was open.", "Great service, will come again!",
           "Order {order} has not moved since {date}.", "I paid {money} on {date} at {time}.",
           "The app crashed in version {version} on {date}.", "Rated {scale} in all questions.",
           "My case {case} was closed without a word.", "Two of {count} pieces were broken."),
    "pt": ("A encomenda não chegou e a caixa estava aberta.", "Ótimo serviço, recomendo!",
           "O pedido {order} está parado desde {date}.", "Paguei {money} em {date} às {time}.",
           "O aplicativo {version} travou em {date}.", "Dei {scale} em todas as perguntas.",
           "O chamado {case} foi fechado sem resposta.", "Faltaram duas de {count} peças."),
    "zh": ("服务一般，包裹来晚了。", "服务很好，下次再来！", "订单{order}从{date}起没有更新。",
           "{date} {time}付了{money}。", "{version}版本在{date}崩溃了。", "所有问题都打了{scale}。",
           "工单{case}没有回复就关闭了。", "{count}件里有两件坏了。"),
}  # fmt: skip
TOLD = {
    "en": {"": "Please note {}.", "phone": "Call me at {}.", "email": "Write to {} please.",
           "cpf": "My CPF is {}.", "ssn": "My SSN is {}.", "nhs": "NHS number {}.",
           "steuer_id": "Steuer-ID: {}.", "name": "I am {}.", "address": "I live at {}."},
    "pt": {"": "Anote {} por favor.", "phone": "Meu telefone é {}.", "email": "Meu e-mail é {}.",
           "cpf": "Meu CPF é {}.", "nhs": "NHS: {}.", "steuer_id": "Steuer-ID {}.",
           "name": "Aqui é {}.", "address": "Moro em {}."},
    "zh": {"": "请记下{}。", "phone": "我的电话是{}，请回电。", "email": "请发邮件到{}谢谢。",
           "cpf": "CPF {}。", "nhs": "NHS {}。", "steuer_id": "Steuer-ID {}。",
           "name": "我叫{}。", "address": "我住{}。"},
}  # fmt: skip
NAMES = {
    "en": ("Anna Vogel", "Müller", "Siobhan O'Hara"),
    "pt": ("João Conceição", "Inês Araújo"),
    "zh": ("诸葛雪梅", "欧阳明"),
}
ADDRESSES = {
    "en": ("221B Baker Street, Springfield", "Hauptstraße 5, 10115 Berlin"),
    "pt": ("Rua das Flores 12, Lisboa", "Avenida Paulista 1578"),
    "zh": ("北京市朝阳区建国路88号", "上海市南京路100号"),
}


@dataclass(frozen=True)
class Note:
    """One text; `planted` is (kind, value as the text has it), `record` what its row holds."""

    text: str
    language: str
    planted: tuple[str, str] | None
    record: tuple[str, ...] = ()


def notes(count: int, seed: int = 1, share: float = 0.25) -> list[Note]:
    """`count` notes, of which about `share` hold one planted value."""
    chance = random.Random(seed)
    return [_note(chance, chance.random() < share) for _ in range(count)]


def _note(chance: random.Random, is_told: bool) -> Note:
    language = chance.choice(list(EMPTY))
    text = chance.choice(EMPTY[language]).format(**_decoys(chance))
    if not is_told:
        return Note(text, language, None, ("Zoe Quist", "zoe@mail.example", "+46 70 555 01 23"))
    kind = chance.choice([*VALUES, "name", "address"])
    record: tuple[str, ...] = ()
    if kind == "name":
        value = chance.choice(NAMES[language])
        record, told = (value,), chance.choice([value, value.upper(), _plain(value)])
    elif kind == "address":
        value = chance.choice(ADDRESSES[language])
        record, told = (value,), chance.choice([value, value.upper(), value.split(",")[0]])
    else:
        told = _style(chance, kind, VALUES[kind](chance))
    way = TOLD[language].get(kind, TOLD[language][""])
    return Note(f"{text} {way.format(told)}", language, (kind, told), record)


def _decoys(chance: random.Random) -> dict[str, str]:
    def number(digits: int) -> str:
        return str(chance.randrange(10 ** (digits - 1), 10**digits))

    return {
        "order": chance.choice([f"ORD-{number(8)}", number(9), f"302-{number(7)}-{number(7)}"]),
        "date": f"{chance.randint(2019, 2026)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        "time": f"1{chance.randint(0, 9)}:{chance.randint(10, 59)}",
        "money": chance.choice([f"{number(4)},{number(2)} EUR", f"R$ 1.{number(3)},00", f"¥{number(5)}"]),
        "version": f"{number(2)}.{number(1)}.{number(1)}",
        "scale": " ".join(str(chance.randint(1, 5)) for _ in range(11)),
        "case": f"0{number(7)}",
        "count": number(3),
    }  # fmt: skip


def _plain(name: str) -> str:
    return name.translate(str.maketrans("üãçõêúá", "uacoeua"))


def _style(chance: random.Random, kind: str, value: str) -> str:
    style = chance.choice(["as is", "as is", "full width", "unseen", "apart"])
    if style == "full width" and kind != "url":
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    if style == "unseen" and kind != "url":
        return value[:3] + "\u200b" + value[3:]
    if style == "apart" and kind == "email":
        at, dot = chance.choice(
            [("(at)", "."), (" [at] ", " [dot] "), ("%40", "."), ("&#64;", ".")]
        )
        return value.replace("@", at).replace(".", dot)
    if style == "apart" and kind == "phone":
        return " ".join(sign for sign in value if sign.isdigit() or sign == "+").replace("+ ", "+")
    return value


def _digits(chance: random.Random, count: int) -> str:
    return "".join(str(chance.randint(0, 9)) for _ in range(count))


def _email(chance: random.Random) -> str:
    first, last = chance.choice(["anna", "joao", "li.ming"]), chance.choice(["vogel", "silva", "w"])
    return f"{first}.{last}{chance.randint(1, 99)}@{chance.choice(['mail', 'post'])}.example"


def _phone(chance: random.Random) -> str:
    a, b = _digits(chance, 4), _digits(chance, 4)
    return chance.choice(
        [f"+49 170 {a}{b[:3]}", f"0151-{a}{b}", f"13{b[0]}-{a}-{b}", f"138{a}{b}", f"+86 139{a}{b}",
         f"(11) 9{a}-{b}", f"+55 11 9{a}-{b}", f"(415) 555-{b}", f"415.555.{b}", f"020 7946 {b}"]
    )  # fmt: skip


def _luhn_digit(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def _card(chance: random.Random) -> str:
    body = chance.choice(["4", "51", "622"])
    body += _digits(chance, 15 - len(body))
    card = body + _luhn_digit(body)
    gap = chance.choice(["", " ", "-"])
    return gap.join(card[n : n + 4] for n in range(0, 16, 4))


def _iban(chance: random.Random) -> str:
    bank = _digits(chance, 18)
    iban = f"DE{98 - int(bank + '131400') % 97:02}{bank}"
    return chance.choice([iban, " ".join(iban[n : n + 4] for n in range(0, 22, 4))])


def _mod11(values: list[int], weights: list[int]) -> int:
    rest = sum(v * w for v, w in zip(values, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def _cpf(chance: random.Random) -> str:
    values = [chance.randint(0, 9) for _ in range(8)] + [7]
    for first in (10, 11):
        values.append(_mod11(values, list(range(first, 1, -1))))
    d = "".join(map(str, values))
    return chance.choice([d, f"{d[:3]}.{d[3:6]}.{d[6:9]}-{d[9:]}", f"{d[:3]} {d[3:6]} {d[6:9]} {d[9:]}"])  # fmt: skip


def _cnpj(chance: random.Random) -> str:
    root = "".join(chance.choices("0123456789ABCDEFGHJKLMNP", k=8)) + "0001"
    values = [ord(sign) - 48 for sign in root]
    weights = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    for lead in ([], [6]):
        values.append(_mod11(values, lead + weights))
    d = root + "".join(map(str, values[12:]))
    return f"{d[:2]}.{d[2:5]}.{d[5:8]}/{d[8:12]}-{d[12:]}"


def _cn_id(chance: random.Random) -> str:
    body = f"110105{chance.randint(1950, 2005)}{chance.randint(10, 12)}{chance.randint(10, 28)}"
    body += _digits(chance, 3)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[rest]


def _nhs(chance: random.Random) -> str:
    while True:
        body = f"9{_digits(chance, 8)}"
        check = -sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return chance.choice([f"{body}{check}", f"{body[:3]} {body[3:6]} {body[6:]}{check}"])


def _steuer_id(chance: random.Random) -> str:
    signs = chance.sample("123456789", 9)
    body = "".join([*signs, signs[chance.randint(0, 7)]])
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10
        product = (total or 10) * 2 % 11
    return body + str((11 - product) % 10)


def _ip(chance: random.Random) -> str:
    four = ".".join(str(chance.randint(1, 254)) for _ in range(4))
    return chance.choice([four, f"2001:db8::{chance.randint(1, 9999):x}"])


VALUES: dict[str, Callable[[random.Random], str]] = {
    "email": _email,
    "phone": _phone,
    "card": _card,
    "iban": _iban,
    "ssn": lambda chance: f"{chance.randint(100, 599)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}",
    "cpf": _cpf,
    "cnpj": _cnpj,
    "cn_id": _cn_id,
    "nino": lambda chance: f"AB{_digits(chance, 6)}C",
    "nhs": _nhs,
    "steuer_id": _steuer_id,
    "ip": _ip,
    "url": lambda chance: f"https://anna-{_digits(chance, 3)}.example/p?id={_digits(chance, 6)}",
}  # fmt: skip
