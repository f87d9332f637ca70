from __future__ import annotations

import pytest

from groups.engines import is_engines_own
from groups.listing import topics_of
from live.snapshot import GroupState, OffsetState, Verdict


@pytest.mark.parametrize(
    ("topic", "own"),
    [
        ("orders", False),
        ("repartitioned-orders", False),
        ("changelog__shop--user-events--default", True),
        ("repartition__shop--user-events--product", True),
        ("shop-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog", True),
        ("shop-by-product-repartition", True),
    ],
)
def test_what_an_engine_keeps_for_itself_is_known_by_its_name(topic, own):
    assert is_engines_own(topic) is own


def test_a_groups_own_topics_come_behind_those_that_it_is_about():
    names = ("changelog__shop--user-events--default", "user-events", "orders")
    offsets = tuple(OffsetState(name, 0, 1) for name in names)
    group = GroupState("shop", "classic", "Stable", "", 0, (), offsets, Verdict("idle", ""))
    assert topics_of(group) == ["orders", "user-events", "changelog__shop--user-events--default"]
