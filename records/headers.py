"""Headers as a person writes them: a line each, or JSON where a line can't say it. Pure."""

from __future__ import annotations

import msgspec

Headers = list[tuple[str, str | None]]


class BadHeaders(Exception):
    """One sentence that names the line."""


def parse(text: str) -> Headers:
    """`name: value` on a line; `name` alone is null. Or a JSON list of [name, value], value text or null."""
    if text.lstrip().startswith("[["):
        try:
            return msgspec.json.decode(text, type=Headers)
        except msgspec.DecodeError:
            raise BadHeaders('As JSON, headers are a list of pairs: [["name", "value"], ["other", null]].') from None
    found: Headers = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not name.strip():
            raise BadHeaders(f"Line {number} has no name before the colon: “{line[:40]}”.")
        found.append((name.strip(), value.strip() if colon else None))
    return found


def written(headers: Headers) -> str:
    """The text that `parse` reads back as exactly these."""
    lines = "\n".join(name if value is None else f"{name}: {value}" for name, value in headers)
    try:
        if parse(lines) == headers:
            return lines
    except BadHeaders:
        pass
    return msgspec.json.encode(headers).decode()
