"""What the stream programs of `streams/` say that they write, by their groups: also what they have not written yet."""

from __future__ import annotations

WRITES: dict[str, tuple[str, ...]] = {
    "service-logs-processing": ("logs-enriched", "logs-per-minute", "log-anomalies", "service-logs-dlq"),
    "logs-sink": ("logs-enriched-dlq", "logs-sink-state"),
    "user-events-analytics": (
        *("popular-products", "abandoned-carts", "cart-funnel", "recommendations"),
        "user-events-dlq",
    ),
    "shop-view": ("shop-view-dlq", "shop-view-state"),
}
