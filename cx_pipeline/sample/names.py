"""The names, places and telephone plans the sample's people are drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """A market of the sample: where its people live, how they are named and called.

    `offset_hours` is the distance of the local clock from UTC in summer, `mobile` the start of its
    mobile numbers, `digits` how many follow.
    """

    code: str
    name: str
    region: str
    city: str
    language: str
    offset_hours: int
    mobile: str
    digits: int
    share: float


COUNTRIES = (
    Country("GB", "United Kingdom", "England", "London", "en", 1, "+4474", 8, 0.22),
    Country("US", "United States", "New York", "New York", "en", -4, "+1212", 7, 0.22),
    Country("DE", "Germany", "Berlin", "Berlin", "de", 2, "+49151", 8, 0.20),
    Country("PT", "Portugal", "Lisboa", "Lisboa", "pt", 1, "+35191", 7, 0.08),
    Country("BR", "Brazil", "São Paulo", "São Paulo", "pt", -3, "+551198", 7, 0.16),
    Country("CN", "China", "Shanghai", "Shanghai", "zh", 8, "+86138", 8, 0.12),
)

_ENGLISH_FIRST = (
    "Alice Amelia Arthur Beatrice Callum Charlotte Clara Daniel Edward Eleanor Emily Ethan "
    "Florence Freya George Grace Harriet Henry Imogen Isaac Jasmine Jonathan Katherine Liam "
    "Lucy Margaret Matilda Nathaniel Oliver Penelope Rupert Samuel Sophia Theodore Victoria "
    "William Zachary"
)
_ENGLISH_LAST = (
    "Abernathy Ashworth Atkinson Barraclough Bradshaw Cartwright Chamberlain Crompton Davenport "
    "Entwistle Fairweather Featherstone Goldsmith Greenhalgh Hargreaves Hathaway Holloway "
    "Kingsley Lancaster Longbottom Middleton Nightingale Ogilvie Pemberton Quigley Ramsbottom "
    "Rutherford Shuttleworth Somerville Thistlethwaite Underhill Vaughan Wainwright "
    "Whittaker Winterbourne Yardley"
)

# (as written, in ASCII letters for addresses)
FIRST_NAMES = {
    "en": [(name, name.lower()) for name in _ENGLISH_FIRST.split()],
    "de": [
        ("Anja", "anja"),
        ("Björn", "bjoern"),
        ("Birgit", "birgit"),
        ("Dieter", "dieter"),
        ("Elfriede", "elfriede"),
        ("Friedrich", "friedrich"),
        ("Gisela", "gisela"),
        ("Günther", "guenther"),
        ("Heike", "heike"),
        ("Jürgen", "juergen"),
        ("Jörg", "joerg"),
        ("Käthe", "kaethe"),
        ("Klaus", "klaus"),
        ("Lieselotte", "lieselotte"),
        ("Lukas", "lukas"),
        ("Matthias", "matthias"),
        ("Monika", "monika"),
        ("Rüdiger", "ruediger"),
        ("Sabine", "sabine"),
        ("Steffen", "steffen"),
        ("Ursula", "ursula"),
        ("Uwe", "uwe"),
        ("Wolfgang", "wolfgang"),
        ("Zoë", "zoe"),
    ],
    "pt": [
        ("Adriana", "adriana"),
        ("Afonso", "afonso"),
        ("António", "antonio"),
        ("Beatriz", "beatriz"),
        ("Catarina", "catarina"),
        ("Conceição", "conceicao"),
        ("Eduardo", "eduardo"),
        ("Fernanda", "fernanda"),
        ("Filipe", "filipe"),
        ("Gonçalo", "goncalo"),
        ("Inês", "ines"),
        ("João", "joao"),
        ("José", "jose"),
        ("Júlia", "julia"),
        ("Leonor", "leonor"),
        ("Luís", "luis"),
        ("Mariana", "mariana"),
        ("Matheus", "matheus"),
        ("Rafaela", "rafaela"),
        ("Rodrigo", "rodrigo"),
        ("Sebastião", "sebastiao"),
        ("Thiago", "thiago"),
        ("Vitória", "vitoria"),
    ],
    "zh": [
        ("伟明", "weiming"),
        ("秀英", "xiuying"),
        ("建国", "jianguo"),
        ("丽华", "lihua"),
        ("志强", "zhiqiang"),
        ("晓东", "xiaodong"),
        ("雪梅", "xuemei"),
        ("文静", "wenjing"),
        ("浩然", "haoran"),
        ("子轩", "zixuan"),
        ("雨婷", "yuting"),
        ("佳怡", "jiayi"),
        ("国栋", "guodong"),
        ("淑芬", "shufen"),
        ("俊杰", "junjie"),
        ("梦瑶", "mengyao"),
    ],
}
LAST_NAMES = {
    "en": [(name, name.lower()) for name in _ENGLISH_LAST.split()],
    "de": [
        ("Baumgärtner", "baumgaertner"),
        ("Brückner", "brueckner"),
        ("Dörfler", "doerfler"),
        ("Eichelberger", "eichelberger"),
        ("Fürst", "fuerst"),
        ("Grünwald", "gruenwald"),
        ("Hoffmann", "hoffmann"),
        ("Jäger", "jaeger"),
        ("Köhler", "koehler"),
        ("Krüger", "krueger"),
        ("Löwenstein", "loewenstein"),
        ("Möller", "moeller"),
        ("Niedermeyer", "niedermeyer"),
        ("Oberländer", "oberlaender"),
        ("Pfeiffer", "pfeiffer"),
        ("Rosenthal", "rosenthal"),
        ("Schäfer", "schaefer"),
        ("Schröder", "schroeder"),
        ("Strauß", "strauss"),
        ("Vogelsang", "vogelsang"),
        ("Weiß", "weiss"),
        ("Zimmermann", "zimmermann"),
    ],
    "pt": [
        ("Albuquerque", "albuquerque"),
        ("Araújo", "araujo"),
        ("Assunção", "assuncao"),
        ("Bragança", "braganca"),
        ("Carvalho", "carvalho"),
        ("Cavalcanti", "cavalcanti"),
        ("Esteves", "esteves"),
        ("Figueiredo", "figueiredo"),
        ("Gonçalves", "goncalves"),
        ("Guimarães", "guimaraes"),
        ("Magalhães", "magalhaes"),
        ("Mendonça", "mendonca"),
        ("Nogueira", "nogueira"),
        ("Oliveira", "oliveira"),
        ("Pacheco", "pacheco"),
        ("Quintanilha", "quintanilha"),
        ("Ribeiro", "ribeiro"),
        ("Sepúlveda", "sepulveda"),
        ("Tavares", "tavares"),
        ("Vasconcelos", "vasconcelos"),
    ],
    "zh": [
        ("欧阳", "ouyang"),
        ("司马", "sima"),
        ("诸葛", "zhuge"),
        ("上官", "shangguan"),
        ("王", "wang"),
        ("李", "li"),
        ("张", "zhang"),
        ("刘", "liu"),
        ("陈", "chen"),
        ("杨", "yang"),
        ("黄", "huang"),
        ("赵", "zhao"),
        ("周", "zhou"),
        ("吴", "wu"),
        ("徐", "xu"),
        ("孙", "sun"),
        ("朱", "zhu"),
        ("郭", "guo"),
    ],
}
MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com")
CARDS = ("4111 1111 1111 1111", "5500 0000 0000 0004", "4012888888881881", "3782 822463 10005")


def full_name(first: str, last: str, language: str) -> str:
    """A person's name as it is written: family name first and unspaced in Chinese."""
    return f"{last}{first}" if language == "zh" else f"{first} {last}"
