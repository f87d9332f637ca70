"""What docs/expressions.md shows is right: its examples are expressions, and its names are those of the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reader.expression import parse
from reader.expression.check import NAMES
from reader.expression.functions import GLOBALS, METHODS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "expressions.md").read_text()
EXAMPLES = re.findall(r"`([^`]+)`", PAGE.split("## Examples")[1].split("## What a record has")[0])
EXAMPLES += re.findall(
    r"`([^`]*(?:&&|\|\||[<>]) [^`]+)`", PAGE.split("## What a record has")[1].split("## The language")[0]
)


def test_there_are_examples():
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_an_expression(example):
    parse(example)


@pytest.mark.parametrize("name", [*NAMES, *METHODS, *(n for n in GLOBALS if n not in ("dyn",))])
def test_every_name_is_on_the_page(name):
    assert f"`{name}`" in PAGE or f"`{name}()`" in PAGE
