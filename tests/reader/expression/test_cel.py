"""The language means what CEL means, in the part of it that both have."""

from __future__ import annotations

import pytest

from reader.expression import ExpressionError
from tests.reader.expression.cases import CASES, ERROR, RECORD, STRINGS
from tests.reader.expression.subjects import a_subject, answer


@pytest.mark.parametrize(("expression", "expected"), [*CASES, *STRINGS])
def test_it_agrees_with_cel(expression, expected):
    try:
        found = answer(expression, a_subject(RECORD))
    except ExpressionError:
        found = ERROR
    assert found is expected
