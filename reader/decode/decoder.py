"""How one query reads bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reader.decode.tree import tree
from reader.protocol import Reading

Headers = Sequence[tuple[str, bytes | None]]


class Decoder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def tree(self, data: bytes | None, side: str, headers: Headers) -> Any:
        """The value that expressions and columns look into; `side` is key or value."""
        return tree(data)

    def plain(self, side: str) -> bool:
        """Bytes that begin with { or [ are taken as they are: JSON or else text, and nothing is masked."""
        return True
