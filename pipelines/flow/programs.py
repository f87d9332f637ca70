"""What the stream programs of `streams/` write, by their groups. Kafka tells who reads and not who produces."""

from __future__ import annotations

WRITES: dict[str, tuple[str, ...]] = {
    "service-logs-processing": ("logs-enriched", "logs-per-minute", "log-anomalies", "service-logs-dlq"),
    "logs-sink": ("logs-enriched-dlq",),
    "user-events-analytics": (
        *("popular-products", "abandoned-carts", "cart-funnel", "recommendations"),
        "user-events-dlq",
    ),
    "shop-view": ("shop-view-dlq",),
}
