"""What is wrong is said in one sentence that points at the place."""

from __future__ import annotations

import pytest

from reader.errors import ExpressionError
from reader.expression import parse
from tests.reader.expression.cases import RECORD
from tests.reader.expression.subjects import a_subject, answer


@pytest.mark.parametrize(
    ("expression", "place", "sentence"),
    [
        ("", "", "The expression is empty."),
        ("value.a = 1", "=", "Two values are compared with ==."),
        ("value.a == 1 and true", "and", "“and” is written &&."),
        ("value.a == 1 or true", "or", "“or” is written ||."),
        ("not true", "not", "“not” is written !."),
        ("value.a <> 1", ">", "“not equal” is written !=."),
        ("value.a & true", "&", "“and” is written &&."),
        ("value.a == “x”", "“", 'Texts stand in straight quotes: "text".'),
        ('value.a == "x', '"', 'This text has no end: " is missing.'),
        ("(true", "", "The ) is missing."),
        ("value.tags[0", "", "The ] is missing."),
        ("true true", "true", "The expression ended before this: && or || is missing, or there is something too much."),
        ("value.a ==", "", "Something is missing at the end."),
        ("value.", "", "After a . stands the name of a field or a function."),
        ("1 < size < 5", "<", "Comparisons are not chained: write 1 < a && a < 5."),
        ("vlaue.a == 1", "vlaue", "There is no vlaue; did you mean value?"),
        ("event == 'x'", "event", "There is no event; did you mean value.event?"),
        (
            "headers.content-type == 'x'",
            "headers.content-type",
            'A field with - in its name is written in brackets: ["content-type"].',
        ),
        ("value.a.lower() == 'x'", "lower()", "There is no function lower(); did you mean lowerAscii()?"),
        ("value.a.startWith('x')", "startWith('x')", "There is no function startWith(); did you mean startsWith()?"),
        (
            "startsWith(value.a, 'x')",
            "startsWith(value.a, 'x')",
            "startsWith() stands after a dot, as in value.name.startsWith(…).",
        ),
        ("value.a.has(value.b)", "has(value.b)", "There is no function has()."),
        ("has(value)", "has(value)", "has() takes one field, as in has(value.amount)."),
        (
            'has(headers["a-b"])',
            'has(headers["a-b"])',
            'has() takes a field, as in has(headers.trace); here write "a-b" in headers.',
        ),
        ("value.items.exists(i, i > 1)", "exists", "exists() is not part of the language: it has no loops."),
        ("value.a.contains()", "contains()", "contains() takes one argument, not 0."),
        ("partition == '3'", "partition == '3'", "A whole number is never equal to a text."),
        ("timestamp > '2026'", "'2026'", 'A time is compared with a time: write timestamp("2026-11-03T14:30:00Z").'),
        ("timestamp > timestamp('2026-11-03')", "'2026-11-03'", 'A time is written "2026-11-03T14:30:00Z".'),
        (
            "timestamp > timestamp(1700000000000)",
            "1700000000000",
            "A time is made of seconds: divide milliseconds by 1000.",
        ),
        ("timestamp - timestamp > duration('5')", "'5'", 'A duration is written "1h30m", "90s" or "250ms".'),
        ("size + 1", "size + 1", "An expression must say true or false; this gives a whole number."),
        (
            "size + 1.5 > 2.0",
            "size + 1.5",
            "+ does not mix a whole number and a number with a fraction: convert one with double() or int().",
        ),
        (
            "topic > 5",
            "topic > 5",
            "> does not take a text and a whole number. Convert one with string(), int() or double().",
        ),
        ("size && true", "size", "&& stands between conditions; this is a whole number."),
        (
            "'a' in topic",
            "topic",
            'in looks into a list or an object; this is a text. A part of a text is found with text.contains("part").',
        ),
        ("value.a.matches('(')", "'('", "This pattern cannot be used: missing ): (."),
        ("value.a.matches(value.b)", "value.b", "matches() takes a text in quotes here."),
        (
            "timestamp.getHours('Nowhere') == 1",
            "'Nowhere'",
            'This time zone is unknown: a time zone is written "Europe/Berlin" or "+01:00".',
        ),
        ("value.a == 99999999999999999999", "99999999999999999999", "Whole numbers go to 9223372036854775807."),
        ("value.a == 1e999", "1e999", "This number is larger than any that can be computed with."),
        (r"value.a == '\q'", r"\q", None),
        ("{'a': 1}.a == 1", "{", "Objects in { } cannot be written here."),
        ("import == 1", "import", "import is a reserved word of the language."),
        ("ключ == 1", "к", "'к' means nothing here."),
    ],
)
def test_a_mistake_is_one_sentence_and_a_place(expression, place, sentence):
    with pytest.raises(ExpressionError) as caught:
        parse(expression)
    error = caught.value
    assert sentence is None or str(error) == sentence
    assert expression[error.column - 1 : error.column - 1 + error.length] == place
    assert "\n" not in str(error) and len(str(error)) < 200


@pytest.mark.parametrize(
    ("expression", "place", "sentence"),
    [
        ("value.missing == 1", "missing", "There is no field missing here."),
        ("value.event.deeper == 1", "deeper", "A text has no field deeper."),
        ("value.tags[7] == 'x'", "[7]", "The list has 3 items; there is no item 7."),
        (
            "value.event > 5",
            "value.event > 5",
            "> does not take a text and a whole number. Convert one with string(), int() or double().",
        ),
        ("value.id.startsWith('4')", "startsWith('4')", "startsWith() does not take a whole number, a text."),
        ("value.event", "value.event", "This gives a text, not true or false."),
        ("value.one == 1 || value.two == 2 || value.three", "one", "There is no field one here."),
        ("value.id / 0 == 1", "value.id / 0", "/: it is divided by zero."),
        ("int(value.event) == 1", "int(value.event)", "int(): this text is no whole number."),
    ],
)
def test_what_a_record_does_not_answer_is_said_as_well(expression, place, sentence):
    with pytest.raises(ExpressionError) as caught:
        answer(expression, a_subject(RECORD))
    error = caught.value
    assert str(error) == sentence
    assert expression[error.column - 1 : error.column - 1 + error.length] == place
