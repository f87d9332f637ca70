"""What the person who asked did wrong, as one sentence."""

from __future__ import annotations


class BadRequest(Exception):
    """What was asked for does not exist or makes no sense. `str()` is one sentence for the person who asked."""

    def __init__(self, sentence: str, code: str = "bad_request") -> None:
        super().__init__(sentence)
        self.code = code


class ExpressionError(BadRequest):
    """What is wrong with an expression, or why it has no answer for a record.

    `column` counts characters from 1, `length` is how many are meant.
    """

    def __init__(self, sentence: str, column: int = 1, length: int = 1) -> None:
        super().__init__(sentence, "expression")
        self.column, self.length = column, length
