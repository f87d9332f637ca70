"""Somebody who presses the buttons of an experiment: one step after the other, each when its turn has come."""

from __future__ import annotations

from collections.abc import Callable

from lab.consumers.experiments import Step

PATIENCE = 100.0  # seconds that it waits for the group: a session of KIP-848 is 45 s
UNTIL = {
    "shared": "the partitions are shared",
    "committed": "{} has committed",
    "breach": "{} has exceeded max.poll.interval.ms",
}


class Script:
    def __init__(self, steps: tuple[Step, ...], max_poll_ms: int) -> None:
        """`max_poll_ms`: of the members, who are given so much longer to exceed it."""
        self._steps = list(steps)
        self._patience = dict.fromkeys(UNTIL, PATIENCE) | {"breach": PATIENCE + max_poll_ms / 1000}
        self._since: float | None = None  # when the step that waits was begun
        self.said = ""

    def due(self, met: Callable[[Step], bool], at: float) -> Step | None:
        """The step to take now; None while it waits, or when there is none left. `met`: whether that is so which a
        step waits for; `at`: seconds of any clock. What `met` raises comes through."""
        while self._steps:
            step = self._steps[0]
            if step.verb != "wait" and step.verb not in UNTIL:
                self._since = None
                return self._steps.pop(0)
            self._since = at if self._since is None else self._since
            waited = at - self._since
            if step.verb == "wait" and waited * 1000 < (step.value or 0):
                return None
            if step.verb in UNTIL and not met(step):
                patience = self._patience[step.verb]
                if waited < patience:
                    return None
                self._say(f"It waited {patience:.0f} s until {UNTIL[step.verb].format(step.who)}, and went on.")
            self._steps.pop(0)
            self._since = None
        return None

    def give_up(self, why: str) -> None:
        """A step cannot be taken, so those after it would show something else: only the end is left."""
        self._say(f"The script could not go on: {why}")
        self._steps, self._since = [step for step in self._steps if step.verb == "end"], None

    def _say(self, sentence: str) -> None:
        self.said = f"{self.said} {sentence}".strip()

    @property
    def next(self) -> str:
        """What it will do, for people."""
        if not self._steps:
            return ""
        step = self._steps[0]
        if step.verb == "wait":
            return f"waits {(step.value or 0) / 1000:g} s"
        if step.verb in UNTIL:
            return f"waits until {UNTIL[step.verb].format(step.who)}"
        return "ends the experiment" if step.verb == "end" else f"{step.verb} {step.who}".strip()
