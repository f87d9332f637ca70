"""The three resolutions in which samples are kept. A slot is one row's stretch of time, known by its number since 1970.

A poll is exact; a bucket of a coarser level keeps the last offsets and the largest lag of its time.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model

from history.models import Fine, Minutes, Quarters

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Level:
    model: type[Model]
    mark: str  # field of Recording
    slot_ms: int
    bucket_ms: int  # 0: one value a poll
    kept_ms: int
    gap_ms: int  # two samples further apart than this have a time between them in which nobody looked

    def slot(self, at: int) -> int:
        return at // self.slot_ms

    @property
    def buckets(self) -> int:
        """In a slot."""
        return self.slot_ms // self.bucket_ms if self.bucket_ms else 0


FINE = Level(Fine, "fine", 5 * MINUTE, 0, 25 * HOUR, 20_000)
MINUTES = Level(Minutes, "minutes", HOUR, MINUTE, 8 * DAY, 105_000)
QUARTERS = Level(Quarters, "quarters", DAY, 15 * MINUTE, 91 * DAY, 26 * MINUTE)
LEVELS = (FINE, MINUTES, QUARTERS)
FINER = {MINUTES: FINE, QUARTERS: MINUTES}


def inside(level: Level, slot: int) -> range:
    """The slots of the finer level that make up one of this."""
    count = level.slot_ms // FINER[level].slot_ms
    return range(slot * count, (slot + 1) * count)
