"""How values are written on a page. What is not known is a dash that says why, never 0."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from clusters import names
from clusters.markup import markup

register = template.Library()

_DASH = '<span class="unknown" title="{}"><span aria-hidden="true">—</span><span class="sr">{}</span></span>'
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
SECOND, MILLISECOND = 19, 23  # characters of 2026-11-28 10:30:00.000
_LADDER = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


@register.filter
def dash(value: Any, why: str = "not known") -> Any:
    """The value itself; a dash with a reason for None and the empty text."""
    if value is None or value == "":
        return markup(_DASH, why, why)
    return value


@register.filter
def number(value: float | None, why: str = "not known") -> Any:
    """12345 -> 12,345; fractions keep one digit below 10, and are 0 below 0.05, as in lanes.js."""
    if value is None:
        return dash(None, why)
    return f"{value:,.1f}" if isinstance(value, float) and 0.05 <= abs(value) < 10 else f"{round(value):,}"


@register.filter
def short(value: float | None, why: str = "not known") -> Any:
    """84213 -> 84.2 k, for headline figures."""
    if value is None:
        return dash(None, why)
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size * 10:
            return f"{value / size:,.1f}{unit}"
    return number(value)


@register.filter
def rate(value: float | None, why: str = "not measured yet") -> Any:
    """Records per second."""
    return dash(None, why) if value is None else f"{number(value)}/s"


@register.filter
def percent(share: float | None, why: str = "not known") -> Any:
    """0.123 -> 12 %; one digit below 10 %."""
    if share is None:
        return dash(None, why)
    return f"{share * 100:.1f} %" if 0 < share < 0.1 else f"{share * 100:.0f} %"


@register.filter
def bytesize(value: int | None, why: str = "not known") -> Any:
    """Bytes as 219 GB, with the exact count in the title."""
    if value is None:
        return dash(None, why)
    return markup('<span title="{} bytes">{}</span>', f"{value:,}", plain_bytes(value))


def plain_bytes(value: int) -> str:
    """1000 B are a kB, as disks count; three significant digits at most."""
    size, unit = float(value), 0
    while abs(size) >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and abs(size) < 9.95 else f"{size:.0f} {_UNITS[unit]}"


@register.filter
def duration(milliseconds: int | None, why: str = "not known") -> Any:
    """252000 -> 4 min 12 s; the two largest units, tenths below ten seconds."""
    if milliseconds is None:
        return dash(None, why)
    if milliseconds < 0:
        return "for ever"
    if 0 < milliseconds < 50:
        return "< 0.1 s"
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s" if milliseconds % 1000 else f"{milliseconds // 1000} s"
    parts: list[str] = []
    for size, unit in _LADDER:
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


@register.filter
def ago(at: int | None, why: str = "never seen") -> Any:
    """How long before now, in words: 3 s, 4 min 12 s."""
    return dash(None, why) if at is None else duration(max(0, int(time.time() * 1000) - at) // 1000 * 1000)


@register.filter
def clock(at: int | None, why: str = "not known") -> Any:
    """A moment (ms). The page's script turns it to the reader's zone; the title keeps UTC."""
    return _moment(at, why, '<time datetime="{}" title="{} UTC" data-ms="{}">{}</time>', SECOND)


@register.filter
def clock_ms(at: int | None, why: str = "not known") -> Any:
    """The same to the millisecond, where what happened in one second is told apart."""
    return _moment(at, why, '<time datetime="{}" title="{} UTC" data-ms="{}" data-fine>{}</time>', MILLISECOND)


def _moment(at: int | None, why: str, template: str, length: int) -> Any:
    if at is None:
        return dash(None, why)
    try:
        moment = datetime.fromtimestamp(at / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return str(at)  # beyond the calendar: Kafka allows any 64-bit number here
    text = moment.isoformat(" ", "milliseconds")[:length]
    return markup(template, moment.isoformat(), text, at, text)


@register.filter
def tilde(name: str) -> str:
    """A name as it travels in a URL or an element id."""
    return names.encode(name)


@register.simple_tag
def now_ms() -> int:
    """The server's clock: pages count ages by it, whatever the browser's says."""
    return int(time.time() * 1000)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> SafeString | str:
    """The present query string with some parameters replaced; None or empty removes one."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"
