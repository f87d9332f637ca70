"""Text or not. Text is valid UTF-8 in which control characters are rare: an int64 key is eight of them, and no text."""

from __future__ import annotations

_CONTROL = bytes(b for b in (*range(0x20), 0x7F) if b not in b"\t\n\r\x1b")


def as_text(data: bytes, whole: bool = True) -> str | None:
    """None when this is not text. `whole=False`: `data` is a beginning, which may end inside a character."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if whole or error.end < len(data) or len(data) - error.start > 3:
            return None
        text = data[: error.start].decode()
    controls = len(data) - len(data.translate(None, _CONTROL))
    return None if controls * 8 > len(data) else text


def hexed(data: bytes) -> str:
    return data.hex(" ")
