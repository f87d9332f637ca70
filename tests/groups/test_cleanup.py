"""Which empty groups are offered for deletion, and what is said of each."""

from __future__ import annotations

import pytest

from groups import saved
from groups.cleanup import DAY, candidates
from live.snapshot import MemberState, OffsetState
from tests.snapshots import a_group, a_snapshot, a_topic

NOW = 1_800_000_000_000
EVERY = lambda name: True  # noqa: E731


def an_empty(group: str, committed: int | None = 4, **known):
    facts = {"state": "Empty", "offsets": (OffsetState("orders", 0, committed),), "protocol_type": "consumer"}
    return a_group(group, **(facts | known))


def found(*groups, may_delete=EVERY, nights=None, **asked):
    return candidates(a_snapshot(a_topic("orders"), *groups, at=NOW), EVERY, may_delete, nights or {}, **asked)


def names(*groups, **asked) -> list[str]:
    return [candidate.state.group for candidate in found(*groups, **asked)]


def test_only_empty_groups_are_offered_longest_still_first():
    member = MemberState("m", "worker", "/10.0.0.1", None, (("orders", (0,)),))
    groups = (
        an_empty("young", last_commit=NOW - DAY),
        an_empty("unknown"),
        an_empty("old", last_commit=NOW - 40 * DAY),
        an_empty("never", committed=None),
        an_empty("full", state="Stable", members=(member,)),
        an_empty("busy", state="PreparingRebalance"),
    )
    assert names(*groups) == ["never", "old", "young", "unknown"]


@pytest.mark.parametrize(
    ("still", "expected"),
    [("", 4), ("1", 2), ("7", 1), ("30", 1), ("never", 1), ("nonsense", 4)],
)
def test_it_filters_by_how_long_they_have_stood_still(still, expected):
    groups = (
        an_empty("a-day", last_commit=NOW - 2 * DAY),
        an_empty("months", last_commit=NOW - 40 * DAY),
        an_empty("unknown"),
        an_empty("never", committed=None),
    )
    assert len(found(*groups, still=still)) == expected


def test_a_nightly_bookmark_that_still_holds_tells_since_when():
    group = an_empty("quiet")
    same = saved.digest(saved.of_snapshot(a_snapshot(a_topic("orders")), group).pack())
    (known,) = found(group, nights={"quiet": (NOW - 31 * DAY, same)}, still="30")
    assert (known.since, known.exactly) == (NOW - 31 * DAY, False)
    assert not found(group, nights={"quiet": (NOW - 31 * DAY, "another")}, still="30"), "it has moved since that night"


def test_who_may_not_delete_it_sees_why():
    (one,) = found(an_empty("theirs"), may_delete=lambda name: False)
    assert one.why_not == "your role may not delete it"
    (share,) = found(an_empty("shared", kind="share", offsets=()))
    assert "share" in share.why_not


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"last_commit": NOW - 3600_000, "protocol_type": ""}, "assigns its partitions itself"),
        ({"last_commit": NOW - 3600_000}, "its consumers may come back"),
        ({"last_commit": NOW - 8 * DAY}, "nobody for a week"),
        ({}, "nobody was seen"),
    ],
)
def test_it_says_who_may_still_use_it(known, said):
    (one,) = found(an_empty("one", **known))
    assert said in one.use


def test_the_search_is_by_name():
    assert names(an_empty("orders-a"), an_empty("payments"), q="ORDERS a") == ["orders-a"]
