"""Bytes to what a person can read. Total: any bytes give a Shown, nothing raises, the size is always the true one."""

from __future__ import annotations

from reader.decode.json import is_json
from reader.decode.text import as_text, hexed
from reader.shown import PREVIEW, Shown

WHOLE = 1024 * 1024  # bytes of a value in the side panel; larger ones are judged by this much of them


def show(data: bytes | None, limit: int = PREVIEW) -> Shown:
    """`limit`: at most so many bytes of it are shown."""
    if data is None:
        return Shown("null", "", 0)
    if not data:
        return Shown("empty", "", 0)
    size = len(data)
    text = as_text(data[: max(limit, WHOLE)], whole=size <= max(limit, WHOLE))
    if text is None:
        shown = data[: min(limit, 64 * 1024)]
        return Shown("binary", hexed(shown), size, len(shown) < size)
    kind = "json" if size <= WHOLE and is_json(data, text) else "text"
    if size <= limit:
        return Shown(kind, text, size)
    # Cut where a character ends.
    return Shown(kind, data[:limit].decode("utf-8", "ignore"), size, True)
