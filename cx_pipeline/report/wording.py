"""How numbers and days are written: unit beside every number, a true minus, English dates."""

from datetime import date, datetime, timedelta

THIN = "\u202f"
MINUS = "−"
NONE = "–"


def number(value: float | None, decimals: int = 0) -> str:
    """1,234.5 with a true minus; a dash for what is unknown."""
    if value is None:
        return NONE
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) != 0 else text.lstrip("-")


def share(value: float | None, decimals: int = 1) -> str:
    """A share of 0..1 as per cent."""
    return NONE if value is None else f"{number(100 * value, decimals)}{THIN}%"


def duration(seconds: float | None) -> str:
    """A duration in the two units that matter."""
    if seconds is None:
        return NONE
    sign, left = (MINUS, -seconds) if seconds <= -0.05 else ("", abs(seconds))
    if left < 120:
        return f"{sign}{number(left, 1)}{THIN}s"
    whole = round(left)
    steps = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in steps:
        if whole >= size and len(parts) < 2:
            parts.append(f"{whole // size}{THIN}{name}")
            whole %= size
        elif parts:
            break
    return sign + " ".join(parts)


def amount(value: float | None, currency: str = "") -> str:
    """An amount of money, without cents from 100 on."""
    if value is None:
        return NONE
    text = number(value, 0 if abs(value) >= 100 or value == 0 else 2)
    return f"{text}{THIN}{currency}" if currency else text


def measure(value: float | None, unit: str, currency: str = "") -> str:
    """A value in the unit of its KPI."""
    if unit == "share":
        return share(value)
    if unit == "seconds":
        return duration(value)
    if "currency" in unit:
        return amount(value, currency)
    if unit.startswith("points 1"):
        return number(value, 2)
    return number(value, 1 if unit.startswith("points") else 0)


def change(value: float, unit: str, currency: str = "") -> str:
    """A difference with its sign; of shares in percentage points."""
    sign = "+" if value > 0 else ""
    if unit == "share":
        return f"{sign}{number(100 * value, 1)}{THIN}pp"
    return sign + measure(value, unit, currency)


def day(value: date | datetime | None) -> str:
    """1 Nov 2026."""
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def week(monday: date) -> str:
    """2 to 8 Nov 2026."""
    sunday = monday + timedelta(days=6)
    start = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%b}"
    if monday.year != sunday.year:
        start += f" {monday.year}"
    return f"{start} to {day(sunday)}"


def plain(name: object) -> str:
    """A value as people say it: service_desk is service desk."""
    return NONE if name is None else str(name).replace("_", " ")


def plural(count: int, one: str, many: str = "") -> str:
    """3 checks, 1 check."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
