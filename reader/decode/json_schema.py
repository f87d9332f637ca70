"""JSON by a JSON Schema. What does not fit is still JSON and shown so; where it does not fit is said beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs

from reader.decode.decoded import Undecodable
from reader.decode.tree import tree

LARGEST = 512 * 1024  # characters of a schema
CHECKED = 256 * 1024  # characters of a value that is held against it


def misfit(text: str, schema: str, references: tuple[tuple[str, str], ...] = ()) -> str:
    """The first thing that does not fit, as a sentence; "" when all does."""
    if len(text) > CHECKED:
        return ""
    try:
        check = validator(schema, references)
        error = next(check.iter_errors(tree(text.encode("utf-8", "surrogatepass"))), None)
    except Undecodable as no:
        return str(no)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return "It could not be held against its JSON Schema."
    return "" if error is None else f"It does not fit its JSON Schema: {said(error)}."


def said(error: Any) -> str:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path).lstrip(".")
    return f"{where[:100]}: {error.message[:200]}" if where else error.message[:200]


@lru_cache(64)
def validator(schema: str, references: tuple[tuple[str, str], ...] = ()) -> Any:
    """Raises Undecodable. Never asks the network for what a schema refers to."""
    if len(schema) > LARGEST:
        raise Undecodable(f"The schema has {len(schema):,} characters; at most {LARGEST:,} are read.")
    try:
        registry = jsonschema_rs.Registry([(name, _parsed(text)) for name, text in references]) if references else None
        return jsonschema_rs.validator_for(
            _parsed(schema),
            registry=registry,
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
        )
    except (ValueError, TypeError, RecursionError, jsonschema_rs.ReferencingError) as error:
        raise Undecodable(f"The JSON Schema cannot be used: {str(error).splitlines()[0][:200]}.") from None


def _parsed(text: str) -> Any:
    return tree(text.encode("utf-8", "surrogatepass"))
