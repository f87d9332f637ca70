"""Whether a group keeps pace with its producers, and what is said of one that has nobody to read. Pure."""

from __future__ import annotations

from typing import Final

from gateway import words
from gateway.blocked import only_markers, waits
from gateway.lag import time_to_catch_up
from gateway.samples import MOVES_WITHIN_S, Case, Judgement
from gateway.trend import Trend, trend

WATCH_S: Final = 30.0  # fewer seconds of samples say nothing about a trend
GROWTH_SHARE: Final = 0.03  # of the arrivals: less is the beat of two clocks, ours and the group's commits
BEGINS_MS: Final = 15_000  # lag grew now and so long ago, or it may be chance
ENDS_MS: Final = 30_000  # neither now nor so long ago did it grow, or it may be a breath
REBALANCES: Final = 6  # in five minutes: two deployments of one member are four
STILL_REBALANCES: Final = 3  # the same once it was said
GONE_S: Final = 15.0  # a restart: members leave and others come
WELL: Final = ("keeping_up", "idle")
#: Said of a group that keeps pace, too: then it is not said that it does.
HIDES_WELL: Final = (
    *("lost", "at_risk", "beyond_end", "never_committed", "unowned", "rebalancing_often"),
    *("skewed", "idle_members"),
)


def falling_behind(case: Case) -> Judgement | None:
    said = "falling_behind" in case.before
    if case.lag <= (0.5 if said else 1.0) * case.batch or any(map(waits, case.behind)):
        return None  # lag behind an open transaction is another matter
    seen = _recent(case, 0)
    now, then = _grows(seen, said), _grows(_recent(case, ENDS_MS if said else BEGINS_MS), said)
    if not ((now or then) if said else (now and then)):
        return None
    growth = min(seen.growth or 0.0, seen.arriving)
    # What its low points say, whatever the beat of the commits: so the three figures agree.
    reading = max(0.0, seen.arriving - growth) if growth >= 0.1 else seen.reading
    pace = f"Lag grows by {words.rate(growth)}" if growth >= 0.1 else "Lag has been growing"
    return Judgement(
        "falling_behind",
        f"{pace}: {words.rate(seen.arriving)} arrive, {words.rate(reading)} are read. "
        f"{words.records(case.lag)} wait: {_when(case.lag, seen.arriving, reading)}.",
        "Add members (up to the number of partitions) or make the processing of a record faster.",
    )


def _grows(seen: Trend, said: bool) -> bool:
    share = 0.5 if said else 1.0
    return seen.growth is not None and seen.growth > share * max(0.1, GROWTH_SHARE * seen.arriving)


def _recent(case: Case, ms: int) -> Trend:
    """The trend as it was `ms` ago, over the last minute, or longer where the commits are rare."""
    until = case.now - ms
    since = until - max(60.0, 3 * case.trend.gap) * 1000
    return trend([sample for sample in case.samples if since <= sample[0] <= until], WATCH_S)


def _when(lag: int, arriving: float, reading: float) -> str:
    left = time_to_catch_up(lag, arriving, reading)
    return f"caught up in about {words.duration(left)}" if isinstance(left, float) else "never caught up at this rate"


def rebalancing(case: Case) -> Judgement | None:
    if case.rebalances < (STILL_REBALANCES if "rebalancing_often" in case.before else REBALANCES):
        return None
    return Judgement(
        "rebalancing_often",
        f"{words.number(case.rebalances)} rebalances in five minutes; the members stop reading during each.",
        "Look for members that restart, or that take longer than max.poll.interval.ms over one batch.",
    )


def without_members(case: Case) -> Judgement | None:
    if case.calm_for < MOVES_WITHIN_S and rebalancing(case) is not None:
        return None  # one moment in a storm
    if case.alive:
        return _just_back(case)
    left = case.people.changed_at is not None and case.calm_for < GONE_S
    was = _kept_pace(case)
    if left and was is not None:
        since = f"{words.duration(case.calm_for)} ago" if case.calm_for >= 1 else "a moment ago"
        return Judgement(was, f"The last member left {since}: {words.records(case.lag)} to be read.")
    arriving = f" and {words.rate(case.trend.arriving)} arrive" if case.trend.anything_arrives else ""
    wait = "waits" if case.lag == 1 else "wait"
    if case.people.simple and (case.lag or arriving):
        return Judgement(
            "stopped",
            f"Nothing commits for this group: {words.records(case.lag)} {wait} to be read{arriving}. Nobody has "
            "joined it: its reader assigns its partitions itself, or has not come yet.",
            "Start its reader. If it runs, look whether it commits.",
        )
    if case.lag:
        return Judgement(
            "stopped",
            f"No member is running: {words.records(case.lag)} {wait} to be read{arriving}.",
            "Start the consumers; they go on where the group stopped.",
        )
    if arriving:
        return Judgement("stopped", f"No member is running{arriving}.", "Start the consumers.")
    return Judgement("idle", "No member is running, and there is nothing to read.")


def _kept_pace(case: Case) -> str | None:
    """How the group kept pace at the last look; what is worse may have been said in place of that it did."""
    if case.before and all(code in HIDES_WELL for code in case.before):
        return WELL[0]
    return next((code for code in case.before if code in (*WELL, "falling_behind")), None)


def _just_back(case: Case) -> Judgement | None:
    """Members that come and go without a commit are no end of a stop."""
    changed = case.people.changed_at
    if not case.members or not case.lag or "stopped" not in case.before or changed is None:
        return None
    moved = any(p.moved_at is not None and p.moved_at >= case.now - case.calm_for * 1000 for p in case.partitions)
    if moved or case.calm_for >= MOVES_WITHIN_S:
        return None
    return Judgement(
        "stopped",
        f"{words.count(case.members, 'member').capitalize()} {'is' if case.members == 1 else 'are'} back, and nothing "
        f"has been committed yet: {words.records(case.lag)} {'waits' if case.lag == 1 else 'wait'} to be read.",
        "A minute of watching will tell whether they read.",
    )


def keeping_up(case: Case) -> Judgement:
    seen, lag = case.trend, case.lag
    unknown = f" {words.count(case.total.unknown, 'partition').capitalize()} not known." if case.total.unknown else ""
    quiet = not seen.anything_arrives
    if quiet and (lag == 0 or all(map(only_markers, case.behind))):
        rest = f" What is left, {words.count(lag, 'offset')}, is likely the end of a transaction." if lag else ""
        if case.moves or seen.seconds < WATCH_S:
            return Judgement("keeping_up", f"At the end of every partition.{rest}{unknown}")
        return Judgement("idle", f"Nothing to read: the group is at the end, and no records arrive.{rest}{unknown}")
    if lag > 10 and (seen.seconds < WATCH_S or not case.moves):
        well = next((code for code in WELL if code in case.before), None)
        return Judgement(
            well or "unknown",
            f"{words.records(lag)} wait. A minute of watching will tell whether they move.{unknown}",
        )
    if seen.seconds == 0:
        return Judgement("keeping_up", f"{words.records(lag)} on the way.{unknown}")
    if lag > case.batch:
        left = time_to_catch_up(lag, seen.arriving, seen.reading)
        when = (
            f"caught up in about {words.duration(left)}" if isinstance(left, float) else "the distance stays the same"
        )
        return Judgement("keeping_up", f"{words.records(lag)} behind; {when} at {words.rate(seen.reading)}.{unknown}")
    way = f"{words.records(lag)} on the way" if lag else "at the end of every partition"
    return Judgement("keeping_up", f"{words.rate(seen.arriving)} arrive and are read; {way}.{unknown}")
