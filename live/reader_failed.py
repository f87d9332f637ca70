"""The reader said no, or is not there."""

from __future__ import annotations

from reader.replies import Unsafe


class ReadFailed(Exception):
    """`str()` is a sentence for the person who asked. `batch`: because of which it was, when it was one."""

    def __init__(self, code: str, sentence: str, batch: Unsafe | None = None) -> None:
        super().__init__(sentence)
        self.code, self.batch = code, batch
