"""Personal data as people write and hide it: what is caught, and the measured miss.

All of it is made up: numbers of drama and documentation ranges, or counted out by their rules.
"""

CAUGHT = {
    "email": [
        "anna@mail.example", "anna@\nmail.example", "ａｎｎａ＠ｍａｉｌ．ｅｘａｍｐｌｅ", "anna%40mail.example", "anna%2540mail.example",
        "anna&#64;mail.example", "anna&#x40;mail.example", "anna&commat;mail&period;example",
        "anna(at)mail.example", "anna (at) mail (dot) example", "anna[at]mail.example",
        "anna {AT} mail {DOT} example", "anna<at>mail.example", "joao (arroba) mail (ponto) example",
        "a n n a @ x . com", "a n n a @ m a i l . c o m", "anna at gmail dot com",
        "my e-mail is anna at firma dot example", "joao arroba uol ponto com ponto br",
        "write to anna @ firma.example", "anna@mail .com", "anna@mail。com", "an\u200bna@ma\u200bil.example",
        "我的邮箱是anna@mail.example谢谢", "用户@例子.广告", "mailto:anna@mail.example", "<anna@mail.example>",
    ],
    "phone": [
        "+4 9 1 7 0 1 2 3 4 5 6 7", "1 3 8 0 0 1 3 8 0 0 0", "1.3.8.0.0.1.3.8.0.0.0",
        "1-3-8-0-0-1-3-8-0-0-0", "0 1 7 0 1 2 3 4 5 6 7", "138\u200b-0013\u200b-8000", "+49\u200b170\u200b1234567",
        "138·0013·8000", "１３８－００１３－８０００", "①③⑧ ⓪⓪①③ ⑧⓪⓪⓪", "138–0013–8000", "+49.170.123.4567",
        "%2B49 170 1234567", "&#43;49 170 1234567", "电话13800138000", "手机号码：138 001 380 00",
        "请打给我13800138000", "微信号是13800138000", "Telefone: 11987654321", "me liga em 11 98765 4321",
        "Handy 01701234567", "Telefonnummer ist 01701234567", "Phone:\n60-56-85-91", "Phone: 467 3395",
        "not answering at 78 651 450", "messages to 699 956 915", "Desk: 5403926876", "416 60 039 office,",
        "555-0199-Fax;", "Mobile 15551234567", "call me on 1 5 5 5 1 2 3 4 5 6 7", "010-12345678",
        "WhatsApp: 11.98765.4321", "(11)98765-4321", "+86 138 0013 8000", "+55 11 98765-4321",
        "+33 (0)1 23 45 67 89", "+44 (0) 20 7946 0958",
    ],
    "card": [
        "4111-1111-1111-1111", "4111.1111.1111.1111", "４１１１ １１１１ １１１１ １１１１", "4111\u200b1111\u200b1111\u200b1111",
        "card number is 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "cartão 4111 1111 1111 1111", "卡号4111111111111111",
        "6212 3456 7890 0000 003", "credit card? 3522235032377454", "Kreditkarte nr. 675984103431",
    ],
    "iban": [
        "DE89-3704-0044-0532-0130-00", "DE89 370 400 44 0532 0130 00 BIC COBADEFF", "BE68 5390 0754 7034 BANK",
        "iban gb29nwbk60161331926819", "ＤＥ８９ ３７０４ ００４４ ０５３２ ０１３０ ００",
    ],
    "cvv": [
        "cvv 123", "CVC: 9876", "the security code is 123", "CVV2 123", "cvc ist 123", "安全码是123",
        "código de segurança é 123", "Sicherheitscode 123", "Kartenprüfnummer: 1 2 3", "ＣＶＶ １２３",
    ],
    "ssn": ["123-45-6789", "123 45 6789", "SSN: 123456789", "social security number is 123.45.6789"],
    "cpf": ["529.982.247-25", "529 982 247 25", "529982247-25", "CPF nº 52998224725", "cpf é 529 982 247 25"],
    "cnpj": ["11.222.333/0001-81", "11222333/0001-81", "CNPJ 11222333000181", "12.ABC.345/01DE-35"],
    "cn_id": ["11010519491231002X", "110105 19491231 002X", "身份证11010519491231002x", "110105-19491231-002X"],
    "nino": ["AB 12 34 56 C", "AB-12-34-56-C", "nino ab123456c"],
    "nhs": ["NHS number 943 476 5919", "nhs no. 9434765919"],
    "steuer_id": ["Steuer-ID 86 095 742 719", "IdNr. 86095742719", "TIN: 47036892816"],
    "ip": ["10.1.2.3", "fe80::1", "2001:db8::1", "2001:0db8:0000:0000:0000:8a2e:0370:7334", "10.1.2.3:80"],
    "mac": ["00:1A:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E"],
}  # fmt: skip

# What stands here is not found; each line says why. One that is found one day must move up.
MISSED = {
    "bW9yZTogYW5uYUBtYWlsLmV4YW1wbGU=": "base64 looks like any id; parameters of addresses go whole",
    "anna at firma dot example": "no house of mail and no word before it: 'look at shop dot com'",
    "anna at gmail.com": "the same with a plain dot, as in 'shown at shop.com'",
    "anna@mail": "no domain, as in '@home'",
    "13800138000": "eleven bare digits are an order number as well; a word beside it tells",
    "01701234567": "a barcode begins like it; a word beside it tells",
    "5551234567": "ten bare digits are seconds since 1970 as well",
    "13 800 138 000": "reads as an amount",
    "+49 170": "too short to call",
    "12/27 123": "an expiry date and a security code without a word are two numbers",
    "一三八零零一三八零零零": "digits as Chinese words",
    "one three eight zero zero one three eight zero zero zero": "digits as words",
    "1/3/8/0/0/1/3/8/0/0/0": "slashes part scores and dates",
    "1 3 4 5 6 7 1 3 4 5 6": "a mobile of 1 to 7 alone is a row of answers as well",
    "registered 668 5702": "no word that says phone",
    "4111 1111\n1111 1111": "over two lines",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1": "one row of 16 answers in ten has a right check digit",
    "gb29nwbk60161331926819": "small letters without the word: an id of 22 signs may pass mod 97",
    "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0": "letters of an IBAN each apart",
    "52998224725": "one in a hundred numbers of 11 digits passes for a CPF",
    "11222333000181": "one in a hundred numbers of 14 digits passes for a CNPJ",
    "123456789": "nine bare digits; an SSN has no check digit",
    "9434765919": "one in eleven numbers of ten digits passes for an NHS number",
    "86095742719": "one in ten numbers of eleven digits has that check digit",
    "110105491231002": "the resident id of before 1999 has no check digit",
    "10[.]1[.]2[.]3": "an address of a machine made harmless",
    "version 10.1.2.3": "taken for a version",
}

PLAIN = [
    # times, dates and what is written beside a phone's word
    "phone 2026-11-01 10:00", "called by phone 01.02.2026", "cell 20261101", "电话 2026-11-01", "mobile 12/05/2018",
    "mobile 1234567.89", "phone 1.234.567,89", "call me at 10:30", "tel aviv 2026", "phone 12 pro 256 gb",
    "20260710T101112", "2026-W27-3 10:11:12.123456", "10:11:12:13:14:15", "20-26-11-01-10-11",
    # amounts, counts, answers on a scale
    "1 234 567 office chairs", "12 345 678 office", "15 000 000 000", "1.234.567.890", "1 5 5 4 3 2 5 1 4 5 5",
    "1 2 3 4 5 6 7 8 9 10 11", "5 5 4 5 3 2 5 5 4 5", "4 5 5 3 2 1 4 5 5 3 2 1 4 5 5 1", "0 0 1 1 0 1 0 1 0 1 1",
    "100, 200, 300, 400", "10 20 30 40 50", "3.14159265358979", "-12345678.9", "99,90 - 129,90", "50%25 off",
    "20% off, 30% more", "R$ 12.345.678,90", "1e10", "12345678 EUR", "+12.5%", "(12) (13) (14)",
    # versions, names of code, addresses of pages
    "version 10.1.2.3", "v1.2.3.4", "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.6099.109",
    "std::vector", "Fade::Add", "a::b::c", "10.0.19045.3803", "pkg@1.2.3", "x @ y", "Deals @ home",
    "look at shop dot com", "see you @\nHome. Fine", "anna@\nHello there.", "we looked at cafe dot com again", "Sale @ Shop", "@anna", "a@b", "(at) the desk",
    "https://shop.example/p/12345-red-shoes?page=2", "/a%20b/c%2Fd/12345", "Tom &amp; Jerry 1234567",
    # ids
    "ORD-12345678", "INV/2026/0012345", "SKU 123-456", "TRK 1Z999AA10123456784", "#1234567", "case 00012345",
    "0012345678901", "016000275287", "4006381333931", "978-3-16-148410-0", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "5f2b1c3d-1234-4abc-8def-0123456789ab", "AB1234567C", "201234567890123456", "订单号13800138001", "单号 202611010001",
    "Pedido: 01-68698482 de 21", "order 02-6502 47333", "订单号：138-1234-5678", "100 20 3000 40", "529.982.247-24", "12.ABC.345/01DE-36", "NHS number 9434765918", "Steuer-ID 86095742718",
    "cvv2 12345", "the cvv field is 12 px wide", "error code 123", "CVC 2026-11-01", "Sicherheitsabstand 150",
    "00:1A:2B:3C:4D", "11:22:33:44:55:66", "110105202713310021", "990105194912310026", "menino 123456",
]  # fmt: skip
