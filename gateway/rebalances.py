"""Follows every group of a cluster through its records and tells each rebalance when it has ended. Pure.

Events come in the order in which they were written, each with its record's time and place. A group that changes its
protocol, which Kafka writes as the end of one group and the beginning of another, goes on as the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateway.causes import LastCommit
from gateway.classic_course import ClassicCourse
from gateway.consumer_course import ConsumerCourse
from gateway.facts import Group
from gateway.group_log import (
    Assigned,
    ClassicGroup,
    CurrentAssignment,
    GroupEpoch,
    GroupEvent,
    MemberJoined,
    PatternResolved,
    TargetAssignment,
)
from gateway.rebalance import Rebalance

FORGET_MS: Final = 60_000  # a group that was deleted and is not written anew within that time is gone


class Tracker:
    def __init__(self, last_commit: LastCommit, name: Callable[[str], str]) -> None:
        """`name`: of a topic, by its id; what it does not know it gives back."""
        self._last_commit, self._name = last_commit, name
        self._courses: dict[str, ClassicCourse | ConsumerCourse] = {}
        self._ended: dict[str, int] = {}
        self.under_way: dict[str, int] = {}
        """Since when (ms) each group has been rebalancing, of those that are. Of eager ones that cannot be seen."""

    def seed(self, group: Group, at: int, before: Rebalance | None = None) -> None:
        """How a classic or KIP-848 group is as its records begin to be heard; `before`: what was known of it last."""
        kind = ConsumerCourse if group.kind == "consumer" else ClassicCourse
        course = self._courses[group.group] = kind(group.group, self._last_commit)
        course.seed(group, at, before)
        self._noted(course, None)

    def hear(self, event: GroupEvent, at: int, source: str) -> Rebalance | None:
        """`at`: the record's time (ms); `source`: its partition and offset. The rebalance that it ended, if it did."""
        if isinstance(event, PatternResolved):
            return None
        if isinstance(event, ClassicGroup):
            return self._classic(event, at, source)
        course = self._courses.get(event.group)
        if isinstance(event, GroupEpoch) and event.epoch is None:
            self._ended[event.group] = at
        if not isinstance(course, ConsumerCourse):
            if not isinstance(event, MemberJoined) and not (isinstance(event, GroupEpoch) and event.epoch is not None):
                return None  # what is left of a group that is gone
            before = course
            course = self._courses[event.group] = ConsumerCourse(event.group, self._last_commit)
            if before is not None:
                course.turn(*before.settled(), at)
        if not (isinstance(event, GroupEpoch) and event.epoch is None):
            self._ended.pop(event.group, None)
        return self._noted(course, course.hear(self._named(event), at, source))

    def tick(self, now: int) -> list[Rebalance]:
        """Rebalances that have ended because nothing came after them."""
        for group in [group for group, at in self._ended.items() if now - at > FORGET_MS]:
            del self._ended[group]
            self._courses.pop(group, None)
            self.under_way.pop(group, None)
        begun = [self._courses[group] for group in self.under_way]
        return [r for course in begun if (r := self._noted(course, course.tick(now)))]

    def _noted(self, course: ClassicCourse | ConsumerCourse, found: Rebalance | None) -> Rebalance | None:
        if course.begun is not None:
            self.under_way[course.group] = course.begun.at
        else:
            self.under_way.pop(course.group, None)
        return found

    def _classic(self, event: ClassicGroup, at: int, source: str) -> Rebalance | None:
        course = self._courses.get(event.group)
        if event.deleted:
            if isinstance(course, ClassicCourse):
                self._ended[event.group] = at
            return None
        self._ended.pop(event.group, None)
        if not isinstance(course, ClassicCourse):
            before = course
            course = self._courses[event.group] = ClassicCourse(event.group, self._last_commit)
            if before is not None:
                course.turn(*before.settled(), at)
        return self._noted(course, course.hear(event, at, source))

    def _named(self, event: GroupEvent) -> GroupEvent:
        """With names of topics in place of their ids."""
        if isinstance(event, TargetAssignment) and event.assignment:
            return replace(event, assignment=self._names(event.assignment))
        if isinstance(event, CurrentAssignment) and (event.assigned or event.revoking):
            names = self._names(event.assigned or {}), self._names(event.revoking or {})
            return replace(event, assigned=names[0], revoking=names[1])
        return event

    def _names(self, assigned: Assigned) -> Assigned:
        return {self._name(topic): partitions for topic, partitions in assigned.items()}
