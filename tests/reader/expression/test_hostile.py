"""No text and no record makes the language do anything but answer or say why not, and what it may cost is bounded."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import expression as language
from reader.errors import ExpressionError
from reader.expression import compiled, parse, pattern
from reader.expression.parser import DEPTH, MAX_TEXT
from reader.subject import WORK
from tests.reader.expression.strategies import expressions, json_values, jumbled
from tests.reader.expression.subjects import a_subject, answer

FOLDER = Path(language.__file__).parent
BANNED = {"eval", "exec", "compile", "getattr", "setattr", "delattr", "globals", "locals", "vars", "__import__", "open"}


def answers_or_says_why(text: str, *subjects) -> None:
    try:
        run = compiled(parse(text))
    except ExpressionError as refused:
        error = refused
    else:
        for subject in subjects:
            with suppress(ExpressionError):
                assert run(subject) in (True, False)
        return
    assert 1 <= error.column <= len(text) + 1
    assert error.length >= 1


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_refused_in_words(text):
    answers_or_says_why(text, a_subject({"a": 1}))


@settings(max_examples=1500, deadline=None)
@given(jumbled, json_values)
def test_any_jumble_of_its_own_words_is_answered_or_refused(text, value):
    answers_or_says_why(text, a_subject(value, headers=[("a", b"x")]))


@settings(max_examples=1500, deadline=None)
@given(expressions, json_values)
def test_any_sensible_expression_is_answered_for_any_record(text, value):
    answers_or_says_why(text, a_subject(value), a_subject(None), a_subject(b"\xff\x00"), a_subject("text"))


@pytest.mark.parametrize("text", ["x" * 100_000, "(" * 100_000, "!" * 100_000, "1+" * 50_000, '"' * 100_001])
def test_a_hundred_kilobytes_are_refused_unread(text):
    with pytest.raises(ExpressionError, match=r"^The expression has 100,00\d characters; at most 4,000 are allowed\.$"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1900 + "true" + ")" * 1900,
        "[" * 1900 + "]" * 1900 + " == 1",
        "!" * 3900 + "true",
        "-" * 3900 + "1 == 1",
        "value" + ".a" * 1900,
        "value" + "[0]" * 1300,
        "1" + "+1" * 1900 + " == 1",
        "has(" * 700 + "value.a" + ")" * 700,
        "size(" * 600 + "value" + ")" * 600,
        "true ? true : " * 250 + "true",
        "value.a" + ".trim()" * 550 + " == 'x'",
    ],
)
def test_depth_is_refused_in_words(text):
    assert len(text) <= MAX_TEXT
    with pytest.raises(ExpressionError, match=rf"^This is nested more than {DEPTH} deep\."):
        parse(text)


def test_many_conditions_beside_each_other_are_not_deep():
    many = " || ".join(f"value.a=={n}" for n in range(250))
    assert answer(many, a_subject({"a": 249})) is True
    assert answer(many.replace("||", "&&"), a_subject({"a": 249})) is False


def evil_patterns() -> list[str]:
    """More than 200 that make a backtracking engine hang, and some that are only large."""
    atoms = ["a", "a|a", "a|aa", r"\w", ".", "[a-z]", "a?", "ab?", "(?i)k", r"\p{L}"]
    loops = ["({0}+)+$", "({0}*)*b", "(({0})*)*!", "({0}+)+({0}+)+x", "^({0}+)*$", "({0}{{1,10}}){{1,10}}z",
             ".*({0}).*({0}).*=", "({0})*a({0}){{12}}c", "(({0})+\\s?)*$", "({0}|b)*a({0}|b){{30}}c",
             "(?s).*({0}).{{40}}b", "(({0}+)+)+!"]  # fmt: skip
    wide = [".{1000}z", "(.{0,500}){1}b", "((a{1,10}){1,10}){1,10}b", "[^a]{500}b", r"(\p{L}{1,50}){1,5}x", "(",
            "a{2,1}", "(?<=a)b", r"(a)\1", "(?=a)", "a" * 1001, "\\", "[", "(?P<n>a)(?P<n>b)", r"\pX", "*", "a**",
            "(a{1000}){1000}"]  # fmt: skip
    return [loop.format(atom) for atom, loop in product(atoms, loops)] + [w for w in wide for _ in range(5)]


def test_200_evil_patterns_cost_a_bounded_amount_each():
    patterns, texts = evil_patterns(), [b"a" * 65_536, b"ab" * 32_768, b"aab" * 21_845]
    assert len(patterns) > 200
    accepted = 0
    for evil in patterns:
        try:
            found, instructions = pattern.finder(evil)
        except ValueError:
            continue
        accepted += 1
        assert instructions <= pattern.MAX_PROGRAM
        for text in texts:
            if len(text) * instructions * pattern.COST <= WORK:
                found(text)
    assert accepted > 100


def test_a_text_that_a_pattern_would_take_too_long_for_has_no_answer():
    with pytest.raises(ExpressionError, match="too large for all that the expression does"):
        answer(r'value.matches("(a{1,20}){1,20}b")', a_subject("a" * 1_000_000))


@pytest.mark.parametrize(("letter", "size"), [("a", 1), ("é", 2), ("漢", 3)])
def test_what_a_pattern_may_cost_is_counted_in_bytes(letter, size):
    written = f"{letter}[ab]{{600}}c"
    _, instructions = pattern.finder(written)
    most = WORK // (instructions * pattern.COST * size)
    expression = f'value.matches("{written}")'
    assert answer(expression, a_subject(letter * (most - 1))) is False
    with pytest.raises(ExpressionError, match="too large for all that the expression does"):
        answer(expression, a_subject(letter * (most + 1)))


def test_patterns_are_few():
    with pytest.raises(ExpressionError, match="at most 10 patterns are allowed"):
        parse(" || ".join('key.matches("a")' for _ in range(11)))


def test_half_of_a_surrogate_pair_is_searched_like_any_text():
    assert answer(r'value.a.matches("b$")', a_subject(b'{"a": "\\ud83db"}')) is True


@pytest.mark.parametrize(
    "text",
    [
        "size(" + "+".join(["value"] * 8) + ") > 0",
        "value.replace('a', value).size() > 0",
        "value.replace('', value).size() > 0",
        "size(" + "+".join(["value.split('')"] * 3) + ") > 0",
        "value.split('').join(value).size() > 0",
        " || ".join(["value.matches('(a{1,10}){1,10}b')"] * 10),
        " || ".join(["value.lowerAscii().upperAscii().trim().reverse() == 'x'"] * 60),
    ],
)
def test_no_text_grows_beyond_its_bound(text):
    with pytest.raises(ExpressionError, match=r"too long|too large|more than 10,000 parts"):
        answer(text, a_subject("a" * 400_000))


def test_comparing_large_things_is_bounded():
    large = {"a": [[n, {"b": n}] for n in range(100_000)]}
    same = a_subject({"one": large, "other": large})
    with pytest.raises(ExpressionError, match="too large"):
        answer(" && ".join(["value.one == value.other"] * 10), same)
    with pytest.raises(ExpressionError, match="too large"):
        answer(" || ".join(["7.5 in value.one.a"] * 60), same)


def test_deep_json_is_compared_without_a_stack():
    deep = json.loads('{"a": ' + "[" * 400 + "]" * 400 + "}")
    assert answer("value.a == value.a && value.a != value", a_subject(deep)) is True


def test_the_language_has_no_way_out():
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Name):
                assert node.id not in BANNED, f"{file.name}:{node.lineno} {node.id}"
            if isinstance(node, ast.Attribute):
                called_of_re = (
                    isinstance(node.value, ast.Name) and node.value.id in ("re", "re2") and node.attr == "compile"
                )
                assert node.attr not in BANNED - {"open"} or called_of_re, f"{file.name}:{node.lineno} {node.attr}"
                assert not node.attr.startswith("__"), f"{file.name}:{node.lineno} {node.attr}"
