"""Which record comes next when somebody steps through several topics: the oldest of those in front."""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.replies import Frame


@dataclass(slots=True)
class Steps:
    """A held tail gives one record for a credit. Each topic is asked for one in advance, so that they compare."""

    topics: set[str]
    fronts: dict[str, Frame] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    wanted: int = 0

    def to_ask(self) -> list[str]:
        """The topics to be given a credit now."""
        lacking = sorted(self.topics - self.fronts.keys() - self.asked)
        self.asked.update(lacking)
        return lacking

    def arrived(self, topic: str, frame: Frame) -> None:
        self.asked.discard(topic)
        self.fronts[topic] = frame

    def gone(self, topic: str) -> None:
        """Its tail has ended; what it had in front is still to come."""
        self.topics.discard(topic)
        self.asked.discard(topic)

    def next(self, *, impatient: bool) -> tuple[str, Frame] | None:
        """None when nothing is wanted, nothing is there, or a topic may still have an older one: unless `impatient`."""
        if not self.wanted or not self.fronts or not (impatient or self.topics <= self.fronts.keys()):
            return None
        topic = min(self.fronts, key=lambda name: (self.fronts[name].rows[0].timestamp or 0, name))
        self.wanted -= 1
        return topic, self.fronts.pop(topic)
