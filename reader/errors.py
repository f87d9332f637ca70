"""What the person who asked did wrong, as one sentence."""

from __future__ import annotations


class BadRequest(Exception):
    """What was asked for does not exist or makes no sense. `str()` is one sentence for the person who asked."""

    def __init__(self, sentence: str, code: str = "bad_request") -> None:
        super().__init__(sentence)
        self.code = code
