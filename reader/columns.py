"""Rows with what stands under columns that were chosen by path: `value.user_id`, `headers.trace`, `key.id`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from confluent_kafka import Message

from reader.decode.decoded import Undecodable
from reader.decode.decoder import Decoder
from reader.decode.written import as_word, written
from reader.errors import BadRequest, ExpressionError
from reader.expression.ast import Index, Literal, Name, Node, Select
from reader.expression.closures import valued
from reader.expression.parser import tree
from reader.query import Query
from reader.rows import named, row
from reader.shown import PREVIEW, Row, Shown
from reader.subject import Subject

MOST = 20
LIMIT = 512  # characters of a value
KEPT = 4096  # of one that a search keeps

Read = Callable[[Subject], Any]


def rows(query: Query, decoder: Decoder, limit: int = PREVIEW, *, headers: bool = False) -> Callable[[Message], Row]:
    """How the rows of a query are made. Raises BadRequest for what is no path."""
    beside = columns(query.columns)

    def made(message: Message) -> Row:
        return msgspec.structs.replace(
            row(message, decoder, limit),
            columns=beside(Subject(message, decoder)),
            named=named(message, decoder, limit) if headers else (),
        )

    return made if query.columns or headers else lambda message: row(message, decoder, limit)


def columns(paths: Sequence[str], limit: int = LIMIT) -> Callable[[Subject], tuple[Shown, ...]]:
    """Raises BadRequest for what is no path."""
    if len(paths) > MOST:
        raise BadRequest(f"A page shows at most {MOST} columns.")
    reads = [path(text) for text in paths]
    return lambda subject: tuple(shown(read, subject, limit) for read in reads)


def path(text: str) -> Read:
    """Raises BadRequest."""
    wrong = f"“{text[:80]}” is no column: value.user_id and headers.trace are, or key alone."
    try:
        found = tree(text)
    except ExpressionError as no:
        raise BadRequest(f"{wrong} {no}") from None
    if not _is_path(found):
        raise BadRequest(wrong)
    return valued(found)


def shown(read: Read, subject: Subject, limit: int) -> Shown:
    """`missing` where the record has no such field."""
    try:
        value = read(subject)
    except ExpressionError:
        return Shown("missing", "", 0)
    if value is None:
        return Shown("null", "", 0)
    try:
        kind, text = ("json", written(value)) if isinstance(value, dict | list) else ("text", as_word(value))
    except Undecodable as no:
        return Shown("text", str(no), 0)
    if not text:
        return Shown("empty", "", 0)
    return Shown(kind, text[:limit], len(text), len(text) > limit)


def _is_path(node: Node) -> bool:
    match node:
        case Name(name=name):
            return name in ("key", "value", "headers")
        case Select(of=inner) | Index(of=inner, key=Literal()):
            return _is_path(inner)
    return False
