"""Several finer slots in one: what slept through all of them is told of as what did not."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from history.levels import FINE, MINUTES
from history.read import What
from history.roll import members, roll
from history.rows import ALL, POLLS, Name, Rows
from tests.history.polls import T0, a_poll, a_slot
from tests.history.test_rows import PLACES, rows_of, samples

CALM = dict.fromkeys(PLACES, (9, 0))
committed = st.sampled_from([None, 3, 5])
looks = st.tuples(
    st.dictionaries(st.sampled_from(PLACES), st.sampled_from([(9, 0), (9, 0), (9, 0), (12, 4)]), min_size=1),
    st.fixed_dictionaries({"a": st.dictionaries(st.sampled_from(PLACES), committed, min_size=1)}),
)
hours = st.dictionaries(st.integers(0, 59), looks, min_size=1, max_size=8)  # by minute


def partitions(rows: Rows) -> set[Name]:
    return {name for name in members(rows) if name.partition != ALL}


@given(hours)
@settings(max_examples=60, deadline=None)
@example({minute: (CALM, {"a": dict.fromkeys(PLACES, 5)}) for minute in (0, 7, 12)})
@example({minute: (CALM, {"a": {PLACES[0]: 5, PLACES[1]: minute}}) for minute in (0, 7, 12)})
def test_an_hour_of_several_slots_says_what_each_minute_found(hour):
    polls: dict[int, list] = {}
    for minute, look in sorted(hour.items()):
        polls.setdefault(FINE.slot(T0) + minute // 5, []).append(a_poll(T0 + minute * 60_000 + 7, *look))
    parts = {slot: rows_of(a_slot(found), "a") for slot, found in polls.items()}
    rolled = roll(MINUTES, MINUTES.slot(T0), parts)
    assert partitions(rolled) == set().union(*map(partitions, parts.values()))
    for what in (What("a"), What("a", "orders"), *(What("a", *place) for place in PLACES)):
        exact = [samples(rows, what) for _, rows in sorted(parts.items())]
        found = samples(rolled, what, MINUTES)
        assert found.t == [at for one in exact for at in one.t]
        for n, column in enumerate(found.columns):
            assert column == [value for one in exact for value in one.columns[n]]


def test_what_sleeps_in_all_slots_has_no_row_of_its_own_in_the_hour():
    polls = [a_poll(T0 + n * 300_000, CALM, {"a": dict.fromkeys(PLACES, 5)}) for n in range(12)]
    hour = roll(MINUTES, MINUTES.slot(T0), {FINE.slot(poll.at): rows_of(a_slot([poll]), "a") for poll in polls})
    assert all(name == POLLS or name.partition == ALL for name in hour)
