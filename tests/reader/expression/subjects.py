"""Records as expressions see them."""

from __future__ import annotations

import json
from typing import Any

from reader.decode.decoder import Decoder
from reader.expression import compiled, parse
from reader.query import Reading
from reader.subject import Subject
from tests.reader.messages import a_message


def a_subject(value: Any = None, **more: Any) -> Subject:
    """`value` as JSON, unless it is bytes or a text."""
    data = (
        value
        if isinstance(value, bytes) or value is None
        else (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
    )
    return Subject(a_message(**({"value": data} | more)), Decoder(Reading()))


def answer(expression: str, subject: Subject) -> bool:
    return compiled(parse(expression))(subject)
