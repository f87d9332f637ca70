"""What of the shop is a word that the view can keep and a page can draw, and what is none."""

from __future__ import annotations

import json
import re

import pytest

from streams.words import word_of

MINUTE = {"minute": "2026-11-27T10:00Z"}
CART = {"cart": "u-1@1", "user_id": "u-1", "state": "withdrawn", "items": {}, "value": 0, "opened": 1, "last": 1}
CART |= {"abandoned": 2, "recovered": None}
SHOPPER = {"user_id": "u-1", "cart": ["lamp"], "products": []}


@pytest.mark.parametrize(
    ("topic", "value", "row"),
    [
        ("popular-products", MINUTE | {"product": "lamp", "count": 3, "sliding": 9}, ("lamp", 1795773600000, 3)),
        ("abandoned-carts", CART, ("u-1@1", "u-1", "withdrawn", 0.0, "{}", 1, 1, 2, None)),
        ("cart-funnel", MINUTE | {"partition": 2, "view": 5}, (1795773600000, 2, 5, 0, 0, 0, 0, 0, 0)),
        ("recommendations", SHOPPER, ("u-1", '["lamp"]', "[]", 7)),
    ],
)
def test_what_our_program_says_is_a_row(topic, value, row):
    assert word_of(topic, value, 7).row == row


@pytest.mark.parametrize(
    ("topic", "whole", "wrong", "field"),
    [
        *(
            ("popular-products", MINUTE | {"product": "lamp", "count": 3}, *wrong)
            for wrong in [
                (None, "product"),
                ("", "product"),
                ("a\nb", "product"),
                ("x" * 201, "product"),
                (7, "product"),
                (True, "count"),
                (-1, "count"),
                (1.5, "count"),
                ("3", "count"),
                (2**31, "count"),
                ("2026-11-27T10:00", "minute"),
                ("1969-12-31T23:59Z", "minute"),
                ("2026-11-27T10:00:30Z", "minute"),
                (29929560, "minute"),
                (None, "minute"),
            ]
        ),
        *(
            ("abandoned-carts", CART, *wrong)
            for wrong in [
                ("lost", "state"),
                ([], "state"),
                ("1", "value"),
                (10**400, "value"),
                (float("nan"), "value"),
                (-1, "value"),
                ([], "items"),
                ({"lamp": "2"}, "items"),
                ({"lamp": 2**63}, "items"),
                ({"": 1}, "items"),
                (None, "last"),
                (10**15, "opened"),
                (2**64, "recovered"),
            ]
        ),
        *(
            ("cart-funnel", MINUTE | {"partition": 0}, *wrong)
            for wrong in [
                (None, "partition"),
                (-1, "partition"),
                (None, "view"),
                (10**30, "repeated"),
            ]
        ),
        *(
            ("recommendations", SHOPPER, *wrong)
            for wrong in [
                ("lamp", "cart"),
                ([None], "cart"),
                (["\ud800"], "products"),
                (None, "products"),
                ({}, "user_id"),
            ]
        ),
    ],
)
def test_what_anybody_else_says_has_its_field_and_what_is_there(topic, whole, wrong, field):
    with pytest.raises(ValueError, match="^" + re.escape(f"{field} is {json.dumps(wrong)[:57]}")):
        word_of(topic, whole | {field: wrong}, 7)
