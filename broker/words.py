"""What of a log says why its writer ended."""

from __future__ import annotations

import re


def last_words(lines: list[str]) -> str:
    """Of a Python traceback its last line; of a Java log the last error."""
    full = [line.rstrip() for line in lines if line.strip() and not line.startswith((" ", "\t"))]
    if full and re.match(r"[\w.]+(Error|Exception|Configured|Exit)?: ", full[-1]):
        return full[-1]
    telling = [line for line in full if re.search("Error|ERROR|Exception|No space left", line)]
    return (telling or full or [""])[-1]
