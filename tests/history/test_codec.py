from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.codec import pack, unpack

offsets = st.integers(0, 2**63 - 1)
columns = st.lists(st.lists(st.none() | offsets | st.integers()), max_size=6)


@given(columns)
def test_what_is_packed_is_unpacked(given_columns):
    assert unpack(pack(given_columns)) == given_columns


@given(st.lists(st.none() | st.integers(10**9, 10**9 + 10**6), min_size=60, max_size=60))
def test_offsets_with_gaps_and_jumps_back_are_exact(column):
    assert unpack(pack([column])) == [column]


@pytest.mark.parametrize("edge", [127, 128, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 2**70])
def test_every_width_holds_its_largest_step_forward_and_back(edge):
    for column in ([0, edge], [edge, 0], [-edge, edge, -edge - 1]):
        assert unpack(pack([column])) == [column]


@pytest.mark.parametrize(
    ("column", "most"),
    [
        ([5_000_000_000] * 60, 10),  # at rest
        ([5_000_000_000 + 50 * n for n in range(60)], 30),  # steady
        ([5_000_000_000 + 499 * (n * n % 7) for n in range(60)], 130),  # up and down
        ([None] * 60, 14),
    ],
)
def test_a_column_takes_few_bytes(column, most):
    assert len(pack([column])) <= most
