"""Names in URLs, tilde-encoded: any text survives, slashes and newlines too, and proxies have nothing to unescape.

Letters, digits, `_`, `-` and `.` stay; every other byte of the UTF-8 form is written `~XX`. The names "." and ".."
would be taken for folders, so a dot that comes first is written out too. (The scheme is datasette's, with bytes in
place of code points.)
"""

from __future__ import annotations

import re

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_ESCAPE = re.compile(r"~([0-9A-F]{2})")


def encode(name: str) -> str:
    raw = name.encode("utf-8", "surrogatepass")
    return "".join(chr(b) if b in _PLAIN and not (i == 0 and b == 0x2E) else f"~{b:02X}" for i, b in enumerate(raw))


def decode(text: str) -> str:
    """Raises ValueError for what `encode` never writes."""
    raw = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).encode("latin-1")
    name = raw.decode("utf-8", "surrogatepass")
    if encode(name) != text:
        raise ValueError(f"{text!r} is not a tilde-encoded name")
    return name


class NameConverter:
    """`<name:group>` in a URL pattern: the view receives the name itself."""

    regex = r"[A-Za-z0-9_.~-]+"

    def to_python(self, value: str) -> str:
        return decode(value)

    def to_url(self, value: str) -> str:
        return encode(value)
