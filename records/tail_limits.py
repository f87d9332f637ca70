"""How much of a web process one person may have: tails (each topic of each open page is one) and bytes per second."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

TOPICS = 20  # in one view
TAILS_OF_ONE = 60  # of one person, in this process
RATE = 4_000_000  # bytes a second to one page
BURST = 2.0  # seconds of that rate

#: user's pk -> tails that are open
running: Counter[int] = Counter()


def take(user: int, tails: int) -> str:
    """Count them as open. Returns the sentence that refuses them, or ""."""
    if running[user] + tails > TAILS_OF_ONE:
        return (
            f"You have {running[user]:,} of {TAILS_OF_ONE} tails open, in this tab and others, and this would be"
            f" {tails:,} more. Close one, or choose fewer topics."
        )
    running[user] += tails
    return ""


def give(user: int, tails: int) -> None:
    running[user] -= tails
    if running[user] <= 0:
        del running[user]


class Pace:
    """What a page has been sent, against what it may be sent. Credits wait; meanwhile the reader counts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.at, self.left = clock, clock(), RATE * BURST

    def spend(self, size: int) -> None:
        now = self.clock()
        self.left = min(RATE * BURST, self.left + (now - self.at) * RATE) - size
        self.at = now

    def wait(self) -> float:
        """Seconds until the next credit may be passed on."""
        return max(0.0, (-self.left) / RATE - (self.clock() - self.at))
