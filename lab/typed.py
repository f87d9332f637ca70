"""What is typed into a form of the lab, or stands in an address, as the values of a struct; and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")  # and not 1,5 of who writes so what is 1.5
Ranges = Mapping[str, tuple[float, float]]  # the least and the most of a field


def typed(base: S, words: Mapping[str, str], ranges: Ranges) -> tuple[S, list[str]]:
    """`base` with what is typed, and the names of the fields that stay as they are there: what is typed is not of
    their type or not in their range."""
    values: dict[str, Any] = {}
    wrong = []
    for name, hint in get_type_hints(type(base)).items():
        if name not in words:
            continue
        try:
            value = _value(words[name].strip(), hint)
        except msgspec.ValidationError:
            wrong.append(name)
            continue
        if name in ranges and not ranges[name][0] <= value <= ranges[name][1]:
            wrong.append(name)
        else:
            values[name] = value
    return msgspec.structs.replace(base, **values), wrong


def differing(made: S, base: S) -> dict[str, Any]:
    """The words of an address that makes the one of the other."""
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in msgspec.structs.asdict(made).items()
        if value != getattr(base, name)
    }


def _value(text: str, hint: Any) -> Any:
    """Raises msgspec.ValidationError."""
    if hint is bool:
        return text == "1"
    if get_origin(hint) is not Literal:
        text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text
        text = text.lstrip("0") or "0" if text.isdigit() else text  # JSON, which reads it, begins no number with 0
    return msgspec.convert(text, hint, strict=False)
