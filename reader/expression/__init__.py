"""The language in which records are filtered: CEL's syntax and meaning, without loops (docs/expressions.md).

The text becomes tokens (lexer), a tree (parser), is checked without any record (check), and becomes a function of one
record (closures). Everything is bounded: the text, its depth, and what one record may cost (`reader.subject.WORK`).
"""

from __future__ import annotations

from reader.errors import ExpressionError
from reader.expression.ast import Node
from reader.expression.check import check
from reader.expression.closures import compiled
from reader.expression.parser import MAX_TEXT, tree

__all__ = ["MAX_TEXT", "ExpressionError", "compiled", "parse"]


def parse(text: str) -> Node:
    """The tree of an expression that makes sense. Raises ExpressionError."""
    found = tree(text)
    check(found)
    return found
