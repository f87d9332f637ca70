from __future__ import annotations

from datetime import UTC, datetime

import pytest

from groups.reset_time import Twice, moment


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-23T21:00", "Europe/Paris", "2026-11-23T20:00"),
        ("2026-11-23T21:00", "", "2026-11-23T21:00"),
        ("2026-11-23T21:00+02:00", "America/New_York", "2026-11-23T19:00"),
        ("2026-11-23T21:00Z", "America/New_York", "2026-11-23T21:00"),
        ("2026-03-29T01:59:59", "Europe/Paris", "2026-03-29T00:59:59"),
        ("2026-03-29T03:00", "Europe/Paris", "2026-03-29T01:00"),
    ],
)
def test_it_reads_a_persons_own_time(text: str, zone: str, utc: str) -> None:
    assert moment(text, zone) == at(utc)


@pytest.mark.parametrize(
    ("text", "zone", "first", "second", "words"),
    [
        (
            "2026-10-25T02:30",
            "Europe/Paris",
            "2026-10-25T00:30",
            "2026-10-25T01:30",
            ["the first, UTC+2 · 00:30:00Z", "the second, UTC+1 · 01:30:00Z"],
        ),
        (
            "2026-11-01T01:30",
            "America/New_York",
            "2026-11-01T05:30",
            "2026-11-01T06:30",
            ["the first, UTC-4 · 05:30:00Z", "the second, UTC-5 · 06:30:00Z"],
        ),
        (  # by half an hour only
            "2026-04-05T01:45",
            "Australia/Lord_Howe",
            "2026-04-04T14:45",
            "2026-04-04T15:15",
            ["the first, UTC+11 · 14:45:00Z", "the second, UTC+10:30 · 15:15:00Z"],
        ),
    ],
)
def test_what_happens_twice_is_asked_for(text: str, zone: str, first: str, second: str, words: list[str]) -> None:
    with pytest.raises(Twice, match="happens twice on that day") as twice:
        moment(text, zone)
    assert [said for _, said in twice.value.choices] == words
    assert [moment(text, zone, fold) for fold, _ in twice.value.choices] == [at(first), at(second)]


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-03-29T02:30", "Europe/Paris", "02:30 does not exist on that day in Europe/Paris"),
        ("2026-03-29T02:30", "Europe/Paris", "The same moment is called 03:30."),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "The same moment is called 02:45."),
        ("soon", "Europe/Paris", "“soon” is not a time."),
        ("2026-03-29T02:30", "Mars/Olympus", "does not know the time zone Mars/Olympus"),
        ("2026-03-29T02:30", "../etc/passwd", "does not know the time zone"),
    ],
)
def test_what_is_no_moment_gets_a_sentence(text: str, zone: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        moment(text, zone, "1")
