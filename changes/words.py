"""How plans and outcomes say numbers and names."""

from __future__ import annotations

from collections.abc import Sequence


def count(n: int, noun: str) -> str:
    """1 partition, 12,004 records."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def names_said(names: Sequence[str], most: int = 5) -> str:
    """a, b, c and 4 more."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def bytes_said(n: int) -> str:
    size = float(n)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def lasting(ms: int) -> str:
    """Milliseconds as 7 d, 36 h, 90 s: the largest unit that needs no fraction."""
    if ms < 0:
        return "for ever"
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if ms >= size and ms % size == 0:
            return f"{ms // size:,} {unit}"
    return f"{ms:,} ms"
