"""Numbers and times in a sentence."""

from __future__ import annotations

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: int) -> str:
    return f"{value:,}"


def count(value: int, noun: str, plural: str = "") -> str:
    """one partition, three partitions, 1,204 partitions"""
    amount = _SMALL[value] if 0 <= value < len(_SMALL) else number(value)
    return f"{amount} {noun if value == 1 else plural or noun + 's'}"


def records(value: int) -> str:
    """With digits: 1 record, 18,204 records"""
    return f"{number(value)} {'record' if value == 1 else 'records'}"


def rate(per_second: float) -> str:
    """74 records/s, 0.4 records/s; 1.0 keeps its tenth, for the noun's sake"""
    tenths = f"{per_second:.1f}"
    shown = number(round(per_second)) if per_second >= 9.5 else tenths if tenths == "1.0" else tenths.removesuffix(".0")
    return f"{shown} records/s"


def duration(seconds: float) -> str:
    """The two largest units: 8 s, 4 min 12 s, 2 d 4 h"""
    left = max(0, round(seconds))
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        amount, left = divmod(left, size)
        if amount or (unit == "s" and not parts):
            parts.append(f"{amount} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)
