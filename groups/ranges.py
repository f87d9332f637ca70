"""The stretch of time that a page of the past is about, as its address says it: `?range=6h`, or `?from=ms&to=ms`. Pure.

Times are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NAMED = {"1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
LABELS = {"1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d"}
DEFAULT = "1h"
SHORTEST = MINUTE
LONGEST = 91 * DAY  # nothing older is kept


@dataclass(frozen=True, slots=True)
class Range:
    since: int
    until: int
    name: str  # of NAMED: it ends now and goes on; "": a free one

    @classmethod
    def of(cls, params: Mapping[str, str], now: int, began: int | None = None) -> Range:
        """What an address cannot mean is the newest hour: of that, what there is, when recording `began` within it."""
        since, until = _ms(params.get("from")), _ms(params.get("to"))
        if since is not None and until is not None and since < until and since < now:
            until = min(until, now)
            since = max(min(since, until - SHORTEST), until - LONGEST)
            return cls(since, until, "")
        name = params.get("range", "")
        name = name if name in NAMED else DEFAULT
        since = now - NAMED[name]
        if name == DEFAULT and began is not None:
            since = min(max(since, began), now - SHORTEST)
        return cls(since, now, name)

    @property
    def length(self) -> int:
        return self.until - self.since

    @property
    def params(self) -> dict[str, str]:
        """What an address says to mean this range."""
        return {"range": self.name} if self.name else {"from": str(self.since), "to": str(self.until)}

    @property
    def query(self) -> str:
        return urlencode(self.params)

    def moved(self, by: float) -> Range:
        """The range beside it: `by` of its length later, or earlier when negative."""
        step = round(self.length * by)
        return Range(self.since + step, self.until + step, "")

    def zoomed(self, by: float) -> Range:
        """Around the same middle, `by` times as long."""
        middle, half = (self.since + self.until) / 2, min(LONGEST, max(SHORTEST, self.length * by)) / 2
        return Range(round(middle - half), round(middle + half), "")


def _ms(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 else None
