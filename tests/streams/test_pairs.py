"""What is suggested to go with a cart: what is often put beside its products, lately more than long ago."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pairs import FARTHEST, HALF_LIFE, PARTNERS, SUGGESTED, add, suggest
from tests.streams.held import Held

BEGIN = 1_790_000_000_000


def learned(*pairs: tuple[str, str, int]) -> Held:
    """`pairs`: a product, what was in the cart already, ms after BEGIN."""
    state = Held()
    for product, other, ms in pairs:
        add(state, product, [other], BEGIN + ms)
    return state


def test_what_is_often_together_comes_before_what_seldom_is():
    state = learned(("lamp", "desk", 0), ("shelf", "desk", 1), ("lamp", "desk", 2))
    assert suggest(state, ["desk"], BEGIN + 3) == ["lamp", "shelf"]
    assert suggest(state, ["lamp"], BEGIN + 3) == ["desk"]  # in whichever order they were put in


def test_who_goes_with_more_of_the_cart_comes_first():
    state = learned(("lamp", "desk", 0), ("shelf", "desk", 0), ("shelf", "chair", 0))
    assert suggest(state, ["desk", "chair"], BEGIN) == ["shelf", "lamp"]


def test_equals_stand_by_name():
    assert suggest(learned(("b", "desk", 0), ("a", "desk", 0)), ["desk"], BEGIN) == ["a", "b"]


@pytest.mark.parametrize(
    ("after", "first"), [(0, "old"), (HALF_LIFE - 60_000, "old"), (HALF_LIFE + 60_000, "new"), (FARTHEST * 3, "new")]
)
def test_twice_counts_as_once_a_half_life_later(after, first):
    state = learned(("old", "desk", 0), ("old", "desk", 0), ("new", "desk", after))
    assert suggest(state, ["desk"], BEGIN + after)[0] == first


def test_the_clocks_of_two_products_are_compared():
    """Each product counts from a moment of its own."""
    long_ago = [("lamp", "desk", 0)] * 3
    state = learned(*long_ago, ("shelf", "chair", 2 * HALF_LIFE))
    assert suggest(state, ["desk", "chair"], BEGIN + 2 * HALF_LIFE) == ["shelf", "lamp"]


def test_what_is_in_the_cart_is_not_suggested_and_nothing_goes_with_nothing():
    state = learned(("lamp", "desk", 0), ("shelf", "desk", 0), ("shelf", "lamp", 0))
    assert suggest(state, ["desk", "lamp"], BEGIN) == ["shelf"]
    assert suggest(state, ["desk", "lamp", "shelf"], BEGIN) == []
    assert suggest(state, [], BEGIN) == suggest(state, ["never seen"], BEGIN) == []


def test_few_are_suggested_and_only_the_best_partners_remembered():
    state = learned(*[(f"p-{n}", "desk", 0) for n in range(PARTNERS * 3) for _ in range(1 + (n < 3))])
    assert suggest(state, ["desk"], BEGIN)[:3] == ["p-0", "p-1", "p-2"]
    assert len(suggest(state, ["desk"], BEGIN)) == SUGGESTED
    assert len(state["together:desk"]["with"]) == PARTNERS


def test_what_is_worth_next_to_nothing_is_dropped():
    state = learned(("old", "desk", 0), *[("loved", "desk", 0)] * 5_000, ("new", "desk", FARTHEST + 60_000))
    assert list(state["together:desk"]["with"]) == ["loved", "new"]
    assert suggest(state, ["desk"], BEGIN + FARTHEST + 60_000) == ["loved", "new"]
    assert state.expiring == set(state)  # and what is not put into carts any more is forgotten by the engine


names = st.sampled_from("abcdef")
added = st.tuples(names, st.sets(names, max_size=4), st.integers(0, FARTHEST))


@given(st.lists(added, max_size=40), st.sets(names, min_size=1, max_size=3))
def test_what_is_suggested_is_what_counting_everything_anew_says(asked, cart):
    """In any order of their clocks; what comes before the first of its product counts as if it came with it."""
    state, since, now = Held(), dict[str, int](), BEGIN + FARTHEST
    scores: dict[str, float] = {}
    for product, others, ms in asked:
        others = others - {product}
        add(state, product, sorted(others), BEGIN + ms)
        for one, partner in [pair for other in others for pair in ((product, other), (other, product))]:
            first = since.setdefault(one, BEGIN + ms)
            if one in cart and partner not in cart:
                worth = 0.5 ** ((now - max(first, BEGIN + ms)) / HALF_LIFE)
                scores[partner] = scores.get(partner, 0.0) + worth
    found = suggest(state, sorted(cart), now)
    best = sorted(scores.values(), reverse=True)[:SUGGESTED]
    assert [scores[name] for name in found] == pytest.approx(best)
