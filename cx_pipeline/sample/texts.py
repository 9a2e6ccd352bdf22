"""What people of the sample write: complaints and praise, sometimes with their own data in it."""

from __future__ import annotations

from dataclasses import dataclass

from cx_pipeline.sample.people import People


@dataclass(frozen=True)
class Writer:
    """Who writes, and what of themselves: 0 nothing, 1 name, 2 e-mail, 3 phone, 4 card number."""

    people: People
    person: int
    tells: int


CASE_SUBJECTS = (
    ("Question about my invoice", "Charged twice this month"),
    ("Where is my parcel", "Delivery is late again"),
    ("How do I return an item", "Refund has not arrived"),
    ("Cannot log in", "Password reset does not work"),
    ("Part is missing", "How do I assemble it"),
    ("Complaint about your service", "Nobody called me back"),
)
CASE_BODIES = (
    ("The amount on the invoice is not what I agreed to.", "Please explain the fee of last month."),
    ("The tracking page has not moved for days.", "The driver left it with nobody I know."),
    ("The return label does not print.", "I sent it back two weeks ago and heard nothing."),
    ("The page says my account is locked.", "The code never arrives on my phone."),
    ("One leg of the table is shorter.", "The manual shows another model."),
    ("I was passed from one agent to the next.", "I had to tell my story three times."),
)
COMMENTS = {
    "en": (
        ("Fast delivery and friendly staff.", "Easy to order, will come again.", "Great service!"),
        ("It was fine.", "Neither good nor bad.", "Average experience."),
        ("Delivery was late and nobody answered.", "Waited far too long on the phone.",
         "The website kept failing at checkout."),
    ),
    "de": (
        ("Schnelle Lieferung, sehr freundlich.", "Einfach zu bestellen.", "Toller Service!"),
        ("Es war in Ordnung.", "Weder gut noch schlecht.", "Durchschnittlich."),
        ("Die Lieferung kam zu spät.", "Ich hing ewig in der Warteschleife.",
         "Die Webseite stürzte beim Bezahlen ab."),
    ),
    "pt": (
        ("Entrega rápida e atendimento simpático.", "Muito fácil de comprar.", "Ótimo serviço!"),
        ("Foi normal.", "Nem bom nem mau.", "Experiência razoável."),
        ("A entrega atrasou e ninguém respondeu.", "Esperei demasiado ao telefone.",
         "O site falhou na hora de pagar."),
    ),
    "zh": (
        ("送货很快，客服态度很好。", "下单很方便。", "服务很棒！"),
        ("一般般。", "还可以。", "没有特别的感觉。"),
        ("送货太晚，没有人回复。", "电话等了太久。", "付款时网站总是出错。"),
    ),
}  # fmt: skip
_SIGNATURES = {
    "en": ("My name is {}.", "Write to me at {}.", "Call me on {}.", "I paid with card {}."),
    "de": ("Mein Name ist {}.", "Schreiben Sie mir an {}.", "Rufen Sie mich an: {}.",
           "Bezahlt mit Karte {}."),
    "pt": ("O meu nome é {}.", "Escrevam para {}.", "Liguem para {}.", "Paguei com o cartão {}."),
    "zh": ("我叫{}。", "请发邮件到 {} 。", "请打电话 {} 。", "我用的卡号是 {} 。"),
}  # fmt: skip


def case_texts(writer: Writer, reason: int, draw: int) -> tuple[str, str]:
    """Subject and description of a case; what it tells of its writer stands in the description."""
    subject = CASE_SUBJECTS[reason][draw % 2]
    body = CASE_BODIES[reason][draw // 2 % 2]
    return subject, f"{body} {signature(writer, 'en')}".strip()


def comment(writer: Writer, language: str, mood: int, draw: int) -> str:
    """A survey comment in the person's language: mood 0 glad, 1 neither, 2 cross."""
    return f"{COMMENTS[language][mood][draw % 3]} {signature(writer, language)}".strip()


def signature(writer: Writer, language: str) -> str:
    """The sentence in which a person gives name, e-mail, phone or card away."""
    if writer.tells == 0:
        return ""
    people, person = writer.people, writer.person
    told = (
        people.names[person],
        people.emails[person][-1],
        people.shown_phone(person),
        people.card(person),
    )[writer.tells - 1]
    return _SIGNATURES[language][writer.tells - 1].format(told)
